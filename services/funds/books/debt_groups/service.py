"""Debt groups of a fund on a day as they are answered, and keeping those of a month's end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from kernel.database.connections import Database, Row, Transaction
from kernel.records import records
from kernel.values.money import share_percent
from kernel.web.operations import Call
from services.funds.books.debt_groups.queries import KEEP_LOANS, WITHOUT_RISK
from services.funds.books.debt_groups.records import DEBT_CLASSIFICATION
from services.funds.books.debt_groups.schemas import (
    DebtClassificationCreate,
)
from services.funds.debt_groups import GROUPS, Classified, classify, rule_on, sums_of
from services.funds.engine.debt_groups import is_npl, provision_percent


def kept(loans: Sequence[Classified]) -> list[dict[str, Any]]:
    """Return each group's number of loans, outstanding principal and provision."""
    return [
        {
            "debt_group": group,
            "loans": sum(1 for loan in loans if loan.debt_group == group),
            "outstanding_vnd": sum(loan.outstanding_vnd for loan in loans if loan.debt_group == group),
            "provision_vnd": sum(loan.provision_vnd for loan in loans if loan.debt_group == group),
        }
        for group in GROUPS
    ]


async def groups_of(db: Database | Transaction, fund_id: str, on: date) -> dict[str, Any]:
    """Return the debt groups of a fund on a day as they are answered."""
    groups = await sums_of(db, fund_id, on)
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
        "as_of": on,
        "items": items,
        "outstanding_vnd": outstanding,
        "npl_outstanding_vnd": npl,
        "npl_ratio_percent": share_of(npl, outstanding),
        "provision_vnd": sum(group.provision_vnd for group in groups),
        "without_risk_vnd": await db.fetchval(WITHOUT_RISK, fund_id, on),
        "rule": rule_on(on),
    }


def share_of(part: int, whole: int) -> float | None:
    """Return a share in percent with four decimals, as JSON writes it; None of nothing."""
    share = share_percent(part, whole)
    return None if share is None else float(share)


_OF_LOAN = (
    "loan_id",
    "debt_group",
    "days_overdue",
    "reschedule_count",
    "interest_reduced",
    "outstanding_vnd",
    "deductible_vnd",
    "provision_vnd",
)


async def keep(tx: Transaction, call: Call, fund: Row, body: DebtClassificationCreate, digest: bytes) -> Row:
    loans = await classify(tx, fund["id"], body.as_of)
    values = {
        **body.model_dump(exclude={"reason"}),
        "groups": kept(loans),
        "alliance": fund["alliance"],
        "outstanding_vnd": sum(loan.outstanding_vnd for loan in loans),
        "npl_outstanding_vnd": sum(loan.outstanding_vnd for loan in loans if loan.is_npl),
        "provision_vnd": sum(loan.provision_vnd for loan in loans),
    }
    row: Row = await records.create(tx, DEBT_CLASSIFICATION, values, by=call.caller, reason=body.reason, digest=digest)
    if loans:
        columns = ([getattr(loan, name) for loan in loans] for name in _OF_LOAN)
        await tx.execute(KEEP_LOANS, row["id"], *columns)
    return row
