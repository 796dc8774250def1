"""What a caller sends and gets for organizations recognised as models."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.attributions import AttributionChange, AttributionInput, AttributionOutput
from kernel.records.evidence import EvidenceRow
from kernel.values.days import Day, PastDay
from kernel.web.schemas import NotNull, code, listed, text
from services.registry import code_lists as codes
from services.registry.facts.schemas import DocumentNumber, Fact, FactChange, FactInput, not_before

_KIND_LABEL = Label("Loại mô hình")
Kind = Annotated[str, code(codes.MODEL_KINDS)]
# No law says what an effective cooperative is (docs/domain.md): whoever counts them says by which definition.
_CRITERIA = Field(default=None, description="By which definition it was recognised, in words")
_VALID_UNTIL = Field(default=None, description="Last day on which the recognition holds; null: it has no end")


class CooperativeModelCreate(FactInput, AttributionInput):
    """Enter that an organization was recognised as a model."""

    kind: Annotated[Kind, _KIND_LABEL]
    recognized_on: PastDay
    valid_until: Day | None = _VALID_UNTIL
    decision_number: DocumentNumber | None = None
    issuing_authority: Annotated[str, text(200)] | None = None
    criteria: Annotated[str, text(2000)] | None = _CRITERIA

    _ends_later = not_before("recognized_on", "valid_until")


class CooperativeModelChange(FactChange, AttributionChange):
    """A correction of a recognition as a model."""

    kind: Annotated[Kind | None, NotNull(), _KIND_LABEL] = None
    recognized_on: Annotated[PastDay | None, NotNull()] = None
    valid_until: Day | None = _VALID_UNTIL
    decision_number: DocumentNumber | None = None
    issuing_authority: Annotated[str, text(200)] | None = None
    criteria: Annotated[str, text(2000)] | None = _CRITERIA

    _ends_later = not_before("recognized_on", "valid_until")


class CooperativeModel(Fact, AttributionOutput, EvidenceRow):
    """An organization recognised as effective, advanced, of high technology, of a value chain or typical."""

    kind: Annotated[str, _KIND_LABEL] = Field(json_schema_extra=listed(codes.MODEL_KINDS))
    recognized_on: date
    valid_until: date | None = Field(description="Last day on which the recognition holds; null: it has no end")
    decision_number: str | None
    issuing_authority: str | None
    criteria: str | None = Field(description="By which definition it was recognised, in words")
