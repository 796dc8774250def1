"""The steps of an application from its filing to the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import always, statement
from kernel.problems import FieldError, Invalid
from kernel.records.confirmations import refuse_system
from kernel.storage.files import check_files
from kernel.values.days import day_text, now
from kernel.web.auth import Caller
from services.funds import problems
from services.funds.capital.products.records import LOAN_PRODUCT, least_rate_percent
from services.funds.capital.rules.service import rules_on
from services.funds.lending.agreed_terms import check_terms, default_terms, shortened, term_of
from services.funds.lending.applications.circumstances import look_at
from services.funds.lending.applications.filing import UNDECIDED, check_parties, check_term
from services.funds.lending.applications.limits import Proposal, acknowledged_of, check_limits, refuse_unmet
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.applications.schemas import (
    LoanAppraisalCreate,
    LoanApprovalCreate,
    LoanRejectionCreate,
    LoanWithdrawalCreate,
    RequiredSecurity,
    step,
)
from services.funds.lending.applications.states import require
from services.funds.lending.borrowers.records import BORROWER
from services.funds.lending.schedule_terms import ScheduleTerms
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
    """Record the appraisal of the locked application; an approval that there was no longer holds.

    Raises StateForbids, AmountTooHigh, Invalid.
    """
    require(application, "appraise")
    if errors := await check_files(tx, by, body.file_ids):
        raise Invalid(*errors)
    for name in ("site_visit_on", "minutes_on"):
        if (day := getattr(body, name)) is not None:
            _not_before(application["submitted_on"], day, f"/{name}")
    _refuse_more("requested", application["requested_amount_vnd"], body.proposed_amount_vnd)
    product = await _product(tx, application)
    terms = body.proposed_terms or default_terms(product, body.proposed_term_months)
    check_terms(
        terms,
        principal_vnd=body.proposed_amount_vnd,
        annual_rate_percent=body.proposed_annual_rate_percent,
        months=body.proposed_term_months,
        starts_on=body.minutes_on or body.site_visit_on or application["submitted_on"],
        at="/proposed_terms",
    )
    proposed = {
        "proposed_terms": terms.model_dump(mode="json"),
        "required_security": (body.required_security or _security_of(product)).model_dump(),
    }
    values = {**UNDECIDED, "state": "under_appraisal", "appraisal": step(body, **proposed, **_recorded(by))}
    return await records.update(tx, LOAN_APPLICATION, application, values, by=by, action="appraised")


async def _product(tx: Transaction, application: LoanApplicationRow) -> LoanProductRow | None:
    if application["loan_product_id"] is None:
        return None
    return await tx.fetchrow(_PRODUCT, application["loan_product_id"])


def _security_of(product: LoanProductRow | None) -> RequiredSecurity:
    return RequiredSecurity(security="by_agreement" if product is None else product["security"])


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
    """Raise SamePerson if the caller filed, corrected or appraised the application, PersonNeeded for a client system."""
    refuse_system(by)
    if await tx.fetchval(_PREPARED_BY, application_id, by.id):
        raise kernel_problems.SamePerson(prepared_by=by.id)


@dataclass(frozen=True)
class _Agreed:
    """What is decided: as the approver says, else as it was proposed."""

    amount_vnd: int
    term_months: int
    annual_rate_percent: str
    terms: ScheduleTerms
    security: RequiredSecurity


def _agreed(body: LoanApprovalCreate, appraisal: Mapping[str, Any], product: LoanProductRow | None) -> _Agreed:
    proposed_months: int = appraisal["proposed_term_months"]
    months = body.term_months
    if months is None:
        # Terms of the approver's own say the term as well.
        months = proposed_months if body.approved_terms is None else term_of(body.approved_terms, body.decided_on)
    if body.approved_terms is not None:
        terms = body.approved_terms
    else:
        # An appraisal from before terms were kept proposes those of the product.
        default, proposed = default_terms(product, proposed_months), appraisal.get("proposed_terms")
        if proposed is None or ScheduleTerms(**proposed) == default:
            terms = default_terms(product, months)
        else:
            terms = shortened(ScheduleTerms(**proposed), months)
    security = appraisal.get("required_security")
    return _Agreed(
        amount_vnd=body.approved_amount_vnd or appraisal["proposed_amount_vnd"],
        term_months=months,
        annual_rate_percent=body.annual_rate_percent or appraisal["proposed_annual_rate_percent"],
        terms=terms,
        security=body.required_security
        or (_security_of(product) if security is None else RequiredSecurity(**security)),
    )


async def approve(
    tx: Transaction, fund: FundRow, application: LoanApplicationRow, body: LoanApprovalCreate, *, by: Caller
) -> LoanApplicationRow:
    """Approve the application; fund and application are locked, in this order, so that no two pass a limit together.

    Raises SamePerson, PersonNeeded, StateForbids, AmountTooHigh, Invalid, ProductNeedsSecurity, each absolute check's own
    problem, and WarningsUnacknowledged.
    """
    await refuse_preparer(tx, application["id"], by)
    require(application, "approve")
    assert application["appraisal"] is not None, "what is under appraisal has one"
    appraisal: dict[str, Any] = orjson.loads(application["appraisal"])
    _not_before(application["submitted_on"], body.decided_on, "/decided_on")
    borrower = await tx.fetchrow(_BORROWER, application["borrower_id"])
    assert borrower is not None, "kept by a foreign key"
    check_parties(fund, borrower)
    product = await _product(tx, application)
    agreed = _agreed(body, appraisal, product)
    _refuse_more(
        "proposed", min(appraisal["proposed_amount_vnd"], application["requested_amount_vnd"]), agreed.amount_vnd
    )
    check_terms(
        agreed.terms,
        principal_vnd=agreed.amount_vnd,
        annual_rate_percent=agreed.annual_rate_percent,
        months=agreed.term_months,
        starts_on=body.decided_on,
        at="/approved_terms",
    )
    if product is not None:
        check_term(agreed.term_months, product["term_min_months"] or 1, product["term_max_months"] or 600)
        if product["security"] == "required" and agreed.security.security != "required":
            raise problems.ProductNeedsSecurity(security=agreed.security.security)
    rules = await rules_on(tx, fund["id"], fund["alliance"], body.decided_on)
    own_percent = None if product is None else product["own_capital_minimum_percent"]
    proposal = Proposal(
        fund=fund,
        application=application,
        amount_vnd=agreed.amount_vnd,
        on=body.decided_on,
        own_capital_percent=None if own_percent is None else Decimal(own_percent),
        authority=body.authority,
        annual_rate_percent=agreed.annual_rate_percent,
        rate_minimum_percent=None if product is None else least_rate_percent(product),
    )
    limits = [
        *await check_limits(tx, proposal, rules),
        *await look_at(tx, proposal, rules, borrower, appraisal["council"]),
    ]
    refuse_unmet(limits)
    acknowledged = acknowledged_of(limits, body.acknowledged)
    authority = next((each["authority"] for each in limits if each["check"] == "approval_authority"), body.authority)
    decided = {
        "approved_amount_vnd": agreed.amount_vnd,
        "term_months": agreed.term_months,
        "annual_rate_percent": agreed.annual_rate_percent,
        "approved_terms": agreed.terms.model_dump(mode="json"),
        "required_security": agreed.security.model_dump(),
        "acknowledged": acknowledged,
        "authority": authority,
    }
    values = {
        "state": "approved",
        "approval": step(body, **decided, limits=limits, **_recorded(by)),
        "approved_on": body.decided_on,
        "approved_amount_vnd": agreed.amount_vnd,
        "approved_term_months": agreed.term_months,
        "approved_annual_rate_percent": agreed.annual_rate_percent,
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
