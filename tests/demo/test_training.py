"""The classes and trade of the scenarios: counted plainly in their files, and answered by training as the reports say."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.demo.records import Records
from vca.demo.scenarios import ALL, records
from vca.demo.training import load_training

pytestmark = pytest.mark.thorough

Loaded = tuple[httpx.Client, dict[str, int]]
PHU_THO = ("25-2008", "2023-01-01", "2023-08-31")
KON_TUM = ("62-2008", "2022-01-01", "2022-12-31")

PUBLISHED = [
    (PHU_THO, "training_classes_alliance", 12),
    (PHU_THO, "training_attendances_alliance", 695),
    (PHU_THO, "training_classes_joint", 3),
    (PHU_THO, "training_attendances_joint", 205),
    (PHU_THO, "trade_promotion_cooperative_participations", 30),
    (PHU_THO, "trade_promotion_product_types", 150),
    (KON_TUM, "training_classes_law", 12),
    (KON_TUM, "training_trainees_law", 600),
    (KON_TUM, "training_classes_management", 5),
    (KON_TUM, "training_trainees_management", 200),
    (KON_TUM, "trade_promotion_cooperative_participations", 41),
    (KON_TUM, "market_linkage_cooperatives", 7),
]


def value(client: httpx.Client, place: tuple[str, str, str], indicator: str) -> dict[str, Any]:
    """Return one figure."""
    params = {"indicators": indicator, "province": place[0], "from": place[1], "to": place[2]}
    answer = client.get("/v1/training/indicator-values", params=params)
    assert answer.status_code == 200, answer.text
    (figure,) = answer.json()["items"]
    return dict(figure)


@pytest.mark.parametrize(("place", "indicator", "published"), PUBLISHED, ids=[f"{p[0][0]}-{p[1]}" for p in PUBLISHED])
def test_a_published_figure_is_answered_from_records(
    training_of_all_scenarios: Loaded, place: tuple[str, str, str], indicator: str, published: int
) -> None:
    client, _ = training_of_all_scenarios
    figure = value(client, place, indicator)
    assert (figure["value"], figure["status"]) == (published, "reported")
    counted = client.get(f"{figure['evidence']}&count=exact").json()["count"]
    # Kinds of products and linked cooperatives are told apart among participations and agreements.
    told_apart = {"trade_promotion_product_types": 30, "market_linkage_cooperatives": 8}
    assert counted == told_apart.get(indicator, published)


def test_luot_is_not_persons_and_a_kind_shown_twice_is_shown_twice(training_of_all_scenarios: Loaded) -> None:
    client, _ = training_of_all_scenarios
    assert value(client, PHU_THO, "training_distinct_trainees")["value"] < 695 + 205
    assert value(client, PHU_THO, "trade_promotion_product_showings")["value"] == 168
    assert value(client, PHU_THO, "trade_promotion_cooperatives")["value"] == 24


def test_what_the_reports_do_not_tell_is_not_reported(training_of_all_scenarios: Loaded) -> None:
    client, _ = training_of_all_scenarios
    for place, indicator in (
        (PHU_THO, "market_linkage_cooperatives"),
        (("25-2008", "2023-01-01", "2023-12-31"), "training_classes_alliance"),
        (("17-2008", "2023-01-01", "2023-08-31"), "trade_promotion_cooperative_participations"),
    ):
        assert (value(client, place, indicator)["status"], value(client, place, indicator)["value"]) == (
            "not_reported",
            None,
        )


def test_loading_again_changes_nothing(training_of_all_scenarios: Loaded) -> None:
    client, _ = training_of_all_scenarios
    assert [load_training(client, scenario) for scenario in ALL] == [0] * len(ALL)


def test_rolls_and_booths_are_loaded_in_whole_files_and_batches(training_of_all_scenarios: Loaded) -> None:
    """One call a class, session, event and agreement; none a person on a roll, and none a booth."""
    _, calls = training_of_all_scenarios
    for scenario in ALL:
        kinds = ("classes", "class_sessions", "trade_events", "market_links")
        alone = sum(len(list(records(scenario, kind))) for kind in kinds)
        # A roll, a batch of booths, one of coverages, and an event called off.
        assert calls[scenario] <= alone + 4


@pytest.mark.parametrize("scenario", ["phu_tho_2023", "kon_tum_2022"])
def test_who_took_part_is_in_the_registrys_scenario_and_had_begun(scenario: str) -> None:
    organizations = Records(scenario).by_id
    days = {row["id"]: row["starts_on"] for row in records(scenario, "trade_events")}
    for row in records(scenario, "participations"):
        organization = organizations[row["organization_id"]]
        assert organization["name"] == row["organization_name"]
        assert organization["registered_on"] < days[row["trade_event_id"]]
    for row in records(scenario, "attendances"):
        assert row["organization_id"] == "" or organizations[row["organization_id"]]["name"] == row["organization_name"]


def test_the_eight_months_do_not_hold_all_that_is_recorded() -> None:
    """Totals that were merely made to fit would hold nothing but what is counted."""
    days = [row["ends_on"] for row in records("phu_tho_2023", "classes")]
    assert min(days) < "2023-01-01"
    assert max(days) > "2023-08-31"
    events = list(records("phu_tho_2023", "trade_events"))
    assert any(row["cancelled_on"] for row in events)
    assert any(row["starts_on"] < "2023-01-01" for row in events)


def test_nobody_in_the_files_has_a_number() -> None:
    for scenario in ("phu_tho_2023", "kon_tum_2022"):
        for row in records(scenario, "attendances"):
            assert not {"id_number", "phone"} & set(row)
