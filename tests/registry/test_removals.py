"""What was entered by mistake goes, and its history says who took it away, when and why."""

from __future__ import annotations

import pytest

from tests.registry.builders import FACTS, PATH, Make
from tests.support.answers import etag, faults, ok
from tests.support.client import ApiClient


@pytest.mark.parametrize("plural", FACTS)
async def test_a_fact_is_deleted_for_a_reason_that_its_history_keeps(
    registry: ApiClient, make: Make, plural: str
) -> None:
    fact = await make.fact(plural, await make.organization())
    path = f"{PATH}/{plural}/{fact.id}"
    reason = {"reason": "  Nhập nhầm tổ chức  "}
    assert (await registry.delete(path, params=reason, headers=etag(fact))).status_code == 204
    versions = ok(await registry.get(f"{path}/history"))["items"]
    assert [(each["action"], each["reason"]) for each in versions] == [
        ("created", None),
        ("removed", "Nhập nhầm tổ chức"),
    ]


async def test_a_reason_may_be_left_out_and_is_no_blank_and_no_essay(registry: ApiClient, make: Make) -> None:
    fact = await make.fact("products", await make.organization())
    path = f"{PATH}/products/{fact.id}"
    for wrong, code in ((" ", "blank"), ("x" * 501, "too_long")):
        refused = await registry.delete(path, params={"reason": wrong}, headers=etag(fact))
        assert faults(refused) == {("reason", code)}
    assert (await registry.delete(path, headers=etag(fact))).status_code == 204


async def test_what_follows_of_a_removal_has_its_reason_too(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    ended = await make.status(organization, "ended", "2022-03-01")
    path = f"{PATH}/status-changes/{ended.id}"
    ok_removed = await registry.delete(path, params={"reason": "Nhầm tổ chức"}, headers=etag(ended))
    assert ok_removed.status_code == 204
    versions = ok(await registry.get(f"{PATH}/organizations/{organization.id}/history"))["items"]
    assert (versions[-1]["action"], versions[-1]["reason"]) == ("derived", "Nhầm tổ chức")
