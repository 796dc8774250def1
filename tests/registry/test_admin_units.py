"""Provinces, districts and communes of both maps: found by name, paged, counted, and never mistaken for each other."""

from __future__ import annotations

import pytest

from tests.registry.builders import PATH
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient

UNITS = f"{PATH}/admin-units"


async def test_each_map_has_the_units_that_were_published(registry: ApiClient) -> None:
    counts = {
        (map_, level): ok(await registry.get(UNITS, params={"map": map_, "level": level, "count": "exact"}))["count"]
        for map_, level in (("2008", "province"), ("2025", "province"), ("2008", "district"), ("2025", "commune"))
    }
    assert counts == {
        ("2008", "province"): 63,
        ("2025", "province"): 34,
        ("2008", "district"): 696,
        ("2025", "commune"): 3321,
    }


async def test_pages_hold_every_unit_once_and_the_count_is_theirs(registry: ApiClient) -> None:
    page = ok(await registry.get(UNITS, params={"level": "district", "limit": 200, "count": "exact"}))
    everything = await every_item(registry, UNITS, level="district", limit=200)
    assert page["count"] == len(everything) == len({unit["id"] for unit in everything})
    assert ok(await registry.get(UNITS, params={"level": "district"}))["count"] is None


async def test_the_communes_of_a_province_come_whole(registry: ApiClient) -> None:
    page = ok(await registry.get(UNITS, params={"province": "25-2025", "level": "commune", "limit": 1}))
    assert len(page["items"]) > 100
    assert page["next"] is None
    assert {unit["province_id"] for unit in page["items"]} == {"25-2025"}


async def test_a_province_says_what_it_was_made_of_and_what_became_of_it(registry: ApiClient) -> None:
    new = ok(await registry.get(f"{UNITS}/25-2025"))
    assert new["predecessor_ids"] == ["17-2008", "25-2008", "26-2008"]
    old = ok(await registry.get(f"{UNITS}/17-2008"))
    assert (old["name"], old["successor_ids"], old["lineage"]) == ("Hòa Bình", ["25-2025"], "complete")


async def test_one_code_on_two_maps_is_two_units(registry: ApiClient) -> None:
    old, new = [ok(await registry.get(f"{UNITS}/15-{map_}")) for map_ in ("2008", "2025")]
    assert (old["name"], new["name"]) == ("Yên Bái", "Lào Cai")


async def test_units_are_picked_by_id(registry: ApiClient) -> None:
    picked = ok(await registry.get(UNITS, params={"id": ["25-2025", "17-2008", "08230-2025"], "map": "2025"}))["items"]
    assert [unit["id"] for unit in picked] == ["08230-2025", "25-2025"]
    assert faults(await registry.get(UNITS, params={"id": ["25-2025"] * 201})) == {("id", "too_many")}


async def test_names_are_found_without_case_or_marks(registry: ApiClient) -> None:
    units = ok(await registry.get(UNITS, params={"q": "viet tri", "level": "district"}))["items"]
    assert [unit["full_name"] for unit in units] == ["Thành phố Việt Trì"]


async def test_whoever_has_it_already_is_told_so(registry: ApiClient) -> None:
    first = await registry.get(UNITS, params={"map": "2025", "level": "province"})
    assert first.headers["cache-control"] == "public, max-age=3600"
    tag = first.headers["etag"]
    # The gateway weakens the tag of what it compresses, and a cache may have kept several.
    for kept in (tag, f"W/{tag}", f'"other", W/{tag}', "*"):
        again = await registry.get(UNITS, params={"map": "2025", "level": "province"}, headers={"If-None-Match": kept})
        assert (again.status_code, again.content) == (304, b""), kept


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"map": "1975"}, ("map", "not_allowed")),
        ({"level": "hamlet"}, ("level", "not_allowed")),
        ({"province": "99-2025"}, ("province", "unknown_province")),
        ({"count": "about"}, ("count", "not_allowed")),
        ({"colour": "red"}, ("colour", "unknown_parameter")),
    ],
)
async def test_what_is_wrong_is_named(registry: ApiClient, asked: dict[str, str], fault: tuple[str, str]) -> None:
    assert faults(await registry.get(UNITS, params=asked)) == {fault}


async def test_a_cursor_that_is_none_and_a_unit_that_is_none_are_refused(registry: ApiClient) -> None:
    cursor = ok(await registry.get(UNITS, params={"level": "province"}))["next_cursor"]
    for other in ({"cursor": "abc"}, {"cursor": cursor}, {"cursor": cursor, "level": "commune"}):
        assert_problem(await registry.get(UNITS, params=other), 422, "cursor_mismatch")
    assert_problem(await registry.get(f"{UNITS}/99-2025"), 404, "not_found")
