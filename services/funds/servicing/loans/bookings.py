"""What the ledger says of a loan: the bookings of its entries and their lines."""

from __future__ import annotations

from datetime import date

from services.funds import posting
from services.funds.rows import LoanRow
from services.funds.servicing.replay.state import Split

_NO_SPLIT = Split()


def booking_of(
    loan: LoanRow,
    *,
    on: date,
    kind: str,
    source_id: str,
    corrects_id: str | None = None,
    memo: str | None = None,
) -> posting.Booking:
    """Return what a transaction of the loan is about; `source_id`: the record that makes it."""
    return posting.Booking(
        fund_id=loan["fund_id"],
        alliance=loan["alliance"],
        on=on,
        kind=kind,
        loan_id=loan["id"],
        source_id=source_id,
        corrects_id=corrects_id,
        memo=memo,
    )


def split_lines(before: Split, after: Split) -> list[posting.Line]:
    """Return the lines that turn what was booked of one split into the other; with none before, without the money."""
    return [
        (posting.LOANS, before.principal_vnd - after.principal_vnd),
        (posting.INTEREST, before.interest_vnd - after.interest_vnd),
        (posting.OVERDUE_INTEREST, before.overdue_interest_vnd - after.overdue_interest_vnd),
        (posting.HELD, before.held_vnd - after.held_vnd),
    ]


def received(amount_vnd: int, split: Split) -> list[posting.Line]:
    """Return the lines of money that came in."""
    return [(posting.CASH, amount_vnd), *split_lines(_NO_SPLIT, split)]


def given_back(amount_vnd: int, split: Split) -> list[posting.Line]:
    """Return the lines that undo money that came in."""
    return [(posting.CASH, -amount_vnd), *split_lines(split, _NO_SPLIT)]
