"""Which days a kind of report may be of, and what it is called."""

from __future__ import annotations

from datetime import date

import pytest

from services.reporting.reports.kinds import (
    agrees,
    days_of_kind,
    period_text,
    series_break,
    title_of_report,
    year_before,
    year_to_date,
    years_earlier,
)

_ON = date.fromisoformat


@pytest.mark.parametrize(
    ("kind", "calendar", "first", "last"),
    [
        ("year", "plan_year", "2023-01-01", "2023-12-31"),
        ("year", "plan_year", "2020-01-01", "2020-12-20"),
        ("year", "statistical_year", "2025-12-15", "2026-12-14"),
        ("eight_months", "plan_year", "2023-01-01", "2023-08-31"),
        ("nine_months", "plan_year", "2023-01-01", "2023-09-15"),
        ("six_months", "plan_year", "2022-01-01", "2022-06-30"),
        ("six_months", "plan_year", "2022-07-01", "2022-12-31"),
        ("quarter", "plan_year", "2023-04-01", "2023-06-30"),
        ("month", "plan_year", "2024-02-01", "2024-02-29"),
        ("month", "statistical_year", "2023-03-15", "2023-04-14"),
        ("quarter", "statistical_year", "2023-12-15", "2024-03-14"),
        ("free", "plan_year", "2023-03-07", "2023-03-09"),
    ],
)
def test_a_kind_agrees_with_its_days_cut_early_or_not(kind: str, calendar: str, first: str, last: str) -> None:
    assert agrees(kind, calendar, _ON(first), _ON(last))


@pytest.mark.parametrize(
    ("kind", "calendar", "first", "last"),
    [
        ("year", "plan_year", "2023-01-01", "2023-11-30"),
        ("year", "plan_year", "2023-01-01", "2024-01-01"),
        ("year", "plan_year", "2022-12-15", "2023-12-14"),
        ("year", "statistical_year", "2023-01-01", "2023-12-31"),
        ("eight_months", "plan_year", "2023-01-01", "2023-09-30"),
        ("eight_months", "plan_year", "2023-02-01", "2023-08-31"),
        ("quarter", "plan_year", "2023-02-01", "2023-04-30"),
        ("month", "plan_year", "2023-02-01", "2023-02-05"),
        ("month", "plan_year", "2023-02-02", "2023-02-28"),
    ],
)
def test_other_days_are_no_such_report(kind: str, calendar: str, first: str, last: str) -> None:
    assert not agrees(kind, calendar, _ON(first), _ON(last))


@pytest.mark.parametrize(
    ("kind", "calendar", "first", "last", "words"),
    [
        ("eight_months", "plan_year", "2023-01-01", "2023-08-31", "8 tháng đầu năm 2023"),
        ("six_months", "plan_year", "2023-07-01", "2023-12-31", "6 tháng cuối năm 2023"),
        ("quarter", "plan_year", "2023-07-01", "2023-09-30", "quý III năm 2023"),
        ("month", "plan_year", "2023-07-01", "2023-07-31", "tháng 7 năm 2023"),
        ("year", "plan_year", "2020-01-01", "2020-12-20", "năm 2020"),
        ("year", "statistical_year", "2025-12-15", "2026-12-14", "năm 2026 (năm thống kê)"),
        ("quarter", "statistical_year", "2025-12-15", "2026-03-14", "quý I năm 2026 (năm thống kê)"),
        ("month", "statistical_year", "2025-12-15", "2026-01-14", "tháng 1 năm 2026 (năm thống kê)"),
        ("free", "plan_year", "2023-03-07", "2023-03-09", "từ 07/03/2023 đến 09/03/2023"),
    ],
)
def test_a_period_is_called_as_people_call_it(kind: str, calendar: str, first: str, last: str, words: str) -> None:
    assert period_text(kind, calendar, _ON(first), _ON(last)) == words


def test_a_title_names_province_or_nation() -> None:
    days = ("year", "plan_year", date(2023, 1, 1), date(2023, 12, 31))
    assert title_of_report(*days, "25-2008").endswith("hợp tác xã tỉnh Phú Thọ năm 2023")
    assert title_of_report(*days, "01-2025").endswith("thành phố Hà Nội năm 2023")
    assert title_of_report(*days, "VN").endswith("cả nước năm 2023")


def test_the_year_so_far_begins_with_its_calendar() -> None:
    assert year_to_date("plan_year", date(2023, 7, 1)) == date(2023, 1, 1)
    assert year_to_date("statistical_year", date(2023, 3, 15)) == date(2022, 12, 15)
    assert year_to_date("statistical_year", date(2022, 12, 15)) == date(2022, 12, 15)
    assert year_before(date(2023, 1, 1)) == (date(2022, 1, 1), date(2022, 12, 31))
    assert years_earlier(date(2024, 2, 29), 1) == date(2023, 2, 28)


def test_the_break_of_2025_lies_within_the_days_or_those_a_year_before() -> None:
    assert series_break(date(2025, 1, 1), date(2025, 12, 31)) == date(2025, 7, 1)
    assert series_break(date(2026, 1, 1), date(2026, 6, 30)) == date(2025, 7, 1)
    assert series_break(date(2024, 1, 1), date(2024, 12, 31)) is None
    assert series_break(date(2026, 7, 1), date(2026, 12, 31)) is None


def test_a_statistical_half_year_ends_on_the_fourteenth() -> None:
    days = days_of_kind("six_months", "statistical_year", date(2025, 12, 15))
    assert days is not None
    assert days.last == date(2026, 6, 14)
