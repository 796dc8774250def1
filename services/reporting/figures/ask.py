"""What is asked of figures: which indicators at which scopes, for which days and place, and what they are compared with."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kernel.indicators.spans import MONTHS, Span, before, spans_of
from kernel.values import geography

Previous = Literal["year", "period"]


@dataclass(frozen=True)
class FigureAsk:
    """A question for figures, checked. `province`: None is the caller's whole area.

    `closed`: the days end with a report's cut-off, so that a verdict is given of every plan and none is `running`.
    """

    indicators: tuple[tuple[str, str], ...]
    """(code, scope), each once, in the order in which they are answered."""
    from_: date
    to: date
    province: str | None = None
    group_by: str | None = None
    geography: str | None = None
    plan_id: str | None = None
    plan_version: int | None = None
    previous: Previous | None = None
    per: str | None = None
    money: str | None = None
    closed: bool = False

    @property
    def map(self) -> str:
        """The map that provinces and communes are grouped by."""
        return self.geography or geography.map_in_force(self.to)

    @functools.cached_property
    def spans(self) -> tuple[Span, ...]:
        """The months, quarters or years that are grouped by; else the days asked for."""
        if self.group_by in MONTHS:
            return tuple(spans_of(self.from_, self.to, str(self.group_by)))
        return (Span(self.from_, self.to),)

    @property
    def is_grouped_in_time(self) -> bool:
        """Whether the groups are months, quarters or years."""
        return self.group_by in MONTHS

    @property
    def series_break(self) -> date | None:
        """The day within all the days looked at from which the map is another one, or None."""
        first = self.spans[0] if self.previous is None else before(self.spans[0], self.previous)
        return geography.MAP_2025_FROM if first.first < geography.MAP_2025_FROM <= self.to else None
