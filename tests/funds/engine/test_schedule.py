"""Repayment schedules: known figures, month-ends, graces, rounding, holidays."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy_financial
import pytest

from services.funds.engine.contradictions import contradictions
from services.funds.engine.days import Interval
from services.funds.engine.schedule import schedule, totals
from services.funds.engine.terms import Method, Terms
from tests.funds.engine.loans import a_loan, custom


def principals(terms: Terms) -> list[int]:
    return [row.principal_vnd for row in schedule(terms)]


def interests(terms: Terms) -> list[int]:
    return [row.interest_vnd for row in schedule(terms)]


def test_the_worked_example_of_the_documentation() -> None:
    rows = schedule(a_loan())
    assert rows[0] == (1, date(2024, 2, 15), 31, 100_000_000, 7_884_879, 1_000_000, 8_884_879, 92_115_121)
    assert rows[1] == (2, date(2024, 3, 15), 29, 92_115_121, 7_963_728, 921_151, 8_884_879, 84_151_393)
    assert rows[11] == (12, date(2025, 1, 15), 31, 8_796_907, 8_796_907, 87_969, 8_884_876, 0)
    assert totals(rows) == (100_000_000, 6_618_545, 106_618_545, 366)


@pytest.mark.parametrize(
    ("principal", "rate", "months"),
    [(100_000_000, "12", 12), (300_000_000, "4.8", 24), (13_200_000_000, "6.6", 60), (1_000_000, "36", 120)],
)
def test_annuities_are_those_of_numpy_financial(principal: int, rate: str, months: int) -> None:
    rows = schedule(a_loan(principal_vnd=principal, annual_rate_percent=Decimal(rate), installments=months))
    monthly = float(rate) / 1200
    level = numpy_financial.pmt(monthly, months, -principal)
    assert rows[0].total_vnd == round(level)
    # What the rounding of the level payment leaves grows with the interest until the last row takes it.
    drift = numpy_financial.fv(monthly, months, -1, 0) + 1
    for row in rows:
        assert row.interest_vnd == pytest.approx(
            numpy_financial.ipmt(monthly, row.number, months, -principal), abs=drift
        )
        assert row.principal_vnd == pytest.approx(
            numpy_financial.ppmt(monthly, row.number, months, -principal), abs=drift
        )
    assert {row.total_vnd for row in rows[:-1]} == {round(level)}


def test_equal_principal_by_actual_days() -> None:
    rows = schedule(a_loan(method="equal_principal", day_count="actual_365", installments=3))
    assert [row.principal_vnd for row in rows] == [33_333_333, 33_333_333, 33_333_334]
    # 100 000 000 × 12 % × 31/365; 66 666 667 × 12 % × 29/365; 33 333 334 × 12 % × 31/365.
    assert [row.interest_vnd for row in rows] == [1_019_178, 635_616, 339_726]
    assert [row.days for row in rows] == [31, 29, 31]


def test_flat_charges_the_first_principal_throughout() -> None:
    rows = schedule(a_loan(method="flat"))
    assert {row.interest_vnd for row in rows} == {1_000_000}
    assert [row.principal_vnd for row in rows] == [8_333_333] * 11 + [8_333_337]


def test_bullet_pays_interest_each_interval_and_all_principal_at_the_end() -> None:
    # Lâm Đồng 2020: 0.4 % a month, two years, principal at the end.
    rows = schedule(a_loan(method="bullet", annual_rate_percent=Decimal("4.8"), installments=24))
    assert {row.interest_vnd for row in rows} == {400_000}
    assert [row.principal_vnd for row in rows] == [0] * 23 + [100_000_000]


def test_custom_parts_fall_due_as_given() -> None:
    harvests = custom([(date(2024, 6, 30), 40_000_000), (date(2024, 9, 30), 0), (date(2024, 12, 31), 60_000_000)])
    rows = schedule(harvests)
    assert [row.due_on for row in rows] == [date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31)]
    assert [row.principal_vnd for row in rows] == [40_000_000, 0, 60_000_000]
    # 167, 92 and 92 days at 12 % / 365 on 100, 60 and 60 million.
    assert [row.interest_vnd for row in rows] == [5_490_411, 1_814_795, 1_814_795]


def test_a_single_installment_is_the_same_by_every_method() -> None:
    for method in ("equal_principal", "equal_installment", "flat", "bullet"):
        (row,) = schedule(a_loan(method=method, installments=1))
        assert (row.principal_vnd, row.interest_vnd, row.outstanding_principal_vnd) == (100_000_000, 1_000_000, 0)


def test_no_interest_at_zero_percent_and_the_last_row_takes_the_remainder() -> None:
    terms = a_loan(annual_rate_percent=Decimal(0), principal_vnd=100, installments=7)
    assert interests(terms) == [0] * 7
    # 100 / 7 = 14.29
    assert principals(terms) == [14] * 6 + [16]


def test_month_ends_do_not_drift_in_a_schedule() -> None:
    rows = schedule(a_loan(disbursed_on=date(2023, 1, 31), installments=3, day_count="actual_365"))
    assert [(row.due_on, row.days) for row in rows] == [
        (date(2023, 2, 28), 28),
        (date(2023, 3, 31), 31),
        (date(2023, 4, 30), 30),
    ]


def test_a_long_first_period_earns_by_its_days_but_nominally_one_interval() -> None:
    late_start = {"method": "bullet", "first_due_on": date(2024, 3, 31), "installments": 2}
    assert interests(a_loan(**late_start)) == [1_000_000, 1_000_000]
    # 76 and 30 days at 12 % / 365.
    assert interests(a_loan(**late_start, day_count="actual_365")) == [2_498_630, 986_301]


def test_principal_every_sixth_month_with_interest_every_month() -> None:
    rows = schedule(a_loan(method="equal_principal", principal_every=6))
    assert [row.principal_vnd for row in rows] == [0] * 5 + [50_000_000] + [0] * 5 + [50_000_000]
    assert [row.interest_vnd for row in rows] == [1_000_000] * 6 + [500_000] * 6


def test_the_last_row_carries_principal_even_out_of_turn() -> None:
    assert principals(a_loan(method="equal_principal", principal_every=3, installments=7)) == [
        *(0, 0, 33_333_333),
        *(0, 0, 33_333_333),
        33_333_334,
    ]


def test_equal_installments_every_third_month_are_level_where_principal_falls_due() -> None:
    rows = schedule(a_loan(principal_every=3))
    paying = [row for row in rows if row.number % 3 == 0]
    # Interest is paid each month, so the level payment is that of 4 rows of one month's growth.
    assert {row.total_vnd for row in paying[:-1]} == {round(numpy_financial.pmt(0.01, 4, -100_000_000))}
    assert all(row.principal_vnd == 0 for row in rows if row.number % 3)


def test_principal_grace_pays_interest_only_and_spreads_the_rest() -> None:
    rows = schedule(a_loan(principal_grace=2))
    assert [(row.principal_vnd, row.interest_vnd) for row in rows[:2]] == [(0, 1_000_000)] * 2
    assert rows[2].total_vnd == round(numpy_financial.pmt(0.01, 10, -100_000_000))
    assert principals(a_loan(method="equal_principal", principal_grace=2)) == [0, 0, *[10_000_000] * 10]


def test_interest_grace_defers_what_was_earned_to_the_first_row_after() -> None:
    terms = a_loan(method="equal_principal", interest_grace=2, installments=4)
    # Earned: 1 000 000, 750 000, 500 000, 250 000.
    assert interests(terms) == [0, 0, 2_250_000, 250_000]
    level = a_loan(interest_grace=1)
    assert principals(level) == principals(a_loan())
    assert interests(level)[:2] == [0, 1_921_151]


def test_deferred_interest_is_rounded_once() -> None:
    # 100 đồng at 12 % earn 1 đồng a month; 50 đồng earn half a đồng: 0.5 + 0.5 + 0.5 = 1.5, rounded once to 2.
    terms = a_loan(method="bullet", principal_vnd=50, installments=3, interest_grace=2)
    assert interests(terms) == [0, 0, 2]
    assert interests(a_loan(method="bullet", principal_vnd=50, installments=3)) == [1, 1, 1]


def test_rows_that_are_free_of_interest_earn_none() -> None:
    assert interests(a_loan(method="equal_principal", interest_free=2, installments=4)) == [0, 0, 500_000, 250_000]
    rows = schedule(a_loan(interest_free=3))
    assert [row.interest_vnd for row in rows[:3]] == [0, 0, 0]
    assert len({row.total_vnd for row in rows[:-1]}) == 1
    assert abs(rows[-1].total_vnd - rows[0].total_vnd) <= 12


def test_installments_are_rounded_to_whole_thousands_and_the_last_takes_the_rest() -> None:
    rows = schedule(a_loan(round_installment_to_vnd=1_000))
    assert {row.total_vnd for row in rows[:-1]} == {8_885_000}
    # 121.13 đồng too much eleven times and their growth come off the last: 8 885 000 - 121.13 × 12.6825, about.
    assert rows[-1].total_vnd == 8_883_466
    assert principals(a_loan(method="equal_principal", round_installment_to_vnd=100_000)) == [8_300_000] * 11 + [
        8_700_000
    ]


def test_absurd_rounding_neither_overpays_nor_goes_negative() -> None:
    assert principals(a_loan(round_installment_to_vnd=10**15)) == [0] * 11 + [100_000_000]
    # 8.88 million is nearer to 16 million than to 0: seven rows are enough and five are empty.
    rows = schedule(a_loan(round_installment_to_vnd=16_000_000))
    assert [row.total_vnd for row in rows][:6] == [16_000_000] * 6
    assert 0 < rows[6].total_vnd < 16_000_000
    assert [row.total_vnd for row in rows[7:]] == [0] * 5


def test_a_first_period_whose_interest_is_above_the_level_payment_pays_only_interest() -> None:
    rows = schedule(a_loan(first_due_on=date(2029, 1, 15), day_count="actual_365"))
    assert rows[0].principal_vnd == 0
    assert rows[0].interest_vnd == 60_065_753
    assert rows[-1].outstanding_principal_vnd == 0


def test_a_date_moved_by_a_holiday_is_what_is_due_and_the_next_is_not_moved_by_it() -> None:
    terms = a_loan(
        method="bullet",
        disbursed_on=date(2024, 12, 29),
        installments=3,
        day_count="actual_365",
        holiday_rule="next_working_day",
    )
    rows = schedule(terms)
    # 29 January 2025 is Tết, 28 February a Friday and 29 March a Saturday; 28 February is the last of its month.
    assert [(row.due_on, row.days) for row in rows] == [
        (date(2025, 2, 3), 36),
        (date(2025, 2, 28), 25),
        (date(2025, 3, 31), 31),
    ]
    assert [row.interest_vnd for row in rows] == [1_183_562, 821_918, 1_019_178]


def test_intervals_of_days() -> None:
    rows = schedule(a_loan(method="flat", interval=Interval(14, "days"), installments=2, principal_vnd=36_500_000))
    assert [row.due_on for row in rows] == [date(2024, 1, 29), date(2024, 2, 12)]
    assert [row.interest_vnd for row in rows] == [168_000, 168_000]


def test_half_a_dong_is_rounded_up() -> None:
    assert interests(a_loan(method="bullet", principal_vnd=250, installments=1)) == [3]
    assert principals(a_loan(method="equal_principal", principal_vnd=5, installments=2)) == [3, 2]
    # Exactly half: 3 đồng in two equal installments without interest are 2 and 1.
    assert principals(a_loan(principal_vnd=3, annual_rate_percent=Decimal(0), installments=2)) == [2, 1]


@pytest.mark.parametrize("method", ["equal_installment", "equal_principal", "flat"])
def test_nine_million_without_interest_rounded_to_thousands_is_due_in_twelve_full_rows(method: Method) -> None:
    # 9.45 million / 12 = 787,500 lies exactly between two thousands: half up.
    terms = Terms(9_450_000, Decimal(0), 12, date(2023, 1, 31), method=method, round_installment_to_vnd=1_000)
    assert contradictions(terms) == []
    assert principals(terms) == [788_000] * 11 + [782_000]
    assert [row.outstanding_principal_vnd for row in schedule(terms)] == [
        9_450_000 - 788_000 * number for number in range(1, 12)
    ] + [0]


@pytest.mark.parametrize("method", ["equal_installment", "equal_principal"])
def test_a_part_between_two_thousands_goes_up_after_a_grace_as_well(method: Method) -> None:
    terms = Terms(
        7_875_000,
        Decimal(0),
        12,
        date(2023, 1, 31),
        method=method,
        round_installment_to_vnd=1_000,
        principal_grace=2,
    )
    assert principals(terms) == [0, 0, *[788_000] * 9, 783_000]
