"""The national set has the nation's published targets, and two bodies' numbers of 2022 that disagree stand side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.demo.services import Services, all_services
from tests.support.databases import Databases
from vca.national import load_national, load_targets
from vca.national.generate import BATCH
from vca.national.targets import PLAN_ID

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def services(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """All services with a small national set."""
    with all_services(databases, tmp_path_factory.mktemp("targets")) as services:
        load_national(services.urls["registry"], BATCH, tell=lambda _: None)
        assert load_targets(services.urls["reporting"])
        yield services


@pytest.fixture(scope="module")
def nation(services: Services) -> Iterator[httpx.Client]:
    """The services as somebody of the national alliance calls them."""
    with contextlib.closing(services.client()) as client:
        yield client


def figure(client: httpx.Client, indicator: str, year: int, **more: str) -> dict[str, Any]:
    """Return one figure of the nation for a year."""
    days = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
    answer = client.get("/v1/reporting/figures", params={"indicators": indicator, "province": "VN", **days, **more})
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    return dict(item)


@pytest.mark.parametrize(
    ("indicator", "target"),
    [
        ("cooperatives_total", 35_000),
        ("cooperative_groups_total", 134_000),
        ("cooperative_unions_total", 210),
        ("cooperative_members_total", 7_100_000),
        ("cooperative_group_members_total", 1_800_000),
        ("cooperatives_good_fair_share", 60),
    ],
)
def test_the_nation_is_measured_by_its_public_targets_of_2025(
    nation: httpx.Client, indicator: str, target: int
) -> None:
    plan = figure(nation, indicator, 2025)["plan"]
    assert (plan["plan_id"], plan["version"], plan["value"], plan["implied"]) == (PLAN_ID, 1, target, False)


def test_two_bodies_that_disagree_stand_side_by_side(nation: httpx.Client) -> None:
    item = figure(nation, "cooperatives_total", 2022)
    assert [(each["value"], each["comparator"], each["source"]) for each in item["reported_elsewhere"]] == [
        (29_378, "approx", "Bộ Kế hoạch và Đầu tư"),
        (29_021, "eq", "Liên minh Hợp tác xã Việt Nam"),
    ]
    listed = nation.get("/v1/reporting/reported-figures", params={"indicator": "cooperatives_total"}).json()["items"]
    assert {(each["value"], each["document_on"], each["province"]) for each in listed} == {
        ("29021", "2022-11-08", "VN"),
        ("29378", "2023-04-07", "VN"),
    }


def test_a_provincial_alliance_does_not_see_them_beside_its_own_figure(services: Services) -> None:
    with services.client(area="25-2025") as client:
        days = {"from": "2022-01-01", "to": "2022-12-31", "indicators": "cooperatives_total"}
        (item,) = client.get("/v1/reporting/figures", params=days).json()["items"]
        assert (item["reported_elsewhere"], item["plan"]) == ([], None)


def test_loading_again_changes_nothing(services: Services) -> None:
    assert not load_targets(services.urls["reporting"])
