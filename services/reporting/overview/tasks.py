"""When tasks that are done by completions fall due, and since when they are late. Pure but for one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kernel.database.connections import Database
from services.reporting.overview import queries
from services.reporting.overview.areas import YearAsked
from services.reporting.overview.queries import PlanOfYearRow, TaskOfYearRow
from services.reporting.plans.verdicts import completed_cycles, cycles_ended


@dataclass(frozen=True)
class Due:
    """A task and the day by which it was, or is, to be done. `count`: in how many cycles it was not."""

    plan_id: str
    task_id: str
    title: str
    due_on: date
    count: int = 1


async def due_tasks(db: Database, asked: YearAsked, plans: Sequence[PlanOfYearRow]) -> list[Due]:
    """Return what is late by the day looked at and what falls due next, by day."""
    rows = await db.fetch(queries.TASKS, [plan["id"] for plan in plans], asked.on)
    found = [due for row in rows for due in due_of(row, asked.on)]
    return sorted(found, key=lambda due: (due.due_on, due.task_id))


def due_of(row: TaskOfYearRow, on: date) -> list[Due]:
    """Return when a task was late, by its first day not kept, and when it falls due next; nothing where it is done.

    A task without a cycle is due once, with its plan's end. The day itself is still in time.
    """
    every, first, last = row["due_every_months"], row["starts_on"], row["ends_on"]
    done = sorted(row["completed_on"])
    if every is None:
        return [] if done else [_due(row, last)]
    ended = cycles_ended(first, last, every, date.fromordinal(on.toordinal() - 1))
    kept = completed_cycles(ended, done)
    late = [_due(row, ended[kept][1], len(ended) - kept)] if kept < len(ended) else []
    all_of_it = cycles_ended(first, last, every, last)
    running = all_of_it[len(ended)] if len(ended) < len(all_of_it) else None
    is_done = running is not None and any(running[0] <= day <= running[1] for day in done)
    return late if running is None or is_done else [*late, _due(row, running[1])]


def _due(row: TaskOfYearRow, on: date, count: int = 1) -> Due:
    return Due(row["plan_id"], row["task_id"], row["title"], on, count)
