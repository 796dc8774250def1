"""The months, quarters and years of a period, and the days that one is compared with."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.indicators.spans import Span, before, spans_of

_DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))


def _span(first: str, last: str) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("by", "first", "last", "expected"),
    [
        ("month", "2023-01-15", "2023-03-10", ["2023-01 01-15 01-31", "2023-02 02-01 02-28", "2023-03 03-01 03-10"]),
        ("quarter", "2023-02-01", "2023-07-31", ["2023-Q1 02-01 03-31", "2023-Q2 04-01 06-30", "2023-Q3 07-01 07-31"]),
        ("year", "2022-12-31", "2023-01-01", ["2022 12-31 12-31", "2023 01-01 01-01"]),
        ("month", "2024-02-29", "2024-02-29", ["2024-02 02-29 02-29"]),
        ("quarter", "9999-09-30", "9999-12-31", ["9999-Q3 09-30 09-30", "9999-Q4 10-01 12-31"]),
    ],
)
def test_the_periods_between_two_days_those_at_the_ends_cut_short(
    by: str, first: str, last: str, expected: list[str]
) -> None:
    spans = spans_of(date.fromisoformat(first), date.fromisoformat(last), by)
    assert [f"{span.code} {span.first:%m-%d} {span.last:%m-%d}" for span in spans] == expected


@given(_DAYS, st.integers(0, 4000), st.sampled_from(["month", "quarter", "year"]))
def test_the_periods_follow_each_other_without_a_gap(first: date, days: int, by: str) -> None:
    last = first + timedelta(days=days)
    spans = list(spans_of(first, last, by))
    assert (spans[0].first, spans[-1].last) == (first, last)
    assert all(one.last + timedelta(days=1) == two.first for one, two in itertools.pairwise(spans))
    assert len({span.code for span in spans}) == len(spans)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (("2023-07-01", "2023-07-31"), ("2023-06-01", "2023-06-30")),
        (("2023-01-01", "2023-01-31"), ("2022-12-01", "2022-12-31")),
        (("2024-03-01", "2024-03-31"), ("2024-02-01", "2024-02-29")),
        (("2023-04-01", "2023-06-30"), ("2023-01-01", "2023-03-31")),
        (("2023-01-01", "2023-06-30"), ("2022-07-01", "2022-12-31")),
        (("2023-01-01", "2023-12-31"), ("2022-01-01", "2022-12-31")),
        # No period of its own: as many days.
        (("2023-02-01", "2023-04-30"), ("2022-11-04", "2023-01-31")),
        (("2023-01-01", "2023-08-31"), ("2022-05-03", "2022-12-31")),
        (("2023-07-10", "2023-07-10"), ("2023-07-09", "2023-07-09")),
        (("9999-01-01", "9999-12-31"), ("9998-01-01", "9998-12-31")),
    ],
)
def test_the_period_before(span: tuple[str, str], expected: tuple[str, str]) -> None:
    assert before(_span(*span), "period") == _span(*expected)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (("2023-01-01", "2023-08-31"), ("2022-01-01", "2022-08-31")),
        (("2024-02-29", "2024-03-01"), ("2023-02-28", "2023-03-01")),
        (("2024-02-01", "2024-02-29"), ("2023-02-01", "2023-02-28")),
        (("2025-02-01", "2025-02-28"), ("2024-02-01", "2024-02-29")),
        (("2025-12-15", "2026-12-14"), ("2024-12-15", "2025-12-14")),
    ],
)
def test_the_same_days_a_year_before(span: tuple[str, str], expected: tuple[str, str]) -> None:
    assert before(_span(*span), "year") == _span(*expected)


@given(_DAYS, st.integers(0, 4000))
def test_the_period_before_ends_on_the_day_before(first: date, days: int) -> None:
    span = Span(first, first + timedelta(days=days), "code")
    earlier = before(span, "period")
    assert (earlier.last, earlier.code) == (first - timedelta(days=1), "code")
    assert earlier.first <= earlier.last
