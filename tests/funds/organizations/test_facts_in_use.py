"""What lending does with the registry's facts: fills in, refuses by them, asks once, and goes on without the registry."""

from __future__ import annotations

import asyncio

from kernel.database.connections import Database
from kernel.values.ids import new_id
from kernel.web.auth import NATION
from tests.funds.builders import APPLICATIONS, BORROWERS, PATH, Make, Record, a_project
from tests.registry.builders import LE_LOI
from tests.registry.builders import Make as RegistryMake
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient
from tests.support.in_process_services import Follow, Wire


def asked(wire: Wire) -> int:
    return sum(method == "GET" and path.startswith("/v1/registry/organizations/") for method, path in wire.calls)


def own_application(fund_id: str) -> dict[str, object]:
    return {
        "fund_id": fund_id,
        "submitted_on": "2023-02-01",
        "requested_amount_vnd": 500_000_000,
        "requested_term_months": 24,
        "project": a_project(),
    }


async def test_name_code_and_commune_come_from_the_registry_when_they_are_left_out(
    funds: ApiClient, register: RegistryMake, follow: Follow, wire: Wire
) -> None:
    organization = await register.organization()
    await follow()
    body = {"kind": "cooperative", "organization_id": organization.id}
    borrower = ok(await funds.post(BORROWERS, json=body), 201)
    assert (borrower["name"], borrower["organization_code"]) == (organization.name, organization.code)
    assert (borrower["commune_code"], borrower["commune_map"]) == (organization.seat["commune_code"], "2008")
    assert (borrower["province_2008"], borrower["province_2025"], borrower["alliance"]) == (
        "25-2008",
        "25-2025",
        "25-2025",
    )
    assert asked(wire) == 0


async def test_what_the_body_says_is_taken_before_the_registrys_words(
    funds: ApiClient, register: RegistryMake, follow: Follow
) -> None:
    organization = await register.organization()
    await follow()
    body = {"kind": "cooperative", "organization_id": organization.id, "name": "HTX theo hợp đồng cũ"}
    borrower = ok(await funds.post(BORROWERS, json=body), 201)
    assert (borrower["name"], borrower["organization_code"]) == ("HTX theo hợp đồng cũ", organization.code)


async def test_an_organization_not_heard_of_yet_is_asked_for_once(
    funds: ApiClient, register: RegistryMake, wire: Wire
) -> None:
    organization = await register.organization()
    body = {"kind": "cooperative", "organization_id": organization.id}
    borrower = ok(await funds.post(BORROWERS, json=body, headers={"X-Request-Id": "ask-1"}), 201)
    assert (borrower["name"], asked(wire)) == (organization.name, 1)
    assert wire.headers[-1]["x-request-id"] == "ask-1"
    member = {"kind": "member_person", "name": "Nguyễn Văn A", "beneficiary_organization_id": organization.id}
    ok(await funds.post(BORROWERS, json=member), 201)
    assert asked(wire) == 1


async def test_with_the_registry_down_lending_goes_on_with_what_is_known(
    funds: ApiClient, register: RegistryMake, follow: Follow, wire: Wire, db: Database
) -> None:
    heard, unheard = await register.organization(), await register.organization()
    ok(await funds.post(BORROWERS, json={"kind": "cooperative", "organization_id": heard.id}), 201)
    for down in ("registry", "identity"):
        wire.cut.add(down)
        answer = await funds.post(BORROWERS, json={"kind": "cooperative", "organization_id": unheard.id, "name": "HTX"})
        if down == "registry":
            assert_problem(answer, 503, "organization_unknown_yet", organization_id=unheard.id)
            assert int(answer.headers["retry-after"]) > 0
        assert answer.status_code == 503
    assert await db.fetchval("SELECT count(*) FROM borrower") == 1
    member = {"kind": "member_person", "name": "Nguyễn Văn A", "beneficiary_organization_id": heard.id}
    ok(await funds.post(BORROWERS, json=member), 201)
    wire.cut.clear()
    ok(await funds.post(BORROWERS, json={"kind": "cooperative", "organization_id": unheard.id}), 201)


async def test_an_organization_that_the_registry_does_not_have_is_refused(funds: ApiClient, wire: Wire) -> None:
    body = {"kind": "cooperative", "organization_id": new_id(), "name": "Hợp tác xã Không Có"}
    assert faults(await funds.post(BORROWERS, json=body)) == {("/organization_id", "unknown_organization")}
    assert asked(wire) == 1


async def test_an_organization_of_another_alliance_is_as_good_as_none(
    funds: ApiClient, register: RegistryMake, follow: Follow
) -> None:
    unheard, heard = await register.organization(commune=LE_LOI), await register.organization(commune=LE_LOI)
    body = {"kind": "cooperative", "organization_id": unheard.id}
    assert faults(await funds.post(BORROWERS, json=body)) == {("/organization_id", "unknown_organization")}
    await follow()
    member = {"kind": "member_person", "name": "Trần Văn B", "beneficiary_organization_id": heard.id}
    assert faults(await funds.post(BORROWERS, json=member)) == {
        ("/beneficiary_organization_id", "unknown_organization")
    }
    borrower = ok(await funds.as_(area=NATION).post(BORROWERS, json=body), 201)
    assert borrower["alliance"] == "40-2025"


async def test_what_cannot_borrow_is_refused_by_what_it_is_not_by_what_it_is_called(
    funds: ApiClient, register: RegistryMake, db: Database
) -> None:
    group = await register.group()
    enterprise = await register._create(
        "/v1/registry/organizations",
        {
            "type": "enterprise",
            "name": "Công ty TNHH Thắng Lợi",
            "seat": {"commune_code": "07900", "commune_map": "2008"},
        },
    )
    for kind in ("cooperative", "cooperative_union"):
        answer = await funds.post(BORROWERS, json={"kind": kind, "organization_id": group.id})
        assert_problem(answer, 409, "group_cannot_borrow")
        answer = await funds.post(BORROWERS, json={"kind": kind, "organization_id": enterprise.id})
        assert_problem(answer, 409, "enterprise_cannot_borrow", kind="enterprise")
    member = {"kind": "member_organization", "beneficiary_organization_id": group.id, "organization_id": enterprise.id}
    assert_problem(await funds.post(BORROWERS, json=member), 409, "enterprise_cannot_borrow")
    assert await db.fetchval("SELECT count(*) FROM borrower") == 0


async def test_a_union_is_no_cooperative_and_no_person_is_an_organization(
    funds: ApiClient, register: RegistryMake
) -> None:
    union = await register.union()
    for kind in ("cooperative", "member_person"):
        body = {"kind": kind, "organization_id": union.id, "beneficiary_organization_id": union.id}
        assert faults(await funds.post(BORROWERS, json=body)) == {("/kind", "differs_from_registry")}
    ok(await funds.post(BORROWERS, json={"kind": "cooperative_union", "organization_id": union.id}), 201)


async def test_a_members_group_is_named_by_the_registry_and_an_enterprise_has_no_members(
    funds: ApiClient, register: RegistryMake
) -> None:
    group = await register.group(name="Tổ hợp tác Đồng Tâm")
    body = {"kind": "member_household", "name": "Hộ ông C", "beneficiary_organization_id": group.id}
    borrower = ok(await funds.post(BORROWERS, json=body), 201)
    assert (borrower["beneficiary_organization_name"], borrower["beneficiary_kind"]) == (
        "Tổ hợp tác Đồng Tâm",
        "cooperative_group",
    )
    wrong = {**body, "beneficiary_kind": "cooperative"}
    assert faults(await funds.post(BORROWERS, json=wrong)) == {("/beneficiary_kind", "differs_from_registry")}
    enterprise = await register._create(
        "/v1/registry/organizations",
        {
            "type": "enterprise",
            "name": "Công ty TNHH Vinh Quang",
            "seat": {"commune_code": "07900", "commune_map": "2008"},
        },
    )
    answer = await funds.post(BORROWERS, json={**body, "beneficiary_organization_id": enterprise.id})
    assert faults(answer) == {("/beneficiary_organization_id", "not_a_cooperative")}


async def test_a_cooperative_borrows_as_member_of_its_union_and_the_union_finds_the_project(
    funds: ApiClient, register: RegistryMake, make: Make
) -> None:
    union = await register.union(name="Liên hiệp hợp tác xã Trung Du")
    cooperative, other = await register.organization(), await register.organization()
    member = {"kind": "member_organization", "beneficiary_organization_id": union.id}
    of_union = Record(ok(await funds.post(BORROWERS, json={**member, "organization_id": cooperative.id}), 201))
    assert (of_union.beneficiary_organization_name, of_union.beneficiary_kind) == (union.name, "cooperative_union")
    wrong = {**member, "organization_id": other.id, "beneficiary_kind": "cooperative"}
    assert faults(await funds.post(BORROWERS, json=wrong)) == {("/beneficiary_kind", "differs_from_registry")}
    itself = Record(
        ok(await funds.post(BORROWERS, json={"kind": "cooperative_union", "organization_id": union.id}), 201)
    )
    assert itself.beneficiary_kind is None
    fund = await make.rich_fund()
    theirs, own = await make.loan(fund, borrower=of_union), await make.loan(fund, borrower=itself)
    for organization, loans in ((union, {theirs.id, own.id}), (cooperative, {theirs.id}), (other, set())):
        of = {"organization_id": organization.id}
        assert {item["id"] for item in ok(await funds.get(f"{PATH}/projects", params=of))["items"]} == loans


async def test_a_merged_organization_names_its_successor(
    funds: ApiClient, register: RegistryMake, follow: Follow, db: Database
) -> None:
    organization, successor = await register.organization(), new_id()
    await follow()
    await db.execute(
        "UPDATE followed_organization SET removed_as = 'merged', merged_into = $1::uuid WHERE id = $2::uuid",
        successor,
        organization.id,
    )
    answer = await funds.post(BORROWERS, json={"kind": "cooperative", "organization_id": organization.id})
    assert faults(answer) == {("/organization_id", "organization_merged")}
    assert successor in answer.text


async def test_a_borrower_whose_organization_is_gone_can_still_be_corrected(
    funds: ApiClient, register: RegistryMake, follow: Follow, db: Database, wire: Wire
) -> None:
    organization = await register.organization()
    borrower = ok(await funds.post(BORROWERS, json={"kind": "cooperative", "organization_id": organization.id}), 201)
    await db.execute("UPDATE followed_organization SET removed_as = 'deleted'")
    wire.cut.add("registry")
    after = ok(await funds.patch(f"{BORROWERS}/{borrower['id']}", json={"is_active": False}, headers=etag(borrower)))
    assert (after["is_active"], after["name"], after["commune_code"]) == (
        False,
        borrower["name"],
        borrower["commune_code"],
    )


async def test_a_name_is_needed_of_whom_the_registry_does_not_know(funds: ApiClient, register: RegistryMake) -> None:
    group = await register.group()
    body = {"kind": "member_person", "beneficiary_organization_id": group.id}
    assert faults(await funds.post(BORROWERS, json=body)) == {("/name", "required")}


async def test_a_cooperatives_own_user_files_an_application_before_it_ever_borrowed(
    funds: ApiClient, make: Make, register: RegistryMake, db: Database, wire: Wire
) -> None:
    fund = await make.fund()
    organization = await register.organization()
    own = funds.as_(scope="own.read own.write", sub="htx", organization_id=organization.id)
    answers = await asyncio.gather(*(own.post(APPLICATIONS, json=own_application(fund.id)) for _ in range(4)))
    records = [ok(answer, 201) for answer in answers]
    assert {item["borrower_name"] for item in records} == {organization.name}
    assert len({item["borrower_id"] for item in records}) == 1
    assert {item["organization_id"] for item in records} == {organization.id}
    assert await db.fetchval("SELECT count(*) FROM borrower") == 1
    ok(await own.get(f"{BORROWERS}/{records[0]['borrower_id']}"))


async def test_a_groups_own_user_is_told_that_members_borrow(
    funds: ApiClient, make: Make, register: RegistryMake
) -> None:
    fund, group = await make.fund(), await register.group()
    own = funds.as_(scope="own.read own.write", sub="tht", organization_id=group.id)
    assert_problem(await own.post(APPLICATIONS, json=own_application(fund.id)), 409, "group_cannot_borrow")


async def test_an_officer_names_the_borrower(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    assert faults(await funds.post(APPLICATIONS, json=own_application(fund.id))) == {("/borrower_id", "required")}


async def test_the_same_key_answers_the_same_with_the_registry_down(
    funds: ApiClient, register: RegistryMake, wire: Wire
) -> None:
    organization = await register.organization()
    body, key = {"kind": "cooperative", "organization_id": organization.id}, {"Idempotency-Key": "borrower-1"}
    first = await funds.post(BORROWERS, json=body, headers=key)
    wire.cut |= {"registry", "identity"}
    again = await funds.post(BORROWERS, json=body, headers=key)
    assert (again.headers["idempotency-replayed"], ok(again, 201)) == ("true", ok(first, 201))
