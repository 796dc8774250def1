"""Days and instants. The civil day of Vietnam (UTC+7, no summer time) decides which day an instant is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from kernel.values.field_errors import field_error

VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
EARLIEST = date(1900, 1, 1)
_LAST_THAT_ENDS = date.max - timedelta(days=1)


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


class _Clock:
    """Which day is today: the real one, or in a sandbox the one that a file says."""

    file: Path | None = None


def use_clock(file: Path | None) -> None:
    """Have today be what `file` says (YYYY-MM-DD, replaced whole) in this process; None: the real day.

    For sandboxes only (docs/sandbox.md). Instants stay real: tokens, sessions and feeds live by them.
    """
    _Clock.file = file


def today() -> date:
    """Return the present civil day of Vietnam; a sandbox's own day there."""
    if _Clock.file is None:
        return datetime.now(VIETNAM).date()
    # Read each time: another process moves it on, and every service is to see that at once.
    return date.fromisoformat(_Clock.file.read_text(encoding="ascii"))


def day_of(instant: datetime) -> date:
    """Return the civil day of Vietnam that `instant` lies in."""
    return instant.astimezone(VIETNAM).date()


def read_day(text: Any) -> date:
    """Return the day that `text` (YYYY-MM-DD, 1900 to 9999) names, or raise the fault `not_a_date`."""
    if isinstance(text, date) and not isinstance(text, datetime):
        return text
    if isinstance(text, str) and _DAY.fullmatch(text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            pass
        else:
            if day >= EARLIEST:
                return day
    raise field_error(
        "not_a_date",
        "Hãy ghi một ngày có thật, từ 01/01/1900 trở đi, theo thứ tự năm-tháng-ngày.",
        "Give a day that exists, from 01/01/1900 on, in the order year-month-day.",
    )


def read_as_of(text: Any) -> date:
    """Return the day that `read_day` does, for what is looked at as it stands then.

    The last of all days means no end in the database, on which nothing stands any more: it is taken for the day before.
    """
    return min(read_day(text), _LAST_THAT_ENDS)


def _not_after_today(day: date) -> date:
    if day > today():
        raise field_error(
            "in_the_future",
            "Ngày này chưa tới; hãy ghi ngày hôm nay hoặc ngày trước đó.",
            "This day has not come yet; give today or an earlier day.",
        )
    return day


_DAY_SCHEMA = {"type": "string", "format": "date"}

Day = Annotated[date, BeforeValidator(read_day), WithJsonSchema(_DAY_SCHEMA)]
"""A civil day, YYYY-MM-DD."""

AsOf = Annotated[date, BeforeValidator(read_as_of), WithJsonSchema(_DAY_SCHEMA)]
"""A civil day as at whose end something is asked for."""

PastDay = Annotated[
    date,
    BeforeValidator(read_day),
    AfterValidator(_not_after_today),
    WithJsonSchema({**_DAY_SCHEMA, "description": "A day that is not in the future (Vietnam time)."}),
]
"""A civil day that is not after today."""


def day_text(day: date) -> str:
    """Return `day` as people write it: 05/09/2023."""
    return f"{day:%d/%m/%Y}"


def instant_text(value: datetime) -> str:
    """Return `value` as it travels: UTC with Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
