"""What a repayment pays: money poured over what is due, in a stated order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

Bucket = Literal["overdue_interest", "interest", "fee", "penalty", "principal"]
BUCKETS: tuple[Bucket, ...] = ("overdue_interest", "interest", "fee", "penalty", "principal")
"""The kinds of what is due, in the order in which money pays them unless a product says otherwise."""

First = Literal["bucket", "installment"]


class Due(NamedTuple):
    """What is still to pay of one bucket of one installment. `amount_vnd` is 0 or more."""

    installment: int
    due_on: date
    bucket: Bucket
    amount_vnd: int


class Paid(NamedTuple):
    """What was paid of one due; `remaining_vnd` is what is left of it."""

    due: Due
    paid_vnd: int
    remaining_vnd: int


class Allocation(NamedTuple):
    """The split of a repayment.

    `paid`: what was paid of each due, in the order of payment, untouched dues left out. `by_bucket`: the sums, each
    bucket present. `excess_vnd`: what was more than all dues.
    """

    paid: tuple[Paid, ...]
    by_bucket: dict[Bucket, int]
    excess_vnd: int


def order_faults(order: Sequence[str]) -> list[str]:
    """Return what keeps `order` from being an order of all buckets: those that are missing, unknown or twice there."""
    missing = [bucket for bucket in BUCKETS if bucket not in order]
    strange = [bucket for index, bucket in enumerate(order) if bucket not in BUCKETS or bucket in order[:index]]
    return missing + strange


def allocate(
    amount_vnd: int, dues: Iterable[Due], order: Sequence[Bucket] = BUCKETS, *, first: First = "bucket"
) -> Allocation:
    """Return how `amount_vnd` is split over `dues`; the order in which they are given does not matter.

    `first="bucket"` pays the buckets in `order`, and within a bucket the oldest due first: all overdue interest, then
    all interest, then fees and penalties, then principal. `first="installment"` pays the oldest installment whole, its
    buckets in `order`, before the next. Oldest is by due date, then by number. The parts and the excess add up to the
    amount. Raises ValueError for a negative amount or due, or an order that is not one of all buckets.
    """
    if amount_vnd < 0:
        raise ValueError("a repayment is not negative")
    if order_faults(order):
        raise ValueError(f"not an order of the buckets: {', '.join(order_faults(order))}")
    rank = {bucket: index for index, bucket in enumerate(order)}

    by_age = sorted(dues, key=lambda due: (due.due_on, due.installment, rank[due.bucket], due.amount_vnd))
    if first == "bucket":
        by_age.sort(key=lambda due: rank[due.bucket])
    left, paid, by_bucket = amount_vnd, [], dict.fromkeys(BUCKETS, 0)
    for due in by_age:
        if due.amount_vnd < 0:
            raise ValueError("what is due is not negative")
        part = min(left, due.amount_vnd)
        if part:
            paid.append(Paid(due, part, due.amount_vnd - part))
            by_bucket[due.bucket] += part
            left -= part
    return Allocation(tuple(paid), by_bucket, left)
