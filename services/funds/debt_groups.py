"""Debt groups and specific provisions of a fund's loans on any day, derived from the records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.database.connections import Database, Transaction
from services.funds.cures import RULE
from services.funds.engine.debt_groups import debt_group, is_npl, provision, provision_step_vnd, scheme_on
from services.funds.loan_facts import (
    AT_ANY_RISK,
    OF_BORROWERS,
    TO_WRITE_OFF,
    AlikeLoans,
    CommittedLoans,
    LoanFacts,
    alike_of,
    committed_of,
    facts_of,
)

GROUPS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class ClassifiedLoan:
    """A loan on a day: how late it is, in which group, and what is set aside for it."""

    loan_id: str
    borrower_id: str
    alliance: str
    outstanding_vnd: int
    days_overdue: int
    reschedule_count: int
    interest_reduced: bool
    deductible_vnd: int
    debt_group: int
    provision_vnd: int
    cure: Mapping[str, Any] | None
    """The rule by which its new schedules count no more; None where they count or there are none."""

    @property
    def is_npl(self) -> bool:
        """Whether it is non-performing (groups 3 to 5)."""
        return is_npl(self.debt_group)


def classified(loan: LoanFacts, on: date) -> ClassifiedLoan:
    """Return a loan's facts on a day with the group and the provision that follow."""
    days_overdue, outstanding_vnd, deductible_vnd = (
        loan["days_overdue"],
        loan["outstanding_vnd"],
        loan["deductible_vnd"],
    )
    cured_since, cured_by = loan["cured_since"], loan["cured_by"]
    count = loan["reschedule_count"] if cured_by is None else 0
    group = debt_group(days_overdue, count, days_overdue, loan["interest_reduced"], on=on)
    cure = None
    if cured_since is not None:
        cure = {"id": RULE, "version": cured_since.isoformat()[:7], "legal_basis": cured_by}
    return ClassifiedLoan(
        loan_id=loan["loan_id"],
        borrower_id=loan["borrower_id"],
        alliance=loan["alliance"],
        outstanding_vnd=outstanding_vnd,
        days_overdue=days_overdue,
        reschedule_count=loan["reschedule_count"],
        interest_reduced=loan["interest_reduced"],
        deductible_vnd=deductible_vnd,
        debt_group=group,
        provision_vnd=provision(outstanding_vnd, deductible_vnd, group, on=on),
        cure=cure,
    )


async def classify(db: Database | Transaction, fund_id: str, on: date) -> list[ClassifiedLoan]:
    """Return every loan of the fund at its own risk with principal outstanding on the day, by id."""
    return [classified(row, on) for row in await facts_of(db, fund_id, on)]


async def classify_at_any_risk(db: Database | Transaction, loan_ids: list[str], on: date) -> list[ClassifiedLoan]:
    """Return those of `loan_ids` with principal outstanding on the day, as they would be if their fund bore every risk."""
    return [classified(row, on) for row in await db.fetch(AT_ANY_RISK, loan_ids, on)]


async def classify_to_write_off(tx: Transaction, loan_id: str, on: date) -> ClassifiedLoan:
    """Return a loan that had begun by the day as it stands before it is written off on it, at whosever risk."""
    (facts,) = await tx.fetch(TO_WRITE_OFF, [loan_id], on)
    return classified(facts, on)


async def classify_borrowers(db: Database | Transaction, borrower_ids: Iterable[str], on: date) -> list[ClassifiedLoan]:
    """Return every loan of the borrowers at its fund's own risk with principal outstanding on the day."""
    return [classified(row, on) for row in await db.fetch(OF_BORROWERS, sorted(set(borrower_ids)), on)]


def worst_groups(loans: Iterable[ClassifiedLoan]) -> dict[tuple[str, str], int]:
    """Return the worst group of each borrower in each alliance: one alliance is not told what another has lent."""
    worst: dict[tuple[str, str], int] = {}
    for loan in loans:
        key = (loan.borrower_id, loan.alliance)
        worst[key] = max(worst.get(key, 0), loan.debt_group)
    return worst


@dataclass(slots=True)
class GroupSum:
    """The loans of a fund in one debt group on a day."""

    debt_group: int
    loans: int = 0
    outstanding_vnd: int = 0
    provision_vnd: int = 0


async def loans_alike(tx: Transaction, fund_id: str, on: date) -> Sequence[AlikeLoans]:
    """Return every loan of the fund that owes on the day, those together that are alike for group and provision."""
    return await alike_of(tx, fund_id, on, provision_step_vnd(on=on))


async def loans_committed(tx: Transaction, fund_id: str, on: date) -> Sequence[CommittedLoans]:
    """Return every loan that it had signed by the day, with what contracts promise and what was lost."""
    return await committed_of(tx, fund_id, on, provision_step_vnd(on=on))


def sums_of(alike: Iterable[AlikeLoans], on: date) -> list[GroupSum]:
    """Return what `classify` finds, added up by group, 1 to 5: to the đồng the same, with far fewer rows to read."""
    sums = [GroupSum(group) for group in GROUPS]
    step = provision_step_vnd(on=on)
    for row in alike:
        if not (row["own_risk"] and row["outstanding_vnd"]):
            continue
        days_overdue, loans = row["days_overdue"], row["owing"]
        count = 0 if row["is_cured"] else row["reschedule_count"]
        group = debt_group(days_overdue, count, days_overdue, row["interest_reduced"], on=on)
        total = sums[group - 1]
        total.loans += loans
        total.outstanding_vnd += row["outstanding_vnd"]
        total.provision_vnd += row["steps"] * provision(step, 0, group, on=on)
        total.provision_vnd += loans * provision(row["rest_vnd"], 0, group, on=on)
    return sums


def rule_on(day: date) -> Mapping[str, Any]:
    """Return the `rule` block of the scheme that holds on a day."""
    scheme = scheme_on(day)
    version = "2010-06" if scheme.valid_from is None else scheme.valid_from.isoformat()[:7]
    return {"id": "debt_groups", "version": version, "legal_basis": scheme.source}
