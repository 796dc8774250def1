"""What a caller sends and gets for groups of related persons and their members."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.values.days import Day
from kernel.values.ids import Id
from kernel.web.field_types import in_order
from kernel.web.schemas import Input, Page, Recorded, code, listed, text
from services.funds import code_lists as codes
from services.funds.names import BorrowerName


class BorrowerGroupCreate(Input):
    """Enter a group of related persons; its members are entered one by one, each for a time."""

    id: Id | None = None
    name: Annotated[str, text(300)]
    kind: Annotated[str, code(codes.BORROWER_GROUP_KINDS), Label("Loại nhóm khách hàng")] = "other"
    note: Annotated[str, text(1000)] | None = None
    alliance: Annotated[str, text(10)] | None = Field(default=None, description="The caller's own if left out")
    reason: Annotated[str, text(500)] | None = None


class BorrowerGroup(Recorded):
    """Related persons, whose loans count together against the limit of 25 %."""

    name: str
    kind: Annotated[str, Label("Loại nhóm khách hàng")] = Field(json_schema_extra=listed(codes.BORROWER_GROUP_KINDS))
    note: str | None
    alliance: str


class BorrowerGroupMemberCreate(Input):
    """Enter a borrower into a group, from a day on."""

    id: Id | None = None
    borrower_group_id: Id | None = Field(default=None, description="Needed unless the path names it")
    borrower_id: Id
    relation: Annotated[Annotated[str, text(300)] | None, Label("Quan hệ trong nhóm")] = Field(
        default=None, description="How it is related to the others, in words"
    )
    valid_from: Annotated[Day, Label("Trong nhóm từ ngày")]
    valid_until: Annotated[Day | None, Label("Trong nhóm đến ngày")] = None
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> BorrowerGroupMemberCreate:
        in_order(self.valid_from, self.valid_until, "valid_until")
        return self


class BorrowerGroupMember(Recorded):
    """A borrower's time in a group of related persons."""

    borrower_group_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower: Annotated[BorrowerName, EMBEDDED]
    relation: Annotated[str | None, Label("Quan hệ trong nhóm")] = Field(
        description="How it is related to the others, in words"
    )
    valid_from: Annotated[date, Label("Trong nhóm từ ngày")]
    valid_until: Annotated[date | None, Label("Trong nhóm đến ngày")]
    alliance: str


class BorrowerGroupMemberList(Page[BorrowerGroupMember]):
    """A page of a group's members."""
