"""A phone at the door of a class gets tokens for its roll, and nothing else, until it is taken back or its time is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine

from kernel.values.days import instant_text, now
from kernel.values.ids import new_id
from tests.identity.people import Identity, bearer, claims
from tests.support.answers import assert_problem, every_item, faults, ok

DEVICES = "/v1/identity/class-devices"


async def officer(identity: Identity, role: str = "training_officer", area: str = "25-2025") -> httpx.AsyncClient:
    person = await identity.person(role, area=area)
    return identity.http_as(bearer((await identity.signed_in(person))["access_token"]))


def a_device(**fields: Any) -> dict[str, Any]:
    return {
        "class_id": new_id(),
        "name": "Điện thoại ở cửa",
        "ends_at": instant_text(now() + timedelta(days=2)),
        **fields,
    }


async def token_of(identity: Identity, device: dict[str, Any], **form: str) -> httpx.Response:
    auth = (device["client_id"], device["client_secret"])
    return await identity.token(auth=auth, grant_type="client_credentials", **form)


async def test_a_device_gets_tokens_for_one_class_and_may_do_nothing_else(identity: Identity) -> None:
    by = await officer(identity)
    device = ok(await by.post(DEVICES, json=a_device()), 201)
    answer = ok(await token_of(identity, device))
    token = claims(answer["access_token"])
    assert (token["scope"], token["class_id"], token["area"]) == ("class.roll", device["class_id"], "25-2025")
    assert (token["sub"], token["client_id"]) == (device["client_id"], device["client_id"])
    assert_problem(await token_of(identity, device, scope="training.read"), 400, "invalid_scope")
    caller = identity.http_as(bearer(answer["access_token"]))
    assert ok(await caller.get("/v1/identity/me"))["scopes"] == ["class.roll"]
    assert_problem(await caller.get(DEVICES), 403, "scope_missing")
    assert_problem(await caller.post(DEVICES, json=a_device()), 403, "scope_missing")
    assert_problem(await caller.post(f"{DEVICES}/{device['id']}/revocation"), 403, "scope_missing")
    (listed,) = await every_item(by, DEVICES, class_id=device["class_id"])
    assert {**listed, "client_secret": device["client_secret"]} == device
    assert [entry["detail"]["class_id"] for entry in await identity.audited("class_device.created")] == [
        device["class_id"]
    ]


async def test_more_scopes_make_no_more_of_a_device(identity: Identity) -> None:
    device = ok(await (await officer(identity)).post(DEVICES, json=a_device()), 201)
    await identity.db.execute(
        "UPDATE client SET scopes = '{registry.read,class.roll}' WHERE id = $1::uuid", device["id"]
    )
    assert ok(await token_of(identity, device))["scope"] == "class.roll"


async def test_a_device_taken_back_is_void_at_once(identity: Identity) -> None:
    by = await officer(identity)
    device = ok(await by.post(DEVICES, json=a_device()), 201)
    caller = identity.http_as(bearer(ok(await token_of(identity, device))["access_token"]))
    for _ in range(2):
        assert ok(await by.post(f"{DEVICES}/{device['id']}/revocation"))["is_active"] is False
    await identity.app.state.revocations.look(identity.app)
    assert_problem(await caller.get("/v1/identity/me"), 401, "token_revoked")
    assert_problem(await token_of(identity, device), 401, "invalid_client")
    assert await every_item(by, DEVICES, is_active="true") == []
    assert len(await identity.audited("class_device.revoked")) == 1


async def test_its_secret_ends_by_itself(identity: Identity) -> None:
    device = ok(await (await officer(identity)).post(DEVICES, json=a_device()), 201)
    with time_machine.travel(now() + timedelta(days=2, seconds=1)):
        assert_problem(await token_of(identity, device), 401, "invalid_client")


@pytest.mark.parametrize("days", [-1, 121])
async def test_it_ends_within_four_months(identity: Identity, days: int) -> None:
    body = a_device(ends_at=instant_text(now() + timedelta(days=days)))
    assert faults(await (await officer(identity)).post(DEVICES, json=body)) == {("/ends_at", "out_of_range")}


async def test_who_does_not_write_classes_makes_none_and_other_areas_see_none(identity: Identity) -> None:
    viewer, there = await officer(identity, "viewer"), await officer(identity, area="40-2025")
    assert_problem(await viewer.post(DEVICES, json=a_device()), 403, "scope_missing")
    device = ok(await (await officer(identity)).post(DEVICES, json=a_device()), 201)
    assert await every_item(there, DEVICES) == []
    assert_problem(await there.post(f"{DEVICES}/{device['id']}/revocation"), 404, "not_found")
    system = await identity.system()
    by = await officer(identity)
    assert_problem(await by.post(f"{DEVICES}/{system.id}/revocation"), 404, "not_found")


async def test_a_secret_is_told_again_to_who_sends_the_same_again(identity: Identity) -> None:
    by, body = await officer(identity), a_device()
    headers = {"Idempotency-Key": "a lost answer"}
    first, again = [ok(await by.post(DEVICES, json=body, headers=headers), 201) for _ in range(2)]
    assert first == again
    assert len(await every_item(by, DEVICES)) == 1
