"""How many there are and became members, and how they do."""

from __future__ import annotations

from services.reporting.documents.content import Sentence
from services.reporting.documents.wording.numbers import digits
from services.reporting.documents.wording.phrases import Clause, Speaker, led_in, listed, together

_TOTAL, _COLLECTIVE = "cooperatives_total", "collective_organizations_total"
_INCOME, _GROWTH = "avg_income_per_cooperative_worker", "avg_income_per_cooperative_worker_growth"
_FOUNDED = (
    ("cooperatives_new_supported:alliance_supported", "tư vấn, hỗ trợ"),
    ("cooperatives_new:alliance_led", "chủ trì tư vấn, hỗ trợ"),
    ("cooperatives_new:alliance_supported", "tư vấn, hỗ trợ"),
)
"""The alliance's own part in foundings, as reports count it: the one that has a plan, else the first."""

_LEAD = (
    "{named_alliance} đã xây dựng kế hoạch và tổ chức triển khai các hoạt động hỗ trợ phát triển KTTT, HTX {in_area}"
)


def membership_and_growth(say: Speaker) -> list[Sentence]:
    """Return the sentences on foundings, stocks, members, workers and what they earn."""
    founded, admitted = _founded(say), _admitted(say)
    own = say.sentence(founded, admitted, before="{period} đã ")
    lead = [say.lead(_LEAD)] if own else []
    told = founded is not None and any(cell.startswith(_TOTAL) for cell in founded.cells)
    members = say.clause(
        "{last_day}, tổng số HTX thành viên của {alliance} là {n:of_plan} HTX{n:end}",
        n="alliance_member_cooperatives_total",
    )
    return [
        *lead,
        *own,
        *_in_the_area(say, opened=bool(own), total_told=told),
        *(say.sentence(together(members, _share(say))) if admitted is None else ()),
        *_stocks(say),
        *_quality(say),
        *_economy(say),
        *_checks(say),
    ]


def _founded(say: Speaker) -> Clause | None:
    """Return what the alliance helped to found, and the total that this raised."""
    known = [(name, part, figure) for name, part in _FOUNDED if (figure := say.known(name)) is not None]
    if not known:
        return None
    name, part, figure = next((each for each in known if each[2].measured.plan), known[0])
    founded = say.clause(f"{part} thành lập mới {{n:of_plan}} HTX{{n:full}}", n=name)
    raised = ", nâng tổng số HTX {in_area} lên {n:of_plan} HTX{n:end}"
    return together(founded, say.clause(raised, n=_TOTAL) if figure.value else None)


def _admitted(say: Speaker) -> Clause | None:
    """Return who became a member, and how many are."""
    admitted = "vận động, kết nạp {n:of_plan} HTX trở thành thành viên chính thức của {alliance}{n:full}"
    raised = ", nâng tổng số HTX thành viên lên {n:of_plan} HTX{n:end}"
    members = say.clause(raised, n="alliance_member_cooperatives_total")
    return together(
        say.clause(admitted, n="alliance_members_admitted"), members, _share(say) if members is not None else None
    )


def _share(say: Speaker) -> Clause | None:
    share = ", chiếm {n:unit} tổng số các HTX đang hoạt động {in_area}{n:full}"
    return say.clause(share, n="alliance_member_share_of_active")


def _in_the_area(say: Speaker, *, opened: bool, total_told: bool) -> list[Sentence]:
    """Return what was founded by whomever, and the totals that no sentence before told."""
    founded = led_in(
        "thành lập mới ",
        listed(
            (
                say.clause("{n:of_plan} HTX{n:full}", n="cooperatives_new:province"),
                say.clause("{n:of_plan} liên hiệp HTX{n:full}", n="cooperative_unions_new"),
                say.clause("{n:of_plan} THT{n:full}", n="cooperative_groups_new"),
            ),
            between="; ",
        ),
    )
    total = None if total_told else say.clause("{in_area} có {n:of_plan} HTX{n:end}", n=_TOTAL)
    registered = "{whole} có {n} tổ chức kinh tế tập thể đăng ký hoạt động{n:end}"
    collective = say.clause(registered, n=_COLLECTIVE)
    if founded is None:
        return say.sentence(total, collective, before="{last_day}, ")
    head = "{whole} " if opened else "{period}, {whole} "
    return [
        *say.sentence(founded, led_in("lũy kế đến nay ", collective), before=head),
        *say.sentence(total, before="{last_day}, "),
    ]


def _stocks(say: Speaker) -> list[Sentence]:
    """Return the other stocks at the period's end, and who belongs to them."""
    stocks = listed(
        (
            say.clause("{n:of_plan} HTX đang hoạt động{n:end}", n="cooperatives_operating"),
            say.clause("{n:of_plan} HTX không kể quỹ tín dụng nhân dân{n:end}", n="cooperatives_without_credit_funds"),
            say.clause("{n:of_plan} THT{n:end}", n="cooperative_groups_total"),
        ),
        between="; ",
    )
    people = listed(
        (
            say.clause("{n:unit} thành viên{n:end}", n="collective_members_total"),
            say.clause("{n:unit} lao động tham gia{n:end}", n="collective_workers_total"),
        ),
        between=" và ",
    )
    dissolved = say.clause("giải thể {n:of_plan} HTX{n:full}", n="cooperatives_dissolved")
    return [
        *say.sentence(stocks, before="{last_day}, {in_area} có "),
        *say.sentence(people, before="các tổ chức kinh tế tập thể thu hút "),
        *say.sentence(
            say.clause("số lượng thành viên HTX đạt {n:unit} thành viên{n:end}", n="cooperative_members_total"),
            say.clause("số lượng thành viên THT đạt {n:unit} thành viên{n:end}", n="cooperative_group_members_total"),
            say.clause("số lao động trong HTX là {n:unit} lao động{n:end}", n="cooperative_workers_total"),
        ),
        *say.sentence(dissolved, before="{period_short}, {in_area} đã "),
    ]


def _quality(say: Speaker) -> list[Sentence]:
    """Return conversions, and those that work well."""
    own = say.own("cooperatives_converted_new_style")
    helped = say.clause(
        "{alliance} đã hỗ trợ chuyển đổi thành công {n:of_plan} HTX thành HTX kiểu mới{n:end}", n=own or "-:-"
    )
    converted = "{in_area} có {n:of_plan} HTX chuyển đổi thành HTX kiểu mới{n:end}"
    share = "số HTX hoạt động hiệu quả chiếm {n:unit} tổng số HTX đang hoạt động{n:end}"
    effective = listed(
        (
            say.clause("{whole} có {n} HTX hoạt động hiệu quả{n:end}", n="cooperatives_effective"),
            say.clause(share, n="cooperatives_effective_share_of_active"),
        )
    )
    rated = say.clause("tỷ lệ HTX xếp loại tốt, khá đạt {n:unit}{n:end}", n="cooperatives_good_fair_share")
    districts = say.clause(
        "có {n} đơn vị cấp huyện có mô hình HTX hoạt động hiệu quả{n:end}", n="districts_with_effective_model"
    )
    least = say.clause(
        "mỗi đơn vị cấp huyện có ít nhất {n:exact} mô hình HTX hoạt động hiệu quả{n:end}",
        n="effective_models_per_district_min",
    )
    return [
        *say.sentence(helped or say.clause(converted, n="cooperatives_converted_new_style"), before="{period_short}, "),
        *say.sentence(effective, rated, before="{last_day}, "),
        *say.sentence(districts, least, before="{in_area} " if districts is not None else "{in_area}, ", between=", "),
    ]


def _economy(say: Speaker) -> list[Sentence]:
    """Return revenue, profit, managers' schooling and workers' income."""
    revenue = [
        say.clause(f"{what} trong {{period}} đạt {{n:amount}}{{n:full}}", n=code)
        for code, what in (
            ("avg_revenue_per_cooperative", "doanh thu bình quân của một HTX"),
            ("avg_revenue_per_cooperative_group", "doanh thu bình quân của một THT"),
            ("avg_profit_per_cooperative", "lợi nhuận bình quân của một HTX"),
        )
    ]
    level = "tỷ lệ cán bộ quản lý HTX có trình độ {} đạt {{n:unit}}{{n:end}}"
    intermediate = say.clause(level.format("trung cấp trở lên"), n="managers_share_intermediate_or_higher")
    college = level.format("cao đẳng, đại học trở lên")
    if intermediate is not None:
        college = "trong đó tỷ lệ có trình độ cao đẳng, đại học là {n:unit}{n:end}"
    elementary = say.clause(
        "tỷ lệ có trình độ sơ cấp, trung cấp đạt {n:unit}{n:end}", n="managers_share_elementary_intermediate"
    )
    return [
        *say.sentence(*revenue),
        *say.sentence(
            intermediate, say.clause(college, n="managers_share_college_or_higher"), elementary, between=", "
        ),
        *say.sentence(_income(say)),
    ]


def _income(say: Speaker) -> Clause | None:
    """Return the income of a worker with its growth, which is a figure of its own where the change is not asked for."""
    income = say.clause("thu nhập bình quân người lao động trong HTX đạt {n:unit}{n:full}", n=_INCOME)
    growth = say.known(_GROWTH)
    if growth is None or growth.value is None or (income is not None and " so với " in income.text):
        return income
    word = "tăng" if growth.value > 0 else "giảm"
    risen = f"{word} {digits(abs(growth.value), 2)}% so với năm {say.context.to.year - 1}"
    if income is None:
        return Clause(f"thu nhập bình quân người lao động trong HTX {risen}", (growth.key,))
    return together(income, Clause(f", {risen}", (growth.key,)))


def _checks(say: Speaker) -> list[Sentence]:
    """Return what was looked into, and the teams of members."""
    dossiers = led_in(
        "kiểm tra ",
        listed(
            (
                say.clause("{n:of_plan} hồ sơ HTX{n:end}", n="formation_dossiers_checked_cooperatives"),
                say.clause("{n:of_plan} hồ sơ Tổ hợp tác{n:end}", n="formation_dossiers_checked_groups"),
            )
        ),
    )
    field = "kiểm tra tình hình hoạt động thực tế {n:of_plan} HTX{n:end}"
    teams = "kiện toàn {n:of_plan} tổ thành viên tại các địa phương{n:end}"
    return [
        *say.sentence(
            dossiers,
            say.clause(field, n="field_inspections_cooperatives"),
            before="{period_short}, {alliance} đã thực hiện ",
            between=", ",
        ),
        *say.sentence(say.clause(teams, n="alliance_member_teams_consolidated"), before="{alliance} đã "),
    ]
