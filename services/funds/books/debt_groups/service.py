"""Debt groups of a fund on a day as they are answered, and saving those of a month's end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.records.crud import find_replay, referenced_record
from kernel.records.responses import document_of
from kernel.values.money import share_percent
from kernel.web.calls import Call
from services.funds.books.debt_groups import schemas
from services.funds.books.debt_groups.queries import LOAN_NAMES, SAVE_LOANS
from services.funds.books.debt_groups.records import DEBT_CLASSIFICATION, DEBT_CLASSIFICATIONS
from services.funds.books.debt_groups.schemas import DebtClassificationCreate
from services.funds.capital.funds.records import FUND
from services.funds.debt_groups import (
    GROUPS,
    ClassifiedLoan,
    GroupSum,
    classify,
    classify_borrowers,
    loans_alike,
    rule_on,
    sums_of,
    worst_groups,
)
from services.funds.engine.debt_groups import is_npl, provision_percent
from services.funds.names import FUND_NAME
from services.funds.rows import DebtClassificationRow, FundRow


def summed(loans: Sequence[ClassifiedLoan]) -> list[dict[str, int]]:
    """Return each group's number of loans, outstanding principal and provision, as a classification saves them."""
    groups = {group: GroupSum(group) for group in GROUPS}
    for loan in loans:
        group = groups[loan.debt_group]
        group.loans += 1
        group.outstanding_vnd += loan.outstanding_vnd
        group.provision_vnd += loan.provision_vnd
    return [asdict(group) for group in groups.values()]


async def groups_of(tx: Transaction, fund: FundRow, on: date) -> dict[str, Any]:
    """Return the debt groups of a fund on a day as they are answered."""
    fund_id = fund["id"]
    alike = await loans_alike(tx, fund_id, on)
    groups = sums_of(alike, on)
    items = [
        {
            **asdict(group),
            "provision_percent": f"{provision_percent(group.debt_group, on=on)}",
            "evidence": f"/v1/funds/funds/{fund_id}/classified-loans?as_of={on}&debt_group={group.debt_group}",
        }
        for group in groups
    ]
    outstanding = sum(group.outstanding_vnd for group in groups)
    npl = sum(group.outstanding_vnd for group in groups if is_npl(group.debt_group))
    return {
        "fund_id": fund_id,
        "fund": FUND_NAME.of(fund),
        "as_of": on,
        "items": items,
        "outstanding_vnd": outstanding,
        "npl_outstanding_vnd": npl,
        "npl_ratio_percent": share_of(npl, outstanding),
        "provision_vnd": sum(group.provision_vnd for group in groups),
        "without_risk_vnd": sum(loans["outstanding_vnd"] for loans in alike if not loans["own_risk"]),
        "rule": rule_on(on),
    }


def share_of(part: int, whole: int) -> float | None:
    """Return a share in percent with four decimals, as JSON writes it; None of nothing."""
    share = share_percent(part, whole)
    return None if share is None else float(share)


async def described(tx: Transaction, loans: Sequence[ClassifiedLoan], on: date) -> list[dict[str, Any]]:
    """Return a page's loans of a day as they are answered, with contract and borrower."""
    names = {row["id"]: row for row in await tx.fetch(LOAN_NAMES, [loan.loan_id for loan in loans])}
    worst = worst_groups(await classify_borrowers(tx, [loan.borrower_id for loan in loans], on))
    items = []
    for loan in loans:
        name = names[loan.loan_id]
        fields = {
            **asdict(loan),
            "contract_number": name["contract_number"],
            "borrower_name": name["borrower_name"],
            "borrower_debt_group": worst[loan.borrower_id, loan.alliance],
        }
        items.append({field: fields[field] for field in schemas.ClassifiedLoan.model_fields})
    return items


async def compared(call: Call, classification: DebtClassificationRow) -> dict[str, Any]:
    """Return a classification with the groups of its day as they follow from the records as they are now."""
    now = summed(await classify(call.db, classification["fund_id"], classification["as_of"]))
    return {
        **await document_of(call.db, call, DEBT_CLASSIFICATION, classification),
        "differs_from_now": now != orjson.loads(classification["groups"]),
        "groups_now": now,
    }


# By uq_debt_classification_month.
_OF_MONTH = statement(DebtClassificationRow, f"{DEBT_CLASSIFICATION.select} WHERE fund_id = $1::uuid AND as_of = $2")


async def save_classification(
    tx: Transaction, call: Call, body: DebtClassificationCreate
) -> tuple[DebtClassificationRow, bool]:
    """Classify and save, and say whether that is new; of a month that is saved already return what was saved."""
    existing, digest = await find_replay(tx, call, DEBT_CLASSIFICATIONS, body)
    # Two runs of a month's end wait for each other here: the second finds what the first saved.
    fund = await referenced_record(tx, call, FUND, body.fund_id, "/fund_id", lock=True)
    if existing is None:
        existing = await tx.fetchrow(_OF_MONTH, body.fund_id, body.as_of)
    if existing is not None:
        return existing, False
    loans = await classify(tx, fund["id"], body.as_of)
    values = {
        **body.model_dump(exclude={"reason"}),
        "groups": summed(loans),
        "alliance": fund["alliance"],
        "outstanding_vnd": sum(loan.outstanding_vnd for loan in loans),
        "npl_outstanding_vnd": sum(loan.outstanding_vnd for loan in loans if loan.is_npl),
        "provision_vnd": sum(loan.provision_vnd for loan in loans),
    }
    classification = await records.create(
        tx, DEBT_CLASSIFICATION, values, by=call.caller, reason=body.reason, digest=digest
    )
    if loans:
        # Read after the loans themselves: one that was paid back meanwhile still has the group it is saved with.
        of_borrowers = await classify_borrowers(tx, [loan.borrower_id for loan in loans], body.as_of)
        worst = worst_groups([*loans, *of_borrowers])
        await tx.execute(
            SAVE_LOANS,
            classification["id"],
            [loan.loan_id for loan in loans],
            [loan.debt_group for loan in loans],
            [loan.days_overdue for loan in loans],
            [loan.reschedule_count for loan in loans],
            [loan.interest_reduced for loan in loans],
            [loan.outstanding_vnd for loan in loans],
            [loan.deductible_vnd for loan in loans],
            [loan.provision_vnd for loan in loans],
            [worst[loan.borrower_id, loan.alliance] for loan in loans],
        )
    return classification, True
