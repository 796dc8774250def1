"""The terms of repayment as they travel, and the engine's terms that they mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from kernel.problems import FieldError, Invalid
from kernel.values.days import Day
from kernel.values.money import Vnd
from kernel.web.schemas import Input, code
from services.funds import code_lists as codes
from services.funds.capital.products.schemas import Interval
from services.funds.engine.contradictions import contradictions
from services.funds.engine.days import Interval as EngineInterval
from services.funds.engine.schedule import Row, schedule
from services.funds.engine.terms import Part, Terms
from services.funds.field_types import Installments, Rows


class CustomPart(Input):
    """One agreed repayment of principal; 0 means that only interest falls due."""

    due_on: Day
    principal_vnd: Vnd


class ScheduleTerms(Input):
    """How a loan is repaid: everything of a schedule but the principal, the rate and the day it is paid out."""

    method: Annotated[str, code(codes.METHODS)] = "equal_principal"
    installments: Installments | None = Field(default=None, description="Rows; for `custom` as many as `parts`")
    interval: Interval = Field(
        Interval(count=1, unit="months"),
        description="Time from one installment to the next; a month where it is left out",
    )
    day_count: Annotated[str, code(codes.DAY_COUNTS)] = "actual_365"
    principal_every: Annotated[int, Field(strict=True, ge=1, le=600)] = Field(
        default=1, description="Principal only in every n-th row and in the last"
    )
    principal_grace: Rows = Field(default=0, description="First rows that pay interest only")
    interest_grace: Rows = Field(
        default=0, description="First rows that pay no interest; it falls due in the row after them"
    )
    interest_free: Rows = Field(default=0, description="First rows that earn no interest")
    first_due_on: Day | None = Field(default=None, description="One interval after the disbursement if left out")
    round_installment_to_vnd: Vnd | None = Field(default=None, description="Installments half up to multiples of it")
    holiday_rule: Annotated[str, code(codes.HOLIDAY_RULES)] = Field(
        default="none", description="Due dates move off days when nobody works in Vietnam"
    )
    parts: Annotated[list[CustomPart], Field(max_length=600)] = Field(
        default=[], description="Dates and principal of the method `custom`"
    )


def engine_terms(document: Mapping[str, Any], principal_vnd: int, rate: Decimal, disbursed_on: date) -> Terms:
    """Return the engine's terms of a `ScheduleTerms` document (as JSON or as Python values)."""
    parts = tuple(Part(_day(part["due_on"]), part["principal_vnd"]) for part in document.get("parts", ()))
    interval = document.get("interval") or {"count": 1, "unit": "months"}
    first = document.get("first_due_on")
    return Terms(
        principal_vnd=principal_vnd,
        annual_rate_percent=rate,
        installments=document.get("installments") or len(parts),
        disbursed_on=disbursed_on,
        method=document.get("method", "equal_principal"),
        interval=EngineInterval(interval["count"], interval["unit"]),
        day_count=document.get("day_count", "actual_365"),
        principal_every=document.get("principal_every", 1),
        principal_grace=document.get("principal_grace", 0),
        interest_grace=document.get("interest_grace", 0),
        interest_free=document.get("interest_free", 0),
        first_due_on=None if first is None else _day(first),
        round_installment_to_vnd=document.get("round_installment_to_vnd"),
        holiday_rule=document.get("holiday_rule", "none"),
        parts=parts,
    )


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def checked(terms: Terms, *, at: str = "") -> list[Row]:
    """Return the schedule of `terms`. Raises Invalid with every contradiction, pointing below `at`."""
    if errors := contradictions(terms):
        raise Invalid(*(FieldError(error.code, error.detail, pointer=at + error.pointer) for error in errors))
    return schedule(terms)
