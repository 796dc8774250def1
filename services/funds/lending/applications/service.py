"""Filing an application, and the steps from there to the decision."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from kernel.database.connections import Row, Transaction
from kernel.feed.organizations import meet, organization
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.records.crud import create, referenced_record
from kernel.storage.files import check_files
from kernel.values import geography
from kernel.values.days import day_text, now
from kernel.web.auth import Caller
from kernel.web.operations import Call
from services.funds import problems
from services.funds.capital.funds.routes import FUND
from services.funds.capital.products.routes import LOAN_PRODUCT
from services.funds.capital.rules.service import rules_on
from services.funds.lending.applications.limits import Asked, check_limits, refuse_unmet
from services.funds.lending.applications.records import LOAN_APPLICATION, require
from services.funds.lending.applications.schemas import (
    LoanApplicationCreate,
    LoanAppraisalCreate,
    LoanApprovalCreate,
    LoanRejectionCreate,
    LoanWithdrawalCreate,
    step,
)
from services.funds.lending.borrowers.routes import BORROWER
from services.funds.lending.borrowers.routes import KIND as BORROWER_KIND
from services.funds.lending.borrowers.schemas import BorrowerCreate

_FREE_UNDER_APPRAISAL = ("documents", "application_number")


async def columns(tx: Transaction, call: Call, body: LoanApplicationCreate, row: Row | None) -> dict[str, Any]:
    """Return the columns of a new application, or of what `row` becomes. Raises what refuses."""
    if row is not None:
        require(row, "change")
    fund = await referenced_record(tx, call, FUND, body.fund_id, "/fund_id")
    borrower = await _party(tx, call, body, fund)
    _check_parties(fund, borrower)
    if body.loan_product_id is not None:
        product = await referenced_record(tx, call, LOAN_PRODUCT, body.loan_product_id, "/loan_product_id")
        _check_product(product, fund, borrower, body)
    if call.caller.confined_to is not None and body.application_number is not None:
        # Numbers are one series over all who borrow: one that is in use would tell of another's application.
        words = ("Số hồ sơ do Quỹ cấp; hãy để trống.", "The fund gives the number; leave it out.")
        raise Invalid(FieldError("officers_only", words, pointer="/application_number"))
    ids = [(at, item.file_id) for at, item in enumerate(body.documents) if item.file_id is not None]
    if wrong := await check_files(tx, call.caller, [id_ for _, id_ in ids]):
        places = [ids[int(str(fault.pointer).rpartition("/")[2])][0] for fault in wrong]
        raise Invalid(
            *(
                FieldError(f.code, f.detail, pointer=f"/documents/{at}/file_id")
                for f, at in zip(wrong, places, strict=True)
            )
        )
    values = {
        **body.model_dump(exclude={"id", "reason", "project", "documents"}),
        **_project(body, borrower),
        "documents": [item.model_dump() for item in body.documents],
        "borrower_id": borrower["id"],
        "borrower_name": borrower["name"],
        "organization_id": borrower["organization_id"],
        "alliance": fund["alliance"],
    }
    if row is None:
        return {**values, **_BEGINNING}
    changed = [name for name, value in values.items() if name not in _FREE_UNDER_APPRAISAL and value != row[name]]
    if changed and row["state"] != "submitted":
        raise problems.StateForbids(
            state=row["state"], action="change", allowed_in=["submitted"], fields=sorted(changed)
        )
    return values


_BEGINNING: dict[str, Any] = {
    "state": "submitted",
    "appraisal": None,
    "approval": None,
    "rejection": None,
    "withdrawal": None,
    "approved_on": None,
    "approved_amount_vnd": None,
    "approved_term_months": None,
    "approved_annual_rate_percent": None,
    "commitment_ended_on": None,
}


async def meet_own(call: Call, body: Any) -> None:
    """Have the facts of the organization that its own user files for, before the transaction."""
    if call.caller.confined_to is not None and getattr(body, "borrower_id", "") is None:
        await meet(call, [call.caller.confined_to])


_OWN_BORROWER = f"{BORROWER.select} WHERE alliance = $1 AND organization_id = $2::uuid"


async def _party(tx: Transaction, call: Call, body: LoanApplicationCreate, fund: Row) -> Row:
    """Return the borrower that the body names, or that the caller's own organization is, entering it if it is new."""
    if body.borrower_id is not None:
        return await referenced_record(tx, call, BORROWER, body.borrower_id, "/borrower_id")
    own = call.caller.confined_to
    if own is None or (known := await organization(tx, call, own, "/borrower_id")) is None:
        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
        raise Invalid(FieldError("required", words, pointer="/borrower_id"))
    if (row := await tx.fetchrow(_OWN_BORROWER, fund["alliance"], own)) is not None:
        return row
    try:
        made, _ = await create(tx, call, BORROWER_KIND, BorrowerCreate(kind=known.type, organization_id=own))
    except problems.BorrowerExists:
        # Its user filed another application at the same moment, which entered it.
        row = await tx.fetchrow(_OWN_BORROWER, known.alliance, own)
        assert row is not None, "the constraint has seen it"
        return row
    return made


def _check_parties(fund: Row, borrower: Row) -> None:
    if fund["state"] != "operating":
        raise problems.FundNotOperating(state=fund["state"])
    if borrower["alliance"] != fund["alliance"]:
        raise problems.OutsideFundArea(fund_alliance=fund["alliance"], borrower_alliance=borrower["alliance"])
    if not borrower["is_active"]:
        raise problems.BorrowerInactive(borrower_id=borrower["id"])


def _check_product(product: Row, fund: Row, borrower: Row, body: LoanApplicationCreate) -> None:
    on, until = body.submitted_on, product["valid_until"]
    if (
        product["alliance"] != fund["alliance"]
        or product["fund_id"] not in (None, fund["id"])
        or product["type"] != "loan"
        or on < product["valid_from"]
        or (until is not None and on > until)
    ):
        raise problems.ProductNotOffered(
            product_type=product["type"],
            valid_from=product["valid_from"].isoformat(),
            valid_until=None if until is None else until.isoformat(),
            submitted_on=on.isoformat(),
        )
    if borrower["kind"] not in orjson.loads(product["borrower_kinds"]):
        raise problems.BorrowerKindNotServed(kind=borrower["kind"])
    shortest, longest = product["term_min_months"] or 1, product["term_max_months"] or 600
    _check_term(body.requested_term_months, shortest, longest)


def _check_term(months: int, shortest: int, longest: int) -> None:
    if not shortest <= months <= longest:
        raise problems.TermOutsideProduct(term_min_months=shortest, term_max_months=longest, asked_months=months)


def _project(body: LoanApplicationCreate, borrower: Row) -> dict[str, Any]:
    values = body.project.model_dump()
    if values["commune_code"] is None:
        values.update(commune_code=borrower["commune_code"], commune_map=borrower["commune_map"])
    if values["commune_code"] is None:
        words = ("Hãy nêu nơi thực hiện dự án.", "Say where the project is.")
        raise Invalid(FieldError("required", words, pointer="/project/commune_code"))
    place = geography.place(values["commune_code"], values["commune_map"])
    assert place is not None, "a commune was checked when it was entered"
    return {**values, "province_2008": place.province_2008, "province_2025": place.province_2025}


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
_PREPARERS = """
    SELECT DISTINCT recorded_by FROM history
     WHERE resource_type = 'loan_application' AND resource_id = $1::uuid
       AND action IN ('created', 'corrected', 'appraised')"""


async def refuse_preparer(tx: Transaction, application_id: str, by: Caller) -> None:
    """Raise SamePerson if the caller filed, corrected or appraised the application."""
    prepared = {row["recorded_by"] for row in await tx.fetch(_PREPARERS, application_id)}
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
    _check_parties(fund, borrower)
    amount = body.approved_amount_vnd or appraisal["proposed_amount_vnd"]
    term = body.term_months or appraisal["proposed_term_months"]
    rate = body.annual_rate_percent or appraisal["proposed_annual_rate_percent"]
    _refuse_more("proposed", min(appraisal["proposed_amount_vnd"], row["requested_amount_vnd"]), amount)
    own_percent = None
    if row["loan_product_id"] is not None:
        product = await tx.fetchrow(f"{LOAN_PRODUCT.select} WHERE id = $1::uuid", row["loan_product_id"])
        assert product is not None, "kept by a foreign key"
        _check_term(term, product["term_min_months"] or 1, product["term_max_months"] or 600)
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
