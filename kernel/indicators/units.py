"""Units that name their time: an amount is of the days asked, an income of a month, a half-year or a year; never mixed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kernel.indicators.spans import Span
from kernel.values.periods import months_in

PER_PERIOD = "vnd_per_period"
"""An amount of the days asked: of a month, quarter, half-year or year the unit names that."""
PER_PERSON = "vnd_per_person_month"
"""What a person has in a month; asked for a half-year or a year it is that many times as much."""
_DAYS = {1: "month", 3: "quarter", 6: "half_year", 12: "year"}
MONTHS_OF = {"month": 1, "half_year": 6, "year": 12}
"""How many months what is asked `per` has."""
_MILLION = Decimal(1_000_000)
_DECIMALS = {"percent": 1, "percent_vs_previous_year": 2, "hectare": 1, "hour": 1}


def printed_in(unit: str) -> tuple[str, int]:
    """Return the unit that reports print a figure in, and with how many decimals at most: 13.200 triệu đồng, 4,54, 75,7 %."""
    if unit == PER_PERSON:
        return f"million_{unit}", 2
    if unit.startswith("vnd"):
        return f"million_{unit}", 0
    return unit, _DECIMALS.get(unit, 0)


@dataclass(frozen=True)
class Shown:
    """In which unit a figure is shown, and by what its value in đồng is multiplied for that."""

    unit: str
    factor: Decimal | None = None
    """None: the value stays as it is."""

    def of(self, value: int | Decimal | None) -> int | Decimal | None:
        """Return a value in this unit."""
        return value if value is None or self.factor is None else value * self.factor


def shown_in(unit: str, span: Span, per: str | None, money: str | None) -> Shown:
    """Return how a figure of `span` in an indicator's `unit` is shown.

    An income `per` month, half-year or year, `money` in đồng or millions of it.
    """
    factor = Decimal(1)
    if unit == PER_PERIOD and (named := _DAYS.get(months_in(span.first, span.last) or 0)) is not None:
        unit = f"vnd_per_{named}"
    if unit == PER_PERSON and per is not None:
        unit, factor = f"vnd_per_person_{per}", Decimal(MONTHS_OF[per])
    if money == "million_vnd" and unit.startswith("vnd"):
        unit, factor = f"million_{unit}", factor / _MILLION
    return Shown(unit, None if factor == 1 else factor)


def is_as_long(span: Span, per: str) -> bool:
    """Say whether the days of `span` are as long as what is asked `per`: of fewer a longer income would be an estimate."""
    months = months_in(span.first, span.last) or ((span.last - span.first).days + 1) // 30
    return months >= MONTHS_OF[per]
