"""The lending report of a half year or year, computed from the records of the loans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kernel.database.connections import Transaction
from kernel.records.embedding import name_all
from kernel.values.periods import days_of
from kernel.web.auth import Caller
from services.funds.books.debt_groups.service import share_of
from services.funds.books.reports.queries import LENDING_LOANS_OF_ALLIANCE, LENDING_LOANS_OF_NATION, LendingLoan
from services.funds.debt_groups import classify, rule_on
from services.funds.names import FUND_NAME

_SECTIONS: Mapping[str, Callable[[LendingLoan], str]] = {
    "term_class": lambda loan: loan["term_class"],
    "channel": lambda loan: loan["channel"],
    "report_sector": lambda loan: loan["report_sector"],
    "fund": lambda loan: loan["fund_id"],
}
"""How the report tells loans apart: section → the key of a loan in it."""


def line_of(loan: LendingLoan) -> dict[str, int]:
    """Return one loan's part of a report's row."""
    opening = loan["before_vnd"]
    grown = loan["paid_out_vnd"] + loan["taken_vnd"]
    closing = opening + grown - loan["principal_vnd"] - loan["handled_vnd"]
    collected = loan["principal_vnd"]
    if loan["channel"] == "entrusted_out":
        # The other lender's books say what is outstanding; what is missing of the rest was collected.
        opening = loan["reported_before_vnd"] if loan["reported_before_vnd"] is not None else opening
        closing = loan["reported_vnd"] if loan["reported_vnd"] is not None else opening + grown
        collected = opening + grown - closing
    return {
        "opening_outstanding_vnd": opening,
        "disbursed_vnd": loan["paid_out_vnd"],
        "taken_over_vnd": loan["taken_vnd"],
        "collected_principal_vnd": collected,
        "handled_vnd": loan["handled_vnd"],
        "closing_outstanding_vnd": closing,
        "overdue_outstanding_vnd": closing if loan["is_late"] else 0,
        "interest_collected_vnd": loan["interest_vnd"],
        "projects": 1 if loan["paid_out_vnd"] else 0,
    }


_SUMMED = (
    "opening_outstanding_vnd",
    "disbursed_vnd",
    "taken_over_vnd",
    "collected_principal_vnd",
    "handled_vnd",
    "closing_outstanding_vnd",
    "overdue_outstanding_vnd",
    "interest_collected_vnd",
    "projects",
)


def summed(key: str, loans: Iterable[LendingLoan]) -> dict[str, Any]:
    """Return a report's row: the sums over loans, and how many borrowers still owe."""
    sums = dict.fromkeys(_SUMMED, 0)
    borrowers = set()
    for loan in loans:
        line = line_of(loan)
        for name in _SUMMED:
            sums[name] += line[name]
        if line["closing_outstanding_vnd"]:
            borrowers.add(loan["borrower_id"])
    return {"key": key, **sums, "borrowers": len(borrowers)}


async def lending_report(tx: Transaction, caller: Caller, fund_id: str | None, period: str) -> dict[str, Any]:
    """Return the lending report of a period for one fund, or for every fund of the caller's area."""
    first, last = days_of(period)
    if caller.alliance is None:
        loans = await tx.fetch(LENDING_LOANS_OF_NATION, first, last, fund_id)
    else:
        loans = await tx.fetch(LENDING_LOANS_OF_ALLIANCE, first, last, fund_id, caller.alliance)
    total = summed("total", loans)
    sections = []
    for name, key in _SECTIONS.items():
        groups: dict[str, list[LendingLoan]] = defaultdict(list)
        for loan in loans:
            groups[key(loan)].append(loan)
        sections.append({"by": name, "rows": [summed(group, groups[group]) for group in sorted(groups)]})
    fund_ids = sorted({loan["fund_id"] for loan in loans})
    classified = [loan for fund in fund_ids for loan in await classify(tx, fund, last)]
    own = sum(loan.outstanding_vnd for loan in classified)
    npl = sum(loan.outstanding_vnd for loan in classified if loan.is_npl)
    growth = total["closing_outstanding_vnd"] - total["opening_outstanding_vnd"]
    document = {
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
    await name_all(tx, (FUND_NAME,), [document], [document])
    return document
