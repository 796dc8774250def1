"""The funds' feed: in order for racing writers, and exact for followers of the nation and of two alliances."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.funds.builders import (
    BORROWERS,
    GIA_CAM,
    LE_LOI,
    MILLION,
    PATH,
    RULES,
    Make,
    a_borrower,
    a_repayment,
    a_rule,
)
from tests.support.answers import etag, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed
from tests.support.racing import race

pytestmark = pytest.mark.thorough

AREAS = ("VN", "25-2025", "40-2025")


@pytest.fixture
def followers(funds: ApiClient) -> dict[str, Followed]:
    return {area: Followed(funds.as_(area=area, scope="sync.read"), "funds") for area in AREAS}


async def test_repayments_of_the_same_loans_in_racing_batches_turn_no_version_round(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loans = sorted([(await make.loan(fund, 500 * MILLION)).id for _ in range(4)])

    def repayments(chance: random.Random) -> tuple[str, dict[str, Any]]:
        items = [{"loan_id": id_, **a_repayment(MILLION)} for id_ in chance.sample(loans, 2)]
        return f"{PATH}/repayments/batch", {"mode": "atomic", "items": items}

    assert await race(funds, funds.as_(scope="sync.read"), "funds", repayments) > 30


async def test_a_borrower_that_moves_and_the_rules_of_the_nation_are_where_their_readers_are(
    funds: ApiClient, make: Make, followers: dict[str, Followed]
) -> None:
    nation = funds.as_(area="VN", sub="builder")
    borrower = ok(await nation.post(BORROWERS, json=a_borrower(commune_code=GIA_CAM)), 201)
    for follower in followers.values():
        await follower.begin()
        assert len(follower.copy.records("lending_rule")) > 4, "what the nation laid down is everyone's to read"
    seat = {"commune_code": LE_LOI, "commune_map": "2008", "reason": "Chuyển trụ sở"}
    moved = ok(await nation.patch(f"{BORROWERS}/{borrower['id']}", json=seat, headers=etag(borrower)))
    assert moved["alliance"] == "40-2025"
    rules: list[dict[str, Any]] = ok(await nation.get(RULES, params={"rule": "bad_debt_check_validity"}))["items"]
    rule = rules[0]
    patch = {"value_days": 25, "reason": "Sửa theo nghị định"}
    ok(await nation.patch(f"{RULES}/{rule['id']}", json=patch, headers=etag(rule)))
    own = ok(await funds.post(RULES, json=a_rule()), 201)
    for area, follower in followers.items():
        await follower.assert_equal()
        assert follower.told_of(rule["id"]) == [("changed", rule["version"] + 1)], area
        assert follower.told_of(own["id"]) == ([] if area == "40-2025" else [("created", 1)])
    assert [followers[area].told_of(borrower["id"]) for area in AREAS] == [
        [("changed", 2)],
        [("removed", 2)],
        [("changed", 2)],
    ]
