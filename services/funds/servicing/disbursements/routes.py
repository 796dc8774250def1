"""Disbursements over HTTP."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing, loaded, locked
from kernel.records.crud import find_replay, record_router
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.rows import DisbursementRow
from services.funds.scopes import WRITE
from services.funds.servicing.disbursements import service
from services.funds.servicing.disbursements.records import DISBURSEMENT, DISBURSEMENTS
from services.funds.servicing.disbursements.schemas import DisbursementCreate, DisbursementRecorded
from services.funds.servicing.loans.derivation import Applied, outcome
from services.funds.servicing.loans.locks import lock_fund_and_loan
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.reversals import Reversal

# GET              /v1/funds/disbursements
# GET              /v1/funds/loans/{loan_id}/disbursements
# GET              /v1/funds/disbursements/{disbursement_id}
# GET              /v1/funds/disbursements/{disbursement_id}/history
router = record_router(DISBURSEMENTS)


async def _answered(
    tx: Transaction, call: Call, row: DisbursementRow, applied: Applied, *, status: int = 201
) -> Response:
    """Answer a tranche: the record, what it moved, and what may still be paid out."""
    loan = applied.loan
    undrawn = 0 if loan["drawing_closed_on"] is not None else loan["principal_vnd"] - loan["disbursed_vnd"]
    return await answer(tx, call, DISBURSEMENT, row, status=status, extra={**outcome(applied), "undrawn_vnd": undrawn})


@router.operation(
    "POST",
    "/loans/{loan_id}/disbursements",
    scopes=WRITE,
    guard=existing(LOAN, "loan_id"),
    status_code=201,
    minted=True,
    response_model=DisbursementRecorded,
    summary="Disburse a loan",
    problems=(
        kernel_problems.NotConfirmed,
        problems.LoanStateForbids,
        problems.BeforeLoan,
        problems.AboveContract,
        problems.OwnCapitalTooLow,
        problems.SingleBorrowerLimitExceeded,
        problems.RelatedBorrowersLimitExceeded,
        problems.OverdueRateTooHigh,
        problems.BelowProductMinimum,
        problems.SecurityNotRegistered,
        problems.BadDebtCheckNeeded,
        problems.FreeBalanceShort,
        problems.CashShort,
        problems.TermsContradict,
        problems.NeverDue,
        problems.PeriodClosed,
        problems.FundNotOperating,
        kernel_problems.IdInUse,
        kernel_problems.AlreadyErased,
        kernel_problems.IdempotencyKeyMissing,
    ),
)
async def record_disbursement(call: CurrentCall, loan_id: Id, body: DisbursementCreate) -> Response:
    """Pay out a tranche: never more than the contract, nor than the fund has, nor than its ledger holds in cash on that
    day and every day since (`cash_short` names the first). Needs an Idempotency-Key or an `id`.

    The first tranche fixes the due dates of the schedule (unless the terms name them), and needs a bad-debt check not
    older than the fund's rule `bad_debt_check_validity`, the product's least rate and, where approval or product require
    collateral, as much of it registered by that day. Each meets what the law asks since the approval, too. Fund and loan are locked, so tranches at once never pass a limit
    together.
    """

    async def effect(tx: Transaction) -> Response:
        fund, loan = await lock_fund_and_loan(tx, call, loaded(call, LOAN)["fund_id"], loan_id)
        existing_row, digest = await find_replay(tx, call, DISBURSEMENTS, body)
        if existing_row is not None:
            return await _answered(tx, call, existing_row, Applied.nothing(loan), status=200)
        row, applied = await service.record(tx, fund, loan, body, by=call.caller, digest=digest)
        return await _answered(tx, call, row, applied)

    return await once(call, effect, required=body.id is None)


@router.operation(
    "POST",
    "/disbursements/{disbursement_id}/reversal",
    scopes=WRITE,
    status_code=201,
    guard=existing(DISBURSEMENT, "disbursement_id"),
    response_model=DisbursementRecorded,
    problems=(
        problems.EntryReversed,
        kernel_problems.NotConfirmed,
        problems.LoanStateForbids,
        problems.AboveOwed,
        problems.PeriodClosed,
        problems.TermsContradict,
        kernel_problems.IdempotencyKeyMissing,
    ),
    summary="Reverse a disbursement",
)
async def reverse_disbursement(call: CurrentCall, disbursement_id: Id, body: Reversal) -> Response:
    """Take a tranche back as if it was never paid out; the ledger books the opposite, pointing at it."""

    async def effect(tx: Transaction) -> Response:
        disbursement = loaded(call, DISBURSEMENT)
        _, loan = await lock_fund_and_loan(tx, call, disbursement["fund_id"], disbursement["loan_id"])
        row = await locked(tx, call, DISBURSEMENT, disbursement_id)
        after, applied = await service.reverse(tx, loan, row, body, by=call.caller)
        return await _answered(tx, call, after, applied)

    return await once(call, effect, required=True)
