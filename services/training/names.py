"""Classes, trade events and what else people call by a name, beside their ids in answers (docs/adr/0012)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.records.embedding import EMBEDDED, Embed, subject_name
from kernel.records.organization_names import organization_name
from kernel.web.schemas import Output


class ClassName(Output):
    """A class as people name it."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str


class TradeEventName(Output):
    """A trade event as people name it."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str


class ProgramName(Output):
    """A program as people name it."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str


NamedClass = Annotated[ClassName, EMBEDDED]
NamedProgram = Annotated[ProgramName | None, EMBEDDED]

CLASS_NAME = Embed(field="training_class", by="class_id", table="training_class", shown=("id", "name"))
TRADE_EVENT_NAME = Embed(field="trade_event", by="trade_event_id", table="trade_event", shown=("id", "name"))
PROGRAM_NAME = Embed(field="program", by="program_id", table="program", shown=("id", "name"))
ORGANIZATION_NAME = organization_name("followed_organization")
OF_STEP_NAMES = tuple(subject_name("recorded_by", within=step) for step in ("cancellation", "report"))
"""Who recorded that a class or an event was cancelled, or reported."""
OF_CLASS_NAMES = (CLASS_NAME, ORGANIZATION_NAME)
"""Of somebody's part in a class."""
