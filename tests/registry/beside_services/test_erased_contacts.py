"""A number that is a person's own is erased from an organization, and from what the services keep of it."""

from __future__ import annotations

from typing import Any

from tests.registry.beside_services.conftest import Beside
from tests.registry.builders import ORGANIZATIONS, Make
from tests.support.answers import etag, ok
from tests.support.client import ApiClient

_KEPT = "SELECT name, phone FROM followed_organization WHERE id = $1::uuid"
_SERVICES = ("funds", "training", "reporting")


async def test_the_copies_of_the_services_lose_it_as_well(beside: Beside, registry: ApiClient, make: Make) -> None:
    organization = await make.organization(
        contacts=[{"kind": "phone", "value": "0912 345 678"}],
        legal_representatives=[{"full_name": "Vi Thị Khuyên"}],
    )

    async def kept() -> list[Any]:
        await beside.follow()
        rows = [await beside.apps[name].state.db.fetchrow(_KEPT, organization.id) for name in _SERVICES]
        return [tuple(row.values()) for row in rows]

    assert await kept() == [(organization.name, "0912 345 678")] * 3
    path, body = f"{ORGANIZATIONS}/{organization.id}/contacts/erasure", {"ground": "own_request", "value": "0912345678"}
    ok(await registry.post(path, json=body, headers=etag(organization)))
    assert await kept() == [(organization.name, None)] * 3
