"""Undoing a step of a loan: entered by one person, in force once another confirmed it, and then the step never was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.records import Resource, confirmations, read
from kernel.records.confirmations import Confirmation, require_in_force
from kernel.values.ids import new_id
from kernel.web.calls import Call
from services.funds import posting, problems
from services.funds.rows import LoanRow, RepaymentRow, ReversalRow
from services.funds.scopes import APPROVE
from services.funds.servicing.interest_reductions import service as interest_reductions
from services.funds.servicing.interest_reductions.resource import INTEREST_REDUCTION
from services.funds.servicing.loans import service as loans
from services.funds.servicing.loans.derivation import Applied, outcome
from services.funds.servicing.loans.locks import lock_fund_and_loan_of, lock_loan_of
from services.funds.servicing.loans.queries import INSTALLMENTS, InstallmentRow
from services.funds.servicing.loans.repayment_record import REPAYMENT
from services.funds.servicing.loans.resource import LOAN, owner_of
from services.funds.servicing.loans.reversals import Reversal, Undo, booked_on, refuse_reversed
from services.funds.servicing.loans.steps import refuse_erased, require
from services.funds.servicing.repayments import service as repayments
from services.funds.servicing.reschedulings import service as reschedulings
from services.funds.servicing.reschedulings.resource import RESCHEDULING
from services.funds.servicing.reversals import queries
from services.funds.servicing.reversals.order import Step, last_after
from services.funds.servicing.reversals.resource import REVERSAL
from services.funds.servicing.reversals.schemas import ScheduleRow
from services.funds.servicing.write_offs import service as write_offs
from services.funds.servicing.write_offs.resource import WRITE_OFF

SETTLED = "settled"


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """How one kind of step is undone. `day`: the column of its day."""

    resource: Resource[Any]
    day: str
    undo: Callable[[Transaction, LoanRow, Any, Undo], Awaitable[Applied]]


async def _undo_settlement(tx: Transaction, loan: LoanRow, settled: LoanRow, undo: Undo) -> Applied:
    return Applied.nothing(await loans.reopen(tx, loan, undo))


async def _undo_repayment(tx: Transaction, loan: LoanRow, repayment: RepaymentRow, undo: Undo) -> Applied:
    # Its day was judged when it was entered: where the books are closed until today it is tomorrow.
    body = Reversal.model_construct(reason=undo.reason, effective_on=undo.on)
    _, applied = await repayments.reverse(tx, loan, repayment, body, by=undo.by)
    return applied


_KINDS = {
    "interest_reduction": _Kind(resource=INTEREST_REDUCTION, day="effective_on", undo=interest_reductions.reverse),
    "rescheduling": _Kind(resource=RESCHEDULING, day="effective_on", undo=reschedulings.reverse),
    "early_recall": _Kind(resource=RESCHEDULING, day="effective_on", undo=reschedulings.reverse),
    **{
        kind: _Kind(resource=WRITE_OFF, day="effective_on", undo=write_offs.reverse)
        for kind in ("risk_handled", "recovery", "derecognized")
    },
    "settlement": _Kind(resource=LOAN, day="settled_on", undo=_undo_settlement),
    "repayment": _Kind(resource=REPAYMENT, day="paid_on", undo=_undo_repayment),
}
_OPENS_A_SETTLEMENT = ("repayment", "recovery")
"""What may be undone of a settled loan: money that bounced; the settlement is undone with it."""


def _kind_of(resource: Resource[Any], step: Mapping[str, Any]) -> str:
    if resource is LOAN:
        return "settlement"
    if resource is RESCHEDULING:
        return "early_recall" if step["kind"] == "early_recall" else "rescheduling"
    return str(step["kind"]) if resource is WRITE_OFF else resource.name


def _amount_of(kind: str, step: Mapping[str, Any]) -> int | None:
    if kind == "interest_reduction":
        return int(step["interest_vnd"] + step["overdue_interest_vnd"])
    # A settlement, a new schedule and a recall move no money of their own, a derecognition only the loan's state.
    return step["amount_vnd"] if kind in ("repayment", "risk_handled", "recovery") else None


def _refuse_not_standing(kind: str, loan: LoanRow, step: Mapping[str, Any]) -> None:
    """Raise AlreadyErased, LoanStateForbids, EntryReversed, NotConfirmed or NotInForce for what is not there to be undone."""
    refuse_erased(loan)
    if kind == "settlement":
        return require(loan, "reverse_settlement")
    refuse_reversed(step["reversed_at"])
    if "confirmation_state" in step:
        require_in_force(step)
    if step.get("state", "approved") != "approved":
        raise problems.NotInForce(state=step["state"])


async def enter(
    tx: Transaction, call: Call, loan: LoanRow, resource: Resource[Any], step: Mapping[str, Any], body: Reversal
) -> ReversalRow:
    """Enter the reversal of a step of the locked loan, for a second person to confirm.

    Raises ReversalPending and what `take_effect` raises.
    """
    kind = _kind_of(resource, step)
    _refuse_not_standing(kind, loan, step)
    reversal_id = await tx.fetchval(queries.WAITING, step["id"])
    if reversal_id is not None:
        raise problems.ReversalPending(reversal_id=reversal_id)
    closed = await posting.closed_until(tx, loan["fund_id"])
    values = {
        "id": new_id(),
        "kind": kind,
        "reverses_id": step["id"],
        "effective_on": booked_on(step[_KINDS[kind].day], body.effective_on, closed),
        "amount_vnd": _amount_of(kind, step),
        "reason": body.reason,
        "moved": None,
        **owner_of(loan),
    }
    return await confirmations.enter(tx, call, REVERSAL, CONFIRMATION, values, reason=body.reason)


async def take_effect(tx: Transaction, call: Call, reversal: ReversalRow) -> ReversalRow:
    """Undo the step of a confirmed reversal; the loan is locked. Returns the reversal with what it moved.

    Raises LoanStateForbids, EntryReversed, NotConfirmed, NotInForce, PeriodClosed, UndoLaterFirst, NeverDue, CashShort.
    """
    loan = await lock_loan_of(tx, call, reversal)
    kind = _KINDS[reversal["kind"]]
    step = await read(tx, kind.resource, reversal["reverses_id"], call.caller, lock=True)
    assert step is not None, "steps of a loan are never removed"
    _refuse_not_standing(reversal["kind"], loan, step)
    closed = await posting.closed_until(tx, loan["fund_id"])
    posting.refuse_closed(reversal["effective_on"], closed)
    undo = Undo(
        reversal_id=reversal["id"],
        on=reversal["effective_on"],
        reason=reversal["reason"],
        by=call.caller,
        closed=closed,
    )
    rows = await tx.fetch(INSTALLMENTS, loan["id"])
    last_line = await tx.fetchval(queries.LAST_LINE, loan["id"])
    if loan["state"] == SETTLED and reversal["kind"] in _OPENS_A_SETTLEMENT:
        loan = await loans.reopen(tx, loan, undo)
    undone: Step = {"id": step["id"], "kind": reversal["kind"], "on": step[kind.day], "taken_at": None}
    await _refuse_out_of_order(tx, loan, undone)
    applied = await kind.undo(tx, loan, step, undo)
    moved = {
        "repayments": outcome(applied)["moved"],
        "schedule_rows": rows_moved(rows, await tx.fetch(INSTALLMENTS, loan["id"])),
        "postings": [{**line} for line in await tx.fetch(queries.POSTED_SINCE, loan["id"], last_line)],
    }
    return await records.update(
        tx, REVERSAL, reversal, {"moved": moved}, by=call.caller, reason=reversal["reason"], action="reversed"
    )


async def _refuse_out_of_order(tx: Transaction, loan: LoanRow, undone: Step) -> None:
    steps = await tx.fetch(queries.STEPS, loan["id"])
    later = last_after(steps, next((step for step in steps if step["id"] == undone["id"]), undone))
    if later is not None:
        raise problems.UndoLaterFirst(later_kind=later["kind"], later_id=later["id"], later_on=later["on"].isoformat())


def rows_moved(before: Iterable[InstallmentRow], after: Iterable[InstallmentRow]) -> list[dict[str, Any]]:
    """Return each installment that differs, as it was and as it is."""
    old, new = ({row["number"]: row for row in rows} for rows in (before, after))
    return [
        {"number": number, "before": _shown(old.get(number)), "after": _shown(new.get(number))}
        for number in sorted(old.keys() | new.keys())
        if old.get(number) != new.get(number)
    ]


def _shown(row: InstallmentRow | None) -> dict[str, Any] | None:
    if row is None:
        return None
    shown: dict[str, Any] = {**row, "is_replaced": row["replaced"]}
    return {name: shown[name] for name in ScheduleRow.model_fields}


REFUSALS = (
    kernel_problems.AlreadyErased,
    kernel_problems.NotConfirmed,
    problems.LoanStateForbids,
    problems.EntryReversed,
    problems.NotInForce,
    problems.UndoLaterFirst,
    problems.NeverDue,
    problems.PeriodClosed,
    problems.CashShort,
)
CONFIRMATION = Confirmation(scopes=APPROVE, take_effect=take_effect, hold=lock_fund_and_loan_of, refusals=REFUSALS)
