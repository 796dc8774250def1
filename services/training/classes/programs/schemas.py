"""What a caller sends and gets for programs."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.values.days import Day
from kernel.values.ids import Id
from kernel.web.field_types import Reason, in_order
from kernel.web.schemas import Input, Recorded, text
from kernel.web.source_amounts import Amounts, SourceAmount, once_each


class ProgramCreate(Input):
    """Enter a support program or plan, with what it gives by source (Decision 1804/QĐ-TTg and those that follow it)."""

    id: Id | None = None
    code: Annotated[str, text(60), Label("Mã chương trình")] = Field(description="Short code, unique in the alliance")
    name: Annotated[str, text(300)]
    plan_line: Annotated[str, text(300)] | None = None
    decision_number: Annotated[str, text(100)] | None = None
    decided_on: Day | None = None
    valid_from: Day
    valid_until: Day | None = None
    budget: Amounts = []
    legal_basis: Annotated[str, text(500)] | None = None
    note: Annotated[str, text(1000)] | None = None
    alliance: Annotated[str, text(10)] | None = Field(
        default=None, description="Whose program it is; the caller's own if left out"
    )
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> ProgramCreate:
        in_order(self.valid_from, self.valid_until, "valid_until")
        once_each(self.budget, "budget")
        return self


class Program(Recorded):
    """A support program or plan that pays for classes and events."""

    code: Annotated[str, Label("Mã chương trình")] = Field(description="Short code, unique in the alliance")
    name: str
    plan_line: str | None
    decision_number: str | None
    decided_on: date | None
    valid_from: date
    valid_until: date | None
    budget: list[SourceAmount]
    legal_basis: str | None
    note: str | None
    alliance: str = Field(description="VN: a program of the nation")
