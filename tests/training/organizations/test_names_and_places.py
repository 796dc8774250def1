"""What a record of training leaves out of an organization is as the registry tells it: name, type and province."""

from __future__ import annotations

import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.registry.builders import Make as RegistryMake
from tests.registry.builders import Record
from tests.support.answers import assert_problem, etag, ok
from tests.support.client import ApiClient
from tests.support.in_process_services import Follow
from tests.training.builders import CLASSES, PATH
from tests.training.test_participation_imports import IMPORTS, a_file
from tests.training.trade_builders import LINKS, PARTICIPATIONS, MakeTrade, a_market_link, a_participation

IN_HOA_BINH = "04792"
"""A commune of old Hòa Bình, which has been in the alliance of Phú Thọ since July 2025."""
LEFT_OUT = ("organization_name", "organization_type", "province")


@pytest.fixture
def make(training: ApiClient) -> MakeTrade:
    return MakeTrade(training)


@pytest.fixture
async def group(register: RegistryMake, follow: Follow) -> Record:
    union_group = await register.group(commune=IN_HOA_BINH)
    await follow()
    return union_group


def told(document: dict[str, object]) -> tuple[object, ...]:
    return tuple(document[name] for name in ("organization_name", "organization_type", "province_2008"))


@pytest.mark.parametrize("record", ["training-record", "trade-record"])
async def test_an_organization_that_did_nothing_yet_has_an_empty_record(
    training: ApiClient, register: RegistryMake, follow: Follow, db: Database, record: str
) -> None:
    async def years(of: Record, client: ApiClient = training) -> object:
        return ok(await client.get(f"{PATH}/organizations/{of.id}/{record}"))["years"]

    unheard = await register.organization()
    assert await years(unheard) == [], "the registry is asked for one whose event has not come yet"
    followed = await register.organization()
    await follow()
    assert await years(followed) == []
    assert await years(followed, training.as_(scope="own.read", organization_id=followed.id)) == []
    own_of_another = training.as_(scope="own.read", organization_id=unheard.id)
    abroad = training.as_(area="40-2025")
    for client, of in ((own_of_another, followed.id), (abroad, followed.id), (training, new_id())):
        assert_problem(await client.get(f"{PATH}/organizations/{of}/{record}"), 404, "not_found")
    await db.execute("UPDATE followed_organization SET removed_as = 'deleted' WHERE id = $1::uuid", followed.id)
    assert_problem(await training.get(f"{PATH}/organizations/{followed.id}/{record}"), 404, "not_found")


async def test_name_type_and_province_come_from_the_registry_when_they_are_left_out(
    training: ApiClient, make: MakeTrade, group: Record
) -> None:
    fair = await make.event(alliance="25-2025")
    assert fair.province_2008 == "25-2008", "so the place of the fair says otherwise"
    booth = a_participation(trade_event_id=fair.id, organization_id=group.id)
    link = a_market_link(organization_id=group.id, trade_event_id=fair.id)
    for path, body in ((PARTICIPATIONS, booth), (LINKS, link)):
        record = ok(await training.post(path, json={k: v for k, v in body.items() if k not in LEFT_OUT}), 201)
        assert told(record) == (group.name, "cooperative_group", "17-2008")
    planned = await make.training_class(state="open")
    sent = ok(await training.post(f"{CLASSES}/{planned.id}/invitations", json={"organization_id": group.id}), 201)
    assert sent["organization_name"] == group.name


async def test_what_the_body_says_stands_as_it_was_on_that_day(
    training: ApiClient, make: MakeTrade, group: Record
) -> None:
    fair = await make.event(alliance="25-2025")
    body_fields = {"organization_name": "HTX tên cũ", "organization_type": "cooperative", "province": "25-2008"}
    booth = a_participation(trade_event_id=fair.id, organization_id=group.id, **body_fields)
    participation = ok(await training.post(PARTICIPATIONS, json=booth), 201)
    assert told(participation) == ("HTX tên cũ", "cooperative", "25-2008")
    path = f"{PARTICIPATIONS}/{participation['id']}"
    changed = ok(
        await training.patch(path, json={"organization_name": None, "booth": "B1"}, headers=etag(participation))
    )
    assert told(changed) == ("HTX tên cũ", "cooperative", "25-2008")


async def test_a_file_may_leave_them_out_as_well(training: ApiClient, make: MakeTrade, group: Record) -> None:
    fair = await make.event(alliance="25-2025")
    row = {"event_name": fair.name, "starts_on": "10/05/2023", "organization_id": group.id}
    done = ok(await training.post(IMPORTS, files=a_file(row), params={"dry_run": "false"}))
    assert done["created"] == 1, done
    (record,) = ok(await training.get(f"{PARTICIPATIONS}?organization_id={group.id}"))["items"]
    assert told(record) == (group.name, "cooperative_group", "17-2008")
