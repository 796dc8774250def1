"""How long terms last and how long they let a borrower wait: in months, by an oracle that counts one month after another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.funds.engine.commitment import months_until, spans, whole_months
from services.funds.engine.days import MONTHLY, Interval, shifted
from services.funds.engine.terms import Terms
from tests.funds.engine.loans import a_loan, any_terms, custom

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
JANUARY = date(2024, 1, 15)


@given(DAYS, DAYS)
def test_months_are_counted_one_after_another(one: date, other: date) -> None:
    start, end = sorted((one, other))
    months = 0
    while shifted(start, MONTHLY, months + 1) <= end:
        months += 1
    assert whole_months(start, end) == months
    assert whole_months(end, start) == 0 or start == end
    assert months_until(start, end) == months + (shifted(start, MONTHLY, months) < end)


@pytest.mark.parametrize(
    ("start", "end", "whole", "begun"),
    [
        (date(2024, 1, 31), date(2024, 2, 29), 1, 1),
        (date(2024, 1, 31), date(2024, 2, 28), 0, 1),
        (date(2024, 1, 31), date(2024, 3, 30), 1, 2),
        (date(2024, 1, 15), date(2025, 1, 15), 12, 12),
        (date(2024, 1, 15), date(2025, 1, 16), 12, 13),
        (date(2024, 1, 15), date(2024, 1, 15), 0, 0),
    ],
)
def test_a_part_of_a_month_counts_only_where_it_is_asked_for(start: date, end: date, whole: int, begun: int) -> None:
    assert (whole_months(start, end), months_until(start, end)) == (whole, begun)


@given(any_terms())
def test_no_span_is_longer_than_the_term_and_no_grace_begins_below_nothing(terms: Terms) -> None:
    lasting = spans(terms)
    assert lasting.term == whole_months(terms.disbursed_on, terms.nominal_due_dates()[-1])
    for months in lasting[1:]:
        assert 0 <= months <= lasting.term


@given(any_terms(("equal_principal", "equal_installment", "flat", "bullet")), st.data())
def test_one_more_row_of_grace_never_makes_a_grace_shorter(terms: Terms, data: st.DataObject) -> None:
    before = spans(terms)
    name = data.draw(st.sampled_from(("principal_grace", "interest_grace", "interest_free")))
    rows = getattr(terms, name)
    if rows + 1 < terms.installments:
        after = spans(replace(terms, **{name: rows + 1}))
        if name != "principal_grace" or terms.installments - rows > 2:
            assert getattr(after, name) >= getattr(before, name)
        assert after.term == before.term


@given(st.integers(1, 60), st.integers(1, 12), st.integers(0, 59), DAYS)
def test_rows_of_any_interval_wait_as_many_months_as_their_intervals_have(
    installments: int, count: int, grace: int, start: date
) -> None:
    grace = min(grace, installments - 1)
    terms = a_loan(
        method="equal_principal",
        disbursed_on=start,
        installments=installments,
        interval=Interval(count, "months"),
        principal_grace=grace,
        interest_free=grace,
    )
    lasting = spans(terms)
    assert lasting.term == installments * count
    assert lasting.interest_free == grace * count
    if installments - grace > 1:
        assert lasting.principal_grace == grace * count
    else:
        assert lasting.principal_grace == installments * count - 1


def test_a_grace_in_another_dress_is_a_grace() -> None:
    monthly = a_loan(method="equal_principal", disbursed_on=JANUARY)
    assert spans(monthly) == (12, 0, 0, 0)
    assert spans(replace(monthly, principal_every=6)).principal_grace == 5
    assert spans(replace(monthly, principal_every=12)).principal_grace == 11
    at_once = replace(monthly, installments=1, interval=Interval(12, "months"))
    assert spans(at_once) == (12, 11, 11, 0)
    late = replace(monthly, installments=2, first_due_on=date(2024, 12, 15))
    assert spans(late) == (12, 10, 10, 0)
    assert spans(replace(monthly, method="bullet")) == (12, 11, 0, 0)
    given_dates = custom([(date(2024, 6, 15), 0), (date(2024, 12, 15), 50), (date(2025, 1, 15), 50)])
    assert spans(given_dates) == (12, 10, 4, 0)


def test_holidays_that_move_a_due_date_make_no_term_longer() -> None:
    for days in range(60):
        terms = a_loan(disbursed_on=JANUARY + timedelta(days=days), holiday_rule="next_working_day")
        assert spans(terms).term == 12
