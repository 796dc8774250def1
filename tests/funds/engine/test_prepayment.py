"""Principal spread anew over installments, or paid back sooner: figures that are worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from services.funds.engine.prepayment import Remaining, shortened, spread
from services.funds.engine.terms import Method

FREE, ONE_PERCENT = (0, 1), (1, 100)


def rows(*agreed: int, growth: tuple[int, int] = FREE) -> list[Remaining]:
    """Return installments to come with the principal that they were first agreed with."""
    return [Remaining(part, part, growth) for part in agreed]


@pytest.mark.parametrize(
    ("method", "agreed", "amount", "expected"),
    [
        # Who was agreed without principal stays without; the last one takes what the others leave.
        ("equal_principal", (5, 0, 5, 5), 10, [3, 0, 3, 4]),
        ("equal_principal", (5, 5, 0), 10, [3, 3, 4]),
        ("flat", (1, 0, 1), 7, [4, 0, 3]),
        ("bullet", (0, 0, 9), 7, [0, 0, 7]),
        # In proportion to what was agreed, half a đồng up.
        ("custom", (1, 2, 0, 1), 10, [3, 5, 0, 2]),
        # An installment of one đồng carries principal too.
        ("custom", (1, 1), 2, [1, 1]),
    ],
)
def test_principal_is_spread_as_the_method_has_it(
    method: Method, agreed: tuple[int, ...], amount: int, expected: list[int]
) -> None:
    assert spread(amount, rows(*agreed), method) == expected


def test_parts_are_round_but_the_last_and_never_more_than_is_left() -> None:
    assert spread(10_500, rows(1, 1, 1), "equal_principal", to_vnd=1_000) == [4_000, 4_000, 2_500]
    # Half of 1,500 is rounded up to 1,000; of 400 each third would be nothing, and of 1,600 each would be a thousand.
    assert spread(1_500, rows(1, 1), "equal_principal", to_vnd=1_000) == [1_000, 500]
    assert spread(1_600, rows(1, 1, 1), "flat", to_vnd=1_000) == [1_000, 600, 0]
    assert spread(400, rows(1, 1, 1), "flat", to_vnd=1_000) == [0, 0, 400]


def test_a_level_payment_is_interest_first_and_principal_with_the_rest() -> None:
    # 1,000,000 at 1 % in two: 1,000,000 / (1 / 1.01 + 1 / 1.01²) = 507,512.44.
    assert spread(1_000_000, rows(1, 1, growth=ONE_PERCENT), "equal_installment") == [497_512, 502_488]
    # Without interest half of three is exactly one and a half, rounded up.
    assert spread(3, rows(1, 1), "equal_installment") == [2, 1]
    # To whole thousands, 508,000.
    assert spread(1_000_000, rows(1, 1, growth=ONE_PERCENT), "equal_installment", to_vnd=1_000) == [498_000, 502_000]


def test_a_row_without_principal_counts_neither_in_the_level_payment_nor_takes_any() -> None:
    without = Remaining(0, 0, (1, 2))
    first, last = rows(1, 1, growth=ONE_PERCENT)
    assert spread(1_000_000, [first, without, last], "equal_installment") == [497_512, 0, 502_488]


def test_interest_above_the_level_payment_leaves_no_principal_and_takes_none_back() -> None:
    # 100 at 300 %, then at none: the level payment is 100 / (1 / 4 + 1 / 4) = 200, the interest alone 300.
    assert spread(100, [Remaining(1, 1, (3, 1)), Remaining(1, 1, FREE)], "equal_installment") == [0, 100]


@pytest.mark.parametrize("method", ["equal_principal", "flat", "bullet", "custom"])
def test_installments_stay_as_large_as_they_were_until_nothing_is_left(method: Method) -> None:
    to_come = [Remaining(part, 1, ONE_PERCENT) for part in (30, 0, 30, 40)]
    assert shortened(45, to_come, method, earned=Fraction(0)) == [30, 0, 15, 0]


def test_a_level_payment_that_holds_less_interest_holds_more_principal() -> None:
    to_come = [Remaining(part, 1, ONE_PERCENT) for part in (3_000, 0, 3_000, 4_000)]
    # 1 % of 10,000 and of 5,000: row 1 repays 50 more. Row 3 would repay 50 more as well; 1,950 are left.
    assert shortened(5_000, to_come, "equal_installment", earned=Fraction(0)) == [3_050, 0, 1_950, 0]
    # 1 % of 10,000 and of 8,000: row 1 repays 20 more; of 7,000 and of 4,980: row 3, too; row 4 what is left.
    assert shortened(8_000, to_come, "equal_installment", earned=Fraction(0)) == [3_020, 0, 3_020, 1_960]


def test_interest_earned_until_today_is_rounded_with_that_of_the_first_row_alone() -> None:
    to_come = [Remaining(part, 1, ONE_PERCENT) for part in (50, 50)]
    # 0.4 + 1.00 and 0.4 + 0.95 are 1 each; 0.5 + 1.00 is 2, rounded half up, and 0.5 + 0.95 is 1.
    assert shortened(95, to_come, "equal_installment", earned=Fraction(2, 5)) == [50, 45]
    assert shortened(95, to_come, "equal_installment", earned=Fraction(1, 2)) == [51, 44]
    # With a third row 1.50 and 1.49 are 2 with it; the second row has none, so 1.00 and 0.99 are 1.
    to_come = [Remaining(50, 1, ONE_PERCENT)] * 3
    assert shortened(149, to_come, "equal_installment", earned=Fraction(1, 2)) == [50, 50, 49]
