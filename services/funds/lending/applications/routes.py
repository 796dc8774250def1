"""Loan applications over HTTP: filing, and each step of the way to the decision as something that is created."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.records.crud import (
    RecordType,
    listing_of,
    merge_patch_model,
    record_router,
    referenced_record,
    split_by_map,
)
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, number_range, text_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.records.records import answer, existing, locked
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from services.funds import code_lists as codes
from services.funds import problems
from services.funds.capital.funds.routes import FUND
from services.funds.lending.applications import service
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.applications.schemas import (
    LoanApplication,
    LoanApplicationCreate,
    LoanAppraisalCreate,
    LoanApprovalCreate,
    LoanRejectionCreate,
    LoanWithdrawalCreate,
)
from services.funds.scopes import APPROVE, OWN_READ, OWN_WRITE, WRITE


async def _number_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.ApplicationNumberInUse(application_number=values["application_number"])


_PARTIES = (
    problems.FundNotOperating,
    problems.OutsideFundArea,
    problems.BorrowerInactive,
    problems.ProductNotOffered,
    problems.BorrowerKindNotServed,
    problems.TermOutsideProduct,
    problems.ApplicationNumberInUse,
    problems.StateForbids,
    problems.GroupCannotBorrow,
    problems.EnterpriseCannotBorrow,
    kernel_problems.OrganizationUnknownYet,
)
KIND = RecordType(
    resource=LOAN_APPLICATION,
    plural="loan-applications",
    output=LoanApplication,
    create=LoanApplicationCreate,
    listing=listing_of(
        LOAN_APPLICATION,
        LoanApplication,
        (
            code_filter("state", "r.state", codes.APPLICATION_STATES, "State."),
            id_filter("fund_id", "r.fund_id", "Fund."),
            id_filter("borrower_id", "r.borrower_id", "Borrower."),
            id_filter("organization_id", "r.organization_id", "Organization that borrows."),
            id_filter("loan_product_id", "r.loan_product_id", "Product."),
            text_filter("application_number", "r.application_number", "Number of the application, exactly."),
            code_filter("report_sector", "r.report_sector", codes.REPORT_SECTORS, "Sector of the project."),
            *PROVINCE_FILTERS,
            *day_range("submitted_on", "r.submitted_on", "Day of filing"),
            *day_range("approved_on", "r.approved_on", "Day of the decision to lend"),
            *number_range("requested_amount_vnd", "r.requested_amount_vnd", "Amount asked for in đồng"),
        ),
        sorts={
            "submitted_on": SortKey("r.submitted_on", "date"),
            "requested_amount_vnd": SortKey("r.requested_amount_vnd", "bigint"),
        },
        facets=("state", "report_sector", "fund_id"),
        check=split_by_map,
    ),
    columns=service.columns,
    change=merge_patch_model(LoanApplicationCreate, without=("fund_id", "borrower_id")),
    refusals=_PARTIES,
    unique={"uq_loan_application_number": _number_in_use},
    read_scopes=OWN_READ,
    create_scopes=OWN_WRITE,
    before=service.meet_own,
    write_scopes=WRITE,
)
router = record_router(KIND)
_ONE = existing(LOAN_APPLICATION, "loan_application_id")
_PATH = "/loan-applications/{loan_application_id}"

Step = Callable[[Transaction, Row], Awaitable[Row]]


async def _take(call: Call, id_: str, take: Step) -> Response:
    """Take one step with the locked application, once for its key; If-Match is honoured where it is sent."""

    async def effect(tx: Transaction) -> Response:
        row = await locked(tx, call, LOAN_APPLICATION, id_)
        return answer(call, LOAN_APPLICATION, await take(tx, row), status=201)

    return await once(call, effect)


@router.operation(
    "POST",
    f"{_PATH}/appraisal",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=LoanApplication,
    problems=(problems.StateForbids, problems.AmountTooHigh),
    summary="Record the appraisal",
)
async def appraise_loan_application(call: CurrentCall, loan_application_id: Id, body: LoanAppraisalCreate) -> Response:
    """Record site visit, council, minutes and what is proposed; the application is then under appraisal.

    No more may be proposed than was asked for. The answer is the application as it then stands.
    """
    return await _take(call, loan_application_id, lambda tx, row: service.appraise(tx, row, body, by=call.caller))


@router.operation(
    "POST",
    f"{_PATH}/approval",
    scopes=APPROVE,
    guard=_ONE,
    status_code=201,
    response_model=LoanApplication,
    problems=(
        problems.SamePerson,
        problems.StateForbids,
        problems.AmountTooHigh,
        problems.OwnCapitalTooLow,
        problems.SingleBorrowerLimitExceeded,
        problems.RelatedBorrowersLimitExceeded,
        problems.AuthorityExceeded,
        problems.TermOutsideProduct,
        problems.FundNotOperating,
        problems.OutsideFundArea,
        problems.BorrowerInactive,
    ),
    summary="Approve a loan application",
)
async def approve_loan_application(call: CurrentCall, loan_application_id: Id, body: LoanApprovalCreate) -> Response:
    """Decide to lend. Whoever filed, corrected or appraised the application may not.

    Own capital, both limits (Decree 45/2021/NĐ-CP, Art. 22(5), 23(2)) and the authority are checked with the fund
    locked, so that approvals at the same time never pass a limit together; every check is kept with its numbers.
    The answer is the application as it then stands; the amount counts as promised until the contract or a withdrawal.
    """

    async def effect(tx: Transaction) -> Response:
        # The fund first, always: approvals of one fund come one after the other.
        fund = await referenced_record(tx, call, FUND, call.found["fund_id"], "", lock=True)
        row = await locked(tx, call, LOAN_APPLICATION, loan_application_id)
        after = await service.approve(tx, fund, row, body, by=call.caller)
        return answer(call, LOAN_APPLICATION, after, status=201)

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
    """Refuse the loan with the reason that the borrower is told. Final: a new try is a new application."""
    return await _take(call, loan_application_id, lambda tx, row: service.reject(tx, row, body, by=call.caller))


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
    return await _take(call, loan_application_id, lambda tx, row: service.withdraw(tx, row, body, by=call.caller))
