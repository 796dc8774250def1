"""Paying a tranche out, and taking such an entry back. The fund is locked before the loan, always."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.storage.files import check_files
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.funds import posting, problems
from services.funds.capital.funds.position import cash_free
from services.funds.capital.rules.service import rules_on
from services.funds.servicing.disbursements.records import DISBURSEMENT
from services.funds.servicing.disbursements.schemas import DisbursementCreate
from services.funds.servicing.loans.account import account_of, excess_of, refuse_never_due
from services.funds.servicing.loans.derivation import Applied, apply
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.reversals import Reversal, booked_on
from services.funds.servicing.loans.steps import BOOKS_ELSEWHERE, require
from services.funds.servicing.replay.state import Entry, State

_FIRST = "SELECT NOT EXISTS (SELECT FROM disbursement WHERE loan_id = $1::uuid AND reversed_at IS NULL)"


_ENTRUSTED = """
    SELECT coalesce((SELECT outstanding_vnd FROM balance_statement WHERE loan_id = $1::uuid ORDER BY as_of DESC LIMIT 1),
                    (SELECT sum(amount_vnd) FROM disbursement WHERE loan_id = $1::uuid AND reversed_at IS NULL),
                    0)::bigint"""


async def record(
    tx: Transaction, fund: Row, loan: Row, body: DisbursementCreate, *, by: Caller, digest: bytes | None
) -> tuple[Row, Applied]:
    """Pay a tranche out of the locked fund on the locked loan.

    Raises LoanStateForbids, FundNotOperating, BeforeLoan, AboveContract, BadDebtCheckNeeded, FreeBalanceShort,
    CashShort, TermsContradict, NeverDue, PeriodClosed, Invalid.
    """
    require(loan, "disburse")
    if fund["state"] != "operating":
        raise problems.FundNotOperating(state=fund["state"])
    if body.disbursed_on < loan["signed_on"]:
        raise problems.BeforeLoan(on=body.disbursed_on.isoformat(), starts_on=loan["signed_on"].isoformat())
    _refuse_above_contract(loan, body.amount_vnd)
    await _check_bad_debts(tx, loan, body, by=by)
    elsewhere = loan["channel"] == BOOKS_ELSEWHERE
    if not elsewhere:
        free = await cash_free(tx, fund["id"])
        if body.amount_vnd > free:
            over_vnd = body.amount_vnd - free
            raise problems.FreeBalanceShort(free_vnd=max(0, free), asked_vnd=body.amount_vnd, over_vnd=over_vnd)
    id_ = body.id or new_id()
    account = await account_of(tx, loan)
    values = {
        **body.model_dump(exclude={"id", "bad_debt_check"}),
        "id": id_,
        "fund_id": loan["fund_id"],
        "loan_id": loan["id"],
        "alliance": loan["alliance"],
        "province_2008": loan["province_2008"],
        "province_2025": loan["province_2025"],
        "reversed_at": None,
        "reversed_by": None,
        "reversal_reason": None,
        "bad_debt_check": None if body.bad_debt_check is None else body.bad_debt_check.model_dump(mode="json"),
    }
    row: Row = await records.create(tx, DISBURSEMENT, values, by=by, digest=digest)
    drawn = loan["disbursed_vnd"] + body.amount_vnd
    full = drawn == loan["principal_vnd"]
    state: dict[str, Any] = {"state": "active" if full else "disbursing"}
    if full:
        days = [entry.on for entry in account.entries if entry.kind == "disbursement"]
        state["drawing_closed_on"] = max([body.disbursed_on, *days])
    if elsewhere:
        return row, await _apply_elsewhere(tx, loan, {**state, "disbursed_vnd": drawn}, by=by, action="disbursed")
    booking = posting.Booking(loan["fund_id"], loan["alliance"], body.disbursed_on, "disbursement", loan["id"], id_)
    await posting.book(tx, booking, [(posting.LOANS, body.amount_vnd), (posting.CASH, -body.amount_vnd)], by=by)
    after = [*account.entries, Entry(id_, "disbursement", body.disbursed_on, body.amount_vnd)]
    applied = await apply(tx, loan, account, after, by=by, action="disbursed", values=state)
    refuse_never_due(applied.state)
    return row, applied


def _refuse_above_contract(loan: Row, amount_vnd: int) -> None:
    left = loan["principal_vnd"] - loan["disbursed_vnd"]
    if amount_vnd > left:
        raise problems.AboveContract(
            contract_vnd=loan["principal_vnd"],
            disbursed_vnd=loan["disbursed_vnd"],
            asked_vnd=amount_vnd,
            over_vnd=amount_vnd - left,
        )


async def _check_bad_debts(tx: Transaction, loan: Row, body: DisbursementCreate, *, by: Caller) -> None:
    check = body.bad_debt_check
    if check is not None and check.file_id is not None and await check_files(tx, by, [check.file_id]):
        words = ("Không có tệp này trong địa bàn của bạn.", "There is no such file in your area.")
        raise Invalid(FieldError("unknown_file", words, pointer="/bad_debt_check/file_id"))
    if not await tx.fetchval(_FIRST, loan["id"]):
        return
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
    tx: Transaction, loan: Row, values: dict[str, Any], *, by: Caller, action: str, reason: str | None = None
) -> Applied:
    """Keep the sums of a loan whose books another lender keeps: the newest balance it told, else what was paid out."""
    first = await tx.fetchval(
        "SELECT min(disbursed_on) FROM disbursement WHERE loan_id = $1::uuid AND reversed_at IS NULL", loan["id"]
    )
    outstanding = await tx.fetchval(_ENTRUSTED, loan["id"])
    sums = {**values, "starts_on": first, "outstanding_vnd": outstanding}
    row: Row = await records.update(tx, LOAN, loan, sums, by=by, action=action, reason=reason)
    return Applied(row, State(on=row["signed_on"]), [])


async def reverse(tx: Transaction, loan: Row, row: Row, body: Reversal, *, by: Caller) -> tuple[Row, Applied]:
    """Take back a tranche of the locked loan as if it never was.

    Raises EntryReversed, LoanStateForbids, AboveOwed where more was repaid than is then left, PeriodClosed, Invalid.
    """
    if row["reversed_at"] is not None:
        raise problems.EntryReversed(reversed_at=row["reversed_at"])
    if loan["state"] not in ("disbursing", "active"):
        require(loan, "disburse")
    closed = await posting.closed_until(tx, loan["fund_id"])
    on = booked_on(row["disbursed_on"], body.effective_on, closed)
    account = await account_of(tx, loan)
    after = account.without(row["id"])
    left = loan["disbursed_vnd"] - row["amount_vnd"]
    values: dict[str, Any] = {"state": "disbursing" if left else "contracted"}
    if loan["disbursed_vnd"] == loan["principal_vnd"]:
        values["drawing_closed_on"] = None
    gone = {"reversed_at": now(), "reversed_by": by.id, "reversal_reason": body.reason}
    reversed_row: Row = await records.update(tx, DISBURSEMENT, row, gone, by=by, action="reversed", reason=body.reason)
    if loan["channel"] == BOOKS_ELSEWHERE:
        values["disbursed_vnd"] = left
        applied = await _apply_elsewhere(tx, loan, values, by=by, action="disbursement_reversed", reason=body.reason)
        return reversed_row, applied
    if not left and any(entry.kind != "disbursement" for entry in after):
        raise problems.AboveOwed(owed_vnd=0, asked_vnd=row["amount_vnd"], over_vnd=row["amount_vnd"])
    booking = posting.Booking(
        loan["fund_id"],
        loan["alliance"],
        on,
        "reversal",
        loan["id"],
        row["id"],
        corrects_id=await posting.booked(tx, row["id"]),
        memo=body.reason,
    )
    await posting.book(tx, booking, [(posting.CASH, row["amount_vnd"]), (posting.LOANS, -row["amount_vnd"])], by=by)
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
    more = excess_of(applied.state) - account.excess_vnd
    if more > 0:
        # With the tranche its interest goes too, so more than the tranche may be too much: what was paid is told.
        paid = sum(entry.amount_vnd for entry in after if entry.kind == "repayment") - account.excess_vnd
        raise problems.AboveOwed(owed_vnd=paid - more, asked_vnd=paid, over_vnd=more)
    return reversed_row, applied
