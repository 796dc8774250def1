"""Field types, checks and filters that several slices of the funds share."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.records.listing import Filter, day_filter
from kernel.values.field_errors import field_error
from kernel.values.money import MAX_VND
from kernel.values.text import name_folded

PositiveVnd = Annotated[
    int,
    Field(strict=True, gt=0, le=MAX_VND, json_schema_extra={"format": "int64"}, description="Whole đồng, above 0"),
]
VndShown = Annotated[int, Field(json_schema_extra={"format": "int64"})]
Months = Annotated[int, Field(strict=True, ge=1, le=600)]
Installments = Annotated[int, Field(strict=True, ge=1, le=600)]
Rows = Annotated[int, Field(strict=True, ge=0, le=600)]


def in_order(first: date | None, last: date | None, name: str) -> None:
    """Raise the error of field `name` if the last day lies before the first."""
    if first is not None and last is not None and last < first:
        raise field_error(
            "end_before_start", "Ngày này phải từ ngày đầu trở đi.", "This day is before the first one.", at=name
        )


def folded(value: str) -> str:
    """Return a query as names are searched. Raises the error of one without letters or digits."""
    query = name_folded(value)
    if not query:
        raise field_error("wrong_format", "Hãy ghi ít nhất một chữ hoặc số.", "Give at least one letter or digit.")
    return query


NAME_FILTER = Filter(
    "q", "r.name_folded LIKE '%' || {0} || '%'", "Search in names without regard to case or marks.", folded
)


def valid_on(description: str) -> Filter:
    """Return the filter `as_of`: records with a validity that were valid on that day."""
    return day_filter(
        "as_of", "(r.valid_from <= {0}::date AND (r.valid_until IS NULL OR r.valid_until >= {0}::date))", description
    )
