"""Field types that classes and events share: instants, steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from kernel.problems.field_labels import Label
from kernel.values.days import EARLIEST, now
from kernel.values.field_errors import field_error
from kernel.web.schemas import Output


class AllowedAction(Output):
    """A step that may, or may not, follow."""

    action: Annotated[str, Label("Việc có thể làm")] = Field(description="The step")
    allowed: bool
    problem: str | None = Field(description="The problem that stands in the way, as its `type`")


def _instant(value: datetime) -> datetime:
    if value.tzinfo is None or value.year < EARLIEST.year:
        raise field_error("not_an_instant", "Hãy ghi đủ ngày, giờ và múi giờ.", "Give day, time of day and time zone.")
    if value > now() + timedelta(minutes=10):
        raise field_error(
            "in_the_future", "Thời điểm này chưa tới; hãy kiểm tra lại.", "This moment has not come yet; check it."
        )
    return value.astimezone(UTC)


Instant = Annotated[
    datetime,
    AfterValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "An instant in UTC, not in the future"}),
]
"""When something happened. A device's clock may run ten minutes ahead."""
