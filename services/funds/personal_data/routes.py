"""Personal data of borrowers over HTTP: the copy that a person may ask for, and the erasure."""

from __future__ import annotations

from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.personal_data.copies import personal_data_copy
from kernel.personal_data.erasure import REFUSALS, erase_person
from kernel.personal_data.schemas import Erasure, PersonalDataCopy
from kernel.records import answer, existing, loaded, locked
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import json_reply
from services.funds import problems
from services.funds.lending.borrowers.records import BORROWER, SECRETS
from services.funds.lending.borrowers.schemas import Borrower
from services.funds.personal_data.copies import records_of
from services.funds.personal_data.persons import BORROWERS_AS_PERSONS
from services.funds.rows import BorrowerRow
from services.funds.scopes import WRITE, funds_router

router = funds_router("borrowers")
_PERSONS = ("member_person", "member_household")


def _refuse_organization(borrower: BorrowerRow) -> None:
    if borrower["kind"] not in _PERSONS:
        raise problems.BorrowerNotAPerson(kind=borrower["kind"])


@router.operation(
    "POST",
    "/borrowers/{borrower_id}/erasure",
    scopes=WRITE,
    etag=True,
    guard=existing(BORROWER, "borrower_id", if_match=True),
    response_model=Borrower,
    problems=(*REFUSALS, problems.BorrowerNotAPerson),
    summary="Erase the personal data of a borrower",
)
async def erase_borrower(call: CurrentCall, borrower_id: Id, body: Erasure) -> Response:
    """Empty what names a person or household, here and in all that tells of their loans; amounts and counts stay.

    Not while a loan or an application runs, nor until the years of their papers are over.
    """

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, BORROWER, borrower_id)
        _refuse_organization(row)
        erased = await erase_person(tx, BORROWERS_AS_PERSONS, row, body, by=call.caller, request_id=call.request_id)
        return await answer(tx, call, BORROWER, erased)

    return await once(call, effect)


@router.operation(
    "GET",
    "/borrowers/{borrower_id}/personal-data-copy",
    scopes=WRITE,
    guard=existing(BORROWER, "borrower_id"),
    response_model=PersonalDataCopy,
    problems=(problems.BorrowerNotAPerson,),
    summary="Copy the personal data of a borrower",
)
async def copy_borrower_personal_data(call: CurrentCall, borrower_id: Id) -> Response:
    """Return all that is kept of a person or household, numbers in full, for that person. That it was made is recorded."""
    borrower = loaded(call, BORROWER)
    _refuse_organization(borrower)
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        records = await records_of(tx, call, borrower)
    copy = await personal_data_copy(call, ("borrower", borrower["id"]), borrower["alliance"], records, SECRETS)
    return json_reply(copy)
