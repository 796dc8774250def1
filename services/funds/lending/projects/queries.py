"""Statements on projects: loans with what was paid out of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypedDict

from kernel.database.statements import statement
from kernel.records.listing import Source


class ProjectRow(TypedDict):
    """A project as it is listed and read."""

    id: str
    fund_id: str
    contract_number: str
    borrower_id: str
    borrower_name: str
    organization_id: str | None
    purpose: str
    report_sector: str | None
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    channel: str
    state: str
    planned_vnd: int
    own_capital_vnd: int
    cofinancing_vnd: int
    requested_vnd: int | None
    approved_vnd: int | None
    contracted_vnd: int
    disbursed_vnd: int
    first_disbursed_on: date
    last_disbursed_on: date
    repaid_vnd: int
    interest_paid_vnd: int
    outstanding_vnd: int
    jobs: int | None
    expected_results: str | None
    result: str | None
    alliance: str
    disbursed_in_period_vnd: int | None
    turns: int


_ORGANIZATION = "coalesce(r.organization_id, b.beneficiary_organization_id)"
_COLUMNS = f"""
    r.id, r.fund_id, r.contract_number, r.borrower_id, r.borrower_name, {_ORGANIZATION} AS organization_id, r.purpose,
    r.report_sector, r.commune_code, r.commune_map, r.province_2008, r.province_2025, r.channel, r.state,
    r.total_cost_vnd AS planned_vnd, r.own_capital_vnd, r.cofinancing_vnd, a.requested_amount_vnd AS requested_vnd,
    a.approved_amount_vnd AS approved_vnd, r.principal_vnd AS contracted_vnd, r.disbursed_vnd,
    t.first_disbursed_on, t.last_disbursed_on, r.disbursed_vnd - r.outstanding_vnd AS repaid_vnd, r.interest_paid_vnd,
    r.outstanding_vnd, r.jobs, r.expected_results, r.result, r.alliance"""
# Tranches by their loan's index: what a page costs follows the page, not the table.
_TABLES = """
    loan r JOIN borrower b ON b.id = r.borrower_id LEFT JOIN loan_application a ON a.id = r.loan_application_id
    JOIN LATERAL (SELECT min(d.disbursed_on) AS first_disbursed_on, max(d.disbursed_on) AS last_disbursed_on,
                         count(*)::int AS turns{period}
                    FROM disbursement d WHERE d.loan_id = r.id AND d.reversed_at IS NULL) t ON t.turns > 0"""
ALL_TIME = Source(
    _COLUMNS + ", NULL::bigint AS disbursed_in_period_vnd, t.turns",
    _TABLES.format(period=""),
    (),
    "r.alliance",
    dated="r",
)
# What of the tranches was paid out in the period asked for.
_PERIOD = """,
                         sum(d.amount_vnd) FILTER (WHERE d.disbursed_on BETWEEN {_from}::date AND {_to}::date)::bigint AS paid,
                         (count(*) FILTER (WHERE d.disbursed_on BETWEEN {_from}::date AND {_to}::date))::int AS period_turns"""
# Loans with a tranche in the period: ix_disbursement_disbursed_on, or by the loan ix_disbursement_loan_id.
_PAID_IN = """SELECT d.loan_id FROM disbursement d WHERE d.disbursed_on BETWEEN {_from}::date AND {_to}::date
                                                     AND d.reversed_at IS NULL"""
IN_PERIOD = Source(
    _COLUMNS + ", t.paid AS disbursed_in_period_vnd, t.period_turns AS turns",
    _TABLES.replace("{period}", _PERIOD),
    (f"r.id IN ({_PAID_IN})",),
    "r.alliance",
    dated="r",
    named=True,
)
# The period's tranches first: loans come in order of time, and a walk through the nation's to those of this year passes
# nearly all of them. An alliance's own are few, and cheaper to walk through than a year of the nation.
OF_NATION_IN_PERIOD = replace(IN_PERIOD, conditions=(f"r.id = ANY(ARRAY({_PAID_IN}))",))
# One project of the caller's area, by the loan's key.
ONE = statement(
    ProjectRow,
    f"SELECT {ALL_TIME.columns} FROM {ALL_TIME.tables} WHERE r.id = $1::uuid AND ($2::text IS NULL OR r.alliance = $2)",  # noqa: S608 - of this module's constants
)
