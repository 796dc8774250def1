"""Entering a contract: from the approved application, or of a loan that ran before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

import orjson

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.records.crud import referenced_record
from kernel.values import geography
from kernel.web.operations import Call
from services.funds import code_lists as codes
from services.funds import posting, problems
from services.funds.capital.funds.records import FUND
from services.funds.capital.products.records import LOAN_PRODUCT
from services.funds.capital.rules.service import rules_on
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.applications.schemas import LoanProjectInput
from services.funds.lending.borrowers.records import BORROWER
from services.funds.lending.schedule_terms import ScheduleTerms
from services.funds.rows import LoanRow
from services.funds.servicing.loans.account import Account, agreed_dues, opening_entry
from services.funds.servicing.loans.derivation import apply
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.schemas import LoanCreate
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE
from services.funds.servicing.loans.terms import stored_dues
from services.funds.servicing.replay.state import Due

_PRODUCT_TERMS = (
    "method",
    "day_count",
    "principal_every",
    "principal_grace",
    "interest_grace",
    "interest_free",
    "round_installment_to_vnd",
    "holiday_rule",
)


async def columns(tx: Transaction, call: Call, body: LoanCreate, row: Row | None) -> dict[str, Any]:
    """Return the columns of a new contract. Raises what refuses it; the application is locked."""
    application = None
    if body.loan_application_id is not None:
        application = await referenced_record(
            tx, call, LOAN_APPLICATION, body.loan_application_id, "/loan_application_id", lock=True
        )
        _refuse_unapproved(application, body)
    fund = await referenced_record(tx, call, FUND, _one(application, body, "fund_id"), "/fund_id")
    borrower = await referenced_record(tx, call, BORROWER, _one(application, body, "borrower_id"), "/borrower_id")
    if borrower["alliance"] != fund["alliance"]:
        raise problems.OutsideFundArea(fund_alliance=fund["alliance"], borrower_alliance=borrower["alliance"])
    product_id = body.loan_product_id or (None if application is None else application["loan_product_id"])
    product = (
        None if product_id is None else await referenced_record(tx, call, LOAN_PRODUCT, product_id, "/loan_product_id")
    )
    principal, rate = body.principal_vnd, body.annual_rate_percent
    if application is not None:
        principal = principal or application["approved_amount_vnd"]
        rate = rate or application["approved_annual_rate_percent"]
    assert principal is not None, "checked in the schema"
    assert rate is not None, "checked in the schema"
    terms = _terms(body, product, application)
    overdue = body.overdue_rate_percent_of_rate or (product and product["overdue_rate_percent_of_rate"]) or "150"
    await _refuse_overdue_rate(tx, fund, overdue, body.signed_on)
    project = await _project(body, application, borrower)
    opening = body.opening
    values = {
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
        "overdue_rate_percent_of_rate": overdue,
        "overdue_interest_rate_percent": body.overdue_interest_rate_percent
        or (product and product["overdue_interest_rate_percent"])
        or "0",
        "repayment_order": _order(body, product),
        "terms": terms.model_dump(mode="json"),
        "opening": None if opening is None else opening.model_dump(mode="json"),
        **project,
        **_NOTHING_YET,
        "alliance": fund["alliance"],
    }
    dues = _planned(values)
    values |= {"dues": stored_dues(dues), "last_due_on": dues[-1].due_on if dues else None}
    return values


_NOTHING_YET: dict[str, Any] = {
    "dues": [],
    "starts_on": None,
    "last_due_on": None,
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
}


def _refuse_unapproved(application: Row, body: LoanCreate) -> None:
    if application["state"] != "approved":
        raise problems.NotApproved(state=application["state"])
    if body.signed_on < application["approved_on"]:
        words = (
            "Ngày này trước ngày phê duyệt; hãy ghi ngày đó hoặc sau đó.",
            "This is before the approval; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/signed_on"))
    approved = application["approved_amount_vnd"]
    if body.principal_vnd is not None and body.principal_vnd > approved:
        raise problems.AboveApproved(
            approved_vnd=approved, asked_vnd=body.principal_vnd, over_vnd=body.principal_vnd - approved
        )
    for name in ("fund_id", "borrower_id"):
        if getattr(body, name) not in (None, application[name]):
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


def _one(application: Row | None, body: LoanCreate, name: str) -> str:
    value = application[name] if application is not None else getattr(body, name)
    return str(value)


def _own_risk(body: LoanCreate) -> bool:
    return not body.channel.startswith("entrusted") if body.own_risk is None else body.own_risk


def _order(body: LoanCreate, product: Row | None) -> list[str]:
    given = body.repayment_order or (orjson.loads(product["repayment_order"]) if product is not None else [])
    return [*given, *(part for part in codes.REPAYMENT_PARTS if part not in given)]


def _terms(body: LoanCreate, product: Row | None, application: Row | None) -> ScheduleTerms:
    """Return the terms as sent, else the product's over the approved term."""
    if body.terms is not None:
        return body.terms
    given: dict[str, Any] = {}
    if product is not None and product["method"] not in (None, "custom"):
        given = {name: product[name] for name in _PRODUCT_TERMS}
        if product["interval"] is not None:
            given["interval"] = orjson.loads(product["interval"])
    months = int(application["approved_term_months"]) if application is not None else 1
    interval = given.get("interval") or {"count": 1, "unit": "months"}
    every = interval["count"] if interval["unit"] == "months" else interval["count"] / 30
    given["installments"] = max(1, round(months / every))
    return ScheduleTerms(**given)


def _planned(values: dict[str, Any]) -> tuple[Due, ...]:
    """Return the schedule if all were paid out on the day of the contract, or as the opening leaves it.

    Raises Invalid or TermsContradict where no schedule follows from the terms.
    """
    opening = values["opening"]
    row = {
        **values,
        "terms": orjson.dumps(values["terms"]).decode(),
        "opening": None if opening is None else orjson.dumps(opening).decode(),
    }
    return agreed_dues(row, values["signed_on"] if opening is None else date.fromisoformat(opening["as_of"]))


async def _refuse_overdue_rate(tx: Transaction, fund: Row, percent: str, on: date) -> None:
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
)


async def _project(body: LoanCreate, application: Row | None, borrower: Row) -> dict[str, Any]:
    if application is not None:
        provinces = {name: application[name] for name in ("province_2008", "province_2025")}
        return {**{name: application[name] for name in _PROJECT}, **provinces}
    assert isinstance(body.project, LoanProjectInput), "checked in the schema"
    values = body.project.model_dump()
    if values["commune_code"] is None:
        values.update(commune_code=borrower["commune_code"], commune_map=borrower["commune_map"])
    if values["commune_code"] is None:
        words = ("Hãy nêu nơi thực hiện dự án.", "Say where the project is.")
        raise Invalid(FieldError("required", words, pointer="/project/commune_code"))
    place = geography.place(values["commune_code"], values["commune_map"])
    assert place is not None, "a commune was checked when it was entered"
    return {**values, "province_2008": place.province_2008, "province_2025": place.province_2025}


async def after(tx: Transaction, call: Call, body: LoanCreate, loan: LoanRow) -> LoanRow:
    """Let the contract take the place of the approval, or begin with the balance that it had before."""
    by = call.caller
    if body.loan_application_id is not None:
        application = await records.read(tx, LOAN_APPLICATION, body.loan_application_id, by, lock=True)
        assert application is not None, "it was locked"
        ended = {"state": "contracted", "commitment_ended_on": body.signed_on}
        await records.update(tx, LOAN_APPLICATION, application, ended, by=by, action="contracted")
        return loan
    opening = body.opening
    assert opening is not None, "checked in the schema"
    closed: dict[str, Any] = {
        "state": "active",
        "drawing_closed_on": opening.as_of,
        "reschedule_count": opening.reschedule_count,
    }
    if loan["channel"] == BOOKS_ELSEWHERE:
        sums = {
            **closed,
            "starts_on": opening.as_of,
            "disbursed_vnd": opening.principal_vnd,
            "outstanding_vnd": opening.principal_vnd,
        }
        told: LoanRow = await records.update(tx, LOAN, loan, sums, by=by, action="opened")
        return told
    booking = posting.Booking(loan["fund_id"], loan["alliance"], opening.as_of, "opening", loan["id"], loan["id"])
    # Its money left before: of the capital that is entered, all of it, only the rest is cash.
    lines = [(posting.LOANS, opening.principal_vnd), (posting.CASH, -opening.principal_vnd)]
    await posting.book(tx, booking, lines, by=by)
    applied = await apply(tx, loan, Account([], {}), opening_entry(loan), by=by, action="opened", values=closed)
    return cast(LoanRow, applied.loan)
