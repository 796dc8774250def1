"""Every figure that five alliances published of what was done comes out of the demo's records, and opens into them.

published_figures.csv holds the figures as they were printed, with the sentence that each stands in.
"""

from __future__ import annotations

import csv
import operator
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.platform.conftest import Platform

pytestmark = pytest.mark.platform

PROVINCES = {
    "Phú Thọ": "25-2008",
    "Nghệ An": "40-2008",
    "Hòa Bình": "17-2008",
    "(unnamed; probably Kon Tum)": "62-2008",
    "Yên Bái": "15-2008",
}
SERVICES = ("registry", "funds", "training", "reporting")
COMPARED: dict[str, Callable[[Decimal, Decimal], bool]] = {"eq": operator.eq, "gt": operator.gt, "ge": operator.ge}
PER = {
    "million_vnd": {"money": "million_vnd"},
    "million_vnd_per_half_year": {"money": "million_vnd"},
    "million_vnd_per_person_month": {"money": "million_vnd", "per": "month"},
}
"""Unit as printed → the parameters that ask for it."""
ROWS = [
    row
    for row in csv.DictReader((Path(__file__).parent / "published_figures.csv").open(encoding="utf-8", newline=""))
    if row["value_kind"] == "actual"
]


@pytest.fixture(scope="module")
def client(platform: Platform) -> httpx.Client:
    """The platform with every scenario loaded, called by the nation's system."""
    loaded = platform.vca("demo", "--all", timeout=600)
    assert loaded.returncode == 0, loaded.stderr
    return platform.client()


@pytest.fixture(scope="module")
def service_of(client: httpx.Client) -> dict[str, str]:
    """Indicator → the service that counts it."""
    return {
        indicator["code"]: service
        for service in SERVICES
        for indicator in client.get(f"/v1/{service}/indicators").json()["items"]
    }


def figure(client: httpx.Client, service: str, row: dict[str, str]) -> dict[str, Any]:
    """Return the figure of a row, at its scope and days."""
    asked = {
        "indicators": row["indicator_code"],
        "scope": row["scope"],
        "province": PROVINCES[row["province"]],
        "from": row["period_start"],
        "to": row["period_end"],
        **PER.get(row["unit"], {}),
    }
    answer = client.get(f"/v1/{service}/indicator-values", params=asked)
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    return dict(item)


def test_the_reports_print_every_figure_that_is_looked_for_here() -> None:
    assert len(ROWS) == 60
    assert {row["comparator"] for row in ROWS} == set(COMPARED)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['province']}-{row['indicator_code']}-{row['scope']}" for row in ROWS])
def test_a_published_figure_comes_out_of_records_and_opens_into_them(
    client: httpx.Client, service_of: dict[str, str], row: dict[str, str]
) -> None:
    item = figure(client, service_of[row["indicator_code"]], row)
    printed = Decimal(row["value"])
    assert item["status"] == "reported", item
    # A report prints as many decimals as it likes: what it says exactly is compared as it printed it, half up.
    value = Decimal(str(item["value"]))
    shown = value.quantize(printed, ROUND_HALF_UP) if row["comparator"] == "eq" else value
    assert COMPARED[row["comparator"]](shown, printed), (item["value"], row["quote"])
    evidence = client.get(f"{item['evidence']}&count=exact&limit=200").json()
    assert evidence["count"] > 0
    assert all("contribution" in record for record in evidence["items"])
    print(
        f"| {row['province']} | `{row['indicator_code']}` | {row['scope']} | {row['value']} {row['comparator']} | {item['value']} | {evidence['count']} |"
    )
