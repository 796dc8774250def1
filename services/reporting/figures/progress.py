"""How far a plan has come: each task with its verdict, from the figures of its measures or from its completions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict, cast

from kernel.database.statements import statement
from kernel.values import geography
from kernel.web.auth import NATION, Caller
from kernel.web.calls import Call
from services.reporting.catalogue import CATALOGUE
from services.reporting.figures.ask import FigureAsk
from services.reporting.figures.asking import of_all
from services.reporting.figures.items import Item, Key, blank, complete
from services.reporting.figures.planned import add_plan, is_closed
from services.reporting.plans.lookup import ApprovedMeasure, NamedPlan, estimates_of
from services.reporting.plans.verdicts import Verdict, completed_cycles, completion_verdict, cycles_ended, task_verdict
from services.reporting.plans.versions.queries import measures_of, tasks_of
from services.reporting.rows import ApprovedTaskRow


@dataclass(frozen=True)
class MeasureProgress:
    """A measure with its figure, which holds plan, verdict and estimates."""

    measure: ApprovedMeasure
    figure: Item

    @property
    def verdict(self) -> Verdict | None:
        """What came of it; None where nothing is reported, or not in the unit of the plan."""
        plan = self.figure["plan"]
        return None if plan is None else cast("Verdict | None", plan["verdict"])


@dataclass(frozen=True)
class TaskProgress:
    """A task with its measures, or with how often it was done and how often it had to be."""

    task: ApprovedTaskRow
    measures: tuple[MeasureProgress, ...]
    verdict: Verdict | None
    done: int
    due: int | None
    """Cycles that ended by the day; None of a task that is done once."""


@dataclass(frozen=True)
class Progress:
    """All of a plan's version by a day."""

    tasks: tuple[TaskProgress, ...]
    measures: tuple[MeasureProgress, ...]
    """Of no task."""

    def counted(self, *verdicts: Verdict | None) -> int:
        """Return how many tasks have one of these verdicts; None: not all that it takes is reported."""
        return sum(task.verdict in verdicts for task in self.tasks)


class _Completion(TypedDict):
    task_id: str
    completed_on: date


# By ix_task_completion_plan_id.
_COMPLETIONS = statement(
    _Completion,
    "SELECT task_id, completed_on FROM task_completion WHERE plan_id = $1::uuid AND completed_on <= $2::date",
)


async def progress_of(call: Call, plan: NamedPlan, to: date, *, closed: bool) -> Progress:
    """Return how far the version `number` of a plan has come by the day `to`; `closed`: a report cuts it off on that day.

    The figures of all measures are asked at once. A task's own counts (`plan_indicators_*`) are no measure of a plan.
    """
    assert plan["number"] is not None, "what has no version has no progress"
    tasks = await tasks_of(call.db, plan["id"], plan["number"])
    rows = await measures_of(call.db, plan["id"], plan["number"])
    measures = [cast(ApprovedMeasure, {**row, "version": row["number"]}) for row in rows]
    done: dict[str, list[date]] = {}
    for row in await call.db.fetch(_COMPLETIONS, plan["id"], to):
        done.setdefault(row["task_id"], []).append(row["completed_on"])
    figures = await figures_of(call, measures, to)
    estimates = await estimates_of(call.db, [measure["measure_id"] for measure in measures])
    by_task: dict[str | None, list[MeasureProgress]] = {}
    for measure, figure in zip(measures, figures, strict=True):
        add_plan(figure, measure, estimates.get(measure["measure_id"], ()), closed=closed)
        by_task.setdefault(measure["task_id"], []).append(MeasureProgress(measure, figure))
    return Progress(
        tuple(
            _task(plan, task, by_task.get(task["task_id"], ()), done.get(task["task_id"], ()), to, closed=closed)
            for task in tasks
        ),
        tuple(by_task.get(None, ())),
    )


def _task(
    plan: NamedPlan,
    task: ApprovedTaskRow,
    measures: Sequence[MeasureProgress],
    done: Sequence[date],
    to: date,
    *,
    closed: bool,
) -> TaskProgress:
    first, last, months = plan["starts_on"], plan["ends_on"], task["due_every_months"]
    cycles = None if months is None else cycles_ended(first, last, months, to)
    if measures:
        verdict = task_verdict([(each.verdict, each.measure["is_condition"]) for each in measures])
    else:
        is_over = is_closed(last, to, closed=closed)
        verdict = completion_verdict(first, last, months, done, to, closed=is_over)
    return TaskProgress(
        task,
        tuple(measures),
        verdict,
        done=len(done) if not cycles else completed_cycles(cycles, done),
        due=None if cycles is None else len(cycles),
    )


_Question = tuple[date, date, str | None, str | None]
"""First day, last day, province, and the map of a commune."""


async def figures_of(call: Call, measures: Sequence[ApprovedMeasure], to: date) -> list[Item]:
    """Return the figure of each measure from its first day to `to`, or to its end where that was before.

    Measures of the same days and place are asked together: nearly always all of a plan.
    """
    asked: dict[_Question, dict[Key, None]] = {}
    for measure in measures:
        if _is_asked(measure, to, call.caller):
            asked.setdefault(_question(measure, to), {})[measure["indicator"], measure["scope"]] = None
    asks = {question: _ask(question, tuple(keys)) for question, keys in asked.items()}
    answers = await asyncio.gather(*(of_all(call, ask, _by_service(ask.indicators)) for ask in asks.values()))
    answered = dict(zip(asks, answers, strict=True))
    figures = []
    for measure in measures:
        question = _question(measure, to)
        key = (measure["indicator"], measure["scope"])
        ask = asks.get(question) or _ask(question, (key,))
        items = answered.get(question, {}).get(key, [])
        # A figure of its own for each measure: what is put in it is that measure's.
        figure = dict(_of_place(items, measure) or blank(ask, *key, call.language, status="not_reported"))
        complete(ask, figure)
        figures.append(figure)
    return figures


def _is_asked(measure: ApprovedMeasure, to: date, caller: Caller) -> bool:
    """Say whether there is anything to ask: its days have begun, and the nation's figure is asked by the nation alone."""
    return measure["starts_on"] <= to and (measure["place"] != NATION or caller.area == NATION)


def _question(measure: ApprovedMeasure, to: date) -> _Question:
    last = max(min(to, measure["ends_on"]), measure["starts_on"])
    if measure["commune_code"] is None:
        province = None if measure["place"] == NATION else measure["province"]
        return measure["starts_on"], last, province, None
    place = geography.place(measure["commune_code"], str(measure["commune_map"]))
    assert place is not None, "checked when it was entered"
    return measure["starts_on"], last, place.province_2025, measure["commune_map"]


def _ask(question: _Question, keys: tuple[Key, ...]) -> FigureAsk:
    first, last, province, commune_map = question
    return FigureAsk(
        keys,
        first,
        last,
        province=province,
        group_by=None if commune_map is None else "commune",
        geography=commune_map,
    )


def _by_service(keys: Sequence[Key]) -> Mapping[str, list[Key]]:
    by_service: dict[str, list[Key]] = {}
    for code, scope in keys:
        by_service.setdefault(CATALOGUE[code].service, []).append((code, scope))
    return by_service


def _of_place(items: Sequence[Item], measure: ApprovedMeasure) -> Item | None:
    """Return the item of a measure's place: the only one, or that of its commune."""
    if measure["commune_code"] is None or (len(items) == 1 and items[0]["group"] is None):
        return items[0] if items else None
    return next((item for item in items if item["group"] == measure["place"]), None)


def shown(progress: TaskProgress | MeasureProgress) -> dict[str, Any]:
    """Return a task with its measures, or a measure with its figure, as they are answered."""
    if isinstance(progress, MeasureProgress):
        names = ("measure_id", "is_condition")
        return {**{name: progress.measure[name] for name in names}, "figure": progress.figure}  # type: ignore[literal-required]
    task = progress.task
    return {
        "task_id": task["task_id"],
        "ordinal": task["ordinal"],
        "title": task["title"],
        "responsible_unit": task["responsible_unit"],
        "responsible_person": task["responsible_person"],
        "verdict": progress.verdict,
        "completions": progress.done,
        "completions_due": progress.due,
        "measures": [shown(each) for each in progress.measures],
    }
