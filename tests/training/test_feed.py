"""Training's feed: in order for racing writers; programs and trade events of the nation are in everyone's."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from tests.support.answers import etag, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed
from tests.support.racing import race
from tests.training.builders import CLASSES, PROGRAMS, Make, a_class, a_program, a_session
from tests.training.trade_builders import EVENTS, a_trade_event

AREAS = ("VN", "25-2025", "40-2025")


@pytest.fixture
def followers(training: ApiClient) -> dict[str, Followed]:
    return {area: Followed(training.as_(area=area, scope="sync.read"), "training") for area in AREAS}


async def test_sessions_of_the_same_classes_by_racing_writers_turn_no_version_round(training: ApiClient) -> None:
    days = {"starts_on": "2023-03-01", "ends_on": "2023-03-31"}
    classes = [ok(await training.post(CLASSES, json=a_class(**days)), 201)["id"] for _ in range(3)]
    numbers = itertools.count(1)

    def session(chance: random.Random) -> tuple[str, dict[str, Any]]:
        day = f"2023-03-{chance.randint(1, 31):02d}"
        return f"{CLASSES}/{chance.choice(classes)}/sessions", a_session(next(numbers), held_on=day, minutes=60)

    assert await race(training, training.as_(scope="sync.read"), "training", session) > 30


async def test_what_the_nation_owns_is_in_every_followers_copy_and_what_an_alliance_owns_in_its_own(
    training: ApiClient, make: Make, followers: dict[str, Followed]
) -> None:
    nation = training.as_(area="VN", sub="builder")
    program = ok(await nation.post(PROGRAMS, json=a_program(alliance="VN")), 201)
    for follower in followers.values():
        await follower.begin()
        assert [each["id"] for each in follower.copy.records("program")] == [program["id"]]
    patch = {"note": "Kéo dài", "reason": "Quyết định mới"}
    ok(await nation.patch(f"{PROGRAMS}/{program['id']}", json=patch, headers=etag(program)))
    event = ok(await nation.post(EVENTS, json=a_trade_event(alliance="VN")), 201)
    own = ok(await training.post(CLASSES, json=a_class()), 201)
    for area, follower in followers.items():
        await follower.assert_equal()
        assert follower.told_of(program["id"]) == [("changed", 2)], area
        assert follower.told_of(event["id"]) == [("created", 1)], area
        assert follower.told_of(own["id"]) == ([] if area == "40-2025" else [("created", 1)])
