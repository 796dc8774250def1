"""What a caller sends and gets for inspections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.attributions import AttributionChange, AttributionInput, AttributionOutput
from kernel.records.evidence import EvidenceRow
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.web.schemas import Input, NotNull, Output, code, listed, text
from services.registry import case_lists
from services.registry.facts.schemas import DocumentNumber, Fact, FactChange, FactInput

Kind = Annotated[str, code(case_lists.INSPECTION_KINDS)]
Inspectors = Annotated[list[Annotated[str, text(100)]], Field(max_length=20)]
_FINDINGS = Annotated[str, text(4000)]
_Words = Annotated[str, text(1000)]
_KIND = Label("Loại kiểm tra")
_TEXT = Label("Nội dung kiến nghị")
_WHAT = "What the organization is to put right"


class RecommendationInput(Input):
    """What the organization is to put right, and by when. What was done (`done_note`) needs its day (`done_on`)."""

    text: Annotated[_Words, _TEXT] = Field(description=_WHAT)
    due_on: Day | None = None
    done_on: PastDay | None = None
    done_note: _Words | None = None

    @model_validator(mode="after")
    def _done_on_a_day(self) -> RecommendationInput:
        if self.done_note is not None and self.done_on is None:
            words = ("Có ghi kết quả thì hãy ghi ngày thực hiện.", "What was done needs the day it was done on.")
            raise field_error("required", *words, at="done_on")
        return self


Recommendations = Annotated[list[RecommendationInput], Field(max_length=50)]


class Recommendation(Output):
    """What the organization is to put right; without `done_on` it waits."""

    text: Annotated[str, _TEXT] = Field(description=_WHAT)
    due_on: date | None
    done_on: date | None
    done_note: str | None


class InspectionCreate(FactInput, AttributionInput):
    """An inspection of an organization: of the dossier of its founding, or on the spot."""

    kind: Annotated[Kind, _KIND]
    inspected_on: PastDay
    inspectors: Inspectors = []
    findings: _FINDINGS | None = None
    recommendations: Recommendations = []
    decision_number: DocumentNumber | None = None

    @model_validator(mode="after")
    def _done_after_it(self) -> InspectionCreate:
        check_done(self.inspected_on, self.recommendations)
        return self


class InspectionChange(FactChange, AttributionChange):
    """A correction of an inspection, or what was done since: the list of recommendations is sent whole."""

    kind: Annotated[Kind | None, NotNull(), _KIND] = None
    inspected_on: Annotated[PastDay | None, NotNull()] = None
    inspectors: Inspectors | None = None
    findings: _FINDINGS | None = None
    recommendations: Recommendations | None = None
    decision_number: DocumentNumber | None = None


class Inspection(Fact, AttributionOutput, EvidenceRow):
    """An inspection, with what was found and recommended."""

    kind: Annotated[str, _KIND] = Field(json_schema_extra=listed(case_lists.INSPECTION_KINDS))
    inspected_on: date
    inspectors: list[str]
    findings: str | None
    recommendations: list[Recommendation]
    decision_number: str | None
    reason: str | None


def check_done(inspected_on: date, recommendations: Sequence[RecommendationInput]) -> None:
    """Raise the fault `end_before_start` at a recommendation that was followed before it was given."""
    for at, each in enumerate(recommendations):
        if each.done_on is not None and each.done_on < inspected_on:
            raise field_error(
                "end_before_start",
                "Kiến nghị chỉ được thực hiện từ ngày kiểm tra trở đi.",
                "A recommendation is followed on the day of the inspection or later.",
                at=f"recommendations/{at}/done_on",
            )
