"""Persons whom records name in a field are erased by their name: from the record, and from the versions that name them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.personal_data.erasure import ERASED
from kernel.values.days import today
from kernel.values.ids import new_id
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make, Record, a_chain, a_cooperative, a_team
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed
from tests.support.said_nowhere import said_in, said_nowhere

FORMER, PRESENT = "Vi Thị Khuyên", "Lò Văn Pành"
GROUND = {"ground": "own_request", "document_number": "12/ĐN"}


def represented(*names: str) -> dict[str, Any]:
    """Return the field of an organization that these represent."""
    return {"legal_representatives": [{"full_name": name, "title": "Giám đốc"} for name in names]}


async def erase(
    registry: ApiClient,
    organization: dict[str, Any],
    name: str = FORMER,
    of: str = "legal-representatives",
    **headers: str,
) -> Any:
    """Ask for the erasure of a person whom an organization names."""
    body = {**GROUND, "value" if of == "contacts" else "full_name": name}
    path = f"{ORGANIZATIONS}/{organization['id']}/{of}/erasure"
    return await registry.post(path, json=body, headers={**etag(organization), **headers})


async def versions_of(
    registry: ApiClient, record: dict[str, Any], plural: str = "organizations"
) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = ok(await registry.get(f"{PATH}/{plural}/{record['id']}/history"))["items"]
    return items


@pytest.fixture
async def led_by_another(make: Make) -> Record:
    """An organization whose second representative took over from the first, and which has a short name since."""
    organization = await make.organization(**represented(FORMER), reason=f"Bà {FORMER} đăng ký")
    await make.changed(organization, name_short="Đồng Tâm", reason="Theo đề nghị")
    await make.changed(organization, **represented(PRESENT), reason="Bà Khuyên nghỉ hưu")
    return await make.changed(organization, name_short="HTX Đồng Tâm", reason="Theo giấy mới")


async def test_a_former_representative_goes_from_the_versions_that_name_her(
    registry: ApiClient, led_by_another: Record, registry_url: str
) -> None:
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    await follower.begin()
    assert await said_in(registry_url, FORMER) == {"history.content", "history.reason"}
    before = await versions_of(registry, led_by_another)
    answer = ok(await erase(registry, led_by_another))
    assert answer == {name: value for name, value in led_by_another.items() if name != "warnings"}
    await said_nowhere(registry_url, FORMER, "Khuyên")
    told = [
        (each["reason"], each["content"]["legal_representatives"], each["content"]["name_short"])
        for each in await versions_of(registry, led_by_another)
    ]
    present, nobody = represented(PRESENT)["legal_representatives"], [{"full_name": None, "title": "Giám đốc"}]
    assert told == [
        (None, nobody, None),
        ("Theo đề nghị", nobody, "Đồng Tâm"),
        (None, present, "Đồng Tâm"),
        ("Theo giấy mới", present, "HTX Đồng Tâm"),
    ]
    after = await versions_of(registry, led_by_another)
    kept = ("legal_representatives", "reason")
    for one, other in zip(before, after, strict=True):
        one["content"] |= {kept[0]: None}
        other["content"] |= {kept[0]: None}
        assert one | {"reason": None} == other | {"reason": None}
    await follower.assert_equal()


async def test_who_represents_an_organization_that_stands_stays(
    registry: ApiClient, make: Make, led_by_another: Record
) -> None:
    document = assert_problem(
        await erase(registry, led_by_another, PRESENT.upper()), 409, "still_needed", rule="office_held"
    )
    assert "đang đại diện" in document["detail"]
    # Marks tell persons apart, and a part of a name is nobody.
    for nobody in ("Lò Văn Panh", "Lò Văn", "Trần Văn Ba"):
        assert faults(await erase(registry, led_by_another, nobody)) == {("/full_name", "unknown_person")}


async def test_of_one_that_was_dissolved_the_present_list_loses_the_person(
    registry: ApiClient, make: Make, registry_url: str
) -> None:
    organization = await make.organization(**represented(FORMER, PRESENT))
    await make.status(organization, "ended", "2022-03-01")
    key = {"Idempotency-Key": new_id()}
    standing = await make.now(organization)
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    await follower.begin()
    erased = ok(await erase(registry, standing, FORMER.lower(), **key))
    again = await erase(registry, standing, FORMER.lower(), **key)
    assert (ok(again), again.headers["Idempotency-Replayed"]) == (erased, "true")
    assert erased["legal_representatives"] == represented(PRESENT)["legal_representatives"]
    assert (erased["version"], erased["legal_status"]) == (standing.version + 1, "ended")
    await said_nowhere(registry_url, FORMER)
    last = (await versions_of(registry, organization))[-1]
    assert (last["action"], last["changed"]) == ("erased", ["legal_representatives"])
    # What it said of the other one stands, until that one is erased as well.
    assert await said_in(registry_url, PRESENT) == {"organization.legal_representatives", "history.content"}
    assert ok(await erase(registry, erased, PRESENT))["legal_representatives"] == []
    await said_nowhere(registry_url, PRESENT)
    await follower.assert_equal()


async def test_a_duplicate_that_was_merged_loses_its_own_and_stays_merged(
    registry: ApiClient, make: Make, registry_url: str
) -> None:
    duplicate, kept = await make.organization(**represented(FORMER)), await make.organization()
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    await follower.begin()
    body = {"into": kept.id, "reason": "Nhập hai lần"}
    ok(await registry.post(f"{ORGANIZATIONS}/{duplicate.id}/deduplication", json=body), 201)
    erased = ok(await erase(registry, await make.now(duplicate)))
    assert (erased["legal_representatives"], erased["merged_into"]) == ([], kept.id)
    await said_nowhere(registry_url, FORMER)
    await follower.assert_equal()
    assert {kind for kind, _ in follower.told_of(duplicate.id)} == {"removed"}
    back = await registry.post(
        f"{ORGANIZATIONS}/{duplicate.id}/deduplication/reversal", json={"reason": "Là hai tổ chức"}
    )
    ok(back, 201)
    await follower.assert_equal()


async def test_of_one_that_was_deleted_the_history_loses_the_person(
    registry: ApiClient, make: Make, registry_url: str
) -> None:
    organization = await make.organization(**represented(FORMER))
    path = f"{ORGANIZATIONS}/{organization.id}?reason={FORMER} nhập nhầm"
    assert (await registry.delete(path, headers=etag(organization))).status_code == 204
    last = {"id": organization.id, "version": 2}
    assert_problem(await erase(registry.as_(area="40-2025"), last), 404, "not_found")
    assert (await erase(registry, last)).status_code == 204
    await said_nowhere(registry_url, FORMER)
    assert faults(await erase(registry, last)) == {("/full_name", "unknown_person")}


async def test_those_of_other_areas_and_the_organization_itself_erase_nobody(
    registry: ApiClient, make: Make, led_by_another: Record
) -> None:
    elsewhere = await make.organization(commune=LE_LOI, **represented(FORMER))
    assert_problem(await erase(registry, elsewhere), 404, "not_found")
    own = registry.as_(scope="own.read own.write", sub="htx", organization_id=led_by_another.id)
    for client in (own, registry.as_(scope="registry.read")):
        assert_problem(await erase(client, led_by_another), 403, "scope_missing")
    stale = {**led_by_another, "version": 1}
    assert_problem(await erase(registry, stale), 412, "stale")


async def test_one_who_erases_and_one_who_corrects_take_turns(
    registry: ApiClient, make: Make, registry_url: str
) -> None:
    organization = await make.organization(**represented(FORMER))
    organization = await make.changed(organization, **represented(PRESENT))
    path = f"{ORGANIZATIONS}/{organization.id}"
    change = {"name_short": "Đồng Tâm", "reason": f"Bà {FORMER} đề nghị"}
    erased, changed = await asyncio.gather(
        erase(registry, organization), registry.patch(path, json=change, headers=etag(organization))
    )
    # What is erased of the past alone changes nothing that stands: who corrects afterwards may.
    assert (erased.status_code, changed.status_code) in ((200, 200), (412, 200))
    # The words of the correction name her once more, in whichever order the two came.
    ok(await erase(registry, changed.json()))
    await said_nowhere(registry_url, FORMER)


async def test_each_of_several_is_erased_from_its_own_versions(
    registry: ApiClient, make: Make, registry_url: str
) -> None:
    numbers = ("0912 345 678", "0987 654 321")
    organization = await make.organization(
        **represented(FORMER), contacts=[{"kind": "phone", "value": number} for number in numbers]
    )
    await make.changed(organization, **represented(PRESENT), contacts=[{"kind": "phone", "value": numbers[1]}])
    organization = await make.changed(organization, contacts=[{"kind": "email", "value": "htx@example.vn"}])
    ok(await erase(registry, organization))
    ok(await erase(registry, organization, "0987.654.321", of="contacts"))
    fields = ("legal_representatives", "contacts")
    told = [[each["content"][name] for name in fields] for each in await versions_of(registry, organization)]
    first = {"kind": "phone", "value": numbers[0]}
    assert [contacts for _, contacts in told][:2] == [[first, {**first, "value": None}], [{**first, "value": None}]]
    ok(await erase(registry, organization, numbers[0], of="contacts"))
    await said_nowhere(registry_url, FORMER, *numbers)
    told = [[each["content"][name] for name in fields] for each in await versions_of(registry, organization)]
    present, nobody = represented(PRESENT)["legal_representatives"], [{"full_name": None, "title": "Giám đốc"}]
    phone = {"kind": "phone", "value": None}
    assert told == [
        [nobody, [phone, phone]],
        [present, [phone]],
        [present, [{"kind": "email", "value": "htx@example.vn"}]],
    ]


async def test_a_contact_that_is_a_persons_own_goes_from_the_present_as_well(
    registry: ApiClient, make: Make, registry_url: str, db: Database
) -> None:
    organization = await make.organization(
        contacts=[{"kind": "phone", "value": "0912 345 678"}, {"kind": "zalo", "value": "0912345678"}]
    )
    assert faults(await erase(registry, organization, "0900000000", of="contacts")) == {("/value", "unknown_person")}
    erased = ok(await erase(registry.as_(sub="eraser"), organization, "0912345678", of="contacts"))
    assert erased["contacts"] == []
    await said_nowhere(registry_url, "0912 345 678", "0912345678")
    row = await db.fetchrow("SELECT action, actor, alliance, resource_id, detail ->> 'ground' AS ground FROM audit")
    assert row is not None
    assert tuple(row.values()) == ("contact.erased", "eraser", "25-2025", organization.id, "own_request")


async def test_the_leader_of_a_team_is_erased_once_another_leads_or_it_ended(
    registry: ApiClient, make: Make, registry_url: str
) -> None:
    team = await make.team(leader_name=FORMER)
    path = f"{PATH}/member-teams/{team.id}"

    async def erased(standing: dict[str, Any], name: str) -> Any:
        return await registry.post(f"{path}/leader/erasure", json={**GROUND, "full_name": name}, headers=etag(standing))

    assert_problem(await erased(team, FORMER), 409, "still_needed", rule="office_held")
    after = ok(await registry.patch(path, json={"leader_name": PRESENT}, headers=etag(team)))
    assert ok(await erased(after, FORMER))["leader_name"] == PRESENT
    await said_nowhere(registry_url, FORMER)
    after = ok(await registry.patch(path, json={"ended_on": "2024-01-01"}, headers=etag(after)))
    assert ok(await erased(after, PRESENT))["leader_name"] is None
    await said_nowhere(registry_url, PRESENT)
    told = [each["content"]["leader_name"] for each in await versions_of(registry, team, "member-teams")]
    assert told == [None, None, None, None]


async def test_a_household_of_a_chain_is_erased_and_its_link_stays(
    registry: ApiClient, make: Make, registry_url: str
) -> None:
    link = await make.organization()
    chain = await make.chain(
        await make.organization(),
        {"role": "input_supplier", "organization_id": link.id},
        {"role": "trader", "party_name": FORMER, "party_kind": "household"},
    )
    path = f"{PATH}/value-chains/{chain.id}/parties/erasure"
    erased = ok(await registry.post(path, json={**GROUND, "full_name": FORMER}, headers=etag(chain)))
    assert [(each["role"], each["party_name"]) for each in erased["links"]] == [
        ("input_supplier", None),
        ("trader", ERASED),
    ]
    await said_nowhere(registry_url, FORMER)
    told = [
        [(link["role"], link["party_name"]) for link in each["content"]["links"]]
        for each in await versions_of(registry, chain, "value-chains")
    ]
    assert told == [[("input_supplier", None), ("trader", name)] for name in (None, ERASED)]


@pytest.mark.parametrize("plural", ["organizations", "member-teams", "value-chains"])
async def test_a_phone_that_sends_its_entry_again_is_told_that_a_person_in_it_was_erased(
    registry: ApiClient, make: Make, plural: str
) -> None:
    lead = await make.organization()
    household = {"role": "trader", "party_name": FORMER, "party_kind": "household"}
    body, change, of, field = {
        "organizations": (
            a_cooperative(**represented(FORMER)),
            represented(PRESENT),
            "legal-representatives",
            "legal_representatives",
        ),
        "member-teams": (a_team(leader_name=FORMER), {"leader_name": PRESENT}, "leader", "leader_name"),
        "value-chains": (a_chain(lead, household), {"name": "Chuỗi mì gạo Hùng Lô"}, "parties", "links"),
    }[plural]
    path, body = f"{PATH}/{plural}", {**body, "id": new_id(), "reason": "Ghi tại xã"}
    made = ok(await registry.post(path, json=body), 201)
    one = f"{path}/{made['id']}"
    changed = ok(await registry.patch(one, json=change, headers=etag(made)))
    assert ok(await registry.post(path, json=body))["id"] == made["id"], "nothing was erased yet: it is the same entry"
    erasing = {**GROUND, "full_name": FORMER}
    ok(await registry.post(f"{one}/{of}/erasure", json=erasing, headers=etag(changed)))
    stands = ok(await registry.get(one))
    refused = await registry.post(path, json=body)
    document = assert_problem(refused, 409, "already_erased", id=made["id"], erased_on=today().isoformat())
    assert "không cần gửi gì thêm" in document["detail"]
    batch = {"mode": "each", "items": [body]}
    (item,) = ok(await registry.post(f"{path}/batch", json=batch), 207)["items"]
    assert (item["status"], item["problem"]["code"]) == (409, "already_erased")
    assert ok(await registry.get(one)) == stands
    assert FORMER not in str(stands[field])


async def test_other_content_under_the_id_of_an_organization_of_which_nobody_was_erased_is_refused(
    registry: ApiClient,
) -> None:
    body = {**a_cooperative(**represented(FORMER)), "id": new_id()}
    ok(await registry.post(ORGANIZATIONS, json=body), 201)
    other = {**body, **represented(PRESENT)}
    assert_problem(await registry.post(ORGANIZATIONS, json=other), 409, "id_in_use", id=body["id"])
