"""Repayments over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing, loaded, locked
from kernel.records.batch import BATCH_OPTIONS, BatchAnswer, Faulty, run_batch
from kernel.records.crud import find_replay, record_router, referenced_record
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.rows import LoanRow, RepaymentRow
from services.funds.scopes import WRITE
from services.funds.servicing.loans.derivation import Applied, outcome
from services.funds.servicing.loans.locks import lock_fund_and_loan
from services.funds.servicing.loans.repayment_record import REPAYMENT
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.reversals import Reversal
from services.funds.servicing.positions.service import position_of, schedule_of
from services.funds.servicing.repayments import queries, service
from services.funds.servicing.repayments.records import REPAYMENTS
from services.funds.servicing.repayments.schemas import (
    RepaymentBatch,
    RepaymentCreate,
    RepaymentOfLoanCreate,
    RepaymentRecorded,
    RepaymentReversed,
)
from services.funds.servicing.reversals import service as reversals

# GET              /v1/funds/repayments
# GET              /v1/funds/loans/{loan_id}/repayments
# GET              /v1/funds/repayments/{repayment_id}
# GET              /v1/funds/repayments/{repayment_id}/history
router = record_router(REPAYMENTS)


_BOOKED: dict[str, Any] = {"dry_run": False, "schedule": None, "position": None}


async def _answered(
    tx: Transaction,
    call: Call,
    row: RepaymentRow,
    applied: Applied,
    *,
    status: int = 201,
    shown: dict[str, Any] = _BOOKED,
    **extra: Any,
) -> Response:
    """Answer an entry that moved money: the record, what it moved, and what is outstanding; of a dry run also `shown`."""
    order = orjson.Fragment(applied.loan["repayment_order"])
    of_entry = {"allocation_order": order, **outcome(applied), **shown, **extra}
    return await answer(tx, call, REPAYMENT, row, status=status, extra=of_entry)


async def _foreseen(tx: Transaction, loan: LoanRow, on: date) -> dict[str, Any]:
    """Return what a dry run shows besides: schedule and position of the loan on the day, as they would be."""
    return {"dry_run": True, "schedule": await schedule_of(tx, loan, on), "position": await position_of(tx, loan, on)}


_DRY_RUN = Query(description="Answer what would be booked, and keep nothing")
_ATOMIC_DRY_RUN = {"model": BatchAnswer, "description": "With `atomic` and `dry_run`: nothing was kept"}
_REFUSALS = (
    kernel_problems.NotConfirmed,
    problems.LoanStateForbids,
    problems.BooksKeptElsewhere,
    problems.BeforeLoan,
    problems.AboveOwed,
    problems.PeriodClosed,
    kernel_problems.IdInUse,
    kernel_problems.AlreadyErased,
    kernel_problems.IdempotencyKeyMissing,
)


async def _record_once(
    tx: Transaction, call: Call, loan: LoanRow, body: RepaymentCreate
) -> tuple[RepaymentRow, Applied, bool]:
    """Return the repayment of the locked loan, what it led to, and whether it is new."""
    existing_row, digest = await find_replay(tx, call, REPAYMENTS, body)
    if existing_row is not None:
        return existing_row, Applied.nothing(loan), False
    row, applied = await service.record(tx, loan, body, by=call.caller, digest=digest)
    return row, applied, True


@router.operation(
    "POST",
    "/loans/{loan_id}/repayments",
    scopes=WRITE,
    guard=existing(LOAN, "loan_id"),
    status_code=201,
    minted=True,
    response_model=RepaymentRecorded,
    summary="Record a repayment",
    problems=_REFUSALS,
)
async def record_repayment(
    call: CurrentCall, loan_id: Id, body: RepaymentCreate, dry_run: Annotated[bool, _DRY_RUN] = False
) -> Response:
    """Record money received. It is split over what is owed on that day, in the loan's repayment order: overdue interest,
    interest that is due, principal that is due, oldest first; then interest earned so far and principal to come.

    Needs an Idempotency-Key or an `id`. An earlier day than that of later repayments splits those anew: `moved` lists
    them. More than is owed is refused, with the numbers, unless `excess` is `hold`. `prepayment` says what principal to
    come does: skip the next installments, leave fewer or make them smaller; it is no rescheduling and needs no approval.

    `dry_run=true` answers 200 with what would be booked, schedule and position after it; no key is needed or used up.
    """

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        row, applied, new = await _record_once(tx, call, loan, body)
        if dry_run:
            return await _answered(
                tx, call, row, applied, status=200, shown=await _foreseen(tx, applied.loan, body.paid_on)
            )
        return await _answered(tx, call, row, applied, status=201 if new else 200)

    return await once(call, effect, required=body.id is None, dry_run=dry_run)


@router.operation(
    "POST",
    "/repayments/batch",
    scopes=WRITE,
    **{**BATCH_OPTIONS, "responses": {**BATCH_OPTIONS["responses"], 200: _ATOMIC_DRY_RUN}},
    problems=_REFUSALS,
    summary="Record repayments in a batch",
)
async def record_repayments(
    call: CurrentCall, body: RepaymentBatch, dry_run: Annotated[bool, _DRY_RUN] = False
) -> Response:
    """Record up to 500 repayments of any loans, in the order given. `atomic`: all or none. `each`: every item for itself,
    answered with 207. Each is split as one sent alone would be. Needs an Idempotency-Key unless every item has an `id`.
    `dry_run=true` says which would be taken and which refused, and keeps nothing.
    """
    items = [item for item in body.items if not isinstance(item, Faulty)]

    async def lock_loans(tx: Transaction) -> None:
        loan_ids = sorted({item.loan_id for item in items})
        await tx.execute(queries.LOCK_LOANS, loan_ids, call.caller.alliance)

    async def create(tx: Transaction, item: RepaymentOfLoanCreate) -> tuple[RepaymentRow, bool]:
        call.record = loan = await referenced_record(tx, call, LOAN, item.loan_id, "/loan_id", lock=True)
        alone = RepaymentCreate(**item.model_dump(exclude_unset=True, exclude={"loan_id"}))
        row, _, new = await _record_once(tx, call, loan, alone)
        return row, new

    keyed = any(item.id is None for item in items)
    return await run_batch(call, body.mode, body.items, create, hold=lock_loans, keyed=keyed, dry_run=dry_run)


@router.operation(
    "POST",
    "/repayments/{repayment_id}/reversal",
    scopes=WRITE,
    guard=existing(REPAYMENT, "repayment_id"),
    status_code=201,
    response_model=RepaymentReversed,
    summary="Reverse a repayment",
    problems=(
        problems.EntryReversed,
        problems.ReversalPending,
        problems.UndoLaterFirst,
        kernel_problems.NotConfirmed,
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.PeriodClosed,
        problems.CashShort,
        kernel_problems.IdempotencyKeyMissing,
    ),
)
async def reverse_repayment(call: CurrentCall, repayment_id: Id, body: Reversal) -> Response:
    """Take a repayment back as if it never was: the ledger books the opposite, pointing at it, and later repayments are
    split anew (`moved`). In a closed period the correction is booked on the first open day. The money leaves the fund's
    cash again, so it has to be there (`cash_short`). Needs an Idempotency-Key.

    Of a settled loan, as where a payment bounces, it waits for a second person at `pending_reversal_id`, and reverses
    the settlement with it.
    """

    async def effect(tx: Transaction) -> Response:
        repayment = loaded(call, REPAYMENT)
        _, loan = await lock_fund_and_loan(tx, call, repayment["fund_id"], repayment["loan_id"])
        row = await locked(tx, call, REPAYMENT, repayment_id)
        if loan["state"] == reversals.SETTLED:
            reversal = await reversals.enter(tx, call, loan, REPAYMENT, row, body)
            return await _answered(tx, call, row, Applied.nothing(loan), pending_reversal_id=reversal["id"])
        after, applied = await service.reverse(tx, loan, row, body, by=call.caller)
        return await _answered(tx, call, after, applied, pending_reversal_id=None)

    return await once(call, effect, required=True)
