"""Entering a contract: from the approved application, or of a loan that ran before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

import orjson

from kernel import records
from kernel.database.connections import Row, Transaction
from kernel.database.statements import scalar
from kernel.problems import FieldError, Invalid
from kernel.records.crud import referenced_record
from kernel.values.days import today
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds import posting, problems
from services.funds.capital.funds.records import FUND
from services.funds.capital.products.records import LOAN_PRODUCT
from services.funds.capital.rules.service import rules_on
from services.funds.lending.agreed_terms import default_terms
from services.funds.lending.applications.project import project_columns
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.applications.schemas import LoanProjectInput
from services.funds.lending.borrowers.records import named_borrower, refuse_erased
from services.funds.lending.schedule_terms import ScheduleTerms
from services.funds.rows import BorrowerRow, FundRow, LoanApplicationRow, LoanProductRow, LoanRow
from services.funds.servicing.loans.account import Account, opening_entry, opening_of, planned_dues
from services.funds.servicing.loans.approval import approval_of, refuse_differences
from services.funds.servicing.loans.bookings import booking_of
from services.funds.servicing.loans.derivation import apply
from services.funds.servicing.loans.kept import keep_anew
from services.funds.servicing.loans.law import refuse_contract_beyond_law
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.schemas import LoanCreate
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE
from services.funds.servicing.loans.terms import OpeningDocument, stored_dues, terms_document

DEFAULT_OVERDUE_PERCENT = "150"
"""Civil Code 2015, Art. 466(5)(b): overdue principal bears 150 % of the agreed rate unless agreed otherwise."""

# By uq_loan_contract_number; what ended unconfirmed holds no number.
_BY_NUMBER = scalar(
    str,
    """
    SELECT id FROM loan
     WHERE alliance = $1 AND contract_number = $2 AND coalesce(confirmation_state, 'confirmed') IN ('pending', 'confirmed')""",
)


async def loan_with_number(tx: Transaction, alliance: str, contract_number: str) -> str | None:
    """Return the id of the alliance's loan that has this contract number, or None."""
    loan_id = await tx.fetchval(_BY_NUMBER, alliance, contract_number)
    return loan_id


async def columns(tx: Transaction, call: Call, body: LoanCreate, row: Row | None) -> dict[str, Any]:
    """Return the columns of a new contract. Raises what refuses it; the application is locked."""
    application = None
    if body.loan_application_id is not None:
        # Locked, so that two contracts at once never take the place of one approval.
        application = await referenced_record(
            tx, call, LOAN_APPLICATION, body.loan_application_id, "/loan_application_id", lock=True
        )
        _refuse_unapproved(application, body)
    fund_id = body.fund_id if application is None else application["fund_id"]
    borrower_id = body.borrower_id if application is None else application["borrower_id"]
    fund = await referenced_record(tx, call, FUND, str(fund_id), "/fund_id")
    borrower = await named_borrower(tx, call, str(borrower_id))
    refuse_erased(borrower)
    if borrower["alliance"] != fund["alliance"]:
        raise problems.OutsideFundArea(fund_alliance=fund["alliance"], borrower_alliance=borrower["alliance"])
    product_id = body.loan_product_id or (None if application is None else application["loan_product_id"])
    product = (
        None if product_id is None else await referenced_record(tx, call, LOAN_PRODUCT, product_id, "/loan_product_id")
    )
    if body.opening is not None:
        _refuse_late_opening(fund)
    principal, rate = body.principal_vnd, body.annual_rate_percent
    if application is not None:
        principal = principal or application["approved_amount_vnd"]
        rate = rate or application["approved_annual_rate_percent"]
    assert principal is not None, "checked in the schema"
    assert rate is not None, "checked in the schema"
    overdue_percent = body.overdue_rate_percent_of_rate or (product and product["overdue_rate_percent_of_rate"])
    overdue_percent = overdue_percent or DEFAULT_OVERDUE_PERCENT
    terms = terms_document(_terms(body, product, application))
    await _refuse_overdue_rate(tx, fund, overdue_percent, body.signed_on)
    project = _project(body, application, borrower)
    opening = None if body.opening is None else cast(OpeningDocument, body.opening.model_dump(mode="json"))
    dues = planned_dues(
        terms,
        opening=opening,
        principal_vnd=principal,
        annual_rate_percent=rate,
        starts_on=body.signed_on if body.opening is None else body.opening.as_of,
    )
    if application is not None:
        await refuse_differences(
            tx,
            application,
            terms=terms,
            annual_rate_percent=rate,
            loan_product_id=product_id,
            signed_on=body.signed_on,
        )
        await refuse_contract_beyond_law(tx, fund, application, signed_on=body.signed_on, principal_vnd=principal)
    return {
        "fund_id": fund["id"],
        "loan_application_id": body.loan_application_id,
        "loan_product_id": product_id,
        "borrower_id": borrower["id"],
        "borrower_name": borrower["name"],
        "organization_id": borrower["organization_id"],
        "contract_number": body.contract_number,
        "channel": body.channel,
        "own_risk": _own_risk(body),
        "signed_on": body.signed_on,
        "principal_vnd": principal,
        "annual_rate_percent": rate,
        "overdue_rate_percent_of_rate": overdue_percent,
        "overdue_interest_rate_percent": body.overdue_interest_rate_percent
        or (product and product["overdue_interest_rate_percent"])
        or "0",
        "repayment_order": _order(body, product),
        "terms": terms,
        "opening": opening,
        "officer_id": body.officer_id,
        **project,
        **_NOTHING_YET,
        "alliance": fund["alliance"],
        "dues": stored_dues(dues),
        "last_due_on": dues[-1].due_on if dues else None,
    }


_NOTHING_YET: dict[str, Any] = {
    "starts_on": None,
    "result": None,
    "state": "contracted",
    "drawing_closed_on": None,
    "disbursed_vnd": 0,
    "outstanding_vnd": 0,
    "interest_paid_vnd": 0,
    "overdue_interest_paid_vnd": 0,
    "held_vnd": 0,
    "written_off_vnd": 0,
    "recovered_vnd": 0,
    "reschedule_count": 0,
    "settlement": None,
    "settled_on": None,
    "in_force": None,
    "import_id": None,
    "kept_version": None,
    "kept_from": None,
    "unpaid_since": None,
}


def _refuse_late_opening(fund: FundRow) -> None:
    """Raise OpeningPeriodOver unless loans that ran before may be entered into the fund today."""
    until = fund["opening_until"]
    if until is None or today() > until:
        raise problems.OpeningPeriodOver(opening_until=None if until is None else until.isoformat())


def _refuse_unapproved(application: LoanApplicationRow, body: LoanCreate) -> None:
    approved_on, approved = application["approved_on"], application["approved_amount_vnd"]
    if application["state"] != "approved" or approved_on is None or approved is None:
        raise problems.NotApproved(state=application["state"])
    if body.signed_on < approved_on:
        words = (
            "Ngày này trước ngày phê duyệt; hãy ghi ngày đó hoặc sau đó.",
            "This is before the approval; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/signed_on"))
    if body.principal_vnd is not None and body.principal_vnd > approved:
        raise problems.AboveApproved(
            approved_vnd=approved, asked_vnd=body.principal_vnd, over_vnd=body.principal_vnd - approved
        )
    for name, sent, agreed in (
        ("fund_id", body.fund_id, application["fund_id"]),
        ("borrower_id", body.borrower_id, application["borrower_id"]),
    ):
        if sent not in (None, agreed):
            words = (
                "Khác với hồ sơ vay; hãy ghi như hồ sơ hoặc để trống.",
                "It differs from the application; give the same or leave it out.",
            )
            raise Invalid(FieldError("differs_from_application", words, pointer=f"/{name}"))
    if body.opening is not None:
        words = (
            "Khoản vay theo hồ sơ không có số dư chuyển sang; hãy để trống.",
            "A loan of an application has no opening; leave it out.",
        )
        raise Invalid(FieldError("not_allowed", words, pointer="/opening"))


def _own_risk(body: LoanCreate) -> bool:
    return not body.channel.startswith("entrusted") if body.own_risk is None else body.own_risk


def _order(body: LoanCreate, product: LoanProductRow | None) -> list[str]:
    """Return the order in which money is poured over what is owed; parts that nobody names come last."""
    order = body.repayment_order or (orjson.loads(product["repayment_order"]) if product is not None else [])
    return [*order, *(part for part in codes.REPAYMENT_PARTS if part not in order)]


def _terms(body: LoanCreate, product: LoanProductRow | None, application: LoanApplicationRow | None) -> ScheduleTerms:
    """Return the terms as sent, else those of the approval, else the product's over the approved term."""
    if body.terms is not None:
        return body.terms
    assert application is not None, "a loan that ran before names its terms"
    approval = approval_of(application)
    if approval is not None:
        return ScheduleTerms(**approval["approved_terms"])
    return default_terms(product, int(application["approved_term_months"] or 1))


async def _refuse_overdue_rate(tx: Transaction, fund: FundRow, percent: str, on: date) -> None:
    limit = (await rules_on(tx, fund["id"], fund["alliance"], on)).percent("overdue_rate_maximum")
    if limit is not None and Decimal(percent) > limit:
        raise problems.OverdueRateTooHigh(
            limit_percent=f"{limit}", asked_percent=percent, over_percent=f"{Decimal(percent) - limit}"
        )


_PROJECT = (
    "purpose",
    "report_sector",
    "total_cost_vnd",
    "own_capital_vnd",
    "cofinancing_vnd",
    "jobs",
    "expected_results",
    "commune_code",
    "commune_map",
    "province_2008",
    "province_2025",
)


def _project(body: LoanCreate, application: LoanApplicationRow | None, borrower: BorrowerRow) -> dict[str, Any]:
    """Return the project's columns: the application's, else as sent; without a place of its own it is the borrower's."""
    if application is not None:
        approved: Mapping[str, Any] = application
        return {name: approved[name] for name in _PROJECT}
    assert isinstance(body.project, LoanProjectInput), "checked in the schema"
    return project_columns(body.project, borrower)


async def after(tx: Transaction, call: Call, body: LoanCreate, loan: LoanRow) -> LoanRow:
    """Let the contract take the place of the approval."""
    assert body.loan_application_id is not None, "a loan that ran before waits for a second person"
    application = await records.read(tx, LOAN_APPLICATION, body.loan_application_id, call.caller, lock=True)
    assert application is not None, "it was locked"
    contracted = {"state": "contracted", "commitment_ended_on": body.signed_on}
    await records.update(tx, LOAN_APPLICATION, application, contracted, by=call.caller, action="contracted")
    return loan


def is_opening(body: LoanCreate) -> bool:
    """Say whether a body enters a loan that ran before, with the balance that it had."""
    return body.opening is not None


async def open_loan(tx: Transaction, call: Call, loan: LoanRow) -> LoanRow:
    """Let a confirmed loan that ran before begin with its balance. Raises OverdueRateTooHigh, PeriodClosed, Invalid."""
    by, opening = call.caller, opening_of(loan)
    assert opening is not None, "only a loan that ran before waits for a second person"
    fund = await records.read(tx, FUND, loan["fund_id"], by)
    assert fund is not None, "kept by a foreign key"
    await _refuse_overdue_rate(tx, fund, loan["overdue_rate_percent_of_rate"], loan["signed_on"])
    as_of = date.fromisoformat(opening["as_of"])
    fully_drawn: dict[str, Any] = {
        "state": "active",
        "drawing_closed_on": as_of,
        "reschedule_count": opening["reschedule_count"],
    }
    if loan["channel"] == BOOKS_ELSEWHERE:
        sums = {
            **fully_drawn,
            "starts_on": as_of,
            "disbursed_vnd": opening["principal_vnd"],
            "outstanding_vnd": opening["principal_vnd"],
        }
        row = await records.update(tx, LOAN, loan, sums, by=by, action="opened")
        await keep_anew(tx, [loan["id"]])
        return row
    booking = booking_of(loan, on=as_of, kind="opening", source_id=loan["id"])
    # Its money left before: of the capital that is entered, all of it, only the rest is cash.
    lines = [(posting.LOANS, opening["principal_vnd"]), (posting.CASH, -opening["principal_vnd"])]
    await posting.book(tx, booking, lines, by=by)
    no_entries = Account([], {})
    applied = await apply(tx, loan, no_entries, opening_entry(loan), by=by, action="opened", values=fully_drawn)
    return applied.loan
