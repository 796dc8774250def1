"""The alliances' own work in the scenarios: counted plainly in their files, and answered by reporting as the reports say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from kernel.values.days import today
from tests.demo.records import Records
from vca.demo.reporting import load_reporting
from vca.demo.scenarios import ALL, SANDBOX, records

pytestmark = pytest.mark.thorough

Loaded = tuple[httpx.Client, dict[str, int]]
PHU_THO = ("25-2008", "2023-01-01", "2023-08-31")
YEN_BAI = ("15-2008", "2020-01-01", "2020-12-20")

PUBLISHED = [
    (PHU_THO, "science_technology_projects", "joint", 3),
    (PHU_THO, "media_contests", "alliance_led", 2),
    (PHU_THO, "media_items_newspaper_portal", "alliance", 16),
    (PHU_THO, "media_news_broadcast", "alliance", 18),
    (PHU_THO, "media_reportages_broadcast", "alliance", 3),
    (PHU_THO, "media_items_vca_site", "alliance", 11),
    (PHU_THO, "media_items_own_channels", "alliance", 94),
    (PHU_THO, "media_bulletin_copies", "alliance", 500),
    (YEN_BAI, "poor_households_supported", "alliance_led", 107),
]


def value(
    client: httpx.Client, place: tuple[str, str, str], indicator: str, scope: str | None = None
) -> dict[str, Any]:
    """Return one figure."""
    params = {"indicators": indicator, "province": place[0], "from": place[1], "to": place[2]}
    params |= {} if scope is None else {"scope": scope}
    answer = client.get("/v1/reporting/indicator-values", params=params)
    assert answer.status_code == 200, answer.text
    (figure,) = answer.json()["items"]
    return dict(figure)


@pytest.mark.parametrize(("place", "indicator", "scope", "published"), PUBLISHED, ids=[each[1] for each in PUBLISHED])
def test_a_published_figure_is_answered_from_records(
    reporting_of_all_scenarios: Loaded, place: tuple[str, str, str], indicator: str, scope: str, published: int
) -> None:
    client, _ = reporting_of_all_scenarios
    figure = value(client, place, indicator, scope)
    assert (figure["value"], figure["status"]) == (published, "reported")
    # The row's scope is what is meant when none is named.
    assert value(client, place, indicator) == figure
    counted = client.get(f"{figure['evidence']}&count=exact").json()["count"]
    assert counted == {"media_bulletin_copies": 1, "poor_households_supported": 5}.get(indicator, published)


def test_the_days_of_a_report_and_its_scope_do_not_hold_all_that_is_recorded(
    reporting_of_all_scenarios: Loaded,
) -> None:
    """Totals that were merely made to fit would hold nothing but what is counted."""
    client, _ = reporting_of_all_scenarios
    for scenario, (_, first, last) in (("phu_tho_2023", PHU_THO), ("yen_bai_2020", YEN_BAI)):
        days = [row["happened_on"] for row in records(scenario, "activities")]
        assert min(days) < first
        assert max(days) > last
    assert value(client, PHU_THO, "media_items_newspaper_portal", "province")["value"] == 18
    assert value(client, PHU_THO, "science_technology_projects", "alliance_supported")["value"] == 4
    assert value(client, YEN_BAI, "poor_households_supported", "alliance_supported")["value"] == 112


def test_what_the_reports_do_not_tell_is_not_reported(reporting_of_all_scenarios: Loaded) -> None:
    client, _ = reporting_of_all_scenarios
    for place, indicator in (
        (PHU_THO, "poor_households_supported"),
        (("25-2008", "2023-01-01", "2023-12-31"), "media_contests"),
        (("62-2008", "2022-01-01", "2022-12-31"), "media_contests"),
    ):
        assert value(client, place, indicator)["status"] == "not_reported"


def test_more_than_forty_stays_more_than_forty(reporting_of_all_scenarios: Loaded) -> None:
    client, _ = reporting_of_all_scenarios
    answer = client.get("/v1/reporting/reported-figures", params={"comparator": "gt", "province": "62-2008"}).json()
    (figure,) = answer["items"]
    assert (figure["indicator"], figure["value"]) == ("trade_promotion_cooperative_participations", "40")


def test_loading_again_changes_nothing(reporting_of_all_scenarios: Loaded) -> None:
    client, calls = reporting_of_all_scenarios
    assert [load_reporting(client, scenario) for scenario in ALL] == [0] * len(ALL)
    assert max(calls.values()) <= 3


def test_the_sandbox_has_some_of_most_kinds_behind_its_figures(reporting_of_all_scenarios: Loaded) -> None:
    client, _ = reporting_of_all_scenarios
    assert [load_reporting(client, SANDBOX) for _ in range(2)] == [8, 0]
    days = ("25-2008", str(today() - timedelta(days=300)), str(today()))
    assert value(client, days, "media_bulletin_copies")["value"] == 500
    assert value(client, days, "poor_households_supported")["value"] == 14


def test_who_is_named_is_in_the_registrys_scenario() -> None:
    for scenario in ALL:
        known = Records(scenario).by_id
        named = [row for row in records(scenario, "activities") if row["organization_id"]]
        assert {known[row["organization_id"]]["is_synthetic"] for row in named} <= {"false"}
        assert all(row["partner"] in ("", known[row["organization_id"]]["name"]) for row in named)
