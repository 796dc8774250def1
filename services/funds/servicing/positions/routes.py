"""What a loan is on a day, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from kernel.records import existing, loaded
from kernel.values.days import AsOf, today
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.replies import json_reply
from services.funds.scopes import OWN_READ, funds_router
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.positions import service
from services.funds.servicing.positions.schemas import LoanPosition, LoanSchedule, LoanStatement

router = funds_router("loans")
_LOAN = existing(LOAN, "loan_id")
_AS_OF = Query(description="At the end of that day; today if left out")


@router.operation(
    "GET",
    "/loans/{loan_id}/position",
    scopes=OWN_READ,
    guard=_LOAN,
    response_model=LoanPosition,
    summary="Read the position of a loan",
)
async def read_loan_position(call: CurrentCall, loan_id: Id, as_of: Annotated[AsOf | None, _AS_OF] = None) -> Response:
    """Derive what is outstanding, due, earned and overdue, the debt group and the provision, for any day.

    Interest runs by the day on the actual balance, overdue principal bears the overdue rate in its place; each sum is
    rounded half up once. `total_owed_vnd` is what settles the loan on that day.
    """
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        return json_reply(await service.position_of(tx, loaded(call, LOAN), as_of or today()))


@router.operation(
    "GET",
    "/loans/{loan_id}/schedule",
    scopes=OWN_READ,
    guard=_LOAN,
    response_model=LoanSchedule,
    summary="Read the repayment schedule of a loan",
)
async def read_loan_schedule(call: CurrentCall, loan_id: Id, as_of: Annotated[AsOf | None, _AS_OF] = None) -> Response:
    """Return every installment with what was paid on it until that day; to come is what follows if nothing more is paid.

    Replaced installments stay, with what was paid on them.
    """
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        return json_reply(await service.schedule_of(tx, loaded(call, LOAN), as_of or today()))


@router.operation(
    "GET",
    "/loans/{loan_id}/statement",
    scopes=OWN_READ,
    guard=_LOAN,
    response_model=LoanStatement,
    summary="Read the statement of a loan",
)
async def read_loan_statement(call: CurrentCall, loan_id: Id, as_of: Annotated[AsOf | None, _AS_OF] = None) -> Response:
    """Return every movement until that day in order, and sums that equal the lines to the đồng."""
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        return json_reply(await service.statement_of(tx, loaded(call, LOAN), as_of or today()))
