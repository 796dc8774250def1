"""Loans over HTTP: the contract, its steps, and what it is on a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.records.crud import RecordType, listing_of, record_router, referenced_record
from kernel.records.listing import SortKey, code_filter, day_filter, day_range, id_filter, number_range, text_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.records.records import answer, dump, existing, locked
from kernel.values.days import Day, today
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from services.funds import code_lists as codes
from services.funds import code_lists as funds_codes
from services.funds import problems
from services.funds.capital.funds.routes import FUND
from services.funds.indicators import INDICATORS
from services.funds.scopes import APPROVE, OWN_READ, WRITE
from services.funds.servicing.loans import service, views
from services.funds.servicing.loans.records import LOAN
from services.funds.servicing.loans.schemas import (
    DrawingClosure,
    Loan,
    LoanCancellation,
    LoanChange,
    LoanCreate,
    LoanPosition,
    LoanSchedule,
    LoanStatement,
    SettlementCreate,
)

# Unpaid after its day: the installments tell, as the loan's history stands now.
_OVERDUE = """
    r.id IN (SELECT loan_id FROM loan_installment i WHERE i.due_on < {0}::date AND i.opened_on <= {0}::date
                AND (i.closed_on IS NULL OR i.closed_on > {0}::date)) AND r.state IN ('disbursing', 'active')"""


async def _number_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    sql = "SELECT id FROM loan WHERE alliance = $1 AND contract_number = $2"
    found = await tx.fetchval(sql, values["alliance"], values["contract_number"])
    return problems.ContractNumberInUse(contract_number=values["contract_number"], loan_id=found)


async def _contracted(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.NotApproved(state="contracted")


KIND = RecordType(
    resource=LOAN,
    plural="loans",
    output=Loan,
    create=LoanCreate,
    listing=listing_of(
        LOAN,
        Loan,
        (
            code_filter("state", "r.state", codes.LOAN_STATES, "State."),
            id_filter("fund_id", "r.fund_id", "Fund."),
            id_filter("borrower_id", "r.borrower_id", "Borrower."),
            id_filter("organization_id", "r.organization_id", "Organization that borrows."),
            id_filter("loan_application_id", "r.loan_application_id", "Application."),
            text_filter("contract_number", "r.contract_number", "Number of the contract, exactly."),
            code_filter("channel", "r.channel", codes.LOAN_CHANNELS, "Channel."),
            code_filter("report_sector", "r.report_sector", funds_codes.REPORT_SECTORS, "Sector."),
            day_filter("as_of", "r.starts_on <= {0}::date", "Loans that had begun on that day"),
            day_filter("overdue_on", _OVERDUE, "Loans of which anything was unpaid after its day on that day"),
            *day_range("signed_on", "r.signed_on", "Day of the contract"),
            *day_range("starts_on", "r.starts_on", "Day of the first tranche"),
            *day_range("last_due_on", "r.last_due_on", "Last due date"),
            *number_range("outstanding_vnd", "r.outstanding_vnd", "Outstanding principal in đồng"),
            *PROVINCE_FILTERS,
        ),
        sorts={
            "signed_on": SortKey("r.signed_on", "date"),
            "outstanding_vnd": SortKey("r.outstanding_vnd", "bigint"),
            "contract_number": SortKey("r.contract_number"),
        },
        facets=("state", "channel", "report_sector", "fund_id"),
        counts=INDICATORS,
    ),
    columns=service.columns,
    after=service.after,
    refusals=(
        problems.NotApproved,
        problems.AboveApproved,
        problems.ContractNumberInUse,
        problems.TermsContradict,
        problems.PeriodClosed,
        problems.OutsideFundArea,
        problems.OverdueRateTooHigh,
    ),
    unique={"uq_loan_contract_number": _number_in_use, "uq_loan_application": _contracted},
    read_scopes=OWN_READ,
    write_scopes=WRITE,
)
router = record_router(KIND)
_ONE = existing(LOAN, "loan_id")
_AS_OF = Query(description="At the end of that day; today if left out")

Step = Callable[[Transaction, Row], Awaitable[Row]]


async def step(call: Call, loan_id: str, take: Step, *, pays: bool = False) -> Response:
    """Take one step with the locked loan, once for its key; If-Match is honoured where it is sent.

    `pays`: money may leave with it, so it needs a key, and the fund is locked before the loan.
    """

    async def effect(tx: Transaction) -> Response:
        if pays:
            await referenced_record(tx, call, FUND, call.found["fund_id"], "", lock=True)
        loan = await locked(tx, call, LOAN, loan_id)
        return answer(call, LOAN, await take(tx, loan), status=201)

    return await once(call, effect, required=pays)


@router.operation(
    "PATCH",
    "/loans/{loan_id}",
    scopes=WRITE,
    etag=True,
    guard=existing(LOAN, "loan_id", if_match=True),
    response_model=Loan,
    problems=(problems.LoanStateForbids, problems.ContractNumberInUse, problems.TermsContradict),
    summary="Correct a loan",
)
async def change_loan(call: CurrentCall, loan_id: Id, body: LoanChange) -> Response:
    """Apply a merge patch: absent leaves, null clears. Terms may change until the first tranche; then reschedule."""
    async with call.db.transaction() as tx:
        loan = await locked(tx, call, LOAN, loan_id)
        if body.contract_number is not None and body.contract_number != loan["contract_number"]:
            values = {"alliance": loan["alliance"], "contract_number": body.contract_number}
            taken = await tx.fetchval(
                "SELECT EXISTS (SELECT FROM loan WHERE alliance = $1 AND contract_number = $2)", *values.values()
            )
            if taken:
                raise await _number_in_use(tx, values)
        after = await service.change(tx, loan, body, by=call.caller)
    return answer(call, LOAN, after)


@router.operation(
    "POST",
    "/loans/{loan_id}/drawing-closure",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=Loan,
    problems=(problems.LoanStateForbids, problems.BeforeLoan),
    summary="Close the drawing of a loan",
)
async def close_loan_drawing(call: CurrentCall, loan_id: Id, body: DrawingClosure) -> Response:
    """Say that the rest of the contract is not paid out: it is free to lend again, and the last installments shrink."""
    return await step(call, loan_id, lambda tx, loan: service.close_drawing(tx, loan, body, by=call.caller))


@router.operation(
    "POST",
    "/loans/{loan_id}/cancellation",
    scopes=(*WRITE, *APPROVE),
    guard=_ONE,
    status_code=201,
    response_model=Loan,
    problems=(problems.LoanStateForbids, problems.BeforeLoan),
    summary="Cancel a contract",
)
async def cancel_loan(call: CurrentCall, loan_id: Id, body: LoanCancellation) -> Response:
    """End a contract on which nothing was paid out; the sum is free to lend again."""
    return await step(call, loan_id, lambda tx, loan: service.cancel(tx, loan, body, by=call.caller))


@router.operation(
    "POST",
    "/loans/{loan_id}/settlement",
    scopes=WRITE,
    guard=_ONE,
    status_code=201,
    response_model=Loan,
    problems=(
        problems.LoanStateForbids,
        problems.BeforeLoan,
        problems.StillOwed,
        problems.PeriodClosed,
        problems.CashShort,
        kernel_problems.IdempotencyKeyMissing,
    ),
    summary="Settle a loan",
)
async def settle_loan(call: CurrentCall, loan_id: Id, body: SettlementCreate) -> Response:
    """Close the loan on a day when neither principal nor interest is owed, with the number of the liquidation minutes.

    What was held for the borrower is paid back and booked, so it needs an Idempotency-Key.
    """
    return await step(call, loan_id, lambda tx, loan: service.settle(tx, loan, body, by=call.caller), pays=True)


def _shown(document: dict[str, Any]) -> Response:
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")


@router.operation(
    "GET",
    "/loans/{loan_id}/position",
    scopes=OWN_READ,
    guard=_ONE,
    response_model=LoanPosition,
    summary="What is owed on a loan on a day",
)
async def read_loan_position(call: CurrentCall, loan_id: Id, as_of: Annotated[Day | None, _AS_OF] = None) -> Response:
    """Derive what is outstanding, due, earned and overdue, the debt group and the provision, for any day.

    Interest runs by the day on the actual balance, overdue principal bears the overdue rate in its place; each sum is
    rounded half up once. `total_owed_vnd` is what settles the loan on that day.
    """
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        return _shown(await views.position_of(tx, call.found, as_of or today()))


@router.operation(
    "GET",
    "/loans/{loan_id}/schedule",
    scopes=OWN_READ,
    guard=_ONE,
    response_model=LoanSchedule,
    summary="The installments of a loan as they stood on a day",
)
async def read_loan_schedule(call: CurrentCall, loan_id: Id, as_of: Annotated[Day | None, _AS_OF] = None) -> Response:
    """Return every installment with what was paid on it until that day; to come is what follows if nothing more is paid.

    Replaced installments stay, with what was paid on them.
    """
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        return _shown(await views.schedule_of(tx, call.found, as_of or today()))


@router.operation(
    "GET",
    "/loans/{loan_id}/statement",
    scopes=OWN_READ,
    guard=_ONE,
    response_model=LoanStatement,
    summary="Every movement of a loan",
)
async def read_loan_statement(call: CurrentCall, loan_id: Id, as_of: Annotated[Day | None, _AS_OF] = None) -> Response:
    """Return every movement until that day in order, and sums that equal the lines to the đồng."""
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        return _shown(await views.statement_of(tx, call.found, as_of or today()))
