"""Field types that classes, events and programs share: money by source, instants, steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from kernel.problems.field_labels import Label
from kernel.values.days import EARLIEST, now
from kernel.values.field_errors import field_error
from kernel.values.money import Vnd
from kernel.web.schemas import Input, Output, code
from services.training import code_lists as codes


class AllowedAction(Output):
    """A step that may, or may not, follow."""

    action: Annotated[str, Label("Việc có thể làm")] = Field(description="The step")
    allowed: bool
    problem: str | None = Field(description="The problem that stands in the way, as its `type`")


class SourceAmount(Input):
    """Money of one source."""

    source: Annotated[str, code(codes.BUDGET_SOURCES), Label("Nguồn kinh phí")]
    amount_vnd: Vnd


Amounts = Annotated[list[SourceAmount], Field(max_length=len(codes.BUDGET_SOURCES))]


def once_each(amounts: Sequence[SourceAmount], name: str) -> None:
    """Raise the error of field `name` if a source stands in it twice."""
    if len({item.source for item in amounts}) < len(amounts):
        raise field_error("given_twice", "Mỗi nguồn chỉ ghi một lần.", "Give each source once.", at=name)


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
