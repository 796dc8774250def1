"""What the approval binds a contract to: its rate, method, spans and security, until the first tranche.

An application that was approved before terms were kept with the approval binds to its amount and day alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

import orjson

from kernel.database.connections import Transaction
from kernel.database.statements import statement
from services.funds import problems
from services.funds.capital.products.records import LOAN_PRODUCT, least_rate_percent
from services.funds.lending.agreed_terms import spans_of
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.rows import LoanApplicationRow, LoanProductRow, LoanRow
from services.funds.servicing.loans.terms import TermsDocument


class Security(TypedDict):
    """What secures a loan on a day."""

    collaterals: int
    value_vnd: int


# By ix_collateral_loan_application_id and ix_collateral_loan_id, a handful of rows. $2: of this loan too, where there is one;
# $3: what is released by that day counts no more; $4: only what is registered by then.
_SECURITY = statement(
    Security,
    """
    SELECT count(*)::int AS collaterals, coalesce(sum(value_vnd), 0)::bigint AS value_vnd FROM collateral
     WHERE (loan_application_id = $1::uuid OR loan_id = $2::uuid)
       AND (released_on IS NULL OR released_on > $3) AND (NOT $4 OR registered_on <= $3)""",
)
_APPLICATION = statement(LoanApplicationRow, f"{LOAN_APPLICATION.select} WHERE id = $1::uuid")
_PRODUCT = statement(LoanProductRow, f"{LOAN_PRODUCT.select} WHERE id = $1::uuid")


def approval_of(application: LoanApplicationRow) -> dict[str, Any] | None:
    """Return an approval that terms are kept with, or None."""
    approval: dict[str, Any] | None = None if application["approval"] is None else orjson.loads(application["approval"])
    return approval if approval is not None and approval.get("approved_terms") is not None else None


async def refuse_differences(
    tx: Transaction,
    application: LoanApplicationRow,
    *,
    terms: TermsDocument,
    annual_rate_percent: str,
    loan_product_id: str | None,
    signed_on: date,
    loan_id: str | None = None,
) -> None:
    """Raise DiffersFromApproval with each thing in which a contract of the application is not as approved."""
    approval = approval_of(application)
    if approval is None:
        return
    security = await _secured_by(tx, application["id"], loan_id, signed_on, is_registered=False)
    differences = [
        *_price(approval, application, annual_rate_percent, loan_product_id),
        *differing_terms(approval["approved_terms"], approval["term_months"], terms, signed_on),
        *_security(approval["required_security"], security),
    ]
    if differences:
        raise problems.DiffersFromApproval(differences=differences)


async def _secured_by(
    tx: Transaction, application_id: str | None, loan_id: str | None, on: date, *, is_registered: bool
) -> Security:
    security = await tx.fetchrow(_SECURITY, application_id, loan_id, on, is_registered)
    assert security is not None, "an aggregate answers one row"
    return security


def _difference(field: str, pointer: str | None, approved: Any, asked: Any) -> dict[str, Any]:
    return {"field": field, "pointer": pointer, "approved": approved, "asked": asked}


def _price(
    approval: Mapping[str, Any], application: LoanApplicationRow, rate: str, product_id: str | None
) -> Iterator[dict[str, Any]]:
    approved = approval["annual_rate_percent"]
    if Decimal(rate) != Decimal(approved):
        yield _difference("annual_rate_percent", "/annual_rate_percent", approved, rate)
    if application["loan_product_id"] not in (None, product_id):
        yield _difference("loan_product_id", "/loan_product_id", application["loan_product_id"], product_id)


def differing_terms(
    approved: Mapping[str, Any], term_months: int, terms: Mapping[str, Any], starts_on: date
) -> Iterator[dict[str, Any]]:
    """Yield each thing in which terms that begin on a day ask for more than was approved.

    Both are measured from that day: the approved ones may be counted in days, or from other ends of months.
    """
    if terms["method"] != approved["method"]:
        yield _difference("method", "/terms/method", approved["method"], terms["method"])
    limits, asked = spans_of(approved, starts_on), spans_of(terms, starts_on)
    if asked.term > term_months:
        yield _difference("term_months", "/terms/installments", term_months, asked.term)
    for name in ("principal_grace", "interest_grace", "interest_free"):
        limit, months = getattr(limits, name), getattr(asked, name)
        if months > limit:
            yield _difference(name, f"/terms/{name}", limit, months)


def _security(required: Mapping[str, Any] | None, security: Security) -> Iterator[dict[str, Any]]:
    if required is None or required["security"] != "required":
        return
    if not security["collaterals"]:
        yield _difference("security", None, "required", "not_required")
    elif (least := required["least_value_vnd"]) is not None and security["value_vnd"] < least:
        yield _difference("least_value_vnd", None, least, security["value_vnd"])


async def application_of(tx: Transaction, loan: LoanRow) -> LoanApplicationRow | None:
    """Return the application that the contract came from; None of a loan that ran before."""
    if loan["loan_application_id"] is None:
        return None
    return await tx.fetchrow(_APPLICATION, loan["loan_application_id"])


async def refuse_below_minimums(tx: Transaction, loan: LoanRow, on: date) -> None:
    """Let the first tranche go only at the product's least rate and behind registered security.

    Raises BelowProductMinimum, SecurityNotRegistered.
    """
    application = await application_of(tx, loan)
    approval = None if application is None else approval_of(application)
    if approval is None:
        return
    product = None if loan["loan_product_id"] is None else await tx.fetchrow(_PRODUCT, loan["loan_product_id"])
    least = None if product is None else least_rate_percent(product)
    if least is not None and Decimal(loan["annual_rate_percent"]) < Decimal(least):
        raise problems.BelowProductMinimum(limit_percent=least, asked_percent=loan["annual_rate_percent"])
    required = approval["required_security"] or {}
    by_product = product is not None and product["security"] == "required"
    if required.get("security") != "required" and not by_product:
        return
    security = await _secured_by(tx, loan["loan_application_id"], loan["id"], on, is_registered=True)
    least_vnd = required.get("least_value_vnd") or 0
    if not security["collaterals"] or security["value_vnd"] < least_vnd:
        raise problems.SecurityNotRegistered(
            on=on.isoformat(),
            required_vnd=least_vnd,
            registered_vnd=security["value_vnd"],
            over_vnd=max(0, least_vnd - security["value_vnd"]),
        )
