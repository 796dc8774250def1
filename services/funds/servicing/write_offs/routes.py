"""Writing loans off over HTTP."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing, locked
from kernel.records.crud import find_replay, record_router
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.scopes import APPROVE
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.write_offs import service
from services.funds.servicing.write_offs.records import WRITE_OFF, WRITE_OFFS
from services.funds.servicing.write_offs.schemas import WriteOff, WriteOffCreate

# GET              /v1/funds/write-offs
# GET              /v1/funds/loans/{loan_id}/write-offs
# GET              /v1/funds/write-offs/{write_off_id}
# GET              /v1/funds/write-offs/{write_off_id}/history
router = record_router(WRITE_OFFS)
_LOAN = existing(LOAN, "loan_id")


@router.operation(
    "POST",
    "/loans/{loan_id}/write-offs",
    scopes=APPROVE,
    guard=_LOAN,
    status_code=201,
    minted=True,
    response_model=WriteOff,
    summary="Write off a loan or record a recovery",
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
        existing_row, digest = await find_replay(tx, call, WRITE_OFFS, body)
        if existing_row is not None:
            return answer(call, WRITE_OFF, existing_row)
        row, _ = await service.write_off(tx, loan, body, by=call.caller, digest=digest)
        return answer(call, WRITE_OFF, row, status=201)

    return await once(call, effect, required=body.id is None)
