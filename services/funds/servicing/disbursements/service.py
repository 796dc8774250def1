"""Paying a tranche out, and reversing such an entry. The fund is locked before the loan, always."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import always, param, scalar
from kernel.problems import FieldError, Invalid
from kernel.storage.files import check_files
from kernel.values.history_actions import HistoryAction
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import posting, problems
from services.funds.capital.funds.position import cash_free
from services.funds.capital.rules.service import rules_on
from services.funds.models import Disbursement
from services.funds.rows import DisbursementRow, FundRow, LoanRow
from services.funds.servicing.disbursements.records import DISBURSEMENT
from services.funds.servicing.disbursements.schemas import DisbursementCreate
from services.funds.servicing.loans.account import account_of, excess_of, refuse_never_due
from services.funds.servicing.loans.approval import refuse_below_minimums
from services.funds.servicing.loans.bookings import booking_of
from services.funds.servicing.loans.derivation import Applied, apply
from services.funds.servicing.loans.kept import keep_anew
from services.funds.servicing.loans.law import refuse_tranche_beyond_law
from services.funds.servicing.loans.resource import LOAN, owner_of
from services.funds.servicing.loans.reversals import (
    NOT_REVERSED,
    Reversal,
    booked_on,
    refuse_reversed,
    reversed_columns,
)
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE, require
from services.funds.servicing.replay.state import Entry, State

_OF_LOAN = (col(Disbursement.loan_id) == param(1), col(Disbursement.reversed_at).is_(None))
# By ix_disbursement_loan_id.
_FIRST_DAY = scalar(date, select(func.min(col(Disbursement.disbursed_on))).where(*_OF_LOAN))
# What stands with a lender who keeps the books: the balance it reported last, else what was paid out to it.
# By uq_balance_statement_day, ix_disbursement_loan_id.
_ENTRUSTED = always(
    int,
    """
    SELECT coalesce((SELECT outstanding_vnd FROM balance_statement WHERE loan_id = $1::uuid ORDER BY as_of DESC LIMIT 1),
                    (SELECT sum(amount_vnd) FROM disbursement WHERE loan_id = $1::uuid AND reversed_at IS NULL),
                    0)::bigint""",
)


async def record(
    tx: Transaction, fund: FundRow, loan: LoanRow, body: DisbursementCreate, *, by: Caller, digest: bytes | None
) -> tuple[DisbursementRow, Applied]:
    """Pay a tranche out of the locked fund on the locked loan.

    Raises LoanStateForbids, FundNotOperating, BeforeLoan, AboveContract, what the law asks since the approval
    (OwnCapitalTooLow, SingleBorrowerLimitExceeded, RelatedBorrowersLimitExceeded, OverdueRateTooHigh),
    BelowProductMinimum, SecurityNotRegistered, BadDebtCheckNeeded, FreeBalanceShort, CashShort, TermsContradict, NeverDue,
    PeriodClosed, Invalid.
    """
    require(loan, "disburse")
    if fund["state"] != "operating":
        raise problems.FundNotOperating(state=fund["state"])
    if body.disbursed_on < loan["signed_on"]:
        raise problems.BeforeLoan(on=body.disbursed_on.isoformat(), starts_on=loan["signed_on"].isoformat())
    _refuse_above_contract(loan, body.amount_vnd)
    await refuse_tranche_beyond_law(tx, fund, loan, disbursed_on=body.disbursed_on, amount_vnd=body.amount_vnd)
    await _check_file(tx, body, by=by)
    if await tx.fetchval(_FIRST_DAY, loan["id"]) is None:
        await refuse_below_minimums(tx, loan, body.disbursed_on)
        await _check_bad_debts(tx, loan, body)
    elsewhere = loan["channel"] == BOOKS_ELSEWHERE
    if not elsewhere:
        await _refuse_above_free(tx, fund, body.amount_vnd)
    id_ = body.id or new_id()
    account = await account_of(tx, loan)
    values = {
        **body.model_dump(exclude={"id", "bad_debt_check"}),
        "id": id_,
        **owner_of(loan),
        "province_2008": loan["province_2008"],
        "province_2025": loan["province_2025"],
        **NOT_REVERSED,
        "bad_debt_check": None if body.bad_debt_check is None else body.bad_debt_check.model_dump(mode="json"),
    }
    row = await records.create(tx, DISBURSEMENT, values, by=by, digest=digest)
    disbursed = loan["disbursed_vnd"] + body.amount_vnd
    fully_drawn = disbursed == loan["principal_vnd"]
    drawing: dict[str, Any] = {"state": "active" if fully_drawn else "disbursing"}
    if fully_drawn:
        days = [entry.on for entry in account.entries if entry.kind == "disbursement"]
        drawing["drawing_closed_on"] = max([body.disbursed_on, *days])
    if elsewhere:
        return row, await _apply_elsewhere(tx, loan, {**drawing, "disbursed_vnd": disbursed}, by=by, action="disbursed")
    booking = booking_of(loan, on=body.disbursed_on, kind="disbursement", source_id=id_)
    await posting.book(tx, booking, [(posting.LOANS, body.amount_vnd), (posting.CASH, -body.amount_vnd)], by=by)
    after = [*account.entries, Entry(id_, "disbursement", body.disbursed_on, body.amount_vnd)]
    applied = await apply(tx, loan, account, after, by=by, action="disbursed", values=drawing)
    refuse_never_due(applied.state)
    return row, applied


def _refuse_above_contract(loan: LoanRow, amount_vnd: int) -> None:
    undrawn = loan["principal_vnd"] - loan["disbursed_vnd"]
    if amount_vnd > undrawn:
        raise problems.AboveContract(
            contract_vnd=loan["principal_vnd"],
            disbursed_vnd=loan["disbursed_vnd"],
            asked_vnd=amount_vnd,
            over_vnd=amount_vnd - undrawn,
        )


async def _refuse_above_free(tx: Transaction, fund: FundRow, amount_vnd: int) -> None:
    free = await cash_free(tx, fund["id"])
    if amount_vnd > free:
        raise problems.FreeBalanceShort(free_vnd=max(0, free), asked_vnd=amount_vnd, over_vnd=amount_vnd - free)


async def _check_file(tx: Transaction, body: DisbursementCreate, *, by: Caller) -> None:
    check = body.bad_debt_check
    if check is not None and check.file_id is not None and await check_files(tx, by, [check.file_id]):
        words = ("Không có tệp này trong địa bàn của bạn.", "There is no such file in your area.")
        raise Invalid(FieldError("unknown_file", words, pointer="/bad_debt_check/file_id"))


async def _check_bad_debts(tx: Transaction, loan: LoanRow, body: DisbursementCreate) -> None:
    """Raise BadDebtCheckNeeded unless the first tranche comes with a check that found none and is not too old."""
    check = body.bad_debt_check
    days = (await rules_on(tx, loan["fund_id"], loan["alliance"], body.disbursed_on)).days("bad_debt_check_validity")
    if days is None:
        return
    fits = check is not None and check.result == "clean" and 0 <= (body.disbursed_on - check.checked_on).days <= days
    if not fits:
        raise problems.BadDebtCheckNeeded(
            valid_days=days,
            checked_on=None if check is None else check.checked_on.isoformat(),
            result=None if check is None else check.result,
        )


async def _apply_elsewhere(
    tx: Transaction,
    loan: LoanRow,
    values: dict[str, Any],
    *,
    by: Caller,
    action: HistoryAction,
    reason: str | None = None,
) -> Applied:
    """Keep the sums of a loan whose books another lender keeps: the newest balance it reported, else what was paid out."""
    sums = {
        **values,
        "starts_on": await tx.fetchval(_FIRST_DAY, loan["id"]),
        "outstanding_vnd": await tx.fetchval(_ENTRUSTED, loan["id"]),
    }
    row = await records.update(tx, LOAN, loan, sums, by=by, action=action, reason=reason)
    await keep_anew(tx, [loan["id"]])
    return Applied(row, State(on=row["signed_on"]), [])


async def reverse(
    tx: Transaction, loan: LoanRow, disbursement: DisbursementRow, body: Reversal, *, by: Caller
) -> tuple[DisbursementRow, Applied]:
    """Take back a tranche of the locked loan as if it never was.

    Raises EntryReversed, LoanStateForbids, AboveOwed where more was repaid than is then left, PeriodClosed, Invalid.
    """
    refuse_reversed(disbursement["reversed_at"])
    if loan["state"] not in ("disbursing", "active"):
        require(loan, "disburse")
    amount_vnd = disbursement["amount_vnd"]
    closed = await posting.closed_until(tx, loan["fund_id"])
    on = booked_on(disbursement["disbursed_on"], body.effective_on, closed)
    account = await account_of(tx, loan)
    after = account.without(disbursement["id"]).entries
    disbursed = loan["disbursed_vnd"] - amount_vnd
    values: dict[str, Any] = {"state": "disbursing" if disbursed else "contracted"}
    if loan["disbursed_vnd"] == loan["principal_vnd"]:
        values["drawing_closed_on"] = None
    columns = reversed_columns(body, by=by)
    reversed_row = await records.update(
        tx, DISBURSEMENT, disbursement, columns, by=by, action="reversed", reason=body.reason
    )
    if loan["channel"] == BOOKS_ELSEWHERE:
        values["disbursed_vnd"] = disbursed
        applied = await _apply_elsewhere(tx, loan, values, by=by, action="disbursement_reversed", reason=body.reason)
        return reversed_row, applied
    if not disbursed and any(entry.kind != "disbursement" for entry in after):
        raise problems.AboveOwed(owed_vnd=0, asked_vnd=amount_vnd, over_vnd=amount_vnd)
    booking = booking_of(
        loan,
        on=on,
        kind="reversal",
        source_id=disbursement["id"],
        corrects_id=await posting.booked(tx, disbursement["id"]),
        memo=body.reason,
    )
    await posting.book(tx, booking, [(posting.CASH, amount_vnd), (posting.LOANS, -amount_vnd)], by=by)
    applied = await apply(
        tx,
        loan,
        account,
        after,
        by=by,
        action="disbursement_reversed",
        reason=body.reason,
        closed=closed,
        values=values,
    )
    excess = excess_of(applied.state) - account.excess_vnd
    if excess > 0:
        # With the tranche its interest goes too, so more than the tranche may be too much: what was paid is said.
        paid = sum(entry.amount_vnd for entry in after if entry.kind == "repayment") - account.excess_vnd
        raise problems.AboveOwed(owed_vnd=paid - excess, asked_vnd=paid, over_vnd=excess)
    return reversed_row, applied
