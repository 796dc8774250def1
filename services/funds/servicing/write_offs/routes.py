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
from services.funds.scopes import WRITE
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.write_offs import service
from services.funds.servicing.write_offs.records import WRITE_OFFS
from services.funds.servicing.write_offs.resource import WRITE_OFF
from services.funds.servicing.write_offs.schemas import WriteOff, WriteOffCreate

# GET              /v1/funds/write-offs
# GET              /v1/funds/loans/{loan_id}/write-offs
# GET              /v1/funds/write-offs/{write_off_id}
# GET              /v1/funds/write-offs/{write_off_id}/history
# POST             /v1/funds/write-offs/{write_off_id}/confirmation
# POST             /v1/funds/write-offs/{write_off_id}/withdrawal
router = record_router(WRITE_OFFS)
_LOAN = existing(LOAN, "loan_id")


@router.operation(
    "POST",
    "/loans/{loan_id}/write-offs",
    scopes=WRITE,
    guard=_LOAN,
    status_code=201,
    minted=True,
    response_model=WriteOff,
    summary="Write off a loan or record a recovery",
    problems=(
        kernel_problems.AlreadyErased,
        kernel_problems.NotConfirmed,
        problems.LoanStateForbids,
        problems.BooksKeptElsewhere,
        problems.BeforeLoan,
        problems.WriteOffNotGrounded,
        problems.TooEarlyToDerecognize,
        problems.RecoveredTooMuch,
        problems.PeriodClosed,
        kernel_problems.IdInUse,
        kernel_problems.IdempotencyKeyMissing,
    ),
)
async def write_off_loan(call: CurrentCall, loan_id: Id, body: WriteOffCreate) -> Response:
    """Enter a step of giving a loan up, for a second person to confirm. Needs an Idempotency-Key or an `id`.

    `risk_handled` moves what is owed off the balance, where the loan is in debt group 5 or its borrower is dissolved,
    bankrupt or dead: `ground` says which and holds on the day, `file_ids` name the paper. `derecognized` ends it five
    years later at the earliest. `recovery` books money that came in after all.
    """

    async def effect(tx: Transaction) -> Response:
        loan = await locked(tx, call, LOAN, loan_id)
        existing_row, digest = await find_replay(tx, call, WRITE_OFFS, body)
        if existing_row is not None:
            return await answer(tx, call, WRITE_OFF, existing_row)
        row = await service.enter(tx, call, loan, body, digest=digest)
        return await answer(tx, call, WRITE_OFF, row, status=201)

    return await once(call, effect, required=body.id is None)
