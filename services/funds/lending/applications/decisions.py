"""The steps of an application from its filing to the decision."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import always, statement
from kernel.problems import FieldError, Invalid
from kernel.storage.files import check_files
from kernel.values.days import day_text, now
from kernel.web.auth import Caller
from services.funds import problems
from services.funds.capital.products.records import LOAN_PRODUCT
from services.funds.capital.rules.service import rules_on
from services.funds.lending.applications.filing import check_parties, check_term
from services.funds.lending.applications.limits import Proposal, check_limits, refuse_unmet
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
from services.funds.rows import BorrowerRow, FundRow, LoanApplicationRow, LoanProductRow

# What an application names, by its key; a foreign key holds it there.
_BORROWER = statement(BorrowerRow, f"{BORROWER.select} WHERE id = $1::uuid")
_PRODUCT = statement(LoanProductRow, f"{LOAN_PRODUCT.select} WHERE id = $1::uuid")


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


async def appraise(
    tx: Transaction, application: LoanApplicationRow, body: LoanAppraisalCreate, *, by: Caller
) -> LoanApplicationRow:
    """Record the appraisal of the locked application. Raises StateForbids, AmountTooHigh, Invalid."""
    require(application, "appraise")
    if errors := await check_files(tx, by, body.file_ids):
        raise Invalid(*errors)
    for name in ("site_visit_on", "minutes_on"):
        if (day := getattr(body, name)) is not None:
            _not_before(application["submitted_on"], day, f"/{name}")
    _refuse_more("requested", application["requested_amount_vnd"], body.proposed_amount_vnd)
    values = {"state": "under_appraisal", "appraisal": step(body, **_recorded(by))}
    return await records.update(tx, LOAN_APPLICATION, application, values, by=by, action="appraised")


def _refuse_more(of: str, limit_vnd: int, amount_vnd: int) -> None:
    if amount_vnd > limit_vnd:
        raise problems.AmountTooHigh(
            limit_of=of, limit_vnd=limit_vnd, asked_vnd=amount_vnd, over_vnd=amount_vnd - limit_vnd
        )


# Whoever wrote a version before the decision prepared it; by the history's key, a handful of rows.
_PREPARED_BY = always(
    bool,
    """
    SELECT EXISTS (SELECT FROM history
                    WHERE resource_type = 'loan_application' AND resource_id = $1::uuid
                      AND action IN ('created', 'corrected', 'appraised') AND recorded_by = $2)""",
)


async def refuse_preparer(tx: Transaction, application_id: str, by: Caller) -> None:
    """Raise SamePerson if the caller filed, corrected or appraised the application."""
    if await tx.fetchval(_PREPARED_BY, application_id, by.id):
        raise problems.SamePerson(prepared_by=by.id)


async def approve(
    tx: Transaction, fund: FundRow, application: LoanApplicationRow, body: LoanApprovalCreate, *, by: Caller
) -> LoanApplicationRow:
    """Approve the application; fund and application are locked, in this order, so that no two pass a limit together.

    Raises SamePerson, StateForbids, AmountTooHigh, Invalid and each limit's own problem.
    """
    await refuse_preparer(tx, application["id"], by)
    require(application, "approve")
    assert application["appraisal"] is not None, "what is under appraisal has one"
    appraisal: dict[str, Any] = orjson.loads(application["appraisal"])
    _not_before(application["submitted_on"], body.decided_on, "/decided_on")
    borrower = await tx.fetchrow(_BORROWER, application["borrower_id"])
    assert borrower is not None, "kept by a foreign key"
    check_parties(fund, borrower)
    amount = body.approved_amount_vnd or appraisal["proposed_amount_vnd"]
    term = body.term_months or appraisal["proposed_term_months"]
    rate = body.annual_rate_percent or appraisal["proposed_annual_rate_percent"]
    _refuse_more("proposed", min(appraisal["proposed_amount_vnd"], application["requested_amount_vnd"]), amount)
    own_percent = None
    if application["loan_product_id"] is not None:
        product = await tx.fetchrow(_PRODUCT, application["loan_product_id"])
        assert product is not None, "kept by a foreign key"
        check_term(term, product["term_min_months"] or 1, product["term_max_months"] or 600)
        if product["own_capital_minimum_percent"] is not None:
            own_percent = Decimal(product["own_capital_minimum_percent"])
    rules = await rules_on(tx, fund["id"], fund["alliance"], body.decided_on)
    proposal = Proposal(
        fund=fund,
        application=application,
        amount_vnd=amount,
        on=body.decided_on,
        own_capital_percent=own_percent,
        authority=body.authority,
    )
    limits = await check_limits(tx, proposal, rules)
    refuse_unmet(limits)
    authority = next((each["authority"] for each in limits if each["check"] == "approval_authority"), body.authority)
    terms = {"approved_amount_vnd": amount, "term_months": term, "annual_rate_percent": rate, "authority": authority}
    values = {
        "state": "approved",
        "approval": step(body, **terms, limits=limits, **_recorded(by)),
        "approved_on": body.decided_on,
        "approved_amount_vnd": amount,
        "approved_term_months": term,
        "approved_annual_rate_percent": rate,
    }
    return await records.update(tx, LOAN_APPLICATION, application, values, by=by, action="approved")


async def reject(
    tx: Transaction, application: LoanApplicationRow, body: LoanRejectionCreate, *, by: Caller
) -> LoanApplicationRow:
    """Refuse the locked application. Raises StateForbids, Invalid."""
    require(application, "reject")
    _not_before(application["submitted_on"], body.decided_on, "/decided_on")
    values = {"state": "rejected", "rejection": step(body, **_recorded(by))}
    return await records.update(tx, LOAN_APPLICATION, application, values, by=by, reason=body.reason, action="rejected")


async def withdraw(
    tx: Transaction, application: LoanApplicationRow, body: LoanWithdrawalCreate, *, by: Caller
) -> LoanApplicationRow:
    """Take the locked application back; what was promised is free again. Raises StateForbids, Invalid."""
    require(application, "withdraw")
    _not_before(application["approved_on"] or application["submitted_on"], body.withdrawn_on, "/withdrawn_on")
    values: dict[str, Any] = {"state": "withdrawn", "withdrawal": step(body, **_recorded(by))}
    if application["state"] == "approved":
        values["commitment_ended_on"] = body.withdrawn_on
    return await records.update(
        tx, LOAN_APPLICATION, application, values, by=by, reason=body.reason, action="withdrawn"
    )
