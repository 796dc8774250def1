"""Trainees: one person once, masked, read in full for a purpose, erased without losing a count."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from services.training.classes.trainees.records import name_masked
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient
from tests.training.builders import TRAINEES, Make, a_person, an_id_number


@pytest.mark.parametrize(
    ("name", "masked"), [("Nguyễn Văn An", "N. V. A."), ("  Đào   Thị Bình", "Đ. T. B."), ("An", "A."), (None, None)]
)
def test_a_name_is_shown_by_its_initials(name: str | None, masked: str | None) -> None:
    assert name_masked(name) == masked


async def test_a_person_is_shown_masked_and_stored_sealed(training: ApiClient, db: Database) -> None:
    number = an_id_number()
    body = a_person(name="Nguyễn Văn Tẻo", id_number=number, phone="0912 345 678")
    trainee = ok(await training.post(TRAINEES, json=body), 201)
    assert (trainee["name"], trainee["name_masked"], trainee["id_number"]) == (None, "N. V. T.", None)
    assert (trainee["id_number_last4"], trainee["phone_last4"]) == (number[-4:], "5678")
    assert trainee["redacted"] == ["name", "phone", "id_number"]
    stored = orjson.dumps([dict(row) for row in await db.fetch("SELECT * FROM trainee")], default=repr)
    assert number.encode() not in stored
    value = await db.fetchval("SELECT string_agg(content::text, '') FROM history")
    assert "Tẻo" not in value
    assert number[-4:] not in value


async def test_numbers_are_read_in_full_for_a_purpose_that_is_recorded(training: ApiClient, db: Database) -> None:
    number = an_id_number()
    trainee = ok(await training.post(TRAINEES, json=a_person(name="Lê Thị Mơ", id_number=number)), 201)
    path = f"{TRAINEES}/{trainee['id']}/personal-data"
    assert faults(await training.get(path)) == {("purpose", "required")}
    assert_problem(await training.as_(scope="training.read").get(f"{path}?purpose=chi+tra"), 403, "scope_missing")
    data = ok(await training.get(f"{path}?purpose=chi+tra+ho+tro"))
    assert (data["name"], data["id_number"]) == ("Lê Thị Mơ", number)
    rows = await db.fetch("SELECT action, actor, detail FROM audit")
    assert [(row["action"], row["actor"]) for row in rows] == [("trainee.personal_data_read", "training-officer")]
    fields = ["name", "phone", "id_number"]
    assert orjson.loads(rows[0]["detail"]) == {"words": "chi tra ho tro", "fields": fields, "people": 1}


async def test_a_person_is_found_again_by_number_or_by_name_birth_year_and_organization(training: ApiClient) -> None:
    number = an_id_number()
    first = ok(await training.post(TRAINEES, json=a_person(name="Trần Văn Bé", id_number=number)), 201)
    other_name = a_person(name="Trần Văn Bê", id_number=number, organization_name="HTX khác")
    assert ok(await training.post(TRAINEES, json=other_name))["id"] == first["id"]
    plain = a_person(name="Phạm Thị Út", birth_year=1979)
    second = ok(await training.post(TRAINEES, json=plain), 201)
    spelled = {**plain, "name": "phạm  thị  ÚT"}
    assert ok(await training.post(TRAINEES, json=spelled))["id"] == second["id"]
    assert ok(await training.post(TRAINEES, json={**plain, "birth_year": 1980}), 201)["id"] != second["id"]
    # The number becomes known later: it is filled in, and is found by it from then on.
    late = an_id_number()
    assert ok(await training.post(TRAINEES, json={**plain, "id_number": late}))["id"] == second["id"]
    assert ok(await training.post(TRAINEES, json=a_person(id_number=late)))["id"] == second["id"]


async def test_two_namesakes_with_numbers_are_two_and_without_a_number_nobody_knows_which(training: ApiClient) -> None:
    plain = a_person(name="Nguyễn Thị Hoa")
    ids = [ok(await training.post(TRAINEES, json={**plain, "id_number": an_id_number()}), 201)["id"] for _ in "ab"]
    refused = await training.post(TRAINEES, json=plain)
    assert assert_problem(refused, 409, "trainee_ambiguous", count=2)["trainee_ids"] == sorted(ids)


async def test_one_person_entered_ten_times_at_once_is_one(training: ApiClient) -> None:
    person = a_person(id_number=an_id_number())
    answers = await asyncio.gather(*(training.post(TRAINEES, json=person) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_a_correction_keeps_what_it_does_not_name(training: ApiClient, make: Make) -> None:
    number = an_id_number()
    trainee = await make.trainee(id_number=number, phone="0912345678")
    path = f"{TRAINEES}/{trainee.id}"
    body = {"name": "Vũ Văn Sửa", "phone": None, "reason": "Ghi nhầm tên"}
    after = ok(await training.patch(path, json=body, headers=etag(trainee)))
    assert (after["name_masked"], after["phone_last4"], after["id_number_last4"]) == ("V. V. S.", None, number[-4:])
    data = ok(await training.get(f"{path}/personal-data?purpose=doi+chieu"))
    assert (data["name"], data["id_number"], data["phone"]) == ("Vũ Văn Sửa", number, None)
    other = await make.trainee(id_number=an_id_number())
    taken = await training.patch(f"{TRAINEES}/{other.id}", json={"id_number": number}, headers=etag(other))
    assert_problem(taken, 409, "trainee_known", trainee_id=trainee.id)


async def test_who_is_erased_is_nobody_any_more_and_still_counts(training: ApiClient, make: Make, db: Database) -> None:
    await make.coverage()
    training_class = await make.training_class(state="held")
    number = an_id_number()
    entry = await make.attendance(training_class, trainee=a_person(name="Hoàng Thị Xóa", id_number=number))
    before = [
        await make.value(i, "2023-01-01", "2023-12-31", province="25-2025")
        for i in ("training_attendances", "training_distinct_trainees")
    ]
    path = f"{TRAINEES}/{entry.trainee_id}"
    row = ok(await training.get(path))
    assert (await training.delete(path, headers=etag(row))).status_code == 204
    after = [
        await make.value(i, "2023-01-01", "2023-12-31", province="25-2025")
        for i in ("training_attendances", "training_distinct_trainees")
    ]
    assert after == before
    erased = ok(await training.get(path))
    assert (erased["name_masked"], erased["birth_year"], erased["id_number_last4"]) == (None, None, None)
    everything = await db.fetchval(
        "SELECT (SELECT string_agg(t::text, '') FROM trainee t) || (SELECT string_agg(h::text, '') FROM history h)"
        " || (SELECT coalesce(string_agg(a::text, ''), '') FROM audit a)"
    )
    assert "Xóa" not in everything
    assert_problem(await training.delete(path, headers=etag(erased)), 409, "trainee_erased")
    again = ok(await training.post(TRAINEES, json=a_person(name="Hoàng Thị Xóa", id_number=number)), 201)
    assert again["id"] != entry.trainee_id


async def test_own_users_enter_their_own_people_only(training: ApiClient) -> None:
    mine = new_id()
    own = training.as_(scope="own.read own.write", organization_id=mine)
    assert ok(await own.post(TRAINEES, json=a_person(organization_id=mine)), 201)["organization_id"] == mine
    refused = await own.post(TRAINEES, json=a_person(organization_id=new_id()))
    assert faults(refused) == {("/organization_id", "outside_area")}
