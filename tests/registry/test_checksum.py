"""A follower proves that it is equal: it computes the sum that the contract describes and compares."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.registry.builders import LE_LOI, PATH, Make
from tests.support.answers import faults, ok
from tests.support.client import ApiClient

CHECKSUM = f"{PATH}/changes/checksum"


def checksum(records: list[Any]) -> str:
    """Return the sum over `records` as the contract words it."""
    texts = (f"{record.id}:{record.version}".encode() for record in records)
    return str(sum(int(hashlib.md5(text, usedforsecurity=False).hexdigest()[:15], 16) for text in texts))


async def test_a_copy_that_is_equal_has_the_same_sum_and_a_change_shows(registry: ApiClient, make: Make) -> None:
    organizations = [await make.organization() for _ in range(3)]
    query = {"type": "organization"}
    assert ok(await registry.get(CHECKSUM, params=query))["items"] == [
        {"group": None, "count": 3, "checksum": checksum(organizations)}
    ]
    organizations[1] = await make.changed(organizations[1], name_short="Sao Mai")
    assert ok(await registry.get(CHECKSUM, params=query))["items"][0]["checksum"] == checksum(organizations)


async def test_the_sums_of_provinces_are_of_the_callers_area(registry: ApiClient, make: Make) -> None:
    ours, theirs = await make.organization(), await make.organization(commune=LE_LOI)
    query = {"type": "organization", "group_by": "province"}
    seen = ok(await registry.get(CHECKSUM, params=query))["items"]
    assert seen == [{"group": "25-2025", "count": 1, "checksum": checksum([ours])}]
    everything = ok(await registry.as_(area="VN").get(CHECKSUM, params=query))["items"]
    assert {item["checksum"] for item in everything} == {checksum([ours]), checksum([theirs])}


async def test_no_record_is_a_sum_of_0(registry: ApiClient) -> None:
    answer = ok(await registry.get(CHECKSUM, params={"type": "product"}))
    assert answer["items"] == [{"group": None, "count": 0, "checksum": "0"}]


@pytest.mark.parametrize("type_", ["", "loan", "organization,product", "organization,"])
async def test_one_type_that_exists_is_wanted(registry: ApiClient, type_: str) -> None:
    assert faults(await registry.get(CHECKSUM, params={"type": type_})) == {("type", "not_allowed")}


async def test_types_of_the_feed_that_name_nothing_are_refused(registry: ApiClient) -> None:
    assert faults(await registry.get(f"{PATH}/changes", params={"types": ""})) == {("types", "not_allowed")}


async def test_all_that_is_wrong_with_a_question_to_the_feed_is_told_at_once(registry: ApiClient) -> None:
    asked = {"types": "loan", "include": "names", "after": "x"}
    wrong = {("types", "not_allowed"), ("include", "not_allowed"), ("after", "wrong_format")}
    assert faults(await registry.get(f"{PATH}/changes", params=asked)) == wrong
    sums = {"type": "loan", "group_by": "commune"}
    assert faults(await registry.get(CHECKSUM, params=sums)) == {("type", "not_allowed"), ("group_by", "not_allowed")}
