"""Reversing an entry: what the caller says, the columns that note it, and the day it is booked on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.values.days import PastDay, now
from kernel.web.auth import Caller
from kernel.web.schemas import Input, text
from services.funds import posting, problems
from services.funds.rows import LoanRow
from services.funds.servicing.loans.bookings import booking_of


class Reversal(Input):
    """Why an entry is taken back. It then never was: later repayments are split anew."""

    reason: Annotated[str, text(500)]
    effective_on: PastDay | None = Field(
        default=None,
        description="Day on which the ledger books it; the entry's own day, or the first open one, if left out",
    )


@dataclass(frozen=True, kw_only=True)
class Undo:
    """What undoes a step of a loan once it is confirmed. `on`: the day on which the ledger books it."""

    reversal_id: str
    on: date
    reason: str
    by: Caller
    closed: date | None
    """The last day of the closed books."""

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of the step that is undone."""
        return _reversed_columns(self.reason, by=self.by)

    async def book_opposite(self, tx: Transaction, loan: LoanRow, transaction_id: str | None) -> None:
        """Book the counter-entry of what the step booked, if anything. Raises PeriodClosed, CashShort."""
        if transaction_id is None:
            return
        booking = booking_of(
            loan,
            on=self.on,
            kind="reversal",
            source_id=self.reversal_id,
            corrects_id=transaction_id,
            memo=self.reason,
        )
        await posting.book(tx, booking, await posting.opposite(tx, transaction_id), by=self.by)


NOT_REVERSED: dict[str, Any] = {"reversed_at": None, "reversed_by": None, "reversal_reason": None}
"""Columns of an entry that stands."""


def reversed_columns(body: Reversal, *, by: Caller) -> dict[str, Any]:
    """Return the columns of an entry that is reversed now."""
    return _reversed_columns(body.reason, by=by)


def _reversed_columns(reason: str, *, by: Caller) -> dict[str, Any]:
    return {"reversed_at": now(), "reversed_by": by.id, "reversal_reason": reason}


def refuse_reversed(reversed_at: datetime | None) -> None:
    """Raise EntryReversed for an entry that was reversed before."""
    if reversed_at is not None:
        raise problems.EntryReversed(reversed_at=reversed_at)


def booked_on(entered_on: date, effective_on: date | None, closed: date | None) -> date:
    """Return the day a reversal is booked on: as asked, else the entry's own, else the first open one after it.

    Raises Invalid for a day before the entry, PeriodClosed for one within the closed books.
    """
    if effective_on is None:
        return entered_on if closed is None or entered_on > closed else closed + timedelta(days=1)
    if effective_on < entered_on:
        words = (
            "Ngày này trước ngày của bút toán gốc; hãy ghi ngày đó hoặc sau đó.",
            "This is before the day of what it reverses; give that day or a later one.",
        )
        raise Invalid(FieldError("end_before_start", words, pointer="/effective_on"))
    posting.refuse_closed(effective_on, closed)
    return effective_on
