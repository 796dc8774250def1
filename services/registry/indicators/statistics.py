"""Indicators of what organizations report for a period: members and workers as stocks, revenue, profit and income as averages.

A stock takes, of each organization standing on the day, the newest period that ended by then and within 18 months and that says
the number. An average takes the rows of exactly the days asked. People's credit funds are kept apart from averages and shares,
unless these are grouped by `is_credit_fund`.
"""

from __future__ import annotations

from kernel.indicators.definitions import Indicator, Relation
from kernel.indicators.units import PER_PERIOD, PER_PERSON
from services.registry.indicators.relations import STANDING, STANDING_REPORTER, STATES, THEN, seat_columns

_CREDIT_FUND = {"is_credit_fund": "NOT o.is_credit_fund"}
_GROUPS = {
    "report_sector": "o.report_sector",
    "type": "s.type",
    "is_credit_fund": "o.is_credit_fund::text",
}
# Every organization is there: where none of its columns is asked for, PostgreSQL leaves a join out that need not find one.
_ORGANIZATION = "LEFT JOIN organization o ON o.id = s.organization_id"
_COOPERATIVE, _GROUP = "s.type = 'cooperative'", "s.type = 'cooperative_group'"
_COLLECTIVE = "s.type IN ('cooperative', 'cooperative_union', 'cooperative_group')"
_MEMBER_COLUMNS = ("members_official", "members_affiliate_capital", "members_affiliate_noncapital")
_MANAGER_COLUMNS = (
    "managers_no_qualification",
    "managers_elementary",
    "managers_intermediate",
    "managers_college",
    "managers_university_or_higher",
)


def _newest(name: str, shown: str, said: str, *, among: str | None = None, apart: bool = False) -> Relation:
    """Return the organizations standing on {to}, or those `among` them, with their newest figures that say what is counted.

    By uq_organization_statistic_period; periods that end together are told apart by the longer one coming first.
    """
    return Relation(
        name=name,
        tables=f"organization_state s {_ORGANIZATION} CROSS JOIN LATERAL (SELECT f.id, {shown} FROM organization_statistic f "  # noqa: S608  names are constants of the code
        "WHERE f.organization_id = s.organization_id AND f.period_to <= {to}::date "
        f"AND f.period_to >= ({{to}}::date - interval '18 months')::date AND {said} "
        "ORDER BY f.period_to DESC, f.period_from LIMIT 1) f",
        condition=STATES.condition if among is None else f"{STATES.condition} AND {among}",
        id="f.id",
        province="s.province_2008",
        province_2025="s.province_2025",
        alliance="s.alliance",
        groups=_GROUPS,
        communes=seat_columns("s."),
        apart=_CREDIT_FUND if apart else {},
        near="s.organization_id = (SELECT organization_id FROM organization_statistic WHERE id = {id})",
    )


_KNOWN_MEMBERS = " + ".join(f"coalesce(f.{name}, 0)" for name in _MEMBER_COLUMNS)
MEMBERS = _newest(
    "statistic_members",
    f"{_KNOWN_MEMBERS} AS members",
    f"num_nonnulls({', '.join(f'f.{name}' for name in _MEMBER_COLUMNS)}) > 0",
)
WORKERS = _newest("statistic_workers", "f.workers_regular AS workers", "f.workers_regular IS NOT NULL")
MANAGERS = _newest(
    "statistic_managers",
    ", ".join(f"f.{name}" for name in _MANAGER_COLUMNS),
    f"num_nulls({', '.join(f'f.{name}' for name in _MANAGER_COLUMNS)}) = 0",
    among=_COOPERATIVE,
    apart=True,
)
OF_PERIOD = Relation(
    name="statistics_of_period",
    tables="organization_statistic f " + THEN.format(f="f", day="f.period_to"),
    condition="f.period_from = {from_}::date AND f.period_to = {to}::date",
    id="f.id",
    province="f.province_2008",
    province_2025="f.province_2025",
    alliance="f.alliance",
    groups=_GROUPS,
    communes=seat_columns("s."),
    apart=_CREDIT_FUND,
)
STANDING_APART = Relation(
    name="states_apart",
    tables=f"organization_state s {_ORGANIZATION}",
    condition=STATES.condition,
    id="s.organization_id",
    province="s.province_2008",
    province_2025="s.province_2025",
    alliance="s.alliance",
    groups=_GROUPS,
    communes=seat_columns("s."),
    apart=_CREDIT_FUND,
)

_NEEDS_COLLECTIVE = ("cooperatives", "cooperative_unions", "cooperative_groups", "statistics")
_COOPERATIVES_THAT_GAVE = ("Số HTX đã báo cáo", "Cooperatives that gave theirs")
_COUNTED_TWICE = "A member of several organizations is counted in each"
# What a worker has in a month, by the time that the row's income is for.
_MONTHLY = (
    "f.income_per_worker_vnd::numeric / CASE f.income_per WHEN 'month' THEN 1 WHEN 'half_year' THEN 6 ELSE 12 END"
)


def _stock(
    code: str,
    label_vi: str,
    label_en: str,
    relation: Relation,
    type_: str,
    *,
    of: str,
    needs: tuple[str, ...],
    source: str,
) -> Indicator:
    unit = relation.name.removeprefix("statistic_").removesuffix("s")
    return Indicator(
        code=code,
        label_vi=label_vi,
        label_en=label_en,
        unit=unit,
        kind="stock",
        relation=relation,
        scopes={"province": f"{type_} AND {STANDING}"},
        needs=needs,
        listed="organization-statistics",
        source=source,
        measure=f"f.{unit}s",
        reported_of=of,
        reporter="s.organization_id",
    )


_SUMS = {
    "revenue_vnd": ("Tổng doanh thu", "Sum of the revenues"),
    "profit_vnd": ("Tổng lợi nhuận", "Sum of the profits"),
}


def _average(code: str, label_vi: str, label_en: str, type_: str, column: str, *, of: str, source: str) -> Indicator:
    groups = "cooperative_groups" if type_ == _GROUP else "cooperatives"
    gave = ("Số THT đã báo cáo", "Groups that gave theirs") if type_ == _GROUP else _COOPERATIVES_THAT_GAVE
    return Indicator(
        code=code,
        label_vi=label_vi,
        label_en=label_en,
        unit=PER_PERIOD,
        kind="flow",
        relation=OF_PERIOD,
        scopes={"province": f"{type_} AND f.{column} IS NOT NULL"},
        needs=(groups, "statistics"),
        listed="organization-statistics",
        source=source,
        measure=f"f.{column}",
        divisor="count",
        ratio_of=(_SUMS[column], gave),
        exact=True,
        reported_of=of,
        reporter=STANDING_REPORTER,
    )


def _income(
    code: str, label_vi: str, label_en: str, unit: str, *, source: str, growth_of: str | None = None
) -> Indicator:
    return Indicator(
        code=code,
        label_vi=label_vi,
        label_en=label_en,
        unit=unit,
        kind="flow",
        relation=OF_PERIOD,
        scopes={"province": f"{_COOPERATIVE} AND f.income_per_worker_vnd IS NOT NULL AND f.workers_regular > 0"},
        needs=("cooperatives", "statistics"),
        listed="organization-statistics",
        source=source,
        measure=f"{_MONTHLY} * f.workers_regular",
        divisor="f.workers_regular",
        ratio_of=(
            ("Tổng thu nhập của lao động trong một tháng", "Incomes of the workers in a month"),
            ("Lao động thường xuyên của các HTX đã báo cáo", "Regular workers of the cooperatives that gave theirs"),
        ),
        exact=True,
        reported_of="cooperatives_without_credit_funds",
        reporter=STANDING_REPORTER,
        growth_of=growth_of,
    )


def _managers(code: str, label_vi: str, label_en: str, levels: tuple[str, ...], *, source: str) -> Indicator:
    return Indicator(
        code=code,
        label_vi=label_vi,
        label_en=label_en,
        unit="percent",
        kind="stock",
        relation=MANAGERS,
        scopes={"province": f"{_COOPERATIVE} AND {STANDING}"},
        needs=("cooperatives", "statistics"),
        listed="organization-statistics",
        source=source,
        measure=f"({' + '.join(f'f.managers_{level}' for level in levels)})",
        divisor=f"({' + '.join(f'f.{name}' for name in _MANAGER_COLUMNS)})",
        ratio_of=(
            ("Cán bộ quản lý có trình độ này", "Managers with this training"),
            ("Cán bộ quản lý của các HTX đã báo cáo", "All managers of the cooperatives that gave theirs"),
        ),
        reported_of="cooperatives_without_credit_funds",
        reporter="s.organization_id",
    )


STATISTICS = (
    Indicator(
        code="cooperatives_without_credit_funds",
        label_vi="Tổng số HTX không kể quỹ tín dụng nhân dân",
        label_en="Cooperatives without people's credit funds",
        unit="cooperative",
        kind="stock",
        relation=STANDING_APART,
        scopes={"province": f"{_COOPERATIVE} AND {STANDING}"},
        needs=("cooperatives",),
        listed="organizations",
        source="Cooperatives not ended on the day that are no people's credit funds: those that averages are of.",
    ),
    _stock(
        "cooperative_members_total",
        "Tổng số thành viên HTX",
        "Members of cooperatives",
        MEMBERS,
        _COOPERATIVE,
        of="cooperatives_total",
        needs=("cooperatives", "statistics"),
        source=f"Official and affiliate members. {_COUNTED_TWICE} (kế hoạch Nghệ An 2024: 269.080 thành viên).",
    ),
    _stock(
        "cooperative_group_members_total",
        "Tổng số thành viên THT",
        "Members of cooperative groups",
        MEMBERS,
        _GROUP,
        of="cooperative_groups_total",
        needs=("cooperative_groups", "statistics"),
        source=f"Members of groups. {_COUNTED_TWICE} (kế hoạch Nghệ An 2024: 40.525 thành viên).",
    ),
    _stock(
        "collective_members_total",
        "Tổng số thành viên các tổ chức kinh tế tập thể",
        "Members of collective economic organizations",
        MEMBERS,
        _COLLECTIVE,
        of="collective_organizations_total",
        needs=_NEEDS_COLLECTIVE,
        source=f"Members of cooperatives, unions and groups. {_COUNTED_TWICE} (báo cáo Hòa Bình 2023: 16,3 nghìn thành viên).",
    ),
    _stock(
        "cooperative_workers_total",
        "Tổng số lao động trong HTX",
        "Workers of cooperatives",
        WORKERS,
        _COOPERATIVE,
        of="cooperatives_total",
        needs=("cooperatives", "statistics"),
        source="Regular workers, members and others.",
    ),
    _stock(
        "collective_workers_total",
        "Tổng số lao động trong các tổ chức kinh tế tập thể",
        "Workers of collective economic organizations",
        WORKERS,
        _COLLECTIVE,
        of="collective_organizations_total",
        needs=_NEEDS_COLLECTIVE,
        source="Regular workers of cooperatives, unions and groups (báo cáo Hòa Bình 2023: 28 nghìn lao động).",
    ),
    _average(
        "avg_revenue_per_cooperative",
        "Doanh thu bình quân một HTX",
        "Mean revenue of a cooperative",
        _COOPERATIVE,
        "revenue_vnd",
        of="cooperatives_without_credit_funds",
        source="Sum of the revenues over the cooperatives that gave theirs for exactly these days, people's credit funds apart "
        "(báo cáo Nghệ An 6 tháng 2023: 1.117 triệu đồng).",
    ),
    _average(
        "avg_revenue_per_cooperative_group",
        "Doanh thu bình quân một THT",
        "Mean revenue of a cooperative group",
        _GROUP,
        "revenue_vnd",
        of="cooperative_groups_total",
        source="Sum of the revenues over the groups that gave theirs for exactly these days (kế hoạch Nghệ An 2024: 355 "
        "triệu đồng/năm).",
    ),
    _average(
        "avg_profit_per_cooperative",
        "Lợi nhuận bình quân một HTX",
        "Mean profit of a cooperative",
        _COOPERATIVE,
        "profit_vnd",
        of="cooperatives_without_credit_funds",
        source="Sum of the profits, losses taken off, over the cooperatives that gave theirs for exactly these days, people's "
        "credit funds apart.",
    ),
    _income(
        "avg_income_per_cooperative_worker",
        "Thu nhập bình quân một lao động trong HTX",
        "Mean income of a worker in a cooperative",
        PER_PERSON,
        source="Incomes weighted by regular workers, over the cooperatives that gave both for exactly these days, people's "
        "credit funds apart (báo cáo Hòa Bình 2023: 4,54 triệu đồng/người/tháng).",
    ),
    _income(
        "avg_income_per_cooperative_worker_growth",
        "Tăng thu nhập bình quân một lao động trong HTX so với năm trước",
        "Growth of the mean income of a worker in a cooperative",
        "percent_vs_previous_year",
        source="Change of avg_income_per_cooperative_worker against the same days a year before (báo cáo Hòa Bình 2023: 4,58%).",
        growth_of="avg_income_per_cooperative_worker",
    ),
    _managers(
        "managers_share_college_or_higher",
        "Tỷ lệ cán bộ quản lý HTX trình độ cao đẳng, đại học trở lên",
        "Managers with college or a university degree",
        ("college", "university_or_higher"),
        source="Over all managers of the cooperatives that gave the qualification of all of theirs, people's credit funds apart "
        "(báo cáo Hòa Bình 2023: 35,1%).",
    ),
    _managers(
        "managers_share_intermediate_or_higher",
        "Tỷ lệ cán bộ quản lý HTX trình độ trung cấp trở lên",
        "Managers with intermediate training or higher",
        ("intermediate", "college", "university_or_higher"),
        source="Contains managers_share_college_or_higher (báo cáo Hòa Bình 2023: 82,5%).",
    ),
    _managers(
        "managers_share_elementary_intermediate",
        "Tỷ lệ cán bộ quản lý HTX trình độ sơ cấp, trung cấp",
        "Managers with elementary or intermediate training",
        ("elementary", "intermediate"),
        source="Disjoint from managers_share_college_or_higher (kế hoạch Nghệ An 2024: 60%).",
    ),
)
