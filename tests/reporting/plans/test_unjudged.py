"""What is not judged is no number: tasks without figures, and months before a cut-off."""

from __future__ import annotations

from typing import Any

from tests.reporting.builders import PATH, Make
from tests.reporting.plans.builders import Planning
from tests.reporting.plans.told import Told
from tests.support.answers import ok
from tests.support.client import ApiClient

FIGURES = f"{PATH}/figures"
COUNTS = tuple(f"plan_indicators_{name}" for name in ("assigned", "exceeded", "met", "partly_met", "missed"))
DAYS = {"from": "2023-01-01", "to": "2023-12-31", "province": "17-2008"}


async def _counts(client: ApiClient, **query: Any) -> list[dict[str, Any]]:
    given = {"indicators": ",".join(COUNTS), **DAYS, **query}
    items: list[dict[str, Any]] = ok(await client.get(FIGURES, params=given))["items"]
    return items


async def _two_tasks(planning: Planning, told: Told) -> None:
    plan = await planning.plan()
    first, second = await planning.task(plan), await planning.task(plan, ordinal=2)
    await planning.measure(plan, task_id=first["id"])
    await planning.measure(plan, task_id=second["id"], indicator="training_classes", value="10", unit="class")
    await planning.approve(plan)
    told.values["cooperatives_new:province"] = 70


async def test_a_service_that_is_down_makes_the_counts_unavailable_and_never_fewer(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    await _two_tasks(planning, told)
    told.values["training_classes:province"] = 14
    assert [item["value"] for item in await _counts(reporting)] == [2, 2, 0, 0, 0]
    told.down = {"training"}
    assigned, *rest = await _counts(reporting)
    assert (assigned["value"], assigned["status"], assigned["plan"]["percent"]) == (2, "reported", None)
    for item in rest:
        assert (item["value"], item["status"]) == (None, "unavailable")
        assert (item["unavailable"]["service"], item["unavailable"]["code"]) == ("training", "service_down")


async def test_tasks_that_nothing_is_reported_of_leave_the_counts_not_reported(
    reporting: ApiClient, planning: Planning, told: Told
) -> None:
    await _two_tasks(planning, told)
    for language, words in (("vi", "1 trong 2 nhiệm vụ chưa đủ số liệu"), ("en", "1 of 2 tasks are not judged")):
        client = reporting
        given = {"indicators": ",".join(COUNTS), **DAYS}
        answer = ok(await client.get(FIGURES, params=given, headers={"Accept-Language": language}))
        assigned, *rest = answer["items"]
        assert (assigned["value"], assigned["plan"]["percent"]) == (2, None)
        for item in rest:
            assert (item["value"], item["status"], item["unavailable"]) == (None, "not_reported", None)
            assert item["explanation"].startswith(words)
            assert item["evidence"]


async def test_a_cut_off_judges_the_months_that_end_with_it_only(
    reporting: ApiClient, planning: Planning, make: Make
) -> None:
    await make.coverage("contests")
    plan = await planning.plan(province="25-2025")
    measure = {"indicator": "media_contests", "scope": "alliance_led", "unit": "event", "value": "4"}
    await planning.measure(plan, **measure)
    await planning.approve(plan)
    given: dict[str, Any] = {
        "from": "2023-01-01",
        "to": "2023-12-20",
        "indicators": "media_contests:alliance_led",
        "cut_off": True,
    }
    (whole,) = ok(await reporting.get(FIGURES, params=given))["items"]
    assert whole["plan"]["verdict"] == "missed"
    first = ok(await reporting.get(FIGURES, params={**given, "group_by": "month"}))["items"][0]
    assert (first["group"], first["plan"]["verdict"]) == ("2023-01", "running")
