"""New schedules, early recall, interest given up and loans given up, over HTTP."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.records.crud import RecordType, find_replay, listing_of, record_router
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter, id_filter
from kernel.records.records import Resource, answer, existing, locked
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter, Call, CurrentCall
from services.funds import code_lists as codes
from services.funds import problems
from services.funds.scopes import APPROVE, READ, WRITE
from services.funds.servicing.loan_events import service
from services.funds.servicing.loan_events.schemas import (
    InterestReduction,
    InterestReductionCreate,
    Rescheduling,
    ReschedulingApproval,
    ReschedulingCreate,
    ReschedulingDecided,
    ReschedulingRejection,
    WriteOff,
    WriteOffCreate,
)
from services.funds.servicing.loan_events.service import INTEREST_REDUCTION, RESCHEDULING, WRITE_OFF
from services.funds.servicing.loans.account import Applied
from services.funds.servicing.loans.records import LOAN, UNDER_LOAN
from services.funds.servicing.loans.schemas import EarlyRecallCreate
from services.funds.servicing.repayments.routes import told
from services.funds.servicing.repayments.schemas import Reversal

_OF = (id_filter("loan_id", "r.loan_id", "Loan."), id_filter("fund_id", "r.fund_id", "Fund."))


def _kind(resource: Resource[Any], plural: str, output: Any, *filters: Any) -> RecordType:
    listing = listing_of(
        resource,
        output,
        (*_OF, *filters, *day_range("effective_on", "r.effective_on", "Day it took effect")),
        sorts={"effective_on": SortKey("r.effective_on", "date")},
    )
    return RecordType(
        resource, plural, output, None, listing, None, under=UNDER_LOAN, read_scopes=READ, write_scopes=WRITE
    )


RESCHEDULINGS = _kind(
    RESCHEDULING,
    "reschedulings",
    Rescheduling,
    code_filter("kind", "r.kind", codes.RESCHEDULING_KINDS, "Kind."),
    code_filter("state", "r.state", codes.PROPOSAL_STATES, "Proposed, approved or rejected."),
)
INTEREST_REDUCTIONS = _kind(
    INTEREST_REDUCTION,
    "interest-reductions",
    InterestReduction,
    code_filter("kind", "r.kind", codes.REDUCTION_KINDS, "Waived or reduced."),
    flag_filter("is_reversed", "(r.reversed_at IS NOT NULL)", "Those that were reversed, or stand."),
)
WRITE_OFFS = _kind(
    WRITE_OFF, "write-offs", WriteOff, code_filter("kind", "r.kind", codes.WRITE_OFF_KINDS, "Which step.")
)
routers: list[ApiRouter] = [record_router(kind) for kind in (RESCHEDULINGS, INTEREST_REDUCTIONS, WRITE_OFFS)]
reschedulings, reductions, write_offs = routers
_LOAN = existing(LOAN, "loan_id")


def _decided(call: Call, resource: Resource[Any], row: Row, applied: Applied, *, status: int = 201) -> Response:
    extra = {name: value for name, value in told(applied).items() if name != "allocation_order"}
    return answer(call, resource, row, status=status, extra=extra)


@reschedulings.operation(
    "POST",
    "/loans/{loan_id}/reschedulings",
    scopes=WRITE,
    guard=_LOAN,
    status_code=201,
    minted=True,
    response_model=Rescheduling,
    summary="Propose a new schedule",
    problems=(
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.ExtensionNeeded,
        problems.NotAnExtension,
        problems.PeriodClosed,
        kernel_problems.IdInUse,
    ),
)
async def propose_rescheduling(call: CurrentCall, loan_id: Id, body: ReschedulingCreate) -> Response:
    """Propose a new schedule for all that is outstanding from a day on. Nothing changes until another person approves.

    `dues` shows what it comes to now. An installment_adjustment stays within the term; an extension goes beyond it.
    """

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        known, digest = await find_replay(tx, call, RESCHEDULINGS, body)
        if known is not None:
            return answer(call, RESCHEDULING, known)
        row = await service.propose(tx, loan, body, by=call.caller, digest=digest)
        return answer(call, RESCHEDULING, row, status=201)

    return await once(call, effect)


@reschedulings.operation(
    "POST",
    "/reschedulings/{rescheduling_id}/approval",
    scopes=APPROVE,
    status_code=201,
    guard=existing(RESCHEDULING, "rescheduling_id"),
    response_model=ReschedulingDecided,
    problems=(
        problems.SamePerson,
        problems.AlreadyDecided,
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.ExtensionNeeded,
        problems.NotAnExtension,
        problems.NeverDue,
        problems.PeriodClosed,
    ),
    summary="Approve a new schedule",
)
async def approve_rescheduling(call: CurrentCall, rescheduling_id: Id, body: ReschedulingApproval) -> Response:
    """Put a proposal into force, computed from what is outstanding; whoever proposed it may not. It counts for the debt
    group. Unpaid interest falls due with the first new installment; later repayments are split anew (`moved`).
    """

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, call.found["loan_id"])
        row = await locked(tx, call, RESCHEDULING, rescheduling_id)
        decided, applied = await service.approve(tx, loan, row, body, by=call.caller)
        return _decided(call, RESCHEDULING, decided, applied)

    return await once(call, effect)


@reschedulings.operation(
    "POST",
    "/reschedulings/{rescheduling_id}/rejection",
    scopes=APPROVE,
    status_code=201,
    guard=existing(RESCHEDULING, "rescheduling_id"),
    response_model=Rescheduling,
    problems=(problems.SamePerson, problems.AlreadyDecided),
    summary="Reject a new schedule",
)
async def reject_rescheduling(call: CurrentCall, rescheduling_id: Id, body: ReschedulingRejection) -> Response:
    """Decide against a proposal; the schedule stays as it is."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, RESCHEDULING, rescheduling_id)
        return answer(call, RESCHEDULING, await service.reject(tx, row, body, by=call.caller), status=201)

    return await once(call, effect)


@reschedulings.operation(
    "POST",
    "/loans/{loan_id}/early-recall",
    scopes=APPROVE,
    guard=_LOAN,
    status_code=201,
    response_model=ReschedulingDecided,
    summary="Recall a loan before its time",
    problems=(
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.NeverDue,
        problems.PeriodClosed,
    ),
)
async def recall_loan(call: CurrentCall, loan_id: Id, body: EarlyRecallCreate) -> Response:
    """Let everything that is not due yet fall due on one day, as after misuse; what is overdue stays so. It does not
    count as a rescheduling.
    """

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        row, applied = await service.recall(tx, loan, body, by=call.caller)
        return _decided(call, RESCHEDULING, row, applied)

    return await once(call, effect)


@reductions.operation(
    "POST",
    "/loans/{loan_id}/interest-reductions",
    scopes=APPROVE,
    guard=_LOAN,
    status_code=201,
    minted=True,
    response_model=InterestReduction,
    summary="Waive or reduce interest",
    problems=(
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.TooMuchReduced,
        problems.PeriodClosed,
        kernel_problems.IdInUse,
        kernel_problems.IdempotencyKeyMissing,
    ),
)
async def reduce_interest(call: CurrentCall, loan_id: Id, body: InterestReductionCreate) -> Response:
    """Give up interest that is owed on a day, never more than that. Needs an Idempotency-Key or an `id`."""

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        known, digest = await find_replay(tx, call, INTEREST_REDUCTIONS, body)
        if known is not None:
            return answer(call, INTEREST_REDUCTION, known)
        row, _ = await service.reduce(tx, loan, body, by=call.caller, digest=digest)
        return answer(call, INTEREST_REDUCTION, row, status=201)

    return await once(call, effect, required=body.id is None)


@reductions.operation(
    "POST",
    "/interest-reductions/{interest_reduction_id}/reversal",
    scopes=APPROVE,
    status_code=201,
    guard=existing(INTEREST_REDUCTION, "interest_reduction_id"),
    response_model=InterestReduction,
    problems=(problems.EntryReversed, problems.LoanStateForbids, problems.BooksKeptElsewhere),
    summary="Reverse a reduction of interest",
)
async def reverse_interest_reduction(call: CurrentCall, interest_reduction_id: Id, body: Reversal) -> Response:
    """Take a reduction back as if it never was: the interest is owed again."""

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, call.found["loan_id"])
        row = await locked(tx, call, INTEREST_REDUCTION, interest_reduction_id)
        changed, _ = await service.reverse_reduction(tx, loan, row, body, by=call.caller)
        return answer(call, INTEREST_REDUCTION, changed, status=201)

    return await once(call, effect)


@write_offs.operation(
    "POST",
    "/loans/{loan_id}/write-offs",
    scopes=APPROVE,
    guard=_LOAN,
    status_code=201,
    minted=True,
    response_model=WriteOff,
    summary="Give a loan up, or recover of it",
    problems=(
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.TooEarlyToDerecognize,
        problems.RecoveredTooMuch,
        problems.PeriodClosed,
        kernel_problems.IdInUse,
        kernel_problems.IdempotencyKeyMissing,
    ),
)
async def write_off_loan(call: CurrentCall, loan_id: Id, body: WriteOffCreate) -> Response:
    """Take a step of giving a loan up: `risk_handled` moves its principal off the balance, `derecognized` ends it five
    years later at the earliest, `recovery` books money that came in after all. Needs an Idempotency-Key or an `id`.
    """

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        known, digest = await find_replay(tx, call, WRITE_OFFS, body)
        if known is not None:
            return answer(call, WRITE_OFF, known)
        row, _ = await service.write_off(tx, loan, body, by=call.caller, digest=digest)
        return answer(call, WRITE_OFF, row, status=201)

    return await once(call, effect, required=body.id is None)
