"""What a caller sends for a class that is known by its signed list alone."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.values.ids import Id
from kernel.web.field_types import Reason
from kernel.web.schemas import Input, code
from services.training import code_lists as codes


class SignedListCreate(Input):
    """Say how many signed, for a class that is known only by its signed list: a number and its scan, no names."""

    reported_attendance_count: Annotated[int, Field(strict=True, ge=1, le=100_000)]
    file_id: Id = Field(description="The scanned list")
    audience: Annotated[str, code(codes.AUDIENCES)] = "other"
    reason: Reason | None = None
