"""Filling a pattern with figures: a clause knows which cells it states, and there is none where a figure is unknown.

A pattern is a Python format string: `{n}` is the number of the figure named n, and what stands behind the colon says how:

    {n}            36, 03, 1.283, hơn 40
    {n:unit}       75,7%, 643 ha, 13.200 triệu đồng, 16,3 nghìn
    {n:amount}     the same without the time of an amount, where the sentence says it: 1.117 triệu đồng
    {n:of_plan}    65/30 where the plan was printed, else 65
    {n:exact}      the digits of the value, whatever bound is known of it
    {n:end}        what closes its clause: ", đạt 217% kế hoạch (chưa gồm số liệu của …)"
    {n:full}       the same with the change of a headline figure: ", đạt 217% kế hoạch, tăng 5% so với cùng kỳ năm 2022"

Beside the figures a pattern has {alliance}, {named_alliance}, {whole}, {in_area}, {of_area}, {period}, {period_short}, {last_day}.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kernel.values import geography
from services.reporting.documents.content import Sentence
from services.reporting.documents.figures_read import Figure
from services.reporting.documents.wording.context import ReportContext
from services.reporting.documents.wording.numbers import (
    NOUNS,
    WORSE,
    bound_of,
    change_words,
    counted,
    plain,
    plan_words,
    with_unit,
)

_NAMED_MISSING = 3
_OWN_SCOPES = ("alliance_led", "alliance_supported", "joint", "supported", "alliance")


@dataclass(frozen=True)
class Clause:
    """A part of a sentence and the cells it states."""

    text: str
    cells: tuple[str, ...]
    closed: bool = False
    """Whether it ends with what came of its figure, so that a comma stands before words that go on."""


@dataclass(frozen=True)
class _Place:
    """One figure in a pattern."""

    figure: Figure
    context: ReportContext

    def __format__(self, how: str) -> str:
        figure = self.figure
        if how in ("end", "full"):
            return end_words(figure, self.context, change=how == "full")
        word, value = bound_of(figure)
        if how == "exact":
            assert figure.value is not None
            return plain(figure.value, figure.unit)
        plan = figure.measured.plan
        if how == "of_plan":
            printed = plan and not figure.measured.implied and figure.measured.plan_unit == figure.unit
            if plan is not None and printed and not word and not figure.is_measured_so_far:
                return f"{_unpadded(figure, value)}/{_unpadded(figure, plan)}"
            return str(format(self, ""))
        if how in ("unit", "amount"):
            return f"{word}{with_unit(value, figure.unit, time=how == 'unit')}"
        return f"{word}{plain(value, figure.unit)}"


def _unpadded(figure: Figure, value: Decimal) -> str:
    """Return digits without the zero in front: 5/6, not 05/06."""
    text = plain(value, figure.unit)
    return text.lstrip("0") or "0" if "," not in text else text


def end_words(figure: Figure, context: ReportContext, *, change: bool = False) -> str:
    """Return what closes a figure's clause: plan, reason, change, and that it is only a part."""
    plan = plan_words(figure.measured, context.plan_manner)
    changed = change_words(figure, context.before) if change else ""
    reason = figure.explanation
    if plan and figure.is_measured_so_far:
        plan = f"lũy kế từ đầu năm {so_far_words(figure)}, {plan}"
    if plan and reason:
        plan = f"{plan} {reason}"
    parts = "".join(f", {part}" for part in (plan, changed) if part)
    if reason and not plan:
        parts += f" ({reason})"
    return f"{parts}{partial_words(figure)}"


def so_far_words(figure: Figure) -> str:
    """Return what there is since the year began: 30/40 HTX beside a plan that was printed, else 30 HTX."""
    value, measured = figure.so_far, figure.measured
    assert value is not None, "the plan is held against it"
    noun = NOUNS.get(figure.unit)
    if noun is None or measured.plan is None or measured.implied or measured.plan_unit != figure.unit:
        return counted(value, figure.unit)
    return f"{_unpadded(figure, value)}/{_unpadded(figure, measured.plan)} {noun}"


def partial_words(figure: Figure) -> str:
    """Return " (chưa gồm số liệu của Hòa Bình)" for a figure of some of the provinces only; "" for a whole one."""
    if not figure.is_partial:
        return ""
    missing = figure.missing_provinces
    if not 0 < len(missing) <= _NAMED_MISSING:
        return " (mới có một phần số liệu)"
    names = [known.name if (known := geography.province(id_)) else id_ for id_ in missing]
    return f" (chưa gồm số liệu của {', '.join(names)})"


class Speaker:
    """Makes clauses and sentences out of a report's figures and remembers which cells were stated."""

    def __init__(self, figures: Mapping[str, Figure], context: ReportContext) -> None:
        self.figures, self.context = figures, context
        self.stated: set[str] = set()

    def known(self, name: str) -> Figure | None:
        """Return a figure by `code:scope`, or by its code at whatever scope it is known, if there is something to say of it.

        A zero without a plan stands in the table alone: reports do not list what was not done.
        """
        named = [name] if ":" in name else [key for key in self.figures if key.startswith(f"{name}:")]
        for key in named:
            figure = self.figures.get(key)
            if figure is not None and figure.value is not None and (figure.value != 0 or figure.measured.plan):
                return figure
        return None

    def own(self, code: str) -> str:
        """Return the key of an indicator at a scope of the alliance's own work; "" where there is none to say."""
        figures = (self.known(f"{code}:{scope}") for scope in _OWN_SCOPES)
        return next((figure.key for figure in figures if figure is not None), "")

    def has(self, *names: str) -> bool:
        """Whether all of these can be said."""
        return all(self.known(name) is not None for name in names)

    def clause(self, pattern: str, **names: str) -> Clause | None:
        """Return the pattern with its figures; None where one of them is unknown."""
        figures = {place: self.known(name) for place, name in names.items()}
        places = {place: _Place(figure, self.context) for place, figure in figures.items() if figure is not None}
        if len(places) < len(names):
            return None
        text = self._filled(pattern, places)
        ends = [format(place, how) for place in places.values() for how in ("end", "full")]
        closed = pattern.endswith((":end}", ":full}")) and any(end and text.endswith(end) for end in ends)
        return Clause(text, tuple(place.figure.key for place in places.values()), closed)

    def lead(self, pattern: str) -> Sentence:
        """Return a sentence without numbers."""
        return Sentence(_capital(self._filled(pattern, {})) + ".", ())

    def sentence(self, *clauses: Clause | None, before: str = "", between: str = "; ") -> list[Sentence]:
        """Return one sentence of the clauses that there are, `before` standing at its head; none of none."""
        there = [clause for clause in clauses if clause is not None]
        if not there:
            return []
        cells = tuple(dict.fromkeys(cell for clause in there for cell in clause.cells))
        self.stated.update(cells)
        text = self._filled(before, {}) + between.join(clause.text for clause in there)
        if self.context.compared == "year":
            # What it is compared with is named once a sentence.
            first, against, rest = text.partition(self.context.before)
            text = first + against + rest.replace(self.context.before, "cùng kỳ")
        return [Sentence(_capital(text) + ".", cells)]

    def _filled(self, pattern: str, places: Mapping[str, _Place]) -> str:
        context = self.context
        return pattern.format(
            **places,
            alliance=context.alliance,
            named_alliance=context.named_alliance,
            whole=context.whole,
            in_area=context.in_area,
            of_area=context.of_area,
            period=context.period,
            period_short=context.period_short,
            last_day=context.last_day,
        )


def listed(clauses: Iterable[Clause | None], *, between: str = ", ") -> Clause | None:
    """Return the clauses that there are as one; None of none."""
    there = [clause for clause in clauses if clause is not None]
    if not there:
        return None
    cells = tuple(dict.fromkeys(cell for clause in there for cell in clause.cells))
    return Clause(between.join(clause.text for clause in there), cells, there[-1].closed)


def together(*parts: Clause | None, between: str = "") -> Clause | None:
    """Return parts of one clause put together; None where the first is not there, the others only where they are."""
    there = [part for part in parts if part is not None]
    if parts[0] is None:
        return None
    texts = [
        f"{each.text}," if each.closed and (between + after.text).startswith(" ") else each.text
        for each, after in itertools.pairwise(there)
    ]
    cells = tuple(dict.fromkeys(cell for part in there for cell in part.cells))
    return Clause(between.join((*texts, there[-1].text)), cells, there[-1].closed)


def led_in(text: str, clause: Clause | None) -> Clause | None:
    """Return a clause with words before it."""
    return None if clause is None else Clause(text + clause.text, clause.cells, clause.closed)


def is_behind(figure: Figure) -> bool:
    """Whether a figure's plan was given up on or only partly met."""
    return figure.measured.verdict in WORSE


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


Sentences = Sequence[Sentence]
