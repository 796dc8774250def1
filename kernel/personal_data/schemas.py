"""What a caller sends to have a person erased, and gets as the copy of what is kept of one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from kernel.problems.field_labels import Label
from kernel.values.common_lists import ERASURE_GROUNDS, READING_PURPOSES
from kernel.web.schemas import Input, Output, code, listed


class Erasure(Input):
    """Why a person is erased. No words: what names the person would stay."""

    ground: Annotated[str, code(ERASURE_GROUNDS), Label("Căn cứ xóa")]
    document_number: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=100)] | None = Field(
        default=None, description="Number of the request or decision; not the person's"
    )


class PersonalRecord(Output):
    """A record that tells of the person, as it is answered, and what is kept sealed in full."""

    resource_type: str
    content: dict[str, Any] = Field(description="All fields of the record; null where nothing is known")


class Reading(Output):
    """That somebody read the person's data."""

    read_at: datetime = Field(description="When it was read, an instant in UTC")
    read_by: str = Field(description="Subject of who read: an account's id, or a system's client_id")
    purpose: Annotated[str, Label("Mục đích đọc")] = Field(json_schema_extra=listed(READING_PURPOSES))
    fields: Annotated[list[str], Label("Các trường đã đọc")] = Field(description="What was read")


class PersonalDataCopy(Output):
    """All that a service keeps of a person, for that person: the records that tell of them and who read them."""

    records: list[PersonalRecord]
    readings: list[Reading]
    made_at: datetime = Field(description="When it was made, as recorded")
