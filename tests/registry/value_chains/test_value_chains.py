"""Value chains: a lead, and links that are organizations of the registry or outside parties."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any

import orjson
import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.registry.builders import GIA_CAM, LE_LOI, ORGANIZATIONS, PATH, THAI_BINH, Make, Record, a_chain
from tests.registry.test_exports import snapshot
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

CHAINS = f"{PATH}/value-chains"


def supplier(organization: Record, **fields: Any) -> dict[str, Any]:
    return {"role": "input_supplier", "organization_id": organization.id, **fields}


def trader(name: str = "Siêu thị Hùng Vương", **fields: Any) -> dict[str, Any]:
    return {"role": "trader", "party_name": name, **fields}


async def joined(db: Database, chain_id: str) -> list[tuple[str, str]]:
    """Return what figures join of a chain's links."""
    rows = await db.fetch(
        "SELECT organization_id, started_on FROM value_chain_link WHERE value_chain_id = $1::uuid ORDER BY position",
        chain_id,
    )
    return [(row["organization_id"], row["started_on"].isoformat()) for row in rows]


async def test_a_chain_names_its_lead_and_its_links_and_is_answered_with_their_names(
    registry: ApiClient, make: Make, db: Database
) -> None:
    lead, rice = await make.organization(), await make.organization()
    links = [
        supplier(rice, supplies="Gạo VietGAP", started_on="2022-06-01", ended_on="2022-12-31"),
        trader(party_kind="enterprise"),
        trader("Chợ Hùng Lô", party_kind="other"),
    ]
    body = {**a_chain(lead, *links, attribution="supported", note="Ký tháng 4"), "id": new_id()}
    chain = ok(await registry.post(CHAINS, json=body), 201)
    assert chain["lead_organization"] == {"id": lead.id, "name": lead.name, "type": "cooperative"}
    empty = dict.fromkeys(("organization_id", "party_name", "party_kind", "supplies", "started_on", "ended_on"))
    named = [{"id": rice.id, "name": rice.name, "type": "cooperative"}, None, None]
    assert chain["links"] == [{**empty, **link, "organization": name} for link, name in zip(links, named, strict=True)]
    assert (chain["organization_ids"], chain["alliance"], chain["version"]) == ([lead.id, rice.id], "25-2025", 1)
    assert ok(await registry.get(f"{CHAINS}/{chain['id']}")) == chain
    assert await every_item(registry, CHAINS) == [chain]
    assert await joined(db, chain["id"]) == [(rice.id, "2022-06-01")]
    # The same again is the same; with other links it is other content.
    assert ok(await registry.post(CHAINS, json=body)) == chain
    assert_problem(await registry.post(CHAINS, json={**body, "links": []}), 409, "id_in_use")


async def test_a_correction_gives_all_links_anew_and_raises_the_version(
    registry: ApiClient, make: Make, db: Database
) -> None:
    lead, rice, other = [await make.organization() for _ in range(3)]
    chain = await make.chain(lead, supplier(rice), trader())
    patch = {"links": [supplier(other, started_on="2022-05-01")], "reason": "Đổi vùng nguyên liệu"}
    after = ok(await registry.patch(f"{CHAINS}/{chain.id}", json=patch, headers=etag(chain)))
    assert (after["version"], [link["organization_id"] for link in after["links"]]) == (2, [other.id])
    assert await joined(db, chain.id) == [(other.id, "2022-05-01")]
    assert ok(await registry.get(f"{CHAINS}/{chain.id}/history"))["items"][1]["changed"] == [
        "links",
        "organization_ids",
    ]
    named = ok(await registry.patch(f"{CHAINS}/{chain.id}", json={"note": "x"}, headers=etag(after)))
    assert named["links"] == after["links"]
    # A link without days of its own began with the chain, and begins anew with it.
    unlinked = ok(await registry.patch(f"{CHAINS}/{chain.id}", json={"links": None}, headers=etag(named)))
    assert (unlinked["links"], await joined(db, chain.id)) == ([], [])
    assert_problem(await registry.patch(f"{CHAINS}/{chain.id}", json=patch, headers=etag(chain)), 412, "stale")


async def test_a_new_name_of_a_link_is_another_answer_of_the_same_version(registry: ApiClient, make: Make) -> None:
    lead, rice = await make.organization(), await make.organization()
    chain = await make.chain(lead, supplier(rice))
    before = await registry.get(f"{CHAINS}/{chain.id}")
    await make.changed(rice, name="Hợp tác xã Lúa gạo Cao Xá")
    after = await registry.get(f"{CHAINS}/{chain.id}")
    assert ok(after)["links"][0]["organization"]["name"] == "Hợp tác xã Lúa gạo Cao Xá"
    assert (ok(after)["version"], after.headers["etag"] == before.headers["etag"]) == (1, False)


async def test_an_export_for_people_names_the_lead_and_the_links(registry: ApiClient, make: Make) -> None:
    lead, rice = await make.organization(), await make.organization()
    await make.chain(lead, supplier(rice))
    _, plain = await snapshot(registry, type="value_chain")
    (line,) = plain.splitlines()
    assert orjson.loads(line)["links"][0]["organization_id"] == rice.id
    _, data = await snapshot(registry, type="value_chain", format="csv", headings="labels")
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert lead.name in row.values()
    assert rice.name in row["Mắt xích của chuỗi"]


async def test_a_chain_that_names_itself_is_refused(registry: ApiClient, make: Make) -> None:
    lead, rice = await make.organization(), await make.organization()
    body = a_chain(lead, supplier(rice), {"role": "processor", "organization_id": lead.id})
    itself = {("/links/1/organization_id", "chain_names_itself")}
    assert faults(await registry.post(CHAINS, json=body)) == itself
    chain = await make.chain(lead, trader(), supplier(rice))
    response = await registry.patch(f"{CHAINS}/{chain.id}", json={"lead_organization_id": rice.id}, headers=etag(chain))
    assert faults(response) == itself


async def test_a_party_stands_once_in_a_role_at_a_time(registry: ApiClient, make: Make) -> None:
    lead, rice = await make.organization(), await make.organization()
    links = [
        supplier(rice, ended_on="2022-08-31"),
        supplier(rice, started_on="2022-08-31"),
        trader("Siêu thị Hùng Vương"),
        trader("SIÊU THỊ HÙNG VƯƠNG", started_on="2023-01-01"),
    ]
    assert faults(await registry.post(CHAINS, json=a_chain(lead, *links))) == {
        ("/links/1/organization_id", "linked_twice"),
        ("/links/3/party_name", "linked_twice"),
    }
    # One after the other, or in another role, it is no second time.
    links = [
        supplier(rice, ended_on="2022-08-31"),
        supplier(rice, started_on="2022-09-01"),
        {"role": "producer", "organization_id": rice.id},
    ]
    assert ok(await registry.post(CHAINS, json=a_chain(lead, *links)), 201)["organization_ids"] == [lead.id, rice.id]


@pytest.mark.parametrize(
    ("fields", "place", "code"),
    [
        ({}, "organization_id", "needs_one_party"),
        ({"party_name": "Sơn Nam", "organization_id": new_id()}, "organization_id", "needs_one_party"),
        ({"party_kind": "household", "organization_id": new_id()}, "party_kind", "needs_party_name"),
        (
            {"party_name": "Sơn Nam", "started_on": "2022-05-02", "ended_on": "2022-05-01"},
            "ended_on",
            "end_before_start",
        ),
        ({"party_name": "Sơn Nam", "started_on": "2022-03-31"}, "started_on", "outside_chain_days"),
        ({"party_name": "Sơn Nam", "ended_on": "2024-01-01"}, "ended_on", "outside_chain_days"),
        ({"organization_id": new_id()}, "organization_id", "unknown_organization"),
        ({"role": "leader", "party_name": "Sơn Nam"}, "role", "not_allowed"),
    ],
)
async def test_what_is_no_link_is_told_at_its_place(
    registry: ApiClient, make: Make, fields: dict[str, Any], place: str, code: str
) -> None:
    body = a_chain(await make.organization(), trader(), {"role": "producer", **fields}, ended_on="2023-12-31")
    assert faults(await registry.post(CHAINS, json=body)) == {(f"/links/1/{place}", code)}


async def test_what_is_no_chain_is_told_at_its_field(registry: ApiClient, make: Make) -> None:
    lead, abroad = await make.organization(), await make.organization(commune=LE_LOI)
    assert faults(await registry.post(CHAINS, json=a_chain(abroad))) == {
        ("/lead_organization_id", "unknown_organization")
    }
    assert faults(await registry.post(CHAINS, json=a_chain(lead, supplier(abroad)))) == {
        ("/links/0/organization_id", "unknown_organization")
    }
    assert faults(await registry.post(CHAINS, json=a_chain(lead, ended_on="2022-03-31"))) == {
        ("/ended_on", "end_before_start")
    }
    many = a_chain(lead, *(trader(f"Hộ {number}") for number in range(101)))
    assert faults(await registry.post(CHAINS, json=many)) == {("/links", "too_many")}
    merged = await make.organization()
    path = f"{ORGANIZATIONS}/{merged.id}/deduplication"
    ok(await registry.post(path, json={"into": lead.id, "reason": "Nhập hai lần"}), 201)
    for body in (a_chain(merged), a_chain(await make.organization(), supplier(merged))):
        assert_problem(await registry.post(CHAINS, json=body), 409, "organization_merged", merged_into=lead.id)


async def test_chains_are_found_by_who_leads_or_links_name_day_and_province(registry: ApiClient, make: Make) -> None:
    lead, rice, there = await make.organization(), await make.organization(), await make.organization(commune=THAI_BINH)
    noodles = await make.chain(lead, supplier(rice), attribution="supported")
    tea = await make.chain(there, name="Chuỗi chè", started_on="2023-01-01", ended_on="2023-12-31")
    both = await make.chain(rice, name="Chuỗi lúa giống", started_on="2021-01-01")

    async def found(**params: Any) -> list[str]:
        return [each["id"] for each in ok(await registry.get(CHAINS, params={"sort": "started_on", **params}))["items"]]

    assert await found() == [both.id, noodles.id, tea.id]
    assert await found(organization_id=rice.id) == [both.id, noodles.id]
    assert await found(organization_id=[lead.id, there.id]) == [noodles.id, tea.id]
    assert await found(lead_organization_id=rice.id) == [both.id]
    assert await found(q="MI GAO") == [noodles.id]
    assert await found(attribution="supported") == [noodles.id]
    assert await found(as_of="2024-01-01") == [both.id, noodles.id]
    assert await found(province="17-2008") == [tea.id]
    assert await found(province="25-2025") == [both.id, noodles.id, tea.id]
    assert await found(started_on_gte="2022-01-01", ended_on_lte="2023-12-31") == [tea.id]


async def test_an_own_user_sees_the_chains_that_name_its_organization(registry: ApiClient, make: Make) -> None:
    lead, rice, other = [await make.organization() for _ in range(3)]
    chain = await make.chain(lead, supplier(rice))
    elsewhere = await make.chain(other)
    users = {
        organization.id: registry.as_(scope="own.read", organization_id=organization.id, sub="chairman")
        for organization in (lead, rice, other)
    }
    for organization in (lead, rice):
        own = users[organization.id]
        assert [each["id"] for each in await every_item(own, CHAINS)] == [chain.id]
        assert ok(await own.get(f"{CHAINS}/{chain.id}"))["links"][0]["organization"]["name"] == rice.name
        assert len(ok(await own.get(f"{CHAINS}/{chain.id}/history"))["items"]) == 1
        assert_problem(await own.get(f"{CHAINS}/{elsewhere.id}"), 404, "not_found")
    # Of the time when the chain named it, it is told, and of no other.
    after = ok(await registry.patch(f"{CHAINS}/{chain.id}", json={"links": [supplier(other)]}, headers=etag(chain)))
    assert after["version"] == 2
    assert_problem(await users[rice.id].get(f"{CHAINS}/{chain.id}"), 404, "not_found")
    (version,) = ok(await users[other.id].get(f"{CHAINS}/{chain.id}/history"))["items"]
    assert (version["version"], version["changed"]) == (2, [])
    assert_problem(await users[lead.id].post(CHAINS, json=a_chain(lead)), 403, "scope_missing")


async def test_a_file_of_a_chain_is_read_by_those_it_names(registry: ApiClient, make: Make) -> None:
    lead, rice, other = [await make.organization() for _ in range(3)]
    scan = {"file": ("hd.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "application/pdf")}
    file = ok(await registry.post(f"{PATH}/files", files=scan), 201)
    ok(await registry.post(CHAINS, json=a_chain(lead, supplier(rice), file_ids=[file["id"]])), 201)
    read = [
        (
            await registry.as_(scope="own.read", organization_id=each.id, sub="chairman").get(
                f"{PATH}/files/{file['id']}"
            )
        ).status_code
        for each in (lead, rice, other)
    ]
    assert read == [200, 200, 404]
    response = await registry.post(CHAINS, json=a_chain(lead, file_ids=[new_id()]))
    assert faults(response) == {("/file_ids/0", "unknown_file")}


async def test_a_chain_goes_with_its_lead_and_stays_when_a_link_leaves(registry: ApiClient, make: Make) -> None:
    lead, rice = await make.organization(), await make.organization()
    chain = await make.chain(lead, supplier(rice))
    await make.move(rice, LE_LOI, on="2023-02-01")
    (kept,) = await every_item(registry, CHAINS)
    assert (kept["alliance"], kept["version"]) == ("25-2025", 1)
    # One that left since stays named, also in a correction.
    ok(await registry.patch(f"{CHAINS}/{chain.id}", json={"links": [supplier(rice), trader()]}, headers=etag(kept)))
    await make.move(lead, LE_LOI, on="2023-03-01")
    assert await every_item(registry, CHAINS) == []
    (taken,) = await every_item(registry.as_(area="40-2025"), CHAINS, province="25-2008")
    assert (taken["id"], taken["alliance"]) == (chain.id, "40-2025")


async def test_suppliers_are_counted_for_the_alliance_that_lists_them(registry: ApiClient, make: Make) -> None:
    await make.coverage()
    lead, rice = await make.organization(), await make.organization()
    await make.chain(lead, supplier(rice), attribution="supported")
    await make.move(rice, LE_LOI, on="2023-02-01")
    query = {"indicators": "value_chain_supplier_cooperatives", "from": "2022-01-01", "to": "2022-12-31"}
    for client, counted in ((registry, 0), (registry.as_(area="VN"), 1)):
        (item,) = ok(await client.get(f"{PATH}/indicator-values", params={**query, "province": "25-2008"}))["items"]
        assert (item["value"], len(await every_item(client, item["evidence"]))) == (counted, counted)


async def test_a_chain_lies_where_its_lead_lay_when_it_began(registry: ApiClient, make: Make) -> None:
    lead = await make.organization()
    chain = await make.chain(lead)
    await make.move(lead, THAI_BINH, on="2022-03-01")
    assert [each["id"] for each in await every_item(registry, CHAINS, province="17-2008")] == [chain.id]
    await make.move(lead, GIA_CAM, on="2022-04-01")
    assert [each["id"] for each in await every_item(registry, CHAINS, province="25-2008")] == [chain.id]


async def test_an_organization_that_a_chain_names_is_not_deleted(registry: ApiClient, make: Make) -> None:
    lead, rice = await make.organization(), await make.organization()
    chain = await make.chain(lead, supplier(rice, ended_on="2022-12-31"), supplier(rice, started_on="2023-01-01"))
    for organization, field in ((lead, "lead_organization_id"), (rice, "links.organization_id")):
        path = f"{ORGANIZATIONS}/{organization.id}?reason=nhập nhầm"
        problem = assert_problem(
            await registry.delete(path, headers=etag(organization)), 409, "organization_referenced", record_count=1
        )
        (reference,) = problem["references"]
        assert (reference["resource"], reference["field"], reference["count"]) == (CHAINS, field, 1)
    assert (await registry.delete(f"{CHAINS}/{chain.id}", headers=etag(chain))).status_code == 204
    for organization in (lead, rice):
        path = f"{ORGANIZATIONS}/{organization.id}?reason=nhập nhầm"
        assert (await registry.delete(path, headers=etag(organization))).status_code == 204


async def test_an_organization_deleted_while_a_chain_is_entered_is_in_it_or_gone(
    registry: ApiClient, make: Make
) -> None:
    for _ in range(5):
        lead, rice = await make.organization(), await make.organization()
        path = f"{ORGANIZATIONS}/{rice.id}?reason=nhập nhầm"
        entered, deleted = await asyncio.gather(
            registry.post(CHAINS, json=a_chain(lead, supplier(rice))), registry.delete(path, headers=etag(rice))
        )
        assert (entered.status_code, deleted.status_code) in ((201, 409), (422, 204))


async def test_a_chain_follows_a_deduplication_and_comes_back(registry: ApiClient, make: Make, db: Database) -> None:
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    kept, duplicate, other = [await make.organization() for _ in range(3)]
    await follower.begin()
    led = await make.chain(duplicate, supplier(other))
    linked = await make.chain(other, supplier(duplicate), trader(), name="Chuỗi lúa")
    path = f"{ORGANIZATIONS}/{duplicate.id}/deduplication"
    answer = ok(await registry.post(path, json={"into": kept.id, "reason": "Nhập hai lần"}), 201)
    assert {(each["id"], each["resource_type"]) for each in answer["moved"]} == {
        (led.id, "value_chain"),
        (linked.id, "value_chain"),
    }
    assert {each["id"] for each in await every_item(registry, CHAINS, organization_id=kept.id)} == {led.id, linked.id}
    assert await joined(db, linked.id) == [(kept.id, "2022-04-01")]
    # What was entered for the other since stays with it.
    after = ok(await registry.get(f"{CHAINS}/{linked.id}"))
    producer = {"role": "producer", "organization_id": kept.id}
    patch = {"links": [supplier(kept), trader(), producer]}
    ok(await registry.patch(f"{CHAINS}/{linked.id}", json=patch, headers=etag(after)))
    ok(await registry.post(f"{path}/reversal", json={"reason": "Là hai"}), 201)
    back = ok(await registry.get(f"{CHAINS}/{linked.id}"))
    assert [link["organization_id"] for link in back["links"]] == [duplicate.id, None, kept.id]
    assert ok(await registry.get(f"{CHAINS}/{led.id}"))["lead_organization_id"] == duplicate.id
    assert await joined(db, linked.id) == [(duplicate.id, "2022-04-01"), (kept.id, "2022-04-01")]
    await follower.assert_equal()


async def test_two_that_one_chain_names_are_not_put_together(registry: ApiClient, make: Make) -> None:
    kept, duplicate = await make.organization(), await make.organization()
    chain = await make.chain(kept, supplier(duplicate))
    path = f"{ORGANIZATIONS}/{duplicate.id}/deduplication"
    body = {"into": kept.id, "reason": "Nhập hai lần"}
    assert_problem(await registry.post(path, json=body), 409, "value_chains_name_both", value_chains=[chain.id])
    ok(await registry.patch(f"{CHAINS}/{chain.id}", json={"links": []}, headers=etag(chain)))
    ok(await registry.post(path, json=body), 201)


async def test_a_batch_enters_chains_one_by_one_or_none(registry: ApiClient, make: Make) -> None:
    lead, rice = await make.organization(), await make.organization()
    items = [a_chain(lead, supplier(rice)), a_chain(rice, supplier(rice))]
    each = ok(await registry.post(f"{CHAINS}/batch", json={"mode": "each", "items": items}), 207)
    assert [item["status"] for item in each["items"]] == [201, 422]
    assert (await registry.post(f"{CHAINS}/batch", json={"mode": "atomic", "items": items})).status_code == 422
    assert len(await every_item(registry, CHAINS)) == 1
