"""A province's year as its page shows it: what the API says, with bars to draw. No number is worked out here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from kernel.values import geography
from services.gateway.portal.pages import Reader
from services.gateway.portal.sessions import Person

Json = dict[str, Any]
PATH = "/v1/reporting/overview"
NATION = "VN"
# A bar that is far beyond its plan is cut here, so that the plan's mark still has room.
_LONGEST = Decimal(160)


@dataclass(frozen=True)
class Bar:
    """A bar in hundredths of its width: how far the value reaches, where the plan ends, what was expected by now."""

    fill: str
    plan: str
    expected: str | None


def _decimal(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def bar_of(measure: Mapping[str, Any]) -> Bar | None:
    """Return the bar of a measure; none where it has no percent of a plan."""
    plan = measure.get("plan") or {}
    reached, whole = _decimal(plan.get("percent")), _decimal(plan.get("value"))
    if reached is None or whole is None or whole <= 0:
        return None
    expected = _decimal(plan.get("expected_by_now"))
    longest = min(_LONGEST, max(Decimal(100), reached))

    def at(percent: Decimal) -> str:
        return f"{min(max(percent, Decimal(0)), longest) / longest * 100:.2f}"

    return Bar(at(reached), at(Decimal(100)), None if expected is None else at(expected / whole * 100))


def records_href(reader: Reader, path: Any) -> str | None:
    """Return the portal's page of what lies at an address of the API; None without one."""
    return reader.href(f"/records?{urlencode({'of': path})}") if isinstance(path, str) and path else None


def asked_of(person: Person, province: str | None, year: str | None, on: str | None) -> str:
    """Return the address of the overview that a person asks for; an alliance's own people begin with their province.

    A day before the year is of the year that was shown before, and left out.
    """
    area = province or (person.area if person.area != NATION else "")
    given = {"province": area, "year": year or "", "on": on if on and on[:4] >= (year or "") else ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{PATH}?{query}" if query else PATH


def provinces_of(person: Person) -> list[tuple[str, str]]:
    """Return the provinces of today that a person may choose from: (id, name)."""
    everywhere = [(one.id, one.name) for one in geography.provinces() if one.map == "2025"]
    return everywhere if person.area == NATION else [one for one in everywhere if one[0] == person.area]
