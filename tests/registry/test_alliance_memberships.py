"""Membership of the alliance: one at a time, from the decision to admit to the decision to let go."""

from __future__ import annotations

import pytest

from tests.registry.builders import ORGANIZATIONS, PATH, Make, a_membership
from tests.support.answers import assert_problem, etag, ok
from tests.support.client import ApiClient

MEMBERSHIPS = f"{PATH}/alliance-memberships"


async def test_an_organization_has_one_open_membership(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    membership = await make.membership(organization)
    path = f"{ORGANIZATIONS}/{organization.id}/alliance-memberships"
    for kind in ("official", "affiliate", "honorary"):
        response = await registry.post(path, json=a_membership(kind=kind, admitted_on="2022-01-01"))
        assert_problem(response, 409, "membership_open", membership_id=membership.id)


async def test_one_that_left_may_be_admitted_again_from_that_day(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    first = await make.membership(organization, admitted_on="2021-01-15")
    leaving = {"left_on": "2022-06-30", "leaving_decision_number": "12/QĐ-LMHTX", "leaving_reason": "tự nguyện"}
    membership = ok(await registry.patch(f"{MEMBERSHIPS}/{first.id}", json=leaving, headers=etag(first)))
    assert {name: membership[name] for name in leaving} == leaving
    path = f"{ORGANIZATIONS}/{organization.id}/alliance-memberships"
    early = await registry.post(path, json=a_membership(admitted_on="2022-06-29"))
    assert_problem(early, 409, "membership_open", membership_id=first.id)
    ok(await registry.post(path, json=a_membership(admitted_on="2022-06-30")), 201)


@pytest.mark.parametrize(
    ("admitted_on", "left_on", "status"),
    [
        ("2019-01-01", "2020-01-01", 201),
        ("2019-01-01", "2020-01-02", 409),
        ("2020-06-01", "2020-07-01", 409),
        ("2019-01-01", None, 409),
        ("2020-12-31", "2021-06-01", 409),
        ("2021-01-01", "2021-06-01", 201),
        ("2021-01-01", None, 201),
    ],
)
async def test_memberships_do_not_overlap(
    registry: ApiClient, make: Make, admitted_on: str, left_on: str | None, status: int
) -> None:
    organization = await make.organization()
    await make.membership(organization, admitted_on="2020-01-01", left_on="2021-01-01")
    body = a_membership(admitted_on=admitted_on, left_on=left_on)
    response = await registry.post(f"{ORGANIZATIONS}/{organization.id}/alliance-memberships", json=body)
    assert response.status_code == status, response.text


async def test_a_correction_may_not_make_memberships_overlap(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    first = await make.membership(organization, admitted_on="2020-01-01", left_on="2021-01-01")
    second = await make.membership(organization, admitted_on="2022-01-01")
    reopened = await registry.patch(f"{MEMBERSHIPS}/{first.id}", json={"left_on": None}, headers=etag(first))
    assert_problem(reopened, 409, "membership_open", membership_id=second.id)
    earlier = await registry.patch(
        f"{MEMBERSHIPS}/{second.id}", json={"admitted_on": "2020-06-01"}, headers=etag(second)
    )
    assert_problem(earlier, 409, "membership_open", membership_id=first.id)
    touching = await registry.patch(
        f"{MEMBERSHIPS}/{second.id}", json={"admitted_on": "2021-01-01"}, headers=etag(second)
    )
    assert ok(touching)["admitted_on"] == "2021-01-01"


async def test_a_membership_may_be_older_than_the_certificate(make: Make) -> None:
    organization = await make.organization(registered_on="2020-05-01")
    assert (await make.membership(organization, admitted_on="1998-03-01")).admitted_on == "1998-03-01"


async def test_the_old_alliances_name_is_a_label(make: Make) -> None:
    membership = await make.membership(await make.organization(), alliance_label="Liên minh HTX tỉnh Hòa Bình")
    assert (membership.alliance_label, membership.alliance) == ("Liên minh HTX tỉnh Hòa Bình", "25-2025")


async def test_memberships_are_found_by_day_and_by_being_open(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    first = await make.membership(
        organization, admitted_on="2020-01-01", left_on="2021-01-01", certificate_number="1", kind="affiliate"
    )
    second = await make.membership(organization, admitted_on="2022-01-01", certificate_number="2")

    async def found(**params: str) -> list[str]:
        page = ok(await registry.get(MEMBERSHIPS, params=params))
        return [item["id"] for item in page["items"]]

    assert await found(is_open="true") == [second.id]
    assert await found(is_open="false") == [first.id]
    assert await found(as_of="2020-12-31") == [first.id]
    assert await found(as_of="2021-01-01") == []
    assert await found(as_of="2022-01-01") == [second.id]
    assert await found(kind="affiliate") == [first.id]
    assert await found(certificate_number="2") == [second.id]
    assert await found(admitted_on_gte="2020-01-01", admitted_on_lte="2020-12-31") == [first.id]
    assert await found(left_on_gte="2020-01-01") == [first.id]
    assert await found(sort="-admitted_on") == [second.id, first.id]
