"""What a caller sends and gets for estimates of measures."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.common_lists import FIGURE_UNITS
from kernel.values.days import PastDay
from kernel.values.ids import Id
from kernel.web.field_types import UUID, Reason
from kernel.web.schemas import Input, Recorded, code, listed, text
from services.reporting.plans.numbers import Number

_VALUE = Label("Số ước thực hiện")
_SOURCE = Label("Nguồn ước tính")
_ESTIMATED = "What the measure is expected to come to by the end of its period: a decimal string, in `unit`"


class EstimateCreate(Input):
    """Enter what somebody expects a measure to come to by the end of its period. It may be entered in every state of the plan."""

    id: Id | None = None
    measure_id: Id | None = Field(default=None, description="The measure, where the path does not say")
    made_on: PastDay
    value: Annotated[Number, _VALUE] = Field(description=_ESTIMATED)
    unit: Annotated[str, code(FIGURE_UNITS)] | None = Field(
        default=None, description="One of the measure's family; default: its own"
    )
    source: Annotated[str, text(300), _SOURCE] = Field(description="Who estimates it, or from what")
    document_number: Annotated[str, text(100)] | None = None
    note: Annotated[str, text(1000)] | None = None
    reason: Reason | None = None


class Estimate(Recorded):
    """What somebody expects on a day that a measure will come to by the end of its period."""

    plan_id: str = Field(json_schema_extra=UUID)
    measure_id: str = Field(json_schema_extra=UUID)
    made_on: date
    value: Annotated[str, _VALUE] = Field(description=_ESTIMATED)
    unit: str = Field(json_schema_extra=listed(FIGURE_UNITS))
    source: Annotated[str, _SOURCE] = Field(description="Who estimates it, or from what")
    document_number: str | None
    note: str | None
    alliance: str
