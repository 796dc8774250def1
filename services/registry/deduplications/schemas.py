"""What a caller sends and gets where an organization that was entered twice is put together with the other."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.ids import Id
from kernel.web.field_types import UUID, Reason
from kernel.web.schemas import Input, Output, SubjectName, listed
from services.registry import code_lists as codes


class OrganizationDeduplicationCreate(Input):
    """Say that an organization is another one, entered twice."""

    into: Annotated[Id, Label("Tổ chức được giữ lại")] = Field(description="The organization that stays")
    reason: Reason


class OrganizationDeduplicationReversalCreate(Input):
    """Say that two organizations which were put together are two."""

    reason: Reason


class NamedOrganization(Output):
    """An organization as people name it."""

    id: str = Field(json_schema_extra=UUID)
    code: Annotated[str | None, Label("Mã số hợp tác xã")]
    name: str
    type: Annotated[str, Label("Loại hình")] = Field(json_schema_extra=listed(codes.ORGANIZATION_TYPES))


class MovedRecord(Output):
    """A record that follows to the organization that stays."""

    id: str = Field(json_schema_extra=UUID)
    resource_type: str
    resource: str = Field(description="Path of the record")
    file_ids: list[str] = Field(description="Files that it names, which come along")


class ReferenceElsewhere(Output):
    """How many records of one type in another service name an organization in one field."""

    service: str
    resource_type: str
    resource: str = Field(description="Path of the records")
    field: str = Field(description="The field that names it")
    count: int


class OrganizationDeduplication(Output):
    """An organization put together with another: what followed, and whether it was reversed."""

    organization: NamedOrganization
    into: Annotated[NamedOrganization, Label("Tổ chức được giữ lại")] = Field(description="The one that stays")
    reason: str
    dry_run: bool = Field(description="Nothing was kept: this is what would happen")
    moved: Annotated[list[MovedRecord], Label("Hồ sơ đi theo")] = Field(
        description="Records that follow: memberships, products, certificates, models, officers, ratings, successions, inspections, "
        "dissolution cases; member teams and value chains that name the other one"
    )
    elsewhere: list[ReferenceElsewhere] | None = Field(
        description="With `dry_run`: what the other services would point at the other; null otherwise, as they follow the feed"
    )
    deduplicated_at: datetime
    deduplicated_by: str
    deduplicated_by_name: Annotated[SubjectName, Label("Tên người gộp")]
    reversed_at: Annotated[datetime | None, Label("Hoàn tác lúc")]
    reversed_by: Annotated[str | None, Label("Người hoàn tác")]
    reversed_by_name: Annotated[SubjectName, Label("Tên người hoàn tác")]
    reversal_reason: Annotated[str | None, Label("Lý do hoàn tác")]
