"""How a repayment is split over what is due."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.funds.engine.allocation import BUCKETS, Bucket, Due, First, allocate, order_faults

JAN, FEB, MAR = date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)
OWED = [
    Due(1, JAN, "principal", 1_000),
    Due(1, JAN, "interest", 100),
    Due(1, JAN, "overdue_interest", 10),
    Due(2, FEB, "principal", 1_000),
    Due(2, FEB, "interest", 90),
    Due(2, FEB, "fee", 5),
    Due(2, FEB, "penalty", 3),
]


def paid(amount: int, **options: object) -> list[tuple[int, str, int]]:
    allocation = allocate(amount, OWED, **options)  # type: ignore[arg-type]
    return [(part.due.installment, part.due.bucket, part.paid_vnd) for part in allocation.paid]


def test_overdue_interest_then_interest_then_fees_then_the_oldest_principal() -> None:
    assert paid(1_500) == [
        (1, "overdue_interest", 10),
        (1, "interest", 100),
        (2, "interest", 90),
        (2, "fee", 5),
        (2, "penalty", 3),
        (1, "principal", 1_000),
        (2, "principal", 292),
    ]


def test_the_oldest_installment_may_be_paid_whole_before_the_next() -> None:
    assert paid(1_200, first="installment") == [
        (1, "overdue_interest", 10),
        (1, "interest", 100),
        (1, "principal", 1_000),
        (2, "interest", 90),
    ]


def test_of_installments_due_on_one_day_the_first_is_paid_first() -> None:
    moved_to_one_day = [Due(3, MAR, "interest", 10), Due(2, MAR, "interest", 10)]
    assert [part.due.installment for part in allocate(15, moved_to_one_day).paid] == [2, 3]
    assert [part.due.installment for part in allocate(15, moved_to_one_day, first="installment").paid] == [2, 3]


def test_a_product_may_put_principal_first() -> None:
    principal_first = ("principal", "interest", "overdue_interest", "fee", "penalty")
    assert paid(2_050, order=principal_first) == [(1, "principal", 1_000), (2, "principal", 1_000), (1, "interest", 50)]


def test_a_partial_payment_leaves_the_rest_and_an_excess_is_told() -> None:
    allocation = allocate(60, OWED)
    assert [(part.paid_vnd, part.remaining_vnd) for part in allocation.paid] == [(10, 0), (50, 50)]
    assert allocation.by_bucket == {"overdue_interest": 10, "interest": 50, "fee": 0, "penalty": 0, "principal": 0}
    assert allocate(2_500, OWED).excess_vnd == 2_500 - 2_208
    assert allocate(7, []) == ((), dict.fromkeys(BUCKETS, 0), 7)
    assert allocate(0, OWED).paid == ()


def test_an_order_that_forgets_or_repeats_a_bucket_is_refused() -> None:
    assert order_faults(["interest", "principal", "fees", "interest"]) == [
        *("overdue_interest", "fee", "penalty"),
        *("fees", "interest"),
    ]
    assert order_faults(BUCKETS) == []
    with pytest.raises(ValueError, match="penalty"):
        allocate(1, OWED, BUCKETS[:3])
    with pytest.raises(ValueError, match="negative"):
        allocate(-1, OWED)
    with pytest.raises(ValueError, match="negative"):
        allocate(1, [Due(1, JAN, "fee", -1)])


DUES = st.lists(
    st.builds(
        Due,
        st.integers(1, 6),
        st.sampled_from([JAN, FEB, MAR]),
        st.sampled_from(BUCKETS),
        st.integers(0, 10**6),
    ),
    max_size=12,
)
ORDERS = st.permutations(BUCKETS)
FIRST = st.sampled_from(get_args(First))


@given(amount=st.integers(0, 10**7), dues=DUES, order=ORDERS, first=FIRST)
def test_nothing_is_lost_nothing_is_overpaid_and_money_never_skips_a_due(
    amount: int, dues: list[Due], order: list[Bucket], first: First
) -> None:
    allocation = allocate(amount, dues, order, first=first)
    assert sum(part.paid_vnd for part in allocation.paid) + allocation.excess_vnd == amount
    assert sum(allocation.by_bucket.values()) == amount - allocation.excess_vnd
    for part in allocation.paid:
        assert part.paid_vnd > 0
        assert part.paid_vnd + part.remaining_vnd == part.due.amount_vnd
    # Only the last one touched may be paid in part, and an excess means that all are paid.
    assert all(part.remaining_vnd == 0 for part in allocation.paid[:-1])
    if allocation.excess_vnd:
        assert sum(due.amount_vnd for due in dues) == amount - allocation.excess_vnd


@given(amount=st.integers(0, 10**7), dues=DUES, first=FIRST, random=st.randoms(use_true_random=False))
def test_the_order_in_which_dues_are_given_does_not_matter(
    amount: int, dues: list[Due], first: First, random: object
) -> None:
    shuffled = list(dues)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert allocate(amount, shuffled, first=first) == allocate(amount, dues, first=first)


@given(amount=st.integers(0, 10**7), dues=DUES, order=ORDERS)
def test_no_later_bucket_is_paid_while_an_earlier_one_is_owed(
    amount: int, dues: list[Due], order: list[Bucket]
) -> None:
    by_bucket = allocate(amount, dues, order).by_bucket
    left = amount
    for bucket in order:
        owed = sum(due.amount_vnd for due in dues if due.bucket == bucket)
        assert by_bucket[bucket] == min(left, owed)
        left -= by_bucket[bucket]
