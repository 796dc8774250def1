"""Every figure that five alliances published comes out of the demo's records: value, plan, percent, estimate and counts.

tests/platform/published_figures.csv holds them as printed. Rows that are mere context are no figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.demo.services import Services
from tests.support.contributions import assert_adds_up, assert_grew
from tests.support.published import Printed, differences, printed

pytestmark = pytest.mark.thorough

ROWS = printed()


@pytest.fixture(scope="module")
def client(services_of_all_scenarios: Services) -> Iterator[httpx.Client]:
    """The services, called by somebody who may read all of the nation."""
    with services_of_all_scenarios.client() as client:
        yield client


@pytest.fixture(scope="module")
def catalogue(client: httpx.Client) -> dict[str, dict[str, Any]]:
    """The catalogue's entries by code."""
    return {entry["code"]: entry for entry in client.get("/v1/reporting/indicators").json()["items"]}


def figure(client: httpx.Client, query: dict[str, str]) -> dict[str, Any]:
    """Return the one figure asked for."""
    answer = client.get("/v1/reporting/figures", params=query)
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    return dict(item)


def in_dong(row: Printed) -> dict[str, str]:
    """Return what a row is asked by, in the units that records have."""
    return {name: value for name, value in row.query().items() if name not in ("money", "per")}


def every(client: httpx.Client, address: str) -> list[dict[str, Any]]:
    """Return all records behind an address."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        answer = client.get(httpx.URL(f"{address}&limit=200").copy_merge_params(more))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows


def test_the_reports_print_76_figures() -> None:
    assert len(ROWS) == 76
    assert {kind: sum(row.kind == kind for row in ROWS) for kind in ("actual", "plan", "estimate", "plan_meta")} == {
        "actual": 60,
        "plan": 10,
        "estimate": 2,
        "plan_meta": 4,
    }


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_published_figure_is_answered_as_it_was_printed(client: httpx.Client, row: Printed) -> None:
    item = figure(client, row.query())
    assert differences(row, item) == [], row.quote


GROWTH, MEAN_INCOME = "avg_income_per_cooperative_worker_growth", "avg_income_per_cooperative_worker"
CELLS = [row for row in ROWS if row.kind == "actual" and row.indicator != GROWTH]


@pytest.mark.parametrize("row", CELLS, ids=[row.name for row in CELLS])
def test_the_records_behind_a_published_figure_add_up_to_it(
    client: httpx.Client, catalogue: dict[str, dict[str, Any]], row: Printed
) -> None:
    item = figure(client, in_dong(row))
    assert assert_adds_up(item, catalogue[row.indicator], lambda address: every(client, address)) > 0


def test_a_growth_is_of_the_two_averages_whose_records_it_opens(client: httpx.Client) -> None:
    (row,) = [row for row in ROWS if row.indicator == GROWTH]
    query = in_dong(row)
    now = {**query, "indicators": MEAN_INCOME}
    before = {**now, "from": "2022-01-01", "to": "2022-12-31"}
    averages = figure(client, now), figure(client, before)
    assert_grew(figure(client, query), *averages, lambda address: every(client, address))


COUNTS = [row for row in ROWS if row.kind == "plan_meta"]


@pytest.mark.parametrize("row", COUNTS, ids=[row.name for row in COUNTS])
def test_the_tasks_behind_a_count_are_as_many(client: httpx.Client, row: Printed) -> None:
    item = figure(client, row.query())
    progress = client.get(item["evidence"]).json()
    verdict = row.indicator.removeprefix("plan_indicators_")
    tasks = [task for task in progress["tasks"] if verdict in ("assigned", task["verdict"])]
    assert len(tasks) == item["value"] == row.value
