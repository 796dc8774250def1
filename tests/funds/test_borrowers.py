"""Borrowers: who may be one, what is hidden of them, and who is related to whom."""

from __future__ import annotations

import asyncio

import orjson
from fastapi import FastAPI

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.funds.builders import BORROWERS, GROUPS, LE_LOI, PATH, Make, a_borrower
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient

NUMBER = "025123456789"


async def test_a_cooperative_and_a_member_of_a_group_may_borrow(funds: ApiClient) -> None:
    cooperative = ok(await funds.post(BORROWERS, json=a_borrower()), 201)
    assert (cooperative["alliance"], cooperative["province_2008"]) == ("25-2025", "25-2008")
    body = a_borrower("member_household", beneficiary_organization_name="Tổ hợp tác Đồng Tâm")
    member = ok(await funds.post(BORROWERS, json=body), 201)
    assert member["beneficiary_organization_id"] == body["beneficiary_organization_id"]
    assert [item["id"] for item in await every_item(funds, BORROWERS)] == [cooperative["id"], member["id"]]


async def test_a_group_has_no_legal_personality_and_cannot_borrow(funds: ApiClient, db: Database) -> None:
    answer = await funds.post(BORROWERS, json=a_borrower("cooperative_group"))
    document = assert_problem(answer, 409, "group_cannot_borrow")
    assert "tư cách pháp nhân" in document["detail"]
    assert await db.fetchval("SELECT count(*) FROM borrower") == 0


async def test_an_enterprise_cannot_borrow_even_as_a_member(funds: ApiClient) -> None:
    for kind in ("enterprise", "member_enterprise"):
        answer = await funds.post(BORROWERS, json=a_borrower(kind))
        assert_problem(answer, 409, "enterprise_cannot_borrow", kind=kind)


async def test_a_member_names_what_it_is_a_member_of(funds: ApiClient) -> None:
    answer = await funds.post(BORROWERS, json=a_borrower("member_person", beneficiary_organization_id=None))
    assert faults(answer) == {("/beneficiary_organization_id", "required")}


async def test_numbers_of_a_person_are_sealed_and_shown_by_their_last_digits(
    funds: ApiClient, db: Database, funds_app: FastAPI
) -> None:
    body = a_borrower("member_person", id=new_id(), phone="0912 345 678", id_number=NUMBER)
    key = {"Idempotency-Key": "person-1"}
    borrower = ok(await funds.post(BORROWERS, json=body, headers=key), 201)
    assert (borrower["phone"], borrower["phone_last4"], borrower["id_number"], borrower["id_number_last4"]) == (
        None,
        "5678",
        None,
        "6789",
    )
    assert borrower["redacted"] == ["phone", "id_number"]
    assert (await funds.post(BORROWERS, json=body)).status_code == 200
    stored = ""
    for table in ("borrower", "history", "idempotency_key", "change", "audit"):
        for row in await db.fetch(f"SELECT to_jsonb(t)::text AS line FROM {table} t"):
            stored += row["line"]
    assert NUMBER not in stored
    assert NUMBER.encode().hex() not in stored
    assert "345 678" not in stored
    assert (funds_app.state.settings.home / "keys" / "funds.key").stat().st_mode & 0o777 == 0o600


async def test_reading_the_numbers_needs_a_purpose_and_is_recorded(funds: ApiClient, db: Database) -> None:
    borrower = ok(await funds.post(BORROWERS, json=a_borrower("member_person", id_number=NUMBER)), 201)
    path = f"{BORROWERS}/{borrower['id']}/personal-data"
    assert faults(await funds.get(path)) == {("purpose", "required")}
    assert_problem(await funds.as_(scope="funds.read").get(path), 403, "scope_missing")
    assert_problem(await funds.as_(area="40-2025").get(f"{path}?purpose=to-mo"), 404, "not_found")
    assert await db.fetchval("SELECT count(*) FROM audit") == 0
    read = await funds.get(path, params={"purpose": "lập hợp đồng tín dụng"})
    assert (ok(read)["id_number"], ok(read)["phone"]) == (NUMBER, None)
    assert read.headers["cache-control"] == "no-store"
    entry = (await db.fetch("SELECT action, actor, resource_id, purpose, detail FROM audit"))[0]
    assert (entry["action"], entry["actor"], entry["resource_id"]) == (
        "borrower.personal_data_read",
        "fund-officer",
        borrower["id"],
    )
    words, fields = "lập hợp đồng tín dụng", ["phone", "id_number"]
    assert entry["purpose"] == "other", "no code of the list: it is kept in words"
    assert orjson.loads(entry["detail"]) == {"words": words, "fields": fields, "people": 1}


async def test_a_number_is_corrected_cleared_and_otherwise_left_alone(funds: ApiClient) -> None:
    borrower = ok(
        await funds.post(BORROWERS, json=a_borrower("member_person", id_number=NUMBER, phone="0912345678")), 201
    )
    path = f"{BORROWERS}/{borrower['id']}"
    renamed = ok(await funds.patch(path, json={"name": "Nguyễn Văn Bê"}, headers=etag(borrower)))
    assert (renamed["id_number_last4"], renamed["phone_last4"]) == ("6789", "5678")
    changed = ok(await funds.patch(path, json={"phone": None, "id_number": "025123450000"}, headers=etag(renamed)))
    assert (changed["id_number_last4"], changed["phone_last4"], changed["redacted"]) == ("0000", None, ["id_number"])
    read = ok(await funds.get(f"{path}/personal-data", params={"purpose": "kiểm tra"}))
    assert (read["id_number"], read["phone"]) == ("025123450000", None)


async def test_one_person_or_organization_is_one_borrower_even_at_once(funds: ApiClient, make: Make) -> None:
    borrower = await make.borrower("member_person", id_number=NUMBER)
    answer = await funds.post(BORROWERS, json=a_borrower("member_person", id_number=NUMBER))
    assert_problem(answer, 409, "borrower_exists", borrower_id=borrower.id)
    organization = new_id()
    answers = await asyncio.gather(
        *(funds.post(BORROWERS, json=a_borrower(organization_id=organization)) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_a_borrower_of_another_alliance_is_not_there(funds: ApiClient, make: Make) -> None:
    foreign = await make.borrower(commune_code=LE_LOI)
    assert foreign.alliance == "40-2025"
    assert_problem(await funds.get(f"{BORROWERS}/{foreign.id}"), 404, "not_found")
    assert await every_item(funds, BORROWERS) == []
    assert faults(await funds.post(BORROWERS, json=a_borrower(commune_code=LE_LOI))) == {
        ("/commune_code", "outside_area")
    }


async def test_a_cooperatives_own_user_sees_itself_and_no_other(funds: ApiClient, make: Make) -> None:
    mine, other = await make.borrower(), await make.borrower()
    own = funds.as_(scope="own.read own.write", organization_id=mine.organization_id)
    assert [item["id"] for item in await every_item(own, BORROWERS)] == [mine.id]
    assert_problem(await own.get(f"{BORROWERS}/{other.id}"), 404, "not_found")
    assert_problem(await own.post(BORROWERS, json=a_borrower()), 403, "scope_missing")


async def test_what_a_borrower_is_a_member_of_has_its_name_in_both_languages(funds: ApiClient, make: Make) -> None:
    union = new_id()
    borrower = await make.borrower(
        "member_organization", beneficiary_organization_id=union, beneficiary_kind="cooperative_union"
    )
    assert borrower.beneficiary_kind == "cooperative_union"
    items = await every_item(funds, BORROWERS, beneficiary_organization_id=union)
    assert [item["id"] for item in items] == [borrower.id]
    for language, label in (("vi", "Liên hiệp hợp tác xã"), ("en", "Cooperative union")):
        kinds = ok(await funds.get(f"{PATH}/code-lists/beneficiary-kinds", headers={"Accept-Language": language}))
        assert label in {item["label"] for item in kinds["items"]}


async def test_a_borrower_is_found_by_name_without_marks(funds: ApiClient, make: Make) -> None:
    wanted = await make.borrower(name="Hợp tác xã Đồng Tâm")
    await make.borrower(name="Hợp tác xã Phú Lộc")
    assert [item["id"] for item in await every_item(funds, BORROWERS, q="dong tam")] == [wanted.id]


async def test_related_persons_are_in_a_group_for_a_time(funds: ApiClient, make: Make) -> None:
    first, second = await make.borrower(), await make.borrower("member_person")
    group = await make.related(first, second)
    members = await every_item(funds, f"{GROUPS}/{group.id}/members")
    assert [item["borrower_id"] for item in members] == [first.id, second.id]
    path = f"{PATH}/borrower-group-members/{members[1]['id']}"
    former = ok(await funds.patch(path, json={"valid_until": "2022-12-31"}, headers=etag(members[1])))
    assert former["valid_until"] == "2022-12-31"
    on = await every_item(funds, f"{GROUPS}/{group.id}/members", as_of="2023-01-01")
    assert [item["borrower_id"] for item in on] == [first.id]
    assert [item["id"] for item in await every_item(funds, GROUPS, borrower_id=second.id)] == [group.id]


async def test_a_group_holds_borrowers_of_its_own_alliance(funds: ApiClient, make: Make) -> None:
    group, foreign = await make.related(), await make.borrower(commune_code=LE_LOI)
    body = {"borrower_id": foreign.id, "valid_from": "2022-01-01"}
    path = f"{GROUPS}/{group.id}/members"
    assert faults(await funds.post(path, json=body)) == {("/borrower_id", "unknown_borrower")}
    assert faults(await funds.as_(area="VN").post(path, json=body)) == {("/borrower_id", "outside_area")}
    assert_problem(await funds.as_(area="40-2025").post(path, json=body), 404, "not_found")
