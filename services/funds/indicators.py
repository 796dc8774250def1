"""The funds' indicators: what each counts, from which records, and where its definition comes from.

A figure and its evidence are made from the same predicate, so that they cannot differ.
"""

from __future__ import annotations

from dataclasses import replace

from kernel.database.statements import statement
from kernel.indicators.definitions import CommuneColumns, Indicator, Relation
from kernel.indicators.table import IndicatorTable, Named
from services.funds.code_lists import LOAN_CHANNELS, REPORT_SECTORS
from services.funds.cures import cure_of
from services.funds.engine.debt_groups import FIRST_NPL_GROUP, SCHEMES, Scheme
from services.funds.scopes import PREFIX

_COMMUNES = CommuneColumns(code="l.commune_code", map="l.commune_map")
_GROUPS = {
    "report_sector": "l.report_sector",
    "fund": "l.fund_id::text",
    "channel": "l.channel",
}

TRANCHES = Relation(
    name="tranches",
    tables="disbursement d JOIN loan l ON l.id = d.loan_id",
    condition="d.disbursed_on BETWEEN {from_}::date AND {to}::date AND d.reversed_at IS NULL",
    id="d.id",
    province="d.province_2008",
    province_2025="d.province_2025",
    alliance="d.alliance",
    groups={**_GROUPS, "month": "to_char(d.disbursed_on, 'YYYY-MM')"},
    communes=_COMMUNES,
)
PROJECTS = replace(TRANCHES, name="projects", id="l.id")

# A loan at the end of the day {to}: what is outstanding, since when it is late, and what else its debt group follows
# from. Where another lender keeps the books the balance told last counts.
POSITIONS = Relation(
    name="positions",
    tables="""loan l JOIN LATERAL (
        SELECT CASE WHEN l.channel = 'entrusted_out' THEN coalesce(t.outstanding_vnd, m.out_vnd)
                    ELSE m.out_vnd - m.in_vnd END AS outstanding_vnd,
               coalesce(t.overdue_since, m.late_since) AS late_since,
               m.reschedule_count, m.interest_reduced
          FROM (SELECT
                (SELECT coalesce(sum(d.amount_vnd), 0) FROM disbursement d
                  WHERE d.loan_id = l.id AND d.disbursed_on <= {to}::date AND d.reversed_at IS NULL)
                + CASE WHEN (l.opening ->> 'as_of')::date <= {to}::date
                       THEN (l.opening ->> 'principal_vnd')::bigint ELSE 0 END AS out_vnd,
                (SELECT coalesce(sum(p.principal_vnd), 0) FROM repayment p
                  WHERE p.loan_id = l.id AND p.paid_on <= {to}::date AND p.reversed_at IS NULL)
                + (SELECT coalesce(sum(w.amount_vnd), 0) FROM write_off w
                    WHERE w.loan_id = l.id AND w.effective_on <= {to}::date AND w.kind = 'risk_handled' AND w.reversed_at IS NULL
                      AND coalesce(w.confirmation_state, 'confirmed') = 'confirmed') AS in_vnd,
                (SELECT min(i.due_on) FROM loan_installment i
                  WHERE i.loan_id = l.id AND i.due_on < {to}::date AND i.opened_on <= {to}::date
                    AND (i.closed_on IS NULL OR i.closed_on > {to}::date)) AS late_since,
                coalesce((l.opening ->> 'reschedule_count')::int, 0)
                + (SELECT count(*) FROM rescheduling r WHERE r.loan_id = l.id AND r.state = 'approved'
                     AND r.kind <> 'early_recall' AND r.effective_on <= {to}::date) AS reschedule_count,
                EXISTS (SELECT FROM interest_reduction e WHERE e.loan_id = l.id AND e.for_inability
                           AND e.reversed_at IS NULL AND e.effective_on <= {to}::date
                           AND coalesce(e.confirmation_state, 'confirmed') = 'confirmed') AS interest_reduced) m
          LEFT JOIN LATERAL (
                SELECT b.outstanding_vnd, b.overdue_since FROM balance_statement b
                 WHERE b.loan_id = l.id AND b.as_of <= {to}::date ORDER BY b.as_of DESC LIMIT 1) t ON true
        ) o ON o.outstanding_vnd > 0""",
    condition="l.starts_on <= {to}::date",
    id="l.id",
    province="l.province_2008",
    province_2025="l.province_2025",
    alliance="l.alliance",
    groups=_GROUPS,
    communes=_COMMUNES,
)

_OWN_RISK = "l.own_risk"
_OVERDUE = "o.late_since IS NOT NULL"


def _at_least(group: int, scheme: Scheme, days: str) -> str:
    """Return the SQL condition that a loan is in `group` or worse by one scheme; `days` is how late it is.

    n.reschedule_count are the new schedules that count.
    """
    first = min(late for late, at in scheme.first_reschedule if at >= group)
    rules = [
        f"{days} >= {scheme.day_bounds[group - 2]}",
        f"(n.reschedule_count = 1 AND {days} >= {first})",
    ]
    in_term, late = scheme.second_reschedule
    if late >= group:
        rules.append(f"(n.reschedule_count = 2{'' if in_term >= group else f' AND {days} > 0'})")
    if scheme.further_reschedules >= group:
        rules.append("n.reschedule_count > 2")
    if scheme.interest_reduced >= group:
        rules.append("o.interest_reduced")
    return "(" + " OR ".join(rules) + ")"


def npl_condition(to: str) -> str:
    """Return the SQL condition that a loan is non-performing on the day `to`, by the scheme that holds then."""
    days = f"coalesce({to}::date - o.late_since, 0)"
    sql = _at_least(FIRST_NPL_GROUP, SCHEMES[0], days)
    for scheme in SCHEMES[1:]:
        newer = _at_least(FIRST_NPL_GROUP, scheme, days)
        sql = f"CASE WHEN {to}::date >= DATE '{scheme.valid_from}' THEN {newer} ELSE {sql} END"
    return f"({sql})"


# The day stands in the relation, so that a scope's predicate needs no parameter of its own.
CLASSIFIED = replace(
    POSITIONS,
    name="classified",
    tables=POSITIONS.tables
    + f""" JOIN LATERAL (SELECT CASE WHEN o.reschedule_count > 0 AND EXISTS ({cure_of("l", "{to}::date")})
                                     THEN 0 ELSE o.reschedule_count END AS reschedule_count) n ON true
           JOIN LATERAL (SELECT {npl_condition("{to}")} AS is_npl) g ON true""",
)
_SOURCE = "NĐ 45/2021/NĐ-CP"


def _of_funds(condition: str = "true") -> dict[str, str]:
    """Return the condition at both names of one scope: reports say "các Quỹ thuộc Liên minh quản lý", several summed."""
    return dict.fromkeys(("alliance", "funds_managed_by_alliance"), condition)


_ALL = (
    Indicator(
        "loan_projects_disbursed",
        "Số dự án được giải ngân",
        "Projects disbursed",
        "project",
        "flow",
        PROJECTS,
        _of_funds(),
        ("disbursements",),
        "projects",
        "Loans with at least one tranche in the period, each once (báo cáo Phú Thọ 8 tháng 2023: 43 dự án). Loans taken "
        "over with an opening are no tranche.",
        measure="distinct",
    ),
    Indicator(
        "loan_project_turns",
        "Số lượt giải ngân",
        "Disbursements",
        "disbursement",
        "flow",
        TRANCHES,
        _of_funds(),
        ("disbursements",),
        "disbursements",
        "Tranches paid out in the period (lượt dự án; Đồng Nai H1 2019).",
    ),
    Indicator(
        "loan_amount_disbursed",
        "Số tiền giải ngân",
        "Amount disbursed",
        "vnd",
        "flow",
        TRANCHES,
        _of_funds(),
        ("disbursements",),
        "disbursements",
        "Sum of the tranches of the period (báo cáo Phú Thọ 8 tháng 2023: 13.200 triệu đồng).",
        measure="d.amount_vnd",
    ),
    Indicator(
        "loan_borrowers",
        "Số khách hàng còn dư nợ",
        "Borrowers with a balance",
        "borrower",
        "stock",
        POSITIONS,
        _of_funds(),
        ("loans",),
        "loans",
        "Distinct borrowers with principal outstanding on the day; evidence lists their loans.",
        measure="distinct",
        distinct_of="l.borrower_id",
    ),
    Indicator(
        "fund_outstanding",
        "Dư nợ cho vay",
        "Outstanding principal",
        "vnd",
        "stock",
        POSITIONS,
        _of_funds(),
        ("loans",),
        "loans",
        f"Principal outstanding on the day, entrusted lending included ({_SOURCE}, Điều 45).",
        measure="o.outstanding_vnd",
        legal_source="NĐ 45/2021/NĐ-CP, Điều 45",
    ),
    Indicator(
        "fund_outstanding_own_risk",
        "Dư nợ tự chịu rủi ro",
        "Outstanding at own risk",
        "vnd",
        "stock",
        POSITIONS,
        _of_funds(_OWN_RISK),
        ("loans",),
        "loans",
        f"Principal outstanding on the day whose risk the fund bears ({_SOURCE}, Điều 28).",
        measure="o.outstanding_vnd",
        legal_source="NĐ 45/2021/NĐ-CP, Điều 28",
    ),
    Indicator(
        "fund_overdue",
        "Dư nợ của các khoản vay quá hạn",
        "Outstanding of overdue loans",
        "vnd",
        "stock",
        POSITIONS,
        _of_funds(_OVERDUE),
        ("loans",),
        "loans",
        "Whole outstanding principal of loans with anything unpaid after its day (PAR; CGAP 2003).",
        measure="o.outstanding_vnd",
        direction="less_is_better",
    ),
    Indicator(
        "fund_npl_ratio",
        "Tỷ lệ nợ xấu",
        "NPL ratio",
        "percent",
        "stock",
        CLASSIFIED,
        _of_funds(f"{_OWN_RISK} AND g.is_npl"),
        ("loans",),
        "loans",
        f"Outstanding of groups 3 to 5 at own risk / outstanding at own risk ({_SOURCE}, khoản 4 Điều 2; TT 14/2024/TT-NHNN).",
        measure="o.outstanding_vnd",
        denominator="fund_outstanding_own_risk",
        direction="less_is_better",
        ratio_of=(
            ("Dư nợ nhóm 3 đến 5 tự chịu rủi ro", "Outstanding of groups 3 to 5 at own risk"),
            ("Dư nợ tự chịu rủi ro", "Outstanding at own risk"),
        ),
        legal_source="NĐ 45/2021/NĐ-CP, khoản 4 Điều 2; TT 14/2024/TT-NHNN",
    ),
)

_FUND_NAMES = statement(Named, "SELECT id, name FROM fund WHERE id = ANY($1::uuid[])")
INDICATORS = IndicatorTable(
    PREFIX,
    _ALL,
    labels={"report_sector": REPORT_SECTORS, "channel": LOAN_CHANNELS},
    names={"fund": _FUND_NAMES},
)
