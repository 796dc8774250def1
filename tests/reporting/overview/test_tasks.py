"""When a task falls due and since when it is late, and how what runs stands against what was expected: without a database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.reporting.overview.measures import counts_of, pace_of
from services.reporting.overview.queries import TaskOfYearRow
from services.reporting.overview.tasks import due_of


def _task(every: int | None, *done: str) -> TaskOfYearRow:
    return {
        "plan_id": "p",
        "task_id": "t",
        "title": "Báo cáo",
        "due_every_months": every,
        "starts_on": date(2024, 1, 1),
        "ends_on": date(2024, 12, 31),
        "completed_on": [date.fromisoformat(day) for day in done],
    }


def _due(every: int | None, on: str, *done: str) -> list[tuple[str, int]]:
    return [(str(due.due_on), due.count) for due in due_of(_task(every, *done), date.fromisoformat(on))]


def test_a_task_in_cycles_is_late_from_the_day_after_each_and_due_at_the_end_of_the_next() -> None:
    assert _due(3, "2024-02-01") == [("2024-03-31", 1)]
    assert _due(3, "2024-03-31") == [("2024-03-31", 1)]
    assert _due(3, "2024-04-01") == [("2024-03-31", 1), ("2024-06-30", 1)]
    assert _due(3, "2024-08-01") == [("2024-03-31", 2), ("2024-09-30", 1)]


def test_what_was_done_is_not_due() -> None:
    assert _due(3, "2024-04-01", "2024-03-20") == [("2024-06-30", 1)]
    assert _due(3, "2024-05-01", "2024-03-20", "2024-04-25") == []
    # A report in the first days behind a quarter is of that quarter.
    assert _due(3, "2024-07-05", "2024-03-20", "2024-06-20") == [("2024-09-30", 1)]


def test_after_the_plan_only_what_was_not_done_is_left() -> None:
    assert _due(6, "2025-02-01", "2024-06-20") == [("2024-12-31", 1)]
    assert _due(6, "2025-02-01", "2024-06-20", "2024-12-20") == []


def test_a_task_without_a_cycle_is_due_once_with_its_plan() -> None:
    assert _due(None, "2024-05-01") == [("2024-12-31", 1)]
    assert _due(None, "2025-05-01") == [("2024-12-31", 1)]
    assert _due(None, "2025-05-01", "2024-11-01") == []


def _measure(
    value: float | None, expected: float | None, verdict: str | None = "running", **more: Any
) -> dict[str, Any]:
    plan = {"verdict": verdict, "expected_by_now": expected}
    return {"value": value, "plan": plan, "direction": "more_is_better", **more}


@pytest.mark.parametrize(
    ("measure", "pace"),
    [
        (_measure(9, 8.3), "ahead"),
        (_measure(0.3, 0.3), "on_pace"),
        (_measure(8, 8.3), "behind"),
        (_measure(8, 8.3, direction="less_is_better"), "ahead"),
        (_measure(9, 8.3, direction="less_is_better"), "behind"),
        (_measure(9, 8.3, direction="neither"), None),
        (_measure(9, 8.3, "exceeded"), None),
        (_measure(None, 8.3), None),
        (_measure(9, None), None),
        ({"plan": None}, None),
    ],
)
def test_what_runs_is_ahead_or_behind(measure: dict[str, Any], pace: str | None) -> None:
    assert pace_of(measure) == pace


def test_measures_are_counted_by_verdict() -> None:
    items = [{**_measure(1, 2, verdict), "pace": None} for verdict in ("met", "met", "running", None)]
    items += [{"plan": None, "pace": None}, {**_measure(1, 2), "pace": "behind"}]
    assert counts_of(items) == {
        "exceeded": 0,
        "met": 2,
        "partly_met": 0,
        "missed": 0,
        "running": 2,
        "unknown": 2,
        "behind": 1,
    }
