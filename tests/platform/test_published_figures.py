"""Every figure that five alliances published comes out of the demo's records, through the gateway, and opens into them.

published_figures.csv holds the figures as they were printed, with the sentence that each stands in: values, plans, percentages,
estimates and how many tasks of a plan were exceeded.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platform.conftest import Platform
from tests.support.published import COMPARED, Printed, differences, printed

pytestmark = pytest.mark.platform

ROWS = printed()
VALUES = [row for row in ROWS if row.kind == "actual"]


@pytest.fixture(scope="module")
def client(platform: Platform) -> httpx.Client:
    """The platform with every scenario loaded, called by the nation's system."""
    loaded = platform.vca("demo", "--all", timeout=600)
    assert loaded.returncode == 0, loaded.stderr
    return platform.client()


def figure(client: httpx.Client, row: Printed) -> dict[str, Any]:
    """Return the figure of a row, at its scope and days."""
    answer = client.get("/v1/reporting/figures", params=row.query())
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    return dict(item)


def test_the_reports_print_every_figure_that_is_looked_for_here() -> None:
    assert (len(ROWS), len(VALUES)) == (76, 60)
    assert {row.comparator for row in ROWS} == set(COMPARED)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_published_figure_is_answered_as_it_was_printed(client: httpx.Client, row: Printed) -> None:
    item = figure(client, row)
    assert differences(row, item) == [], row.quote
    plan = item["plan"] or {}
    estimates = ", ".join(f"{each['value']} ({each['percent']} %)" for each in item["estimates"])
    print(
        f"| {row.province} | `{row.indicator}` | {row.scope} | {row.value or ''} | {item['value']} | {row.plan or ''} "
        f"| {plan.get('value', '')} | {row.percent or ''} | {plan.get('percent', '')} | {plan.get('verdict', '')} | {estimates} |"
    )


@pytest.mark.parametrize("row", VALUES, ids=[row.name for row in VALUES])
def test_a_published_figure_opens_into_records(client: httpx.Client, row: Printed) -> None:
    item = figure(client, row)
    evidence = client.get(f"{item['evidence']}&count=exact&limit=200").json()
    assert evidence["count"] > 0
    assert all("contribution" in record for record in evidence["items"])
