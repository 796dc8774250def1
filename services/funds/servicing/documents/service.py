"""What stands in the places of a loan's documents on a day."""

from __future__ import annotations

from datetime import date
from typing import Any, TypedDict

import orjson
from sqlalchemy import select
from sqlmodel import col

from kernel.database.connections import Transaction
from kernel.database.statements import param, statement
from services.funds.code_lists import RESCHEDULING_KINDS
from services.funds.models import Borrower, Fund
from services.funds.rows import LoanRow
from services.funds.servicing.documents.render import day_text, installment_texts, method_text, money
from services.funds.servicing.loans.in_force import InForce, in_force_on
from services.funds.servicing.positions.service import InstallmentLine, position_of, schedule_of


class Parties(TypedDict):
    """The two sides of a contract as documents name them."""

    fund_name: str
    address: str | None
    beneficiary_name: str | None


# By pk_fund and pk_borrower.
_PARTIES = statement(
    Parties,
    select(
        col(Fund.name).label("fund_name"),
        col(Borrower.address),
        col(Borrower.beneficiary_organization_name).label("beneficiary_name"),
    ).where(col(Fund.id) == param(1), col(Borrower.id) == param(2)),
)


async def values_of(tx: Transaction, document: str, loan: LoanRow, as_of: date) -> dict[str, Any]:
    """Return what stands in the places of the templates, on a day."""
    parties = await tx.fetchrow(_PARTIES, loan["fund_id"], loan["borrower_id"])
    assert parties is not None, "kept by foreign keys"
    position = await position_of(tx, loan, as_of)
    in_force = await in_force_on(tx, loan, as_of)
    lines = (await schedule_of(tx, loan, as_of))["items"]
    if document == "contract-annex" and in_force is not None:
        lines = [line for line in lines if _agreed(line, in_force["since"])]
    principal, interest = position["due_principal_vnd"], position["due_interest_vnd"]
    overdue_interest = position["overdue_interest_vnd"]
    return {
        "fund_name": parties["fund_name"],
        "borrower_name": loan["borrower_name"],
        "beneficiary_name": parties["beneficiary_name"],
        "address": parties["address"] or "",
        "contract_number": loan["contract_number"],
        "signed_on": day_text(loan["signed_on"]),
        "as_of": day_text(as_of),
        "purpose": loan["purpose"],
        "rows": installment_texts(lines),
        "has_replaced": any(line["is_replaced"] for line in lines),
        "days_overdue": position["days_overdue"],
        "overdue_since": day_text(position["overdue_since"]),
        **_terms_texts(loan, in_force),
        **money("principal", loan["principal_vnd"]),
        **money("total_principal", sum(line["principal_vnd"] for line in lines)),
        **money("total_interest", sum(line["interest_vnd"] for line in lines)),
        **money("due_principal", principal),
        **money("due_interest", interest),
        **money("overdue_interest", overdue_interest),
        **money("overdue_total", principal + interest + overdue_interest),
        **money("outstanding", position["outstanding_vnd"]),
    }


def _agreed(line: InstallmentLine, since: date) -> bool:
    """Whether an installment is one of those that the annex agrees on: still to pay when it took effect."""
    return not line["is_replaced"] and (line["paid_on"] is None or line["paid_on"] >= since)


def _terms_texts(loan: LoanRow, in_force: InForce | None) -> dict[str, Any]:
    """Return the rate and terms in force in words, and the decision that brought them where they are not the contract's."""
    rate = loan["annual_rate_percent"] if in_force is None else in_force["annual_rate_percent"]
    terms = orjson.loads(loan["terms"]) if in_force is None else in_force["terms"]
    texts = {
        "changed": in_force is not None,
        "rate": rate.replace(".", ","),
        "overdue_rate": loan["overdue_rate_percent_of_rate"].replace(".", ","),
        "method": method_text(terms),
    }
    if in_force is not None:
        kind = RESCHEDULING_KINDS[in_force["kind"]][0]
        texts |= {
            "kind": kind[0].lower() + kind[1:],
            "decision_number": in_force["decision_number"],
            "decided_on": day_text(in_force["decided_on"]),
            "since": day_text(in_force["since"]),
            "reason": in_force["reason"].rstrip(" ."),
        }
    return texts
