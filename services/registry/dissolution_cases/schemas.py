"""What a caller sends and gets for dissolution cases."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.evidence import EvidenceRow
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.web.field_types import VND, PositiveVnd
from kernel.web.schemas import Input, NotNull, Output, code, listed, text
from services.registry import case_lists
from services.registry.dissolution_cases.judging import Case, check_case
from services.registry.facts.schemas import DocumentNumber, Fact, FactChange, FactInput

PlannedYear = Annotated[int, Field(strict=True, ge=1990, le=2100)]
Ground = Annotated[str, code(case_lists.DISSOLUTION_GROUNDS)]
Outcome = Annotated[str, code(case_lists.DISSOLUTION_OUTCOMES)]
_GROUND = Label("Hình thức giải thể")
_OUTCOME = Label("Kết quả giải thể")
_BLOCKER = Label("Vướng mắc")
_STEP = Label("Bước giải thể")
_PLANNED = "Year whose plan holds it; null: it was not planned"
_OPEN = "How it came to its end; null: the case is open"
_WHAT = "What it is that stands in the way"
_TAKEN = "Which step it is"
_SINCE = Label("Vướng từ ngày")
_FROM = "Day since when it stands in the way of the case, YYYY-MM-DD"
_ON = Label("Ngày thực hiện")
_DAY = "Day on which the step was taken, YYYY-MM-DD"


class BlockerInput(Input):
    """Something that stands in the way of the dissolution, from a day of the case until it is resolved."""

    kind: Annotated[Annotated[str, code(case_lists.DISSOLUTION_BLOCKERS)], _BLOCKER] = Field(description=_WHAT)
    since: Annotated[PastDay, _SINCE] = Field(description=_FROM)
    resolved_on: PastDay | None = None
    amount_vnd: PositiveVnd | None = None
    note: Annotated[str, text(1000)] | None = None

    @model_validator(mode="after")
    def _resolved_later(self) -> BlockerInput:
        if self.resolved_on is not None and self.resolved_on < self.since:
            words = (
                "Ngày này phải từ ngày vướng trở đi.",
                "This day is before the one since which it stands in the way.",
            )
            raise field_error("end_before_start", *words, at="resolved_on")
        return self


class StepInput(Input):
    """A step of the procedure, taken on a day of the case."""

    kind: Annotated[Annotated[str, code(case_lists.DISSOLUTION_STEPS)], _STEP] = Field(description=_TAKEN)
    on: Annotated[PastDay, _ON] = Field(description=_DAY)
    document_number: DocumentNumber | None = None


Blockers = Annotated[list[BlockerInput], Field(max_length=50)]
Steps = Annotated[list[StepInput], Field(max_length=50)]


class DissolutionBlocker(Output):
    """What stands in the way; without `resolved_on` it still does."""

    kind: Annotated[str, _BLOCKER] = Field(json_schema_extra=listed(case_lists.DISSOLUTION_BLOCKERS), description=_WHAT)
    since: Annotated[date, _SINCE] = Field(description=_FROM)
    resolved_on: date | None
    amount_vnd: int | None = Field(json_schema_extra=VND)
    note: str | None


class DissolutionStep(Output):
    """A step that was taken."""

    kind: Annotated[str, _STEP] = Field(json_schema_extra=listed(case_lists.DISSOLUTION_STEPS), description=_TAKEN)
    on: Annotated[date, _ON] = Field(description=_DAY)
    document_number: str | None


class DissolutionCaseCreate(FactInput):
    """Open the case of an organization that is to be dissolved. One is open at a time; what stands in its way belongs to it."""

    planned_year: PlannedYear | None = Field(default=None, description=_PLANNED)
    opened_on: PastDay
    ground: Annotated[Ground, _GROUND]
    decision_number: DocumentNumber | None = None
    blockers: Blockers = []
    steps: Steps = []
    outcome: Annotated[Outcome | None, _OUTCOME] = Field(default=None, description=_OPEN)
    outcome_on: PastDay | None = None

    @model_validator(mode="after")
    def _within_itself(self) -> DissolutionCaseCreate:
        check_case(
            Case(
                opened_on=self.opened_on,
                outcome=self.outcome,
                outcome_on=self.outcome_on,
                blockers=self.blockers,
                steps=self.steps,
            )
        )
        return self


class DissolutionCaseChange(FactChange):
    """A correction, or what happened since: the lists are sent whole. `outcome` null opens the case again."""

    planned_year: PlannedYear | None = Field(default=None, description=_PLANNED)
    opened_on: Annotated[PastDay | None, NotNull()] = None
    ground: Annotated[Ground | None, NotNull(), _GROUND] = None
    decision_number: DocumentNumber | None = None
    blockers: Blockers | None = None
    steps: Steps | None = None
    outcome: Annotated[Outcome | None, _OUTCOME] = Field(default=None, description=_OPEN)
    outcome_on: PastDay | None = None


class DissolutionCase(Fact, EvidenceRow):
    """The dissolution of an organization on its way, until it ended or was withdrawn."""

    planned_year: int | None = Field(description=_PLANNED)
    opened_on: date
    ground: Annotated[str, _GROUND] = Field(json_schema_extra=listed(case_lists.DISSOLUTION_GROUNDS))
    decision_number: str | None
    blockers: list[DissolutionBlocker]
    steps: list[DissolutionStep]
    outcome: Annotated[str | None, _OUTCOME] = Field(
        json_schema_extra=listed(case_lists.DISSOLUTION_OUTCOMES), description=_OPEN
    )
    outcome_on: date | None
    reason: str | None
