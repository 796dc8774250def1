"""The lending report of a half year or year, computed from the records of the loans."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records.records import dump, read
from kernel.values.ids import Id
from kernel.values.periods import PeriodCode, days_of
from kernel.web.auth import narrow
from kernel.web.operations import CurrentCall
from services.funds.books.debt_groups.service import share_of
from services.funds.books.reports.schemas import LendingReport
from services.funds.capital.funds.records import FUND
from services.funds.debt_groups import classify, rule_on
from services.funds.scopes import READ, funds_router

router = funds_router("reports")

# One row a loan with what moved until the eve of the period ($1), in it, and until its last day ($2).
_LOANS = """
    WITH own AS (
        SELECT l.id, l.fund_id, l.borrower_id, l.channel, l.report_sector, l.opening, l.own_risk,
               CASE WHEN (l.dues -> -1 ->> 1)::date <= l.signed_on + interval '12 months' THEN 'short'
                    WHEN (l.dues -> -1 ->> 1)::date <= l.signed_on + interval '60 months' THEN 'medium'
                    ELSE 'long' END AS term_class
          FROM loan l WHERE ($3::uuid IS NULL OR l.fund_id = $3) AND l.starts_on <= $2 AND {area}),
    moved AS (
        SELECT loan_id, disbursed_on AS day, amount_vnd AS paid_out, 0 AS taken, 0 AS principal, 0 AS handled, 0 AS interest
          FROM disbursement WHERE reversed_at IS NULL AND disbursed_on <= $2 AND ($3::uuid IS NULL OR fund_id = $3)
        UNION ALL SELECT id, (opening ->> 'as_of')::date, 0, (opening ->> 'principal_vnd')::bigint, 0, 0, 0
          FROM own WHERE opening IS NOT NULL AND (opening ->> 'as_of')::date <= $2
        UNION ALL SELECT loan_id, paid_on, 0, 0, principal_vnd, 0, interest_vnd + overdue_interest_vnd
          FROM repayment WHERE reversed_at IS NULL AND paid_on <= $2 AND ($3::uuid IS NULL OR fund_id = $3)
        UNION ALL SELECT loan_id, effective_on, 0, 0, 0, amount_vnd, 0
          FROM write_off WHERE kind = 'risk_handled' AND effective_on <= $2 AND ($3::uuid IS NULL OR fund_id = $3)),
    late AS (
        SELECT DISTINCT i.loan_id FROM loan_installment i JOIN own ON own.id = i.loan_id
         WHERE i.due_on < $2 AND i.opened_on <= $2 AND (i.closed_on IS NULL OR i.closed_on > $2)),
    told AS (
        SELECT DISTINCT ON (loan_id) loan_id, outstanding_vnd, overdue_principal_vnd FROM balance_statement
         WHERE as_of <= $2 ORDER BY loan_id, as_of DESC),
    told_before AS (
        SELECT DISTINCT ON (loan_id) loan_id, outstanding_vnd FROM balance_statement
         WHERE as_of < $1 ORDER BY loan_id, as_of DESC)
    SELECT own.id, own.fund_id, own.borrower_id, own.channel, own.own_risk, coalesce(own.report_sector, 'none') AS report_sector,
           own.term_class, late.loan_id IS NOT NULL OR coalesce(t.overdue_principal_vnd, 0) > 0 AS is_late,
           t.outstanding_vnd AS told_vnd, b.outstanding_vnd AS told_before_vnd,
           coalesce(sum(m.paid_out + m.taken - m.principal - m.handled) FILTER (WHERE m.day < $1), 0)::bigint AS before_vnd,
           coalesce(sum(m.paid_out) FILTER (WHERE m.day >= $1), 0)::bigint AS paid_out_vnd,
           coalesce(sum(m.taken) FILTER (WHERE m.day >= $1), 0)::bigint AS taken_vnd,
           coalesce(sum(m.principal) FILTER (WHERE m.day >= $1), 0)::bigint AS principal_vnd,
           coalesce(sum(m.handled) FILTER (WHERE m.day >= $1), 0)::bigint AS handled_vnd,
           coalesce(sum(m.interest) FILTER (WHERE m.day >= $1), 0)::bigint AS interest_vnd
      FROM own JOIN moved m ON m.loan_id = own.id
      LEFT JOIN late ON late.loan_id = own.id LEFT JOIN told t ON t.loan_id = own.id
      LEFT JOIN told_before b ON b.loan_id = own.id
     GROUP BY own.id, own.fund_id, own.borrower_id, own.channel, own.own_risk, own.report_sector, own.term_class,
              late.loan_id, t.overdue_principal_vnd, t.outstanding_vnd, b.outstanding_vnd"""
_SECTIONS = ("term_class", "channel", "report_sector", "fund")


def line_of(row: Row) -> dict[str, Any]:
    """Return one loan's part of a report's row."""
    opening = row["before_vnd"]
    grown = row["paid_out_vnd"] + row["taken_vnd"]
    closing = opening + grown - row["principal_vnd"] - row["handled_vnd"]
    collected = row["principal_vnd"]
    if row["channel"] == "entrusted_out":
        # The other lender's books say what is outstanding; what is missing of the rest was collected.
        opening = row["told_before_vnd"] if row["told_before_vnd"] is not None else opening
        closing = row["told_vnd"] if row["told_vnd"] is not None else opening + grown
        collected = opening + grown - closing
    return {
        "opening_outstanding_vnd": opening,
        "disbursed_vnd": row["paid_out_vnd"],
        "taken_over_vnd": row["taken_vnd"],
        "collected_principal_vnd": collected,
        "handled_vnd": row["handled_vnd"],
        "closing_outstanding_vnd": closing,
        "overdue_outstanding_vnd": closing if row["is_late"] else 0,
        "interest_collected_vnd": row["interest_vnd"],
        "projects": 1 if row["paid_out_vnd"] else 0,
    }


def summed(key: str, rows: Iterable[Row]) -> dict[str, Any]:
    """Return a report's row: the sums over loans, and how many borrowers still owe."""
    total: dict[str, Any] = {"key": key}
    borrowers = set()
    for row in rows:
        line = line_of(row)
        for name, value in line.items():
            total[name] = total.get(name, 0) + value
        if line["closing_outstanding_vnd"]:
            borrowers.add(row["borrower_id"])
    empty = dict.fromkeys(
        (
            "opening_outstanding_vnd",
            "disbursed_vnd",
            "taken_over_vnd",
            "collected_principal_vnd",
            "handled_vnd",
            "closing_outstanding_vnd",
            "overdue_outstanding_vnd",
            "interest_collected_vnd",
            "projects",
        ),
        0,
    )
    return {**empty, **total, "borrowers": len(borrowers)}


def _by(name: str) -> Callable[[Row], str]:
    return lambda row: str(row["fund_id" if name == "fund" else name])


async def report(tx: Transaction, call: CurrentCall, fund_id: str | None, period: str) -> dict[str, Any]:
    """Return the lending report of a period for one fund, or for every fund of the caller's area."""
    first, last = days_of(period)
    args: list[Any] = [first, last, fund_id]
    area = narrow(call.caller, args, "l.alliance")
    rows = await tx.fetch(_LOANS.format(area=area), *args)
    total = summed("total", rows)
    sections = []
    for name in _SECTIONS:
        key = _by(name)
        keys = sorted({key(row) for row in rows})
        sections.append({"by": name, "rows": [summed(one, [row for row in rows if key(row) == one]) for one in keys]})
    classified = [loan for id_ in sorted({row["fund_id"] for row in rows}) for loan in await classify(tx, id_, last)]
    own = sum(loan.outstanding_vnd for loan in classified)
    npl = sum(loan.outstanding_vnd for loan in classified if loan.is_npl)
    growth = total["closing_outstanding_vnd"] - total["opening_outstanding_vnd"]
    return {
        "fund_id": fund_id,
        "period": period,
        "from": first,
        "to": last,
        "total": total,
        "sections": sections,
        "outstanding_growth_percent": share_of(growth, total["opening_outstanding_vnd"]),
        "npl_outstanding_vnd": npl,
        "own_risk_outstanding_vnd": own,
        "npl_ratio_percent": share_of(npl, own),
        "provision_vnd": sum(loan.provision_vnd for loan in classified),
        "rule": rule_on(last),
    }


@router.operation(
    "GET",
    "/reports/lending",
    scopes=(*READ, "reports.read"),
    response_model=LendingReport,
    summary="Lending report of a period",
)
async def read_lending_report(
    call: CurrentCall,
    period: Annotated[PeriodCode, Query(description="2023-H1, 2023, or any other period")],
    fund_id: Annotated[Id | None, Query(description="One fund; every fund of the caller's area if left out")] = None,
) -> Response:
    """Report lending in the shape of form 1a (Circular 52/2022/TT-BTC, Art. 11): half-year cut-offs 30 June, 31 December.

    Every figure is computed from the records; each section adds up to the total, and opening + disbursed + taken over −
    collected − handled = closing. Terms: short up to 12 months from the signing, medium up to 60, else long.
    """
    if fund_id is not None and await read(call.db, FUND, fund_id, call.caller) is None:
        words = ("Không có quỹ này trong địa bàn của bạn.", "There is no such fund in your area.")
        raise Invalid(FieldError("unknown_fund", words, parameter="fund_id"))
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        document = await report(tx, call, fund_id, period)
    return Response(dump(document), 200, {"Cache-Control": "private, no-cache"}, "application/json")
