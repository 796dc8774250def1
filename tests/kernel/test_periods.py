"""Reporting periods by their codes."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from kernel.values.periods import PeriodCode, days_of, months_in

code: TypeAdapter[str] = TypeAdapter(PeriodCode)
years = st.integers(1901, 9998)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-H1", "2026-01-01", "2026-06-30"),
        ("2026-H2", "2026-07-01", "2026-12-31"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2026-07", "2026-07-01", "2026-07-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-8M", "2023-01-01", "2023-08-31"),
        ("2023-12M", "2023-01-01", "2023-12-31"),
        ("S2026", "2025-12-15", "2026-12-14"),
    ],
)
def test_a_code_stands_for_its_days(period: str, first: str, last: str) -> None:
    assert days_of(period) == (date.fromisoformat(first), date.fromisoformat(last))
    assert code.validate_python(period) == period


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "26",
        "2026-H3",
        "2026-Q0",
        "2026-Q5",
        "2026-13",
        "2026-00",
        "2026-7",
        "2026-0M",
        "2026-08M",
        "2026-13M",
        "S2026-H1",
        "s2026",
        "2026-h1",
        "1900",
        "0000",
        "9999",
        "S9999",
        "٢٠٢٦",
        "2026 ",
        "2026-08-01",
    ],
)
def test_what_is_no_period_is_refused(wrong: str) -> None:
    with pytest.raises(PydanticCustomError) as raised:
        days_of(wrong)
    assert raised.value.type == "not_a_period"
    assert raised.value.context is not None
    assert raised.value.context["vi"] == (
        "Hãy ghi mã kỳ: năm, nửa năm, quý, tháng, số tháng đầu năm hoặc năm thống kê, như tài liệu nêu."
    )
    assert raised.value.context["en"] == (
        "Give the code of a year, half, quarter, month, first months of a year or statistical year, "
        "as the documentation says."
    )
    with pytest.raises(ValidationError):
        code.validate_python(wrong)


@given(years)
def test_the_parts_of_a_year_make_it_up_without_gap_or_overlap(year: int) -> None:
    for parts in (
        [f"{year}-H{n}" for n in (1, 2)],
        [f"{year}-Q{n}" for n in range(1, 5)],
        [f"{year}-{n:02d}" for n in range(1, 13)],
    ):
        spans = [days_of(part) for part in parts]
        assert (spans[0][0], spans[-1][1]) == days_of(str(year))
        for (_, last), (first, _) in pairwise(spans):
            assert first - last == timedelta(days=1)


@given(years, st.integers(1, 12))
def test_cumulated_months_end_with_their_last_month(year: int, months: int) -> None:
    assert days_of(f"{year}-{months}M") == (date(year, 1, 1), days_of(f"{year}-{months:02d}")[1])


@given(st.integers(1902, 9997))
def test_statistical_years_follow_each_other(year: int) -> None:
    assert days_of(f"S{year + 1}")[0] - days_of(f"S{year}")[1] == timedelta(days=1)


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2023-01-01", "2023-12-31", 12),
        ("2023-01-01", "2023-08-31", 8),
        ("2024-02-01", "2024-02-29", 1),
        ("2022-11-01", "2023-02-28", 4),
        ("2022-12-15", "2023-12-14", 12),
        ("2020-12-15", "2023-12-14", 36),
        ("2023-01-02", "2023-12-31", None),
        ("2024-02-01", "2024-02-28", None),
        ("2023-12-15", "2024-12-31", None),
        ("2023-12-01", "2024-12-14", None),
        ("2023-11-15", "2024-12-14", None),
        ("2023-12-15", "2024-11-14", None),
    ],
)
def test_whole_months_and_statistical_years_have_so_many_months(first: str, last: str, months: int | None) -> None:
    assert months_in(date.fromisoformat(first), date.fromisoformat(last)) == months
