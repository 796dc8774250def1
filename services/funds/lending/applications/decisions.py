"""The steps of an application from its filing to the decision."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.storage.files import check_files
from kernel.values.days import day_text, now
from kernel.web.auth import Caller
from services.funds import problems
from services.funds.capital.products.records import LOAN_PRODUCT
from services.funds.capital.rules.service import rules_on
from services.funds.lending.applications.filing import check_parties, check_term
from services.funds.lending.applications.limits import Asked, check_limits, refuse_unmet
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.applications.schemas import (
    LoanAppraisalCreate,
    LoanApprovalCreate,
    LoanRejectionCreate,
    LoanWithdrawalCreate,
    step,
)
from services.funds.lending.applications.states import require
from services.funds.lending.borrowers.records import BORROWER


def _recorded(by: Caller) -> dict[str, Any]:
    return {"recorded_by": by.id, "recorded_at": now().isoformat().replace("+00:00", "Z")}


def _not_before(first: date, day: date, pointer: str) -> None:
    if day < first:
        day_words = day_text(first)
        words = (
            f"Hồ sơ nộp ngày {day_words}; hãy ghi ngày đó hoặc sau đó.",
            f"The application was filed on {day_words}; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer=pointer))


async def appraise(tx: Transaction, row: Row, body: LoanAppraisalCreate, *, by: Caller) -> Row:
    """Record the appraisal of the locked application. Raises StateForbids, AmountTooHigh, Invalid."""
    require(row, "appraise")
    if faults := await check_files(tx, by, body.file_ids):
        raise Invalid(*faults)
    for name in ("site_visit_on", "minutes_on"):
        if (day := getattr(body, name)) is not None:
            _not_before(row["submitted_on"], day, f"/{name}")
    _refuse_more("requested", row["requested_amount_vnd"], body.proposed_amount_vnd)
    values = {"state": "under_appraisal", "appraisal": step(body, **_recorded(by))}
    after: Row = await records.update(tx, LOAN_APPLICATION, row, values, by=by, action="appraised")
    return after


def _refuse_more(of: str, limit: int, asked: int) -> None:
    if asked > limit:
        raise problems.AmountTooHigh(limit_of=of, limit_vnd=limit, asked_vnd=asked, over_vnd=asked - limit)


# Whoever wrote a version before the decision prepared it.
PREPARERS = """
    SELECT DISTINCT recorded_by FROM history
     WHERE resource_type = 'loan_application' AND resource_id = $1::uuid
       AND action IN ('created', 'corrected', 'appraised')"""


async def refuse_preparer(tx: Transaction, application_id: str, by: Caller) -> None:
    """Raise SamePerson if the caller filed, corrected or appraised the application."""
    prepared = {row["recorded_by"] for row in await tx.fetch(PREPARERS, application_id)}
    if by.id in prepared:
        raise problems.SamePerson(prepared_by=by.id)


async def approve(tx: Transaction, fund: Row, row: Row, body: LoanApprovalCreate, *, by: Caller) -> Row:
    """Approve the application; fund and application are locked, in this order, so that no two pass a limit together.

    Raises SamePerson, StateForbids, AmountTooHigh, Invalid and each limit's own problem.
    """
    await refuse_preparer(tx, row["id"], by)
    require(row, "approve")
    appraisal: dict[str, Any] = orjson.loads(row["appraisal"])
    _not_before(row["submitted_on"], body.decided_on, "/decided_on")
    borrower = await tx.fetchrow(f"{BORROWER.select} WHERE id = $1::uuid", row["borrower_id"])
    assert borrower is not None, "kept by a foreign key"
    check_parties(fund, borrower)
    amount = body.approved_amount_vnd or appraisal["proposed_amount_vnd"]
    term = body.term_months or appraisal["proposed_term_months"]
    rate = body.annual_rate_percent or appraisal["proposed_annual_rate_percent"]
    _refuse_more("proposed", min(appraisal["proposed_amount_vnd"], row["requested_amount_vnd"]), amount)
    own_percent = None
    if row["loan_product_id"] is not None:
        product = await tx.fetchrow(f"{LOAN_PRODUCT.select} WHERE id = $1::uuid", row["loan_product_id"])
        assert product is not None, "kept by a foreign key"
        check_term(term, product["term_min_months"] or 1, product["term_max_months"] or 600)
        if product["own_capital_minimum_percent"] is not None:
            own_percent = Decimal(product["own_capital_minimum_percent"])
    rules = await rules_on(tx, fund["id"], fund["alliance"], body.decided_on)
    asked = Asked(fund, row, amount, body.decided_on, own_percent, body.authority)
    limits = await check_limits(tx, asked, rules)
    refuse_unmet(limits)
    authority = next((c["authority"] for c in limits if c["check"] == "approval_authority"), body.authority)
    settled = {"approved_amount_vnd": amount, "term_months": term, "annual_rate_percent": rate, "authority": authority}
    values = {
        "state": "approved",
        "approval": step(body, **settled, limits=limits, **_recorded(by)),
        "approved_on": body.decided_on,
        "approved_amount_vnd": amount,
        "approved_term_months": term,
        "approved_annual_rate_percent": rate,
    }
    after: Row = await records.update(tx, LOAN_APPLICATION, row, values, by=by, action="approved")
    return after


async def reject(tx: Transaction, row: Row, body: LoanRejectionCreate, *, by: Caller) -> Row:
    """Refuse the locked application. Raises StateForbids, Invalid."""
    require(row, "reject")
    _not_before(row["submitted_on"], body.decided_on, "/decided_on")
    values = {"state": "rejected", "rejection": step(body, **_recorded(by))}
    after: Row = await records.update(tx, LOAN_APPLICATION, row, values, by=by, reason=body.reason, action="rejected")
    return after


async def withdraw(tx: Transaction, row: Row, body: LoanWithdrawalCreate, *, by: Caller) -> Row:
    """Take the locked application back; what was promised is free again. Raises StateForbids, Invalid."""
    require(row, "withdraw")
    _not_before(row["approved_on"] or row["submitted_on"], body.withdrawn_on, "/withdrawn_on")
    values: dict[str, Any] = {"state": "withdrawn", "withdrawal": step(body, **_recorded(by))}
    if row["state"] == "approved":
        values["commitment_ended_on"] = body.withdrawn_on
    after: Row = await records.update(tx, LOAN_APPLICATION, row, values, by=by, reason=body.reason, action="withdrawn")
    return after
