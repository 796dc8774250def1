"""Loan applications over HTTP: filing, and each step of the way to the decision as something that is created."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import answer, existing, loaded, locked
from kernel.records.crud import (
    record_router,
    referenced_record,
)
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from services.funds import problems
from services.funds.capital.funds.records import FUND
from services.funds.lending.applications import decisions
from services.funds.lending.applications.records import LOAN_APPLICATION, LOAN_APPLICATIONS
from services.funds.lending.applications.schemas import (
    LoanApplication,
    LoanAppraisalCreate,
    LoanApprovalCreate,
    LoanRejectionCreate,
    LoanWithdrawalCreate,
)
from services.funds.rows import LoanApplicationRow
from services.funds.scopes import APPROVE, OWN_WRITE, WRITE

# GET, POST        /v1/funds/loan-applications
# GET, PATCH       /v1/funds/loan-applications/{loan_application_id}
# GET              /v1/funds/loan-applications/{loan_application_id}/history
router = record_router(LOAN_APPLICATIONS)
_ONE = existing(LOAN_APPLICATION, "loan_application_id")
_PATH = "/loan-applications/{loan_application_id}"

Step = Callable[[Transaction, LoanApplicationRow], Awaitable[LoanApplicationRow]]


async def _take(call: Call, id_: str, take: Step) -> Response:
    """Take one step with the locked application, once for its key; If-Match is honoured where it is sent."""

    async def effect(tx: Transaction) -> Response:
        application = await locked(tx, call, LOAN_APPLICATION, id_)
        return await answer(tx, call, LOAN_APPLICATION, await take(tx, application), status=201)

    return await once(call, effect)


@router.operation(
    "POST",
    f"{_PATH}/appraisal",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=LoanApplication,
    problems=(problems.StateForbids, problems.AmountTooHigh),
    summary="Appraise a loan application",
)
async def appraise_loan_application(call: CurrentCall, loan_application_id: Id, body: LoanAppraisalCreate) -> Response:
    """Record site visit, council, minutes and what is proposed; the application is then under appraisal.

    No more may be proposed than was asked for, and `proposed_terms` last no longer than the term. An approved application
    without a contract goes back to its appraisal with this: the approval no longer holds, and what it promised is free
    again. The answer is the application as it then stands.
    """
    return await _take(
        call, loan_application_id, lambda tx, application: decisions.appraise(tx, application, body, by=call.caller)
    )


@router.operation(
    "POST",
    f"{_PATH}/approval",
    scopes=APPROVE,
    guard=_ONE,
    status_code=201,
    response_model=LoanApplication,
    problems=(
        kernel_problems.SamePerson,
        kernel_problems.PersonNeeded,
        problems.StateForbids,
        problems.AmountTooHigh,
        problems.OwnCapitalTooLow,
        problems.SingleBorrowerLimitExceeded,
        problems.RelatedBorrowersLimitExceeded,
        problems.AuthorityExceeded,
        problems.BelowProductMinimum,
        problems.ProductNeedsSecurity,
        problems.CouncilAgainst,
        problems.WarningsUnacknowledged,
        problems.TermOutsideProduct,
        problems.FundNotOperating,
        problems.OutsideFundArea,
        problems.BorrowerInactive,
    ),
    summary="Approve a loan application",
)
async def approve_loan_application(call: CurrentCall, loan_application_id: Id, body: LoanApprovalCreate) -> Response:
    """Decide to lend. Whoever filed, corrected or appraised the application may not.

    Own capital, both limits (Decree 45/2021/NĐ-CP, Art. 22(5), 23(2)), the authority, the product's least rate and the
    votes of the council refuse. What else the platform knows warns: the borrower's other loans in every fund of the
    alliance, borrowers of the same organization, documents that are missing, what the fund has left to lend. Each
    warning is acknowledged by its code; without that the answer is 409 `warnings_unacknowledged` with all of them. All
    is looked at with the fund locked, so that approvals at the same time never pass a limit together, and kept with its
    numbers in `approval.limits`.
    The answer is the application as it then stands; the amount counts as promised until the contract or a withdrawal.
    """

    async def effect(tx: Transaction) -> Response:
        # The fund first, always: approvals of one fund come one after the other.
        fund = await referenced_record(tx, call, FUND, loaded(call, LOAN_APPLICATION)["fund_id"], "", lock=True)
        application = await locked(tx, call, LOAN_APPLICATION, loan_application_id)
        approved = await decisions.approve(tx, fund, application, body, by=call.caller)
        return await answer(tx, call, LOAN_APPLICATION, approved, status=201)

    return await once(call, effect)


@router.operation(
    "POST",
    f"{_PATH}/rejection",
    scopes=(*WRITE, *APPROVE),
    guard=_ONE,
    status_code=201,
    response_model=LoanApplication,
    problems=(problems.StateForbids,),
    summary="Reject a loan application",
)
async def reject_loan_application(call: CurrentCall, loan_application_id: Id, body: LoanRejectionCreate) -> Response:
    """Refuse the loan with the reason for the borrower. Final: a new try is a new application."""
    return await _take(
        call, loan_application_id, lambda tx, application: decisions.reject(tx, application, body, by=call.caller)
    )


@router.operation(
    "POST",
    f"{_PATH}/withdrawal",
    scopes=OWN_WRITE,
    guard=_ONE,
    status_code=201,
    response_model=LoanApplication,
    problems=(problems.StateForbids,),
    summary="Withdraw a loan application",
)
async def withdraw_loan_application(call: CurrentCall, loan_application_id: Id, body: LoanWithdrawalCreate) -> Response:
    """Take the application back, also after the approval and until the contract; what was promised is free again."""
    return await _take(
        call, loan_application_id, lambda tx, application: decisions.withdraw(tx, application, body, by=call.caller)
    )
