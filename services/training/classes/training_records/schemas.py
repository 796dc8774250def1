"""What a caller gets of an organization's training."""

from __future__ import annotations

from pydantic import Field

from kernel.records.organization_names import NamedOrganization
from kernel.web.field_types import UUID
from kernel.web.schemas import Output


class TrainingYear(Output):
    """What an organization's people attended in one year."""

    year: int
    classes: int
    attendances: int
    distinct_trainees: int
    training_hours: float = Field(description="Hours of the classes' sessions, once for each lượt, with two decimals")
    certificates: int


class TrainingRecord(Output):
    """The training of one organization's people, year by year; a class belongs to the year of its last session."""

    organization_id: str = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    years: list[TrainingYear]
    attendances: str = Field(description="Path of the entries behind it")
