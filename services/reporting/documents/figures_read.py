"""A figure as documents read it: exact decimals out of what JSON carries, and whether there is anything to say of it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

HUNDRED = Decimal(100)


def decimal_of(value: Any) -> Decimal | None:
    """Return a number of JSON (integer, float or decimal string) as an exact decimal; None stays None."""
    return None if value is None else Decimal(str(value))


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Return a value with so many decimals, half up."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


@dataclass(frozen=True)
class Measured:
    """A value beside its plan: the percent as shown, the verdict, and whether the plan was printed or is implied."""

    value: Decimal | None
    plan: Decimal | None
    shown_percent: Decimal | None
    exceeds_by: Decimal | None
    verdict: str | None
    implied: bool
    direction: str
    plan_unit: str

    @property
    def percent(self) -> Decimal | None:
        """The percent of plan as exactly as it is known: unrounded where it agrees with what is shown."""
        if self.shown_percent is None or not self.plan or self.value is None:
            return self.shown_percent
        exact = self.value * HUNDRED / self.plan
        return exact if _is_shown_as(exact, self.shown_percent) else self.shown_percent


def _is_shown_as(exact: Decimal, shown: Decimal) -> bool:
    return rounded(exact, 1) == rounded(shown, 1)


@dataclass(frozen=True)
class Figure:
    """One cell of a report; `raw` is what `figures` answered."""

    key: str
    raw: Mapping[str, Any]

    @property
    def code(self) -> str:
        """The indicator."""
        return self.key.partition(":")[0]

    @property
    def unit(self) -> str:
        """The unit that the value is in."""
        return str(self.raw.get("unit") or "")

    @property
    def label(self) -> str:
        """The indicator in Vietnamese."""
        return str(self.raw.get("indicator_label") or self.code)

    @functools.cached_property
    def value(self) -> Decimal | None:
        """The value; None where nobody reported it or the service did not answer."""
        return None if self.is_unavailable else decimal_of(self.raw.get("value"))

    @property
    def is_unavailable(self) -> bool:
        """Whether the service that counts it did not answer."""
        return self.raw.get("unavailable") is not None or self.raw.get("status") == "unavailable"

    @property
    def is_partial(self) -> bool:
        """Whether it is of some of the provinces only."""
        return self.raw.get("status") == "partial"

    @property
    def missing_provinces(self) -> Sequence[str]:
        """The provinces it lacks, where it is partial."""
        return tuple(self.raw.get("missing_provinces") or ())

    @functools.cached_property
    def so_far(self) -> Decimal | None:
        """The value since the year began, where a report begins within it; None where it is not told apart."""
        return None if self.is_unavailable else decimal_of((self.raw.get("cumulative") or {}).get("value"))

    @functools.cached_property
    def is_measured_so_far(self) -> bool:
        """Whether it is the year so far, and not the days of the report, that its plan is held against."""
        plan = self.raw.get("plan") or {}
        goal, percent = decimal_of(plan.get("value")), decimal_of(plan.get("percent"))
        if self.so_far is None or self.so_far == self.value or not goal or percent is None:
            return False
        agrees = [
            value is not None and _is_shown_as(value * HUNDRED / goal, percent) for value in (self.value, self.so_far)
        ]
        return agrees == [False, True]

    @functools.cached_property
    def measured(self) -> Measured:
        """The value beside its plan; of a plan of the year, where the report is of a part of it, the value so far."""
        plan = self.raw.get("plan") or {}
        return self._beside(self.so_far if self.is_measured_so_far else self.value, plan)

    @functools.cached_property
    def estimate(self) -> Measured | None:
        """The newest estimate beside its plan; None where nobody estimated."""
        estimates = self.raw.get("estimates") or ()
        if self.is_unavailable or not estimates:
            return None
        newest = max(estimates, key=lambda each: str(each.get("made_on") or ""))
        return self._beside(decimal_of(newest.get("value")), newest)

    def _beside(self, value: Decimal | None, answer: Mapping[str, Any]) -> Measured:
        plan = self.raw.get("plan") or {}
        return Measured(
            value=value,
            plan=decimal_of(plan.get("value")),
            shown_percent=decimal_of(answer.get("percent")),
            exceeds_by=decimal_of(answer.get("exceeds_by_percent")),
            verdict=answer.get("verdict"),
            implied=bool(plan.get("implied")),
            direction=str(self.raw.get("direction") or "more_is_better"),
            plan_unit=str(plan.get("unit") or self.unit),
        )

    @functools.cached_property
    def previous(self) -> Decimal | None:
        """The value that it is compared with."""
        return decimal_of((self.raw.get("previous") or {}).get("value"))

    @functools.cached_property
    def before_full_year(self) -> Decimal | None:
        """The value of the whole year before; None where it was not asked for."""
        return decimal_of((self.raw.get("previous_full_year") or {}).get("value"))

    @property
    def remark(self) -> str:
        """What was written of it, in people's words."""
        return " ".join(str(self.raw.get("explanation") or "").split()).rstrip(" .;,")

    @property
    def explanation(self) -> str:
        """The remark as the reason of what came of it, with `do` before it; "" for none."""
        text = self.remark
        if not text:
            return ""
        begun = text[0].lower() + text[1:] if text[:2].istitle() or not text[:2].isupper() else text
        return begun if begun.startswith(("do ", "vì ", "bởi ")) else f"do {begun}"


def figures_by_key(cells: Iterable[Mapping[str, Any]]) -> dict[str, Figure]:
    """Return the ungrouped cells by key, in their order; of one key the first."""
    figures: dict[str, Figure] = {}
    for cell in cells:
        key = str(cell.get("key") or f"{cell.get('indicator')}:{cell.get('scope')}")
        if cell.get("group") is None:
            figures.setdefault(key, Figure(key, cell))
    return figures
