"""Every cell of the reports that the five alliances published, as we write them, opens into records that add up to it.

Not only what was printed: each indicator at each scope, in a report of the same days and province.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.reporting.overview.areas import alliance_of
from tests.demo.services import READING, WRITING, Services
from tests.support.answers import etag, ok
from tests.support.contributions import assert_adds_up, assert_grew
from tests.support.published import PROVINCES, printed

pytestmark = pytest.mark.thorough

REPORTS = sorted({(PROVINCES[row.province], row.starts_on, row.ends_on) for row in printed()})
KINDS = {"06-30": "six_months", "08-31": "eight_months", "12-20": "year", "12-31": "year"}
COUNTS = "plan_indicators_"
GROWTHS = {"avg_income_per_cooperative_worker_growth": "avg_income_per_cooperative_worker"}


@pytest.fixture(params=REPORTS, ids=["-".join(report) for report in REPORTS])
def report(request: pytest.FixtureRequest) -> tuple[str, str, str]:
    """Province, first and last day of what an article told of."""
    told: tuple[str, str, str] = request.param
    return told


@pytest.fixture
def client(report: tuple[str, str, str], services_of_all_scenarios: Services) -> Iterator[httpx.Client]:
    """The services, called by an officer of the alliance that reports."""
    with services_of_all_scenarios.client(f"{READING} {WRITING}", alliance_of(report[0]), "officer") as client:
        yield client


@pytest.fixture
def catalogue(client: httpx.Client) -> dict[str, dict[str, Any]]:
    """The catalogue's entries by code."""
    return {entry["code"]: entry for entry in ok(client.get("/v1/reporting/indicators"))["items"]}


@pytest.fixture
def cells(
    report: tuple[str, str, str], client: httpx.Client, catalogue: dict[str, dict[str, Any]]
) -> Iterator[list[dict[str, Any]]]:
    """The cells of a report with each indicator at each scope. The draft goes again: others count reports."""
    province, from_, to = report
    body = {"kind": KINDS[to[5:]], "from": from_, "to": to, "province": province}
    draft = ok(client.post("/v1/reporting/reports", json=body), 201)
    path = f"/v1/reporting/reports/{draft['id']}"
    named = [f"{code}:{scope}" for code, entry in catalogue.items() for scope in entry["scopes"]]
    written = ok(client.patch(path, json={"included": named}, headers=etag(draft)))
    yield ok(client.get(f"{path}/content"))["cells"]
    client.delete(path, params={"reason": "Thử số liệu"}, headers=etag(written)).raise_for_status()


def _every(client: httpx.Client, address: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = ok(client.get(httpx.URL(f"{address}&limit=200").copy_merge_params(more)))
        rows += page["items"]
        if page["next_cursor"] is None:
            return rows
        more = {"cursor": page["next_cursor"]}


def test_the_records_behind_every_cell_of_a_report_add_up_to_it(
    client: httpx.Client, catalogue: dict[str, dict[str, Any]], cells: list[dict[str, Any]]
) -> None:
    assert len({cell["key"] for cell in cells}) == sum(len(entry["scopes"]) for entry in catalogue.values())
    for cell in cells:
        code = cell["indicator"]
        if cell["value"] is None:
            assert cell["evidence"] is None or _every(client, cell["evidence"]) == []
        elif code in GROWTHS:
            now, before = (_mean(client, cell, earlier=years) for years in (0, 1))
            assert_grew(cell, now, before, lambda address: _every(client, address))
        elif code.startswith(COUNTS):
            _assert_so_many_tasks(client, cell)
        else:
            assert_adds_up(cell, catalogue[code], lambda address: _every(client, address))


def _mean(client: httpx.Client, cell: dict[str, Any], *, earlier: int) -> dict[str, Any]:
    """Return the average whose growth a cell is, of its own year or an earlier one."""
    days = {name: f"{int(cell[name][:4]) - earlier}{cell[name][4:]}" for name in ("from", "to")}
    query = {"indicators": f"{GROWTHS[cell['indicator']]}:{cell['scope']}", "province": cell["province"], **days}
    (item,) = ok(client.get("/v1/reporting/figures", params=query))["items"]
    return dict(item)


def _assert_so_many_tasks(client: httpx.Client, cell: dict[str, Any]) -> None:
    verdict = cell["indicator"].removeprefix(COUNTS)
    tasks = ok(client.get(cell["evidence"]))["tasks"]
    assert len([task for task in tasks if verdict in ("assigned", task["verdict"])]) == cell["value"]
