"""Field types and filters that several slices of the funds share."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from kernel.records.listing import Filter, day_filter
from kernel.web.field_types import folded
from kernel.web.schemas import code
from services.funds import code_lists as codes

Months = Annotated[int, Field(strict=True, ge=1, le=600)]
Installments = Annotated[int, Field(strict=True, ge=1, le=600)]
Rows = Annotated[int, Field(strict=True, ge=0, le=600)]
BorrowerKind = Annotated[str, code(codes.BORROWER_KINDS)]

NAME_FILTER = Filter(
    "q", "r.name_folded LIKE '%' || {0} || '%'", "Search in names without regard to case or marks.", folded
)


NAME_OF_PERSONS = replace(NAME_FILTER, kept_nowhere=True)
"""The same of what may be a person's name, which is not to stand in what was asked of an export."""


def called(expression: str, description: str) -> Filter:
    """Return the filter `q` of records that have a borrower: by what they are called (`expression`), or what it is called today."""
    by_borrower = "r.borrower_id = ANY(ARRAY(SELECT id FROM borrower WHERE name_folded LIKE '%' || {0} || '%'))"
    sql = f"({expression.format(r='r.')} LIKE '%' || {{0}} || '%' OR {by_borrower})"
    return Filter("q", sql, description, folded, kept_nowhere=True)


def valid_on(description: str) -> Filter:
    """Return the filter `as_of`: records with a validity that were valid on that day."""
    return day_filter(
        "as_of", "(r.valid_from <= {0}::date AND (r.valid_until IS NULL OR r.valid_until >= {0}::date))", description
    )
