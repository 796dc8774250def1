"""What the platform knows of an application on the day of the decision, beside the limits of the law.

The council's votes may refuse; all else is a warning, which the approver has to acknowledge. The caller holds the row lock
of the fund.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from kernel.database.connections import Transaction
from services.funds.capital.funds.position import capital_of, lent
from services.funds.capital.rules.service import Rules, checklist_on
from services.funds.debt_groups import ClassifiedLoan, classify_at_any_risk
from services.funds.engine.debt_groups import is_npl
from services.funds.lending.applications.limits import Check, Proposal, check_of, part_of
from services.funds.lending.applications.queries import LOANS_OF_BORROWER, RELATED, SHARED_BENEFICIARY, LoanOfBorrower
from services.funds.rows import BorrowerRow

_SHOWN_BORROWERS = 50
"""So many borrowers of one organization are kept with an approval; what all have is in the sum."""


async def look_at(
    tx: Transaction, proposal: Proposal, rules: Rules, borrower: BorrowerRow, council: Sequence[Mapping[str, Any]]
) -> list[Check]:
    """Return every circumstance looked at, met or not."""
    return [
        council_votes(council),
        await other_loans(tx, proposal),
        await shared_beneficiary(tx, proposal, rules),
        await documents(tx, proposal, borrower),
        await free_balance(tx, proposal),
    ]


def council_votes(council: Sequence[Mapping[str, Any]]) -> Check:
    """Return how the council voted: more votes against than for refuse, no more for than against warn.

    Abstentions count for neither side; a council that was not named does not warn.
    """
    votes = [member["vote"] for member in council]
    in_favour, against = votes.count("for"), votes.count("against")
    return check_of(
        "council_votes",
        is_met=not votes or in_favour > against,
        warning=None if against > in_favour else "council_divided",
        votes={"votes_for": in_favour, "votes_against": against, "votes_abstain": votes.count("abstain")},
    )


async def other_loans(tx: Transaction, proposal: Proposal) -> Check:
    """Return the borrower's other loans in every fund of the alliance: group and days overdue on the decision day."""
    rows = await tx.fetch(LOANS_OF_BORROWER, proposal.application["borrower_id"], proposal.on)
    loan_ids = [row["loan_id"] for row in rows]
    owed = {loan.loan_id: loan for loan in await classify_at_any_risk(tx, loan_ids, proposal.on)}
    loans = [
        _other_loan(row, owed.get(row["loan_id"])) for row in rows if row["loan_id"] in owed or row["lost_vnd"] > 0
    ]
    bad = any(is_npl(loan["debt_group"]) for loan in loans)
    late = any(loan["days_overdue"] or loan["debt_group"] > 1 for loan in loans)
    return check_of(
        "other_loans",
        is_met=not bad and not late,
        warning="other_loans_bad_debt" if bad else "other_loans_overdue",
        used_vnd=sum(loan["outstanding_vnd"] for loan in loans),
        loans=loans,
    )


def _other_loan(row: LoanOfBorrower, owed: ClassifiedLoan | None) -> dict[str, Any]:
    return {
        **row,
        "outstanding_vnd": 0 if owed is None else owed.outstanding_vnd,
        # What provisions had to handle is of the worst group, wherever its days stopped.
        "debt_group": 5 if owed is None or row["lost_vnd"] > 0 else owed.debt_group,
        "days_overdue": 0 if owed is None else owed.days_overdue,
    }


async def shared_beneficiary(tx: Transaction, proposal: Proposal, rules: Rules) -> Check:
    """Return who else borrows for the same organization, with what they have together against the limit of related persons.

    It warns of those whom no group of related persons holds: whether they are related the approver judges.
    """
    fund, borrower_id = proposal.fund, proposal.application["borrower_id"]
    rows = await tx.fetch(SHARED_BENEFICIARY, borrower_id, fund["id"])
    groups = await tx.fetch(RELATED, borrower_id, proposal.on) if rows else []
    related = {id_ for group in groups for id_ in group["borrower_ids"]}
    borrowers = [{**row, "is_related": row["borrower_id"] in related} for row in rows]
    used = sum(row["used_vnd"] for row in rows) + (
        (await lent(tx, fund["id"], borrower_ids=[borrower_id])).exposure_vnd if rows else 0
    )
    numbers: dict[str, Any] = {}
    percent = rules.percent("related_borrowers_limit")
    if rows and percent is not None:
        basis = (await capital_of(tx, fund["id"], proposal.on)).actual_charter_capital_vnd(fund)
        limit = part_of(basis, percent)
        numbers = {
            "limit_percent": f"{percent}",
            "basis_vnd": basis,
            "limit_vnd": limit,
            "over_vnd": max(0, used + proposal.amount_vnd - limit),
            "rule": rules.applied("related_borrowers_limit"),
        }
    return check_of(
        "shared_beneficiary",
        is_met=all(borrower["is_related"] for borrower in borrowers),
        warning="shared_beneficiary",
        used_vnd=used,
        asked_vnd=proposal.amount_vnd,
        borrowers=borrowers[:_SHOWN_BORROWERS],
        **numbers,
    )


async def documents(tx: Transaction, proposal: Proposal, borrower: BorrowerRow) -> Check:
    """Return which documents of the checklist for this kind of borrower were not received."""
    fund = proposal.fund
    checklist = await checklist_on(tx, fund["id"], fund["alliance"], borrower["kind"], proposal.on)
    received = {each["kind"] for each in orjson.loads(proposal.application["documents"]) if each["is_received"]}
    missing = [] if checklist is None else [kind for kind in checklist.documents if kind not in received]
    return check_of(
        "documents",
        is_met=not missing,
        warning="documents_missing",
        missing_documents=missing,
        rule=None if checklist is None else checklist.rule,
    )


async def free_balance(tx: Transaction, proposal: Proposal) -> Check:
    """Return what the fund has left to lend: received until the decision day, less lent, lost and promised as it stands.

    Of a fund that entrusts its capital to another lender that capital is what it lends.
    """
    fund = proposal.fund
    capital, out = await capital_of(tx, fund["id"], proposal.on), await lent(tx, fund["id"])
    money = capital.money_vnd
    used = out.outstanding_vnd + out.lost_vnd + out.commitments_vnd
    if fund["operating_model"] == "entrusted":
        money -= capital.net("entrusted_out", "received")
        used += out.entrusted_vnd
    free = max(0, money - used)
    over = max(0, proposal.amount_vnd - free)
    return check_of(
        "free_balance",
        is_met=not over,
        warning="free_balance_short",
        basis_vnd=max(0, money),
        limit_vnd=free,
        used_vnd=used,
        asked_vnd=proposal.amount_vnd,
        over_vnd=over,
    )
