"""The figures that five alliances published, as printed, and how an answer of `figures` is compared with each."""

from __future__ import annotations

import csv
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

PROVINCES = {
    "Phú Thọ": "25-2008",
    "Nghệ An": "40-2008",
    "Hòa Bình": "17-2008",
    "(unnamed; probably Kon Tum)": "62-2008",
    "Yên Bái": "15-2008",
}
COMPARED: Mapping[str, Callable[[Decimal, Decimal], bool]] = {"eq": operator.eq, "gt": operator.gt, "ge": operator.ge}
_SHOWN = {
    "million_vnd": {"money": "million_vnd"},
    "million_vnd_per_half_year": {"money": "million_vnd"},
    "million_vnd_per_year": {"money": "million_vnd"},
    "million_vnd_per_person_month": {"money": "million_vnd", "per": "month"},
    "million_vnd_per_person_year": {"money": "million_vnd", "per": "year"},
}
"""Unit as printed → the parameters that ask for it."""


@dataclass(frozen=True)
class Printed:
    """One figure as a report printed it; what it left blank is None."""

    province: str
    indicator: str
    scope: str
    starts_on: str
    ends_on: str
    unit: str
    kind: str
    """actual, plan, estimate, or plan_meta: a count of the plan's tasks."""
    comparator: str
    value: Decimal | None
    plan: Decimal | None
    percent: Decimal | None
    quote: str

    @property
    def name(self) -> str:
        """What tells it apart from the other rows."""
        return "-".join((self.province, self.ends_on, self.indicator, self.scope, self.kind))

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """Of what it is: two rows of one key are of one figure."""
        return self.province, self.indicator, self.scope, self.starts_on, self.ends_on

    def query(self) -> dict[str, str]:
        """Return what `figures` is asked for; the days of a report end with its cut-off."""
        return {
            "indicators": f"{self.indicator}:{self.scope}",
            "province": PROVINCES[self.province],
            "from": self.starts_on,
            "to": self.ends_on,
            "cut_off": "true",
            **_SHOWN.get(self.unit, {}),
        }


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def printed() -> list[Printed]:
    """Return every figure that is not mere context."""
    path = Path(__file__).parent.parent / "platform" / "published_figures.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Printed(
                province=row["province"],
                indicator=row["indicator_code"],
                scope=row["scope"],
                starts_on=row["period_start"],
                ends_on=row["period_end"],
                unit=row["unit"],
                kind=row["value_kind"],
                comparator=row["comparator"],
                value=_number(row["value"]),
                plan=_number(row["plan_value"]),
                percent=_number(row["pct_of_plan"]),
                quote=row["quote"],
            )
            for row in csv.DictReader(lines)
            if row["value_kind"] != "context"
        ]


def differences(row: Printed, item: Mapping[str, Any]) -> list[str]:
    """Return in what the answer does not say what the report printed; blank cells are not compared.

    A number is compared as it was printed: rounded half up to as many decimals.
    """
    wrong = []
    if row.kind == "estimate":
        shown = item["estimates"][-1] if item["estimates"] else {"value": None, "percent": None}
        wrong += _unlike("estimate", shown["value"], row.value, row.comparator)
        wrong += _unlike("percent", shown["percent"], row.percent)
    else:
        wrong += _unlike("value", item["value"], row.value, row.comparator)
        wrong += _unlike("percent", (item["plan"] or {}).get("percent"), row.percent)
    wrong += _unlike("plan", (item["plan"] or {}).get("value"), row.plan)
    if row.value is not None and row.kind in ("actual", "plan_meta") and item["status"] != "reported":
        wrong.append(f"status {item['status']}")
    return wrong


def _unlike(what: str, given: Any, wanted: Decimal | None, comparator: str = "eq") -> list[str]:
    if wanted is None:
        return []
    if given is None:
        return [f"{what}: nothing, printed {wanted}"]
    value = Decimal(str(given))
    if comparator == "eq":
        value = value.quantize(wanted, ROUND_HALF_UP)
    return [] if COMPARED[comparator](value, wanted) else [f"{what}: {given}, printed {comparator} {wanted}"]
