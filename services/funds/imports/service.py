"""Taking running loans over: each row is entered, found as it is, found otherwise, or refused; re-running is harmless.

A loan is entered by the loan service's own functions with its opening state, its ledger entry with it. What has been
entered is never changed by a file: a contract number with other content is reported, field by field, and left as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
from pydantic import ValidationError

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid, Problem
from kernel.records import crud
from kernel.values.field_errors import field_errors_of
from kernel.values.ids import new_id
from kernel.values.origins import origin
from kernel.values.text import name_distinct, name_folded
from kernel.web.auth import Caller
from kernel.web.calls import Call
from kernel.web.replies import dump
from kernel.workbooks.communes import COMMUNE_CELLS, find_commune
from kernel.workbooks.table import Line, Sent
from services.funds.imports.columns import PLACES, RATES, borrower_field, borrower_of, loan_field, loan_of
from services.funds.imports.queries import BORROWERS_OF_ROW, FUNDS, LOAN_BY_NUMBER
from services.funds.lending.borrowers.records import BORROWERS
from services.funds.lending.borrowers.schemas import BorrowerCreate
from services.funds.problems import FundNotOperating
from services.funds.rows import BorrowerRow, FundRow, LoanRow
from services.funds.sealing import sealer_of
from services.funds.servicing.loans.records import LOANS
from services.funds.servicing.loans.resource import represent
from services.funds.servicing.loans.schemas import LoanCreate

Errors = list[tuple[str | None, FieldError]]

_AT = {
    "schedule_impossible": "first_due_on",
    "period_closed": "opening_as_of",
    "outside_fund_area": "fund",
    "fund_not_operating": "fund",
    "opening_period_over": "opening_as_of",
    "overdue_rate_too_high": "overdue_rate_percent_of_rate",
    "contract_number_in_use": "contract_number",
    "borrower_exists": "borrower_name",
    "enterprise_cannot_borrow": "borrower_kind",
    "group_cannot_borrow": "borrower_kind",
}
"""Refusal → the column it is about."""


@dataclass
class Outcome:
    """What became of one row. `differences`: columns' fields where the loan that is there says otherwise."""

    row: int
    result: str
    loan_id: str | None = None
    version: int | None = None
    is_borrower_new: bool = False
    principal_vnd: int = 0
    differences: list[str] = field(default_factory=list)
    errors: Errors = field(default_factory=list)


@dataclass
class _Read:
    """One row as it was read: the bodies that it makes, or what is wrong with it."""

    line: Line
    loan: LoanCreate | None
    borrower: BorrowerCreate | None
    errors: Errors
    origin: str
    """The file and the row, as the histories of what it enters say them."""


async def run(tx: Transaction, call: Call, upload: Sent, *, fund_id: str | None) -> tuple[str, list[Outcome]]:
    """Do what the file says in this transaction, each row for itself; the caller keeps it or undoes it.

    Returns the import's id, by which a second person confirms what it entered, and what became of each row.

    `fund_id`: the fund of rows that name none.
    """
    rows, import_id = (
        await asyncio.to_thread(lambda: [_read(line, upload.name, call.caller) for line in upload.table.lines()]),
        new_id(),
    )
    funds = await tx.fetch(FUNDS, call.caller.alliance)
    seen: dict[tuple[str, str], int] = {}
    outcomes = []
    for row in rows:
        try:
            async with tx.raw.transaction():
                outcomes.append(await _one(tx, call, row, _fund_of(row, funds, fund_id), seen, import_id))
        except Problem as problem:
            outcomes.append(Outcome(row.line.number, "failed", errors=_of_problem(problem)))
    return import_id, outcomes


def _read(line: Line, file_name: str, by: Caller) -> _Read:
    """Judge a row by the rules of the API; its fund and borrower are looked up later."""
    is_placed = find_commune(line, alliance=by.alliance)
    errors: Errors = list(line.faults)
    placeholder = new_id()
    loan = borrower = None
    try:
        loan = LoanCreate.model_validate(loan_of(line.values, fund_id=placeholder, borrower_id=placeholder))
    except ValidationError as error:
        errors += _new(errors, error, loan_field)
    try:
        borrower = BorrowerCreate.model_validate(borrower_of(line.values))
    except ValidationError as error:
        errors += _new(errors, error, borrower_field)
    if not is_placed:
        # Without its commune the bodies lack one; the fault of its name says so already.
        errors = [(name, error) for name, error in errors if name not in COMMUNE_CELLS]
    return _Read(line, loan, borrower, errors, origin(file_name, line.number))


def _new(errors: Errors, error: ValidationError, field_of: Callable[[str | None], str | None]) -> Errors:
    """Return the errors of a body at columns that have none so far."""
    reported = {name for name, _ in errors}
    return [(name, one) for one in field_errors_of(error.errors()) if (name := field_of(one.pointer)) not in reported]


def _fund_of(row: _Read, funds: list[FundRow], chosen: str | None) -> FundRow | FieldError:
    """Return the fund that a row names, that was chosen for the file, or the only one there is."""
    named: str | None = row.line.values.get("fund")
    if named is not None:
        candidates = [fund for fund in funds if named == fund["id"] or name_folded(named) == fund["name_folded"]]
    elif chosen is not None:
        candidates = [fund for fund in funds if fund["id"] == chosen]
    else:
        candidates = [fund for fund in funds if fund["state"] != "planned"]
    if len(candidates) == 1:
        return candidates[0]
    if named is None and chosen is None:
        return FieldError("required", ("Có nhiều quỹ; hãy ghi tên quỹ.", "There are several funds; name one."))
    if candidates:
        return FieldError(
            "ambiguous",
            (
                "Có nhiều quỹ cùng tên; hãy ghi mã định danh của quỹ, hoặc chọn quỹ khi gửi tệp.",
                "Several funds have this name; give the fund's id, or choose one when you send the file.",
            ),
        )
    return FieldError(
        "unknown_fund", ("Không có quỹ này trong địa bàn của bạn.", "There is no such fund in your area.")
    )


async def _one(
    tx: Transaction,
    call: Call,
    row: _Read,
    fund: FundRow | FieldError,
    seen: dict[tuple[str, str], int],
    import_id: str,
) -> Outcome:
    number = row.line.number
    errors = row.errors if not isinstance(fund, FieldError) else [("fund", fund), *row.errors]
    if isinstance(fund, FieldError) or row.loan is None or row.borrower is None or errors:
        return Outcome(number, "failed", errors=errors)
    key = (fund["alliance"], row.loan.contract_number)
    first = seen.setdefault(key, number)
    if first != number:
        words = (f"Trùng với dòng {first}; hãy bỏ một dòng.", f"The same as row {first}; leave one out.")
        return Outcome(number, "failed", errors=[("contract_number", FieldError("given_twice", words))])
    borrower = await _borrower(tx, call, row.borrower, fund)
    existing = await tx.fetchrow(LOAN_BY_NUMBER, *key)
    if existing is not None:
        differences = _differences(row, existing, fund, borrower)
        return Outcome(
            number,
            "different" if differences else "unchanged",
            loan_id=existing["id"],
            version=existing["version"],
            differences=differences,
        )
    if fund["state"] == "planned":
        raise FundNotOperating(state=fund["state"])
    is_borrower_new = borrower is None
    if borrower is None:
        try:
            borrower, _ = await crud.create(tx, call, BORROWERS, row.borrower, reason=row.origin)
        except Invalid as refused:
            at_columns = [(borrower_field(one.pointer), one) for one in refused.members["errors"]]
            return Outcome(number, "failed", errors=at_columns)
    body = row.loan.model_copy(update={"fund_id": fund["id"], "borrower_id": borrower["id"]})
    loan, _ = await crud.create(tx, call, LOANS, body, also={"import_id": import_id}, reason=row.origin)
    assert body.opening is not None, "a row of the template has one"
    return Outcome(
        number,
        "created",
        loan_id=loan["id"],
        version=loan["version"],
        is_borrower_new=is_borrower_new,
        principal_vnd=body.opening.principal_vnd,
    )


async def _borrower(tx: Transaction, call: Call, body: BorrowerCreate, fund: FundRow) -> BorrowerRow | None:
    """Return the borrower of the fund's alliance that a row is about, or None. Raises Invalid for another's number."""
    mark = None if body.id_number is None else sealer_of(call).mark("id_number", body.id_number)
    name = body.name or ""
    candidates = await tx.fetch(
        BORROWERS_OF_ROW,
        fund["alliance"],
        body.organization_id,
        body.organization_code,
        mark,
        name_folded(name),
        body.commune_code,
        body.commune_map,
        body.kind,
    )
    for borrower in candidates:
        if borrower["by_number"]:
            if name_distinct(borrower["name"]) != name_distinct(name):
                words = (
                    f"Mã số hoặc số định danh này là của {borrower['name']}.",
                    f"This number is that of {borrower['name']}.",
                )
                raise Invalid(FieldError("another_borrower", words, pointer="/borrower_name"))
            return borrower
        # The same name in the same commune, but another number: somebody else.
        numbers = ((body.organization_code, borrower["organization_code"]), (mark, borrower["id_number_mark"]))
        if all(mine is None or theirs is None or mine == theirs for mine, theirs in numbers):
            return borrower
    return None


def _differences(row: _Read, loan: LoanRow, fund: FundRow, borrower: BorrowerRow | None) -> list[str]:
    """Return the columns' fields that the row gives and the loan has otherwise."""
    assert row.loan is not None, "a row with errors is not compared"
    new, present = row.loan.model_dump(mode="json"), orjson.loads(dump(represent(loan)))
    different = [] if loan["fund_id"] == fund["id"] else ["fund"]
    if borrower is None or borrower["id"] != loan["borrower_id"]:
        different.append("borrower_name")
    for name, place in PLACES.items():
        if name not in row.line.values:
            continue
        mine, theirs = _at(new, place), _at(present, place)
        if name in RATES and theirs is not None:
            mine, theirs = Decimal(mine), Decimal(theirs)
        if mine != theirs:
            different.append(name)
    return different


def _at(document: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        document = None if document is None else document.get(name)
    return document


def _of_problem(problem: Problem) -> Errors:
    if isinstance(problem, Invalid):
        return [(_column(error.pointer), error) for error in problem.members["errors"]]
    vi, en = (str(problem.document(language)["detail"]) for language in ("vi", "en"))
    return [(_AT.get(problem.code), FieldError(problem.code, (vi, en)))]


def _column(pointer: str | None) -> str | None:
    return "borrower_name" if pointer == "/borrower_name" else loan_field(pointer)
