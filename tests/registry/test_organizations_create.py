"""Entering organizations: what is taken, what is refused, and that a refusal writes nothing."""

from __future__ import annotations

from tests.registry.builders import (
    GIA_CAM,
    ORGANIZATIONS,
    Make,
    a_cooperative,
)
from tests.support.answers import ok
from tests.support.client import ApiClient


async def test_a_cooperative_is_entered_with_what_was_sent(registry: ApiClient) -> None:
    body = a_cooperative(name="Hợp tác xã Nông nghiệp Đồng Tâm", charter_capital_vnd=2_000_000_000)
    made = ok(await registry.post(ORGANIZATIONS, json=body), 201)
    assert {name: made[name] for name in body if name != "seat"} == {n: v for n, v in body.items() if n != "seat"}
    assert made["seat"]["commune_code"] == GIA_CAM


async def test_it_stands_at_its_location(registry: ApiClient, make: Make) -> None:
    response = await registry.post(ORGANIZATIONS, json=a_cooperative())
    read = await registry.get(response.headers["location"])
    assert ok(read) == {k: v for k, v in response.json().items() if k != "warnings"}
