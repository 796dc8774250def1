"""What a caller sends and gets for measures of a plan."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.values.common_lists import FIGURE_SCOPES, FIGURE_UNITS
from kernel.values.days import Day
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.field_types import UUID, CommuneCode, CommuneMapNeeded, Reason, check_place, in_order
from kernel.web.schemas import Flag, Input, Output, Recorded, code, listed, text
from services.reporting import code_lists as codes
from services.reporting.plans.areas import Area
from services.reporting.plans.numbers import Number, PlanValue
from services.reporting.reported_figures.schemas import IndicatorCode, Scope

_UNIT, _PERSON = Label("Đơn vị được giao"), Label("Người được giao")
_SCOPE, _COMPARATOR = Label("Phạm vi"), Label("Cách so sánh")
_CONDITION = Label("Điều kiện kèm theo")
_IS_CONDITION, _IMPLIED = Label("Là điều kiện"), Label("Suy ra, không ghi trong văn bản")
_PHASES = Label("Các mốc")
_ASSIGNMENTS, _SHARE = Label("Giao cho"), Label("Số được giao")
_FROM = "Where it stands before the first day, in `unit`: a stock, share or income is expected to go on from there"
_WORDS = "What else has to hold, as the plan words it: 3 sao"
_FAILS = "It can only fail its task, never lift it"
_NOT_PRINTED = "The number follows from a percentage; the document does not print it"
_CUMULATIVE = "Of by_quarter the four quarters, of explicit any days; each what is to be reached since the first day"
_INVENTED = "An invented measure, for demonstration"
_GIVEN_TO = "Who within the office it is given to, each with its part"
_WORDED = "How the plan words its number: more than 70 is not met by 70"
_COUNTS = "Whose work or which place it counts"


class MeasurePhase(Input):
    """What is to be reached by the end of a day, counted from the measure's first day."""

    through: Day
    value: PlanValue


class MeasureAssignment(Input):
    """A unit or person that a part of a measure is given to."""

    unit: Annotated[Annotated[str, text(300)] | None, _UNIT] = Field(default=None, description="A department")
    person: Annotated[Annotated[str, text(200)] | None, _PERSON] = Field(default=None, description="A person")
    value: Annotated[Number | None, _SHARE] = Field(default=None, description="Its part, in the measure's unit")

    @model_validator(mode="after")
    def _names_one(self) -> MeasureAssignment:
        if self.unit is None and self.person is None:
            words = ("Hãy ghi đơn vị hoặc người được giao.", "Give the unit or the person.")
            raise field_error("required", *words, at="unit")
        return self


class MeasurePhaseShown(Output):
    """What is to be reached by the end of a day, counted from the measure's first day."""

    through: date
    value: PlanValue


class MeasureAssignmentShown(Output):
    """A unit or person that a part of a measure is given to."""

    unit: Annotated[str | None, _UNIT] = Field(description="A department")
    person: Annotated[str | None, _PERSON] = Field(description="A person")
    value: Annotated[str | None, _SHARE] = Field(description="Its part, in the measure's unit")


class MeasureCreate(Input):
    """Enter what a plan wants of an indicator: at a scope, in a place, over days.

    Place and days are the plan's where none are given. The unit is the indicator's, for money also in millions; an amount
    for a period names it (a year: vnd_per_year), an income is for a month, a half-year or a year. A condition needs `task_id`.
    """

    id: Id | None = None
    plan_id: Id | None = Field(default=None, description="The plan, where the path does not say")
    task_id: Id | None = Field(default=None, description="A task of the same plan; a condition needs one")
    indicator: IndicatorCode = Field(description="One of the catalogue")
    scope: Scope = Field(description=_COUNTS)
    province: Area | None = None
    commune_code: CommuneCode | None = None
    commune_map: CommuneMapNeeded = None
    starts_on: Day | None = None
    ends_on: Day | None = None
    value: PlanValue
    unit: Annotated[str, code(FIGURE_UNITS)]
    comparator: Annotated[str, code(codes.MEASURE_COMPARATORS), _COMPARATOR] = Field(default="eq", description=_WORDED)
    baseline: Number | None = Field(default=None, description=_FROM)
    condition: Annotated[Annotated[str, text(300)] | None, _CONDITION] = Field(default=None, description=_WORDS)
    is_condition: Annotated[Flag, _IS_CONDITION] = Field(default=False, description=_FAILS)
    implied: Annotated[Flag, _IMPLIED] = Field(default=False, description=_NOT_PRINTED)
    phasing: Annotated[str, code(codes.PHASINGS)] = "linear"
    phases: Annotated[list[MeasurePhase], Field(max_length=60), _PHASES] = Field(default=[], description=_CUMULATIVE)
    assignments: Annotated[list[MeasureAssignment], Field(max_length=50), _ASSIGNMENTS] = Field(
        default=[], description=_GIVEN_TO
    )
    note: Annotated[str, text(2000)] | None = None
    is_synthetic: Flag = Field(default=False, description=_INVENTED)
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> MeasureCreate:
        if (on := check_place(self.commune_code, self.commune_map)) is not None:
            self.commune_map = on
            if self.province is not None:
                raise field_error(
                    "differs_from_commune",
                    "Xã đã cho biết tỉnh; hãy chỉ ghi xã, hoặc chỉ ghi tỉnh.",
                    "The commune says which province it is; give the commune or the province, not both.",
                    at="province",
                )
        in_order(self.starts_on, self.ends_on, "ends_on")
        if self.is_condition and self.task_id is None:
            words = ("Điều kiện phải thuộc một nhiệm vụ.", "A condition belongs to a task.")
            raise field_error("required", *words, at="task_id")
        return self


class Measure(Recorded):
    """What a plan wants of an indicator, at a scope, in a place, over days."""

    plan_id: str = Field(json_schema_extra=UUID)
    task_id: str | None = Field(json_schema_extra=UUID)
    indicator: str
    scope: Annotated[str, _SCOPE] = Field(json_schema_extra=listed(FIGURE_SCOPES), description=_COUNTS)
    province: str | None = Field(description="A province on either map, or VN; null: of a commune")
    commune_code: str | None
    commune_map: str | None = Field(json_schema_extra=listed(codes.COMMUNE_MAPS))
    starts_on: date
    ends_on: date
    value: PlanValue
    unit: str = Field(json_schema_extra=listed(FIGURE_UNITS))
    comparator: Annotated[str, _COMPARATOR] = Field(
        json_schema_extra=listed(codes.MEASURE_COMPARATORS), description=_WORDED
    )
    baseline: str | None = Field(description=_FROM)
    condition: Annotated[str | None, _CONDITION] = Field(description=_WORDS)
    is_condition: Annotated[bool, _IS_CONDITION] = Field(description=_FAILS)
    implied: Annotated[bool, _IMPLIED] = Field(description=_NOT_PRINTED)
    phasing: str = Field(json_schema_extra=listed(codes.PHASINGS))
    phases: Annotated[list[MeasurePhaseShown], _PHASES] = Field(description=_CUMULATIVE)
    assignments: Annotated[list[MeasureAssignmentShown], _ASSIGNMENTS] = Field(description=_GIVEN_TO)
    note: str | None
    is_synthetic: bool = Field(description=_INVENTED)
    alliance: str
