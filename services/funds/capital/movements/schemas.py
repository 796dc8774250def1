"""What a caller sends and gets for capital movements."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.confirmations import Confirmable
from kernel.records.embedding import EMBEDDED
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.field_types import PositiveVnd
from kernel.web.schemas import Input, Recorded, code, listed, text
from services.funds import code_lists as codes
from services.funds.names import FundName


class CapitalMovementCreate(Input):
    """Enter capital of one source: allocated by a decision, or received (paid out). It is never changed afterwards.

    The stage `allocated` needs `decision_number`.
    """

    id: Id | None = None
    fund_id: Id
    kind: Annotated[str, code(codes.CAPITAL_KINDS), Label("Nguồn vốn")]
    stage: Annotated[str, code(codes.CAPITAL_STAGES)] = Field(
        default="received", description="allocated: given by a decision; received: in the fund's accounts"
    )
    direction: Annotated[str, code(codes.DIRECTIONS)] | None = Field(
        default=None, description="in or out; without it in, for entrusted_out out"
    )
    amount_vnd: PositiveVnd
    moved_on: PastDay
    decision_number: Annotated[str, text(100)] | None = None
    decided_on: Day | None = None
    budget_year: Annotated[int, Field(strict=True, ge=1990, le=2100)] | None = None
    counterparty: Annotated[str, text(300)] | None = None
    note: Annotated[str, text(1000)] | None = None
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> CapitalMovementCreate:
        if self.stage == "allocated" and self.decision_number is None:
            words = (
                "Vốn được giao cần số quyết định; hãy ghi số đó.",
                "Allocated capital needs the number of its decision; give it.",
            )
            raise field_error("required", *words, at="decision_number")
        return self


class CapitalMovement(Recorded, Confirmable):
    """Capital of one source that was allocated, or came in or went out."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    kind: Annotated[str, Label("Nguồn vốn")] = Field(json_schema_extra=listed(codes.CAPITAL_KINDS))
    stage: str = Field(json_schema_extra=listed(codes.CAPITAL_STAGES))
    direction: str = Field(json_schema_extra=listed(codes.DIRECTIONS))
    amount_vnd: int = Field(json_schema_extra={"format": "int64"})
    moved_on: date
    decision_number: str | None
    decided_on: date | None
    budget_year: int | None
    counterparty: str | None
    note: str | None
    reverses_id: str | None = Field(json_schema_extra={"format": "uuid"})
    reversed_by_id: str | None = Field(json_schema_extra={"format": "uuid"})
    alliance: str


class CapitalReversal(Input):
    """Why a movement is taken back, and on which day."""

    reason: Annotated[str, text(500)]
    effective_on: PastDay | None = Field(default=None, description="Today if left out")
