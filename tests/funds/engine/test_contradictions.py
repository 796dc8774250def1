"""Terms that contradict themselves are named all at once, with the numbers needed to mend them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.funds.engine.contradiction_texts import CONTRADICTION_TEXTS
from services.funds.engine.contradictions import contradictions
from services.funds.engine.days import Interval
from services.funds.engine.schedule import schedule, totals
from services.funds.engine.terms import METHODS, Part, Terms
from tests.funds.engine.loans import a_loan, custom

D1, D2, D3 = date(2024, 2, 1), date(2024, 3, 1), date(2024, 4, 1)
START = date(2024, 1, 15)


def found(terms: Terms) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in contradictions(terms)]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"principal_vnd": 0}, "/principal_vnd", "out_of_range"),
        ({"principal_vnd": 2**53}, "/principal_vnd", "out_of_range"),
        ({"annual_rate_percent": Decimal("-0.1")}, "/annual_rate_percent", "out_of_range"),
        ({"annual_rate_percent": Decimal("NaN")}, "/annual_rate_percent", "out_of_range"),
        ({"installments": 0}, "/installments", "out_of_range"),
        ({"installments": 601}, "/installments", "out_of_range"),
        ({"interval": Interval(0, "days")}, "/interval/count", "out_of_range"),
        ({"round_installment_to_vnd": 0}, "/round_installment_to_vnd", "out_of_range"),
        ({"principal_every": 0}, "/principal_every", "out_of_range"),
        ({"principal_every": 13}, "/principal_every", "above_installments"),
        ({"principal_grace": -1}, "/principal_grace", "out_of_range"),
        ({"principal_grace": 12}, "/principal_grace", "not_below_installments"),
        ({"interest_grace": 12}, "/interest_grace", "not_below_installments"),
        ({"interest_free": 13}, "/interest_free", "above_installments"),
        ({"first_due_on": START}, "/first_due_on", "not_after_disbursement"),
        ({"parts": (Part(D1, 1),)}, "/parts", "only_for_custom"),
        ({"method": "custom"}, "/parts", "parts_required"),
        ({"interval": Interval(3660, "months"), "installments": 600}, "/installments", "date_out_of_range"),
        (
            {"interval": Interval(12, "months"), "installments": 120, "holiday_rule": "next_working_day"},
            "/holiday_rule",
            "holidays_not_known",
        ),
        ({"principal_vnd": 2**53 - 1}, "/principal_vnd", "amount_too_large"),
    ],
)
def test_each_contradiction_has_its_place_and_code(changes: dict[str, Any], pointer: str, code: str) -> None:
    assert found(a_loan(**changes)) == [(pointer, code)]


def test_custom_parts_must_sum_to_the_principal_and_the_difference_is_told() -> None:
    (fault,) = contradictions(custom([(D1, 40), (D2, 50)], principal_vnd=100))
    assert (fault.pointer, fault.code) == ("/parts", "parts_do_not_sum")
    assert fault.numbers == {"sum_vnd": 90, "principal_vnd": 100, "difference_vnd": -10}


def test_custom_dates_must_increase_from_the_disbursement() -> None:
    assert found(custom([(D2, 50), (D1, 50), (D1, 50)])) == [
        ("/parts/1/due_on", "not_after_previous"),
        ("/parts/2/due_on", "not_after_previous"),
    ]
    assert found(custom([(START, 50), (D1, 50)])) == [("/parts/0/due_on", "not_after_disbursement")]


def test_custom_takes_neither_a_first_date_nor_a_rhythm_of_principal() -> None:
    given_all = custom([(D1, 50), (D2, 50), (D3, 0)], first_due_on=D1, principal_every=2, principal_grace=1)
    assert found(given_all) == [
        ("/first_due_on", "not_with_custom"),
        ("/principal_every", "not_with_custom"),
        ("/principal_grace", "not_with_custom"),
    ]
    assert found(custom([(D1, 50), (D2, 50)], installments=3)) == [("/installments", "differs_from_parts")]
    assert found(custom([(D1, -50), (D2, 150)])) == [("/parts/0/principal_vnd", "out_of_range")]


def test_all_faults_are_told_at_once_in_both_languages_with_their_numbers() -> None:
    bad = contradictions(a_loan(principal_vnd=-5, principal_grace=12, interest_free=99, first_due_on=date(2023, 1, 1)))
    assert [fault.pointer for fault in bad] == ["/principal_vnd", "/principal_grace", "/interest_free", "/first_due_on"]
    vi, en = bad[1].detail
    assert "12" in vi
    assert en == "12 rows of grace must be fewer than the 12 installments: the last row pays what is left."
    (large,) = contradictions(custom([(D1, 40_000_000)], principal_vnd=100_000_000))
    assert "40.000.000 đồng" in large.detail[0]
    assert "40,000,000 VND" in large.detail[1]


def test_a_total_at_the_largest_exact_number_is_accepted() -> None:
    terms = a_loan(principal_vnd=2**53 - 1, annual_rate_percent=Decimal(0))
    assert contradictions(terms) == []
    assert totals(schedule(terms)).total_vnd == 2**53 - 1


@settings(max_examples=150, deadline=None)
@given(
    numbers=st.fixed_dictionaries(
        {
            "principal_vnd": st.integers(-10, 10**17),
            "annual_rate_percent": st.decimals(-10, 1100, places=2) | st.just(Decimal("Infinity")),
            "installments": st.integers(-2, 700) | st.integers(1, 12),
            "principal_every": st.integers(-2, 20),
            "principal_grace": st.integers(-2, 20),
            "interest_grace": st.integers(-2, 20),
            "interest_free": st.integers(-2, 20),
            "round_installment_to_vnd": st.none() | st.integers(-2, 10**17),
            "first_due_on": st.none() | st.dates(date(1900, 1, 1)),
            "disbursed_on": st.dates(date(1900, 1, 1)),
            "method": st.sampled_from(METHODS),
            "interval": st.builds(Interval, st.integers(-2, 5000), st.sampled_from(["days", "months"])),
            "holiday_rule": st.sampled_from(["none", "next_working_day", "previous_working_day"]),
            "parts": st.lists(st.builds(Part, st.dates(), st.integers(-5, 10**17)), max_size=3).map(tuple),
        }
    )
)
def test_any_terms_either_have_faults_or_a_schedule(numbers: dict[str, Any]) -> None:
    terms = a_loan(**numbers)
    bad = contradictions(terms)
    for fault in bad:
        assert fault.code in CONTRADICTION_TEXTS
        assert all("{" not in words for words in fault.detail)
    if not bad:
        rows = schedule(terms)
        assert totals(rows).principal_vnd == terms.principal_vnd
        assert min(min(row.principal_vnd, row.interest_vnd) for row in rows) >= 0
