"""What is wrong with a question is said at its parameter, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from services.reporting.catalogue import CATALOGUE
from tests.reporting.figures.conftest import FIGURES, Asking
from tests.support.answers import faults, ok
from tests.support.client import ApiClient

FAULTS: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "an unknown indicator": ({"indicators": "cooperatives_gone"}, {("indicators", "unknown_indicator")}),
    "an empty name": ({"indicators": "cooperatives_new,"}, {("indicators", "unknown_indicator")}),
    "a retired one": (
        {"indicators": "districts_with_effective_model", "from": "2025-07-01", "to": "2025-12-31"},
        {("indicators", "retired_indicator")},
    ),
    "a scope that it lacks": ({"indicators": "cooperatives_total:joint"}, {("indicators", "not_allowed")}),
    "a scope for all that one lacks": (
        {"indicators": "cooperatives_new,cooperatives_total", "scope": "joint"},
        {("scope", "not_allowed")},
    ),
    "no scope at all": ({"scope": "world"}, {("scope", "not_allowed")}),
    "a province that is none": ({"province": "98-2025"}, {("province", "unknown_province")}),
    "a province without its map": ({"province": "25"}, {("province", "province_ambiguous")}),
    "the nation of an officer of a province": ({"province": "VN"}, {("province", "outside_area")}),
    "a map that is none": ({"geography": "1999"}, {("geography", "not_allowed")}),
    "a grouping that is none": ({"group_by": "moon"}, {("group_by", "not_allowed")}),
    "a grouping that one lacks": (
        {"indicators": "cooperatives_new,training_classes", "group_by": "topic"},
        {("group_by", "not_allowed")},
    ),
    "a grouping of plans": (
        {"indicators": "plan_indicators_assigned", "group_by": "province"},
        {("group_by", "not_allowed")},
    ),
    "days that end before they begin": ({"from": "2024-01-01"}, {("to", "end_before_start")}),
    "too many years": ({"from": "1950-01-01"}, {("to", "too_long")}),
    "too many months of a stock": (
        {"indicators": "cooperatives_total", "group_by": "month", "from": "2015-01-01"},
        {("group_by", "too_many")},
    ),
    "too many months compared": (
        {"indicators": "cooperatives_new", "group_by": "month", "from": "2015-01-01", "previous": "year"},
        {("group_by", "too_many")},
    ),
    "a comparison that is none": ({"previous": "decade"}, {("previous", "not_allowed")}),
    "an income for another time": ({"per": "week"}, {("per", "not_allowed")}),
    "an income for longer than the days": (
        {"indicators": "avg_income_per_cooperative_worker", "to": "2023-06-30", "per": "year"},
        {("per", "longer_than_the_period")},
    ),
    "another money": ({"money": "usd"}, {("money", "not_allowed")}),
    "a plan that is no id": ({"plan": "kế hoạch 2024"}, {("plan", "wrong_format")}),
    "a version without a plan": ({"plan_version": 2}, {("plan_version", "needs_plan")}),
    "several at once": (
        {"indicators": "x:y,cooperatives_total:joint", "province": "25", "money": "usd"},
        {
            ("indicators", "unknown_indicator"),
            ("indicators", "not_allowed"),
            ("province", "province_ambiguous"),
            ("money", "not_allowed"),
        },
    ),
}


@pytest.mark.parametrize("name", list(FAULTS))
async def test_what_is_wrong_is_said_at_its_parameter_in_both_languages(reporting: ApiClient, name: str) -> None:
    query, expected = FAULTS[name]
    params = {"indicators": "cooperatives_new", "from": "2023-01-01", "to": "2023-12-31", **query}
    texts = []
    for language in ("vi", "en"):
        answer = await reporting.get(FIGURES, params=params, headers={"Accept-Language": language})
        assert faults(answer) == expected
        texts.append([error["detail"] for error in answer.json()["errors"]])
    vi, en = texts
    assert all(vi)
    assert all(en)
    assert not set(vi) & set(en)


async def test_a_province_without_its_map_is_offered_on_both(reporting: ApiClient) -> None:
    params = {"indicators": "cooperatives_new", "from": "2023-01-01", "to": "2023-12-31", "province": "17"}
    (error,) = (await reporting.get(FIGURES, params=params)).json()["errors"]
    assert error["allowed"] == ["17-2008"]
    assert "Hòa Bình" in error["detail"]


async def test_all_is_what_stands_on_the_first_day_and_offers_what_is_asked(ask: Asking) -> None:
    after = {each["indicator"] for each in await ask.items(None, **{"from": "2025-07-01", "to": "2025-12-31"})}
    assert CATALOGUE.keys() - after == {"districts_with_effective_model", "effective_models_per_district_min"}
    by_topic = {each["indicator"] for each in await ask.items(None, group_by="topic")}
    assert by_topic == {code for code, entry in CATALOGUE.items() if "topic" in entry.group_by}
    at_joint = await ask.items(None, scope="joint")
    assert {each["indicator"] for each in at_joint} == {c for c, e in CATALOGUE.items() if "joint" in e.scopes}


async def test_a_scope_of_its_own_wins_over_that_for_all(ask: Asking) -> None:
    items = await ask.items("cooperatives_new:alliance_led,cooperatives_converted_new_style", scope="joint")
    assert [each["scope"] for each in items] == ["alliance_led", "joint"]


async def test_the_longest_question_is_one_request(reporting: ApiClient) -> None:
    every = ",".join(f"{entry.code}:{entry.default_scope}" for entry in CATALOGUE.values())
    params = {"indicators": every, "from": "2023-01-01", "to": "2023-12-31"}
    assert len(ok(await reporting.get(FIGURES, params=params))["items"]) == len(CATALOGUE)
