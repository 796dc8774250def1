"""Counting figures: each indicator in each span of days, over the provinces that have coverage for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kernel.database.connections import Database
from kernel.indicators import queries
from kernel.indicators.definitions import Indicator
from kernel.indicators.queries import Wanted
from kernel.indicators.spans import Previous, Span, before
from kernel.indicators.table import IndicatorTable
from kernel.values.days import today
from kernel.values.money import share_percent
from kernel.web.auth import Caller


@dataclass(frozen=True)
class Ask:
    """What is asked: indicators of a table with their scopes, a period, a place, a grouping, and what to compare with."""

    table: IndicatorTable
    indicators: tuple[tuple[Indicator, str], ...]
    from_: date
    to: date
    province: str | None
    group_by: str | None
    geography: str
    spans: tuple[Span, ...] = ()
    """Grouped by month, quarter or year: which. Each has a figure of its own."""
    previous: Previous | None = None
    each_anew: bool = False
    """Whether a flow is counted once for each span as well: they are no months, quarters or years that follow each other."""

    def before(self, by: Previous) -> Ask:
        """Return what is asked for the days that these figures are compared with."""
        spans = tuple(before(span, by) for span in self.spans)
        whole = before(Span(self.from_, self.to), by)
        first, last = (spans[0].first, spans[-1].last) if spans else whole[:2]
        return replace(self, from_=first, to=last, spans=spans, each_anew=True)


Values = dict[str | None, int | Decimal]


@dataclass(frozen=True)
class Counted:
    """What was counted for one indicator in a span, by group, and in which of the provinces asked for."""

    indicator: Indicator
    scope: str
    span: Span
    area: frozenset[str]
    has: tuple[str, ...]
    found: Values
    under: Values
    listed: Values | None
    undated: Values | None

    @property
    def groups(self) -> set[str | None]:
        """The groups that anything was found in, also what is not dated."""
        return {*self.found, *self.under, *(self.undated or {})}

    def covered(self, within: tuple[str, ...]) -> tuple[str, ...]:
        """Return the provinces that a value of `within` is of."""
        return tuple(p for p in within if p in self.has)

    def value(self, group: str | None) -> int | Decimal | None:
        """Return the exact value of a group that has coverage; None for a share of nothing."""
        value = self.found.get(group, 0)
        return value if self.indicator.denominator is None else share_percent(value, self.under.get(group, 0))


async def count_figures(
    db: Database, ask: Ask, asked: tuple[str, ...], area: frozenset[str], caller: Caller
) -> list[Counted]:
    """Return what is counted of each indicator in each span, in two statements on coverage and one on all figures."""
    spans = ask.spans or (Span(ask.from_, ask.to),)
    coverage = await _coverage(db, asked, ask, spans)
    # Of days to come nothing is known, however far a coverage without an end reaches: they are no 0.
    begun = [span.first <= today() for span in spans]
    wanted: list[Wanted] = []
    lists: dict[tuple[Span, ...], int] = {}

    def place(indicator: Indicator | None, scope: str, has: tuple[str, ...], together: tuple[Span, ...]) -> int | None:
        if indicator is None:
            return None
        anew = ask.spans and has and (indicator.kind == "stock" or ask.each_anew)
        wanted.append(Wanted(indicator, scope, has, lists.setdefault(together, len(lists)) if anew else None))
        return len(wanted) - 1

    rows = []
    for indicator, scope in ask.indicators:
        base = None if indicator.denominator is None else ask.table.by_code[indicator.denominator]
        # What a share would count more is more of what it divides by.
        whole, whole_scope = (indicator, scope) if base is None else (base, base.default_scope)
        covered = [
            tuple(p for p in asked if within[p].issuperset(indicator.needs_at(scope))) if has_begun else ()
            for within, has_begun in zip(coverage[indicator.kind], begun, strict=True)
        ]
        # Spans with the same coverage are counted together: nearly always all of them.
        parts = {
            has: (
                place(indicator, scope, has, together),
                place(base, whole_scope, has, together),
                place(indicator.of_lists, scope, has, together),
                place(whole.of_undated, whole_scope, has, together),
            )
            for has in dict.fromkeys(covered)
            if (together := tuple(span for span, each in zip(spans, covered, strict=True) if each == has))
        }
        rows += [(indicator, scope, span, has, parts[has]) for span, has in zip(spans, covered, strict=True)]
    counted = await queries.count(
        db,
        wanted,
        ask.from_,
        ask.to,
        caller=caller,
        group_by=ask.group_by,
        geography=ask.geography,
        spans=[list(together) for together in lists],
    )

    def at(place: int | None, code: str | None) -> Values | None:
        found = None if place is None else counted.get(place, {})
        return {None: found.get(code, 0)} if ask.spans and found is not None else found

    figures = []
    for indicator, scope, span, has, places in rows:
        found, under, listed, undated = (at(place, span.code) for place in places)
        figures.append(Counted(indicator, scope, span, area, has, found or {}, under or {}, listed, undated))
    return figures


async def _coverage(
    db: Database, asked: Sequence[str], ask: Ask, spans: Sequence[Span]
) -> dict[str, list[dict[str, set[str]]]]:
    """Return by kind and span which records the provinces have coverage for: a flow for all days, a stock for the last."""
    coverage = {}
    for kind in ("flow", "stock"):
        needs = sorted({need for i, scope in ask.indicators if i.kind == kind for need in i.needs_at(scope)})
        days = [(span.first if kind == "flow" else span.last, span.last) for span in spans]
        coverage[kind] = await queries.covered(db, asked, needs, days)
    return coverage
