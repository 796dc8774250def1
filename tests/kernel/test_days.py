"""Days and instants: which day it is in Vietnam, how a day is read, and how both are written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from kernel.values import days
from kernel.values.days import (
    EARLIEST,
    VIETNAM,
    Day,
    PastDay,
    day_of,
    day_text,
    instant_text,
    now,
    read_as_of,
    read_day,
    today,
)

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2023, 8, 31, 17, tzinfo=UTC)
"""The instant at which 1 September 2023 begins in Vietnam."""


def _stop_the_clock(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return instant.astimezone(tz) if tz else instant.replace(tzinfo=None)

    monkeypatch.setattr(days, "datetime", Clock)


def test_the_day_changes_at_midnight_in_vietnam_and_not_in_london(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (day_of(MIDNIGHT - HOUR), day_of(MIDNIGHT)) == (date(2023, 8, 31), date(2023, 9, 1))
    assert day_of(MIDNIGHT.astimezone(timezone(-5 * HOUR))) == date(2023, 9, 1)
    _stop_the_clock(monkeypatch, MIDNIGHT)
    assert today() == date(2023, 9, 1)


def test_the_present_is_an_instant_in_utc() -> None:
    before = datetime.now(UTC)
    present = now()
    assert present.utcoffset() == timedelta(0)
    assert before <= present <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-09-01", date(2023, 9, 1)),
        ("2024-02-29", date(2024, 2, 29)),
        ("1900-01-01", EARLIEST),
        ("9999-12-31", date.max),
        (date(2023, 9, 1), date(2023, 9, 1)),
    ],
)
def test_a_day_is_written_year_month_day(text: Any, day: date) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    "wrong",
    [
        "2023-02-29",
        "1899-12-31",
        "01/09/2023",
        "20230901",
        "2023-W35-5",
        "2023-9-1",
        "2023-09-01 ",
        "2023-09-01T00:00:00Z",
        "٢٠٢٣-٠٩-٠١",
        "",
        20230901,
        None,
        datetime(2023, 9, 1, tzinfo=UTC),
    ],
)
def test_what_is_no_day_is_refused_in_both_languages(wrong: Any) -> None:
    with pytest.raises(PydanticCustomError) as raised:
        read_day(wrong)
    assert raised.value.type == "not_a_date"
    assert raised.value.context is not None
    assert raised.value.context["vi"] == ("Hãy ghi một ngày có thật, từ 01/01/1900 trở đi, theo thứ tự năm-tháng-ngày.")
    assert raised.value.context["en"] == "Give a day that exists, from 01/01/1900 on, in the order year-month-day."


def test_a_day_of_the_past_is_not_after_today(monkeypatch: pytest.MonkeyPatch) -> None:
    past: TypeAdapter[date] = TypeAdapter(PastDay)
    _stop_the_clock(monkeypatch, MIDNIGHT)
    assert past.validate_python("2023-09-01") == date(2023, 9, 1)
    with pytest.raises(ValidationError) as raised:
        past.validate_python("2023-09-02")
    (fault,) = raised.value.errors()
    assert fault["type"] == "in_the_future"
    assert fault["ctx"]["vi"] == "Ngày này chưa tới; hãy ghi ngày hôm nay hoặc ngày trước đó."
    assert fault["ctx"]["en"] == "This day has not come yet; give today or an earlier day."
    assert TypeAdapter(Day).validate_python("2023-09-02") == date(2023, 9, 2)


def test_people_read_day_month_year() -> None:
    assert day_text(date(2023, 9, 5)) == "05/09/2023"


@pytest.fixture
def _clock_of_hanoi(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "ICT-7")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_clock_of_hanoi")
def test_an_instant_travels_in_utc_wherever_the_server_stands() -> None:
    assert instant_text(datetime(2023, 9, 1, 7, 30, tzinfo=VIETNAM)) == "2023-09-01T00:30:00Z"


def test_a_sandbox_has_the_day_of_its_file_and_instants_stay_real(tmp_path: Path) -> None:
    file = tmp_path / "today"
    file.write_text("2026-09-30")
    days.use_clock(file)
    try:
        before = datetime.now(UTC)
        assert today() == date(2026, 9, 30)
        file.write_text("2026-10-30")
        assert today() == date(2026, 10, 30)
        assert TypeAdapter(PastDay).validate_python("2026-10-30") == today()
        with pytest.raises(ValidationError):
            TypeAdapter(PastDay).validate_python("2026-10-31")
        assert before <= now() <= datetime.now(UTC)
    finally:
        days.use_clock(None)
    assert today() == datetime.now(VIETNAM).date()


def test_what_stands_is_looked_at_before_the_last_of_all_days_which_means_no_end() -> None:
    assert read_as_of("9999-12-31") == read_as_of("9999-12-30") == date(9999, 12, 30)
    assert read_as_of("2023-08-31") == date(2023, 8, 31)
