"""Activities name the registry's organizations: those that it has, of the caller's area, by the names they have now."""

from __future__ import annotations

import pytest

from kernel.values.ids import new_id
from tests.registry.builders import LE_LOI
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import ACTIVITIES, PATH, Make, an_activity
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.in_process_services import Follow, Wire


@pytest.fixture
def make(reporting: ApiClient) -> Make:
    """Builders of Phú Thọ's records."""
    return Make(reporting)


async def test_one_that_the_registry_has_is_asked_for_once_and_shown_by_its_name(
    reporting: ApiClient, register: RegistryMake, wire: Wire, follow: Follow
) -> None:
    cooperative = await register.organization()
    body = an_activity("science_project", organization_id=cooperative.id)
    activity = ok(await reporting.post(ACTIVITIES, json=body), 201)
    assert activity["organization"] == {"id": cooperative.id, "name": cooperative.name, "type": "cooperative"}
    asked = len(wire.calls)
    ok(await reporting.post(ACTIVITIES, json=an_activity("contest", organization_id=cooperative.id)), 201)
    assert len(wire.calls) == asked
    await follow()
    listed = await every_item(reporting, ACTIVITIES, organization_id=cooperative.id)
    assert [each["organization"]["name"] for each in listed] == [cooperative.name] * 2


async def test_one_that_the_registry_does_not_have_or_another_area_has_is_refused(
    reporting: ApiClient, register: RegistryMake
) -> None:
    theirs = await register.organization(commune=LE_LOI)
    items = [an_activity(organization_id=id_) for id_ in (new_id(), theirs.id)]
    for item in items:
        refused = await reporting.post(ACTIVITIES, json=item)
        assert faults(refused) == {("/organization_id", "unknown_organization")}
    answer = ok(
        await reporting.post(f"{ACTIVITIES}/batch", json={"mode": "each", "items": [*items, an_activity()]}), 207
    )
    assert [item["status"] for item in answer["items"]] == [422, 422, 201]


async def test_with_the_registry_down_what_is_known_is_taken_and_a_stranger_waits(
    reporting: ApiClient, register: RegistryMake, wire: Wire, follow: Follow
) -> None:
    known, stranger = await register.organization(), None
    await follow()
    stranger = await register.organization()
    wire.cut.add("registry")
    activity = ok(await reporting.post(ACTIVITIES, json=an_activity(organization_id=known.id)), 201)
    assert_problem(
        await reporting.post(ACTIVITIES, json=an_activity(organization_id=stranger.id)), 503, "organization_unknown_yet"
    )
    # What stays as it was is not judged again.
    path = f"{ACTIVITIES}/{activity['id']}"
    ok(await reporting.patch(path, json={"note": "Đã đối chiếu"}, headers=etag(activity)))
    ready = ok(await reporting.get(f"{PATH}/health/ready"))
    assert (ready["status"], {each["feed"] for each in ready["follows"]}) == ("ok", {"registry", "identity"})


async def test_the_registry_is_told_how_many_name_one_and_what_is_gone_is_listed(
    reporting: ApiClient, make: Make, register: RegistryMake, follow: Follow
) -> None:
    cooperative = await register.organization()
    activity = await make.activity(organization_id=cooperative.id)
    asking = reporting.as_(scope="references.read", area="VN")
    told = ok(await asking.get(f"{PATH}/organization-references?organization_id={cooperative.id}"))
    assert [(each["resource_type"], each["field"], each["count"]) for each in told["items"]] == [
        ("activity", "organization_id", 1)
    ]
    await reporting.app.state.db.execute(
        "UPDATE followed_organization SET removed_as = 'deleted' WHERE id = $1::uuid", cooperative.id
    )
    (left,) = await every_item(reporting, f"{PATH}/unresolved-organizations")
    assert (left["id"], left["removed_as"]) == (activity["id"], "deleted")
