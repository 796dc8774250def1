"""Counting figures: each indicator in each span of days, over the provinces that have coverage for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from kernel.database.connections import Connection
from kernel.indicators import queries
from kernel.indicators.definitions import Indicator
from kernel.indicators.queries import Wanted
from kernel.indicators.spans import Previous, Span, before
from kernel.indicators.table import IndicatorTable
from kernel.values import geography, lineage
from kernel.values.days import today
from kernel.values.money import quotient, share_percent
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
    per: str | None = None
    """Income of a person: for a month, a half-year or a year; None: as the indicator has it."""
    money: str | None = None
    """Amounts in đồng, or in millions of it."""
    each_anew: bool = False
    """Whether a flow is counted once for each span as well: they are no months, quarters or years that follow each other."""

    def before(self, by: Previous) -> Ask:
        """Return what is asked for the days that these figures are compared with."""
        spans = tuple(before(span, by) for span in self.spans)
        whole = before(Span(self.from_, self.to), by)
        first, last = (spans[0].first, spans[-1].last) if spans else whole[:2]
        return replace(self, from_=first, to=last, spans=spans, each_anew=True)


Values = dict[str | None, int | Decimal | None]


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
    """What a share or an average is divided by."""
    listed: Values | None
    undated: Values | None
    reporters: Values | None
    """How many organizations stand behind an average, and below: of how many."""
    standing: Values | None
    past: Counted | None = None
    """Of a growth: the year before."""

    @property
    def groups(self) -> set[str | None]:
        """The groups that anything was found in, also what is not dated."""
        return {*self.found, *self.under, *(self.undated or {})}

    def covered(self, within: tuple[str, ...]) -> tuple[str, ...]:
        """Return the provinces that a value of `within` is of."""
        return tuple(p for p in within if p in self.has)

    def value(self, group: str | None) -> int | Decimal | None:
        """Return the exact value of a group that has coverage; None for a share of nothing, the least of nothing and what nobody reported."""
        if self.is_unreported(group):
            return None
        value = self.found.get(group, self.indicator.nothing)
        if self.indicator.is_ratio or (self.past is not None and self.under):
            value = self._ratio(value or 0, self.under.get(group) or 0)
        if self.past is None:
            return value
        before = self.past.value(group)
        return None if value is None or before is None else share_percent(value - before, before)

    def is_unreported(self, group: str | None) -> bool:
        """Say whether organizations stand there and none of them reported: nothing is known then, not 0."""
        if self.reporters is None or self.reporters.get(group):
            return False
        return self.standing is None or bool(self.standing.get(group))

    def _ratio(self, above: int | Decimal, below: int | Decimal) -> Decimal | None:
        in_percent = self.indicator.unit == "percent"
        return share_percent(above, below) if in_percent else quotient(above, below)


async def count_figures(
    db: Connection, ask: Ask, asked: tuple[str, ...], area: frozenset[str], caller: Caller
) -> list[Counted]:
    """Return what is counted of each indicator in each span; a growth against the year before as well."""
    counting = _Counting(db, asked, area, caller)
    grown = [at for at, (indicator, _) in enumerate(ask.indicators) if indicator.growth_of is not None]
    if not grown:
        return await counting.of(ask)
    bases = tuple(
        (indicator if indicator.growth_of is None else ask.table.by_code[indicator.growth_of], scope)
        for indicator, scope in ask.indicators
    )
    figures = await counting.of(replace(ask, indicators=bases))
    earlier = await counting.of(
        replace(ask.before("year"), indicators=tuple((bases[at][0].unreported, bases[at][1]) for at in grown))
    )
    spans = len(ask.spans) or 1
    for place, at in enumerate(grown):
        for span in range(spans):
            now, then = figures[at * spans + span], earlier[place * spans + span]
            both = tuple(province for province in now.has if province in then.has)
            if both and not both == now.has == then.has:
                # What one of the years is known of alone is no growth.
                now, then = await counting.within(both, ask, now), await counting.within(both, ask, then)
            figures[at * spans + span] = replace(now, indicator=ask.indicators[at][0], has=both, past=then)
    return figures


@dataclass(frozen=True)
class _Counting:
    """Counts what is asked, for a caller, in the provinces asked for."""

    db: Connection
    asked: tuple[str, ...]
    area: frozenset[str]
    caller: Caller

    async def within(self, provinces: tuple[str, ...], ask: Ask, figure: Counted) -> Counted:
        """Return a figure as it is in these of its provinces."""
        span = figure.span
        one = replace(
            ask,
            indicators=((figure.indicator, figure.scope),),
            from_=span.first,
            to=span.last,
            spans=(span,) if ask.spans else (),
            each_anew=True,
        )
        (counted,) = await replace(self, asked=provinces).of(one)
        return counted

    async def of(self, ask: Ask) -> list[Counted]:
        """Count in one statement on coverage and one on all figures; what is by district in one more a span."""
        spans = ask.spans or (Span(ask.from_, ask.to),)
        coverage = await _coverage(self.db, self.asked, ask, spans)
        # Of days to come nothing is known, however far a coverage without an end reaches: they are no 0.
        begun = [span.first <= today() for span in spans]
        wanted = _Wanted(ask)
        rows = []
        for indicator, scope in ask.indicators:
            covered = [
                tuple(p for p in self.asked if within[p].issuperset(indicator.needs_at(scope))) if has_begun else ()
                for within, has_begun in zip(coverage[indicator.kind], begun, strict=True)
            ]
            # Spans with the same coverage are counted together: nearly always all of them.
            parts = {
                has: wanted.parts(indicator, scope, has, together)
                for has in dict.fromkeys(covered)
                if (together := tuple(span for span, each in zip(spans, covered, strict=True) if each == has))
            }
            needs = _standing_needs(ask, indicator)
            for span, has, within in zip(spans, covered, coverage["stock"], strict=True):
                # Of how many is known where these are: not from what happens to be recorded of them.
                told = all(within[province].issuperset(needs) for province in has)
                rows.append((indicator, scope, span, has, parts[has] if told else (*parts[has][:-1], None)))
        counted = await queries.count(
            self.db,
            wanted.items,
            ask.from_,
            ask.to,
            caller=self.caller,
            group_by=ask.group_by,
            geography=ask.geography,
            spans=[list(together) for together in wanted.lists],
        )

        def at(place: int | None, code: str | None) -> Values | None:
            found = None if place is None else counted.get(place, {})
            return {None: found.get(code, wanted.nothing(place))} if ask.spans and found is not None else found

        districts: dict[int, Values] = {}
        for span in spans:
            of_span = {n: row[:4] for n, row in enumerate(rows) if row[0].by_district is not None and row[2] == span}
            districts |= await self._by_district(ask, span, of_span)
        figures = []
        for number, (indicator, scope, span, has, places) in enumerate(rows):
            found, under, listed, undated, reporters, standing = (at(place, span.code) for place in places)
            found = districts.get(number, found)
            known = (found or {}, under or {}, listed, undated, reporters, standing)
            figures.append(Counted(indicator, scope, span, self.area, has, *known))
        return figures

    async def _by_district(
        self, ask: Ask, span: Span, asked: dict[int, tuple[Indicator, str, Span, tuple[str, ...]]]
    ) -> dict[int, Values]:
        """Return in how many districts there are any, or the least of one; by province where that is asked."""
        if not asked:
            return {}
        state = geography.districts_on(span.last)
        counted = await queries.count(
            self.db,
            [Wanted(replace(indicator, by_district=None), scope, has) for indicator, scope, _, has in asked.values()],
            span.first,
            span.last,
            caller=self.caller,
            group_by="district",
            geography=state,
        )
        found: dict[int, Values] = {}
        for place, (number, (indicator, _, _, has)) in enumerate(asked.items()):
            numbers: dict[str | None, list[int]] = {}
            for province in has:
                group = None if ask.group_by is None else geography.on_map(province, ask.geography)
                for unit in lineage.units_in((province,), "district", state):
                    numbers.setdefault(group, []).append(int(counted[place].get(unit) or 0))
            if indicator.by_district == "least":
                found[number] = {group: min(each) for group, each in numbers.items()}
            else:
                found[number] = {group: sum(each > 0 for each in these) for group, these in numbers.items()}
        return found


class _Wanted:
    """What is counted in one statement, and the lists of spans that some of it is counted in anew."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.items: list[Wanted] = []
        self.lists: dict[tuple[Span, ...], int] = {}

    def nothing(self, place: int | None) -> int | None:
        """Return the value of what found no rows."""
        return 0 if place is None else self.items[place].indicator.nothing

    def parts(
        self, indicator: Indicator, scope: str, has: tuple[str, ...], together: tuple[Span, ...]
    ) -> tuple[int | None, ...]:
        """Return the places of the figure, what it is divided by, and what is told beside it, in the order of Counted."""
        by_code = self._ask.table.by_code
        base = None if indicator.denominator is None else by_code[indicator.denominator]
        # What a share would count more is more of what it divides by.
        whole, whole_scope = (indicator, scope) if base is None else (base, base.default_scope)
        standing = None if indicator.reported_of is None else by_code[indicator.reported_of]
        if standing is not None and self._ask.group_by is not None and self._ask.group_by not in standing.groups:
            standing = None

        def place(part: Indicator | None, at: str) -> int | None:
            if part is None:
                return None
            anew = self._ask.spans and has and (part.counted_anew or self._ask.each_anew)
            spans = self.lists.setdefault(together, len(self.lists)) if anew else None
            self.items.append(Wanted(part, at, has, spans))
            return len(self.items) - 1

        return (
            None if indicator.by_district else place(indicator, scope),
            place(indicator.of_divisor if base is None else base, whole_scope),
            place(indicator.of_lists, scope),
            place(whole.of_undated, whole_scope),
            place(indicator.of_reporters, scope),
            None if standing is None else place(standing, standing.default_scope),
        )


def _standing_needs(ask: Ask, indicator: Indicator) -> tuple[str, ...]:
    """Return what has to be covered for it to be known of how many organizations an average is."""
    return () if indicator.reported_of is None else ask.table.by_code[indicator.reported_of].needs


async def _coverage(
    db: Connection, asked: Sequence[str], ask: Ask, spans: Sequence[Span]
) -> dict[str, list[dict[str, set[str]]]]:
    """Return by kind and span which records the provinces have coverage for: a flow for all days, a stock for the last."""
    needs = {
        kind: {need for i, scope in ask.indicators if i.kind == kind for need in i.needs_at(scope)}
        for kind in ("flow", "stock")
    }
    needs["stock"].update(need for i, _ in ask.indicators for need in _standing_needs(ask, i))
    flows = [(span.first, span.last) for span in spans] if needs["flow"] else []
    stocks = [(span.last, span.last) for span in spans] if needs["stock"] else []
    # Types that only the other kind needs are looked up for nothing, but all in one statement.
    found = await queries.covered(db, asked, sorted(needs["flow"] | needs["stock"]), [*flows, *stocks])
    nothing: list[dict[str, set[str]]] = [{province: set() for province in asked} for _ in spans]
    return {"flow": found[: len(flows)] or nothing, "stock": found[len(flows) :] or nothing}
