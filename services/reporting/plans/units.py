"""Units of one family: the same thing in đồng or millions of it, an income for a month or a year; never mixed with others."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from kernel.indicators.units import MONTHS_OF, PER_PERIOD, PER_PERSON
from kernel.values.common_lists import FIGURE_UNITS, among
from kernel.values.periods import months_in
from kernel.values.wording import Labels
from services.reporting.catalogue import Entry

_MILLION = "million_"
_PERIODS = {1: "month", 3: "quarter", 6: "half_year", 12: "year"}
_OF_DAYS = frozenset(f"vnd_per_{name}" for name in ("period", *_PERIODS.values()))
_PERSON = "vnd_per_person_"


def units_for(entry: Entry, starts_on: date, ends_on: date) -> Labels:
    """Return the units in which a plan for these days may be given: those of the indicator's family.

    An amount of a month, quarter, half-year or year is named by that.
    """
    unit = entry.unit
    if unit == PER_PERIOD:
        named = _PERIODS.get(months_in(starts_on, ends_on) or 0, "period")
        bases = [f"vnd_per_{named}"]
    elif unit == PER_PERSON:
        bases = [f"{_PERSON}{period}" for period in MONTHS_OF]
    else:
        bases = [unit]
    units = bases if not unit.startswith("vnd") else [*bases, *(f"{_MILLION}{base}" for base in bases)]
    return among(FIGURE_UNITS, units)


def ratio_between(unit: str, to: str) -> Fraction | None:
    """Return by what a value in `unit` is multiplied to be in `to`; None between units of two families.

    Amounts of days are those of their days, however long: they are not stretched from a half-year to a year.
    """
    family, factor = _family(unit)
    other, other_factor = _family(to)
    return factor / other_factor if family == other else None


def _family(unit: str) -> tuple[str, Fraction]:
    base = unit.removeprefix(_MILLION)
    factor = Fraction(1 if base == unit else 1_000_000)
    if base in _OF_DAYS:
        return PER_PERIOD, factor
    if base.startswith(_PERSON):
        return PER_PERSON, factor / MONTHS_OF[base.removeprefix(_PERSON)]
    return base, factor


def shown_unit(unit: str, beside: str) -> str:
    """Return the unit in which a plan in `unit` is shown beside a figure in `beside`.

    An amount of days keeps the name of its own days, in đồng or millions of it as the figure is.
    """
    base = unit.removeprefix(_MILLION)
    if base not in _OF_DAYS:
        return beside
    return f"{_MILLION}{base}" if beside.startswith(_MILLION) else base


def accrues(entry: Entry) -> bool:
    """Whether what is counted grows from 0 with the days of its period: not a stock, a share, an income, a least."""
    is_rate = entry.unit.startswith("percent") or entry.unit == PER_PERSON or entry.aggregation == "min"
    return entry.kind == "flow" and not is_rate
