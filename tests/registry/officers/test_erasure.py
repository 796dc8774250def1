"""An officer is erased: office and term stay, so that every count does, and nothing says who it was."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.personal_data.erasure import ERASED
from kernel.values.days import today
from kernel.values.ids import new_id
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make, Record
from tests.support.answers import assert_problem, etag, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed
from tests.support.said_nowhere import said_in, said_nowhere

OFFICERS = f"{PATH}/officers"
NAME, PHONE, DECISION = "Vi Thị Khuyên", "0912 345 678", "05/QĐ-VTK"
PERSON = {
    "full_name": NAME,
    "sex": "female",
    "birth_year": 1975,
    "phone": PHONE,
    "decision_number": DECISION,
    "reason": f"Bà {NAME} được bầu",
}
FORMER = {**PERSON, "term_from": "2015-01-15", "term_to": "2020-01-15", "qualification": "college", "is_member": True}
GROUND = {"ground": "own_request", "document_number": "12/ĐN"}


async def erase(registry: ApiClient, officer: dict[str, Any], **headers: str) -> Any:
    """Ask for the erasure of an officer as it is known."""
    path = f"{OFFICERS}/{officer['id']}/erasure"
    return await registry.post(path, json=GROUND, headers={**etag(officer), **headers})


async def corrected(registry: ApiClient, officer: dict[str, Any], **fields: Any) -> Record:
    return Record(ok(await registry.patch(f"{OFFICERS}/{officer['id']}", json=fields, headers=etag(officer))))


async def test_office_and_term_stay_and_no_table_says_who_it_was(
    registry: ApiClient, make: Make, registry_url: str
) -> None:
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    await follower.begin()
    officer = await make.officer(await make.organization(), **FORMER)
    officer = await corrected(registry, officer, qualification="university", reason=f"{NAME} đã tốt nghiệp")
    await follower.catch_up()
    assert await said_in(registry_url, NAME, PHONE, DECISION) == {
        "officer.full_name",
        "officer.name_folded",
        "officer.phone",
        "officer.decision_number",
        "history.content",
        "history.reason",
    }
    counts = {"facets": "office,qualification"}
    before = ok(await registry.get(OFFICERS, params=counts))["facets"]
    erased = ok(await erase(registry, officer))
    assert {name: erased[name] for name in FORMER.keys() - {"reason"}} == {
        **dict.fromkeys(("sex", "birth_year", "phone", "decision_number")),
        "full_name": ERASED,
        "term_from": "2015-01-15",
        "term_to": "2020-01-15",
        "qualification": "university",
        "is_member": True,
    }
    assert (erased["erased_on"], erased["redacted"], erased["version"]) == (today().isoformat(), [], 3)
    await said_nowhere(registry_url, NAME, PHONE, DECISION)
    assert ok(await registry.get(OFFICERS, params=counts))["facets"] == before
    for q in (NAME, "khuyen", "xoa"):
        assert ok(await registry.get(OFFICERS, params={"q": q}))["items"] == []
    await follower.assert_equal()
    assert follower.told_of(officer.id) == [("created", 1), ("changed", 2), ("changed", 3)]


async def test_its_history_keeps_what_tells_of_nobody(registry: ApiClient, make: Make) -> None:
    officer = await make.officer(await make.organization(), **FORMER)
    officer = await corrected(registry, officer, term_to="2020-02-15", reason="Theo biên bản")
    ok(await erase(registry, officer))
    versions = ok(await registry.get(f"{OFFICERS}/{officer.id}/history"))["items"]
    assert [(each["action"], each["reason"], each["changed"]) for each in versions] == [
        ("created", None, []),
        ("corrected", None, ["term_to"]),
        ("erased", None, ["decision_number", "erased_on", "full_name", "redacted"]),
    ]
    assert [(each["content"]["full_name"], each["content"]["term_to"]) for each in versions] == [
        (None, "2020-01-15"),
        (None, "2020-02-15"),
        (ERASED, "2020-02-15"),
    ]


async def test_the_words_that_an_undated_group_repeats_go_as_well(
    registry: ApiClient, make: Make, registry_url: str
) -> None:
    group = await make.group(founded_on=None, registered_on=None)
    leader = await make.officer(group, office="group_leader", **FORMER)
    versions = ok(await registry.get(f"{ORGANIZATIONS}/{group.id}/history"))["items"]
    assert versions[-1]["reason"] == PERSON["reason"]
    ok(await erase(registry, leader))
    await said_nowhere(registry_url, NAME)
    after = ok(await registry.get(f"{ORGANIZATIONS}/{group.id}/history"))["items"]
    assert after == [*versions[:-1], {**versions[-1], "reason": None}]


async def test_who_is_in_office_stays_and_the_refusal_says_why(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    present = await make.officer(organization, **PERSON)
    leaving = await make.officer(organization, office="chair", **{**PERSON, "term_to": "2099-01-01"})
    for officer in (present, leaving):
        document = assert_problem(await erase(registry, officer), 409, "still_needed", rule="office_held")
        assert "Đang giữ chức vụ" in document["detail"]
    ended = await corrected(registry, present, term_to=today().isoformat())
    assert ok(await erase(registry, ended))["full_name"] == ERASED


async def test_one_that_was_erased_is_neither_corrected_nor_erased_again(registry: ApiClient, make: Make) -> None:
    officer = await make.officer(await make.organization(), **FORMER)
    key = {"Idempotency-Key": new_id()}
    answer = await erase(registry, officer, **key)
    again = await erase(registry, officer, **key)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (ok(answer), "true")
    erased, on = answer.json(), today().isoformat()
    assert_problem(await erase(registry, officer), 412, "stale")
    assert_problem(await erase(registry, erased), 409, "already_erased", erased_on=on)
    for change in ({"full_name": NAME}, {"qualification": "college"}):
        refused = await registry.patch(f"{OFFICERS}/{officer.id}", json=change, headers=etag(erased))
        assert_problem(refused, 409, "already_erased", erased_on=on)


async def test_what_was_sent_before_names_nobody_new(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    body = {**FORMER, "office": "director", "id": new_id(), "organization_id": organization.id}
    officer = ok(await registry.post(OFFICERS, json=body), 201)
    ok(await erase(registry, officer))
    for again in (body, {**body, "full_name": "Lò Văn Pành"}):
        refused = await registry.post(OFFICERS, json=again)
        assert_problem(refused, 409, "already_erased", erased_on=today().isoformat())
    elsewhere = registry.as_(area="40-2025")
    abroad = await Make(elsewhere).organization(commune=LE_LOI)
    of_others = {**body, "organization_id": abroad.id}
    assert_problem(await elsewhere.post(OFFICERS, json=of_others), 409, "id_in_use")
    ended = {**FORMER, "office": "director", "organization_id": organization.id}
    assert_problem(await registry.post(OFFICERS, json=ended), 409, "office_held", full_name=ERASED)


@pytest.mark.parametrize("is_erased_first", [True, False])
async def test_of_one_that_was_deleted_the_history_is_emptied(
    registry: ApiClient, make: Make, registry_url: str, is_erased_first: bool
) -> None:
    officer = await make.officer(await make.organization(), **FORMER)
    version = officer.version
    if is_erased_first:
        version = ok(await erase(registry, officer))["version"]
    gone = await registry.delete(
        f"{OFFICERS}/{officer.id}?reason={NAME} nhập nhầm", headers={"If-Match": f'"{version}"'}
    )
    assert gone.status_code == 204
    last = {"id": officer.id, "version": version + 1}
    path = f"{OFFICERS}/{officer.id}/erasure"
    assert_problem(await registry.as_(area="40-2025").post(path, json=GROUND, headers=etag(last)), 404, "not_found")
    assert_problem(await registry.post(path, json=GROUND), 428, "if_match_missing")
    stale = assert_problem(await registry.post(path, json=GROUND, headers={"If-Match": f'"{version}"'}), 412, "stale")
    assert stale["current"]["id"] == officer.id
    if is_erased_first:
        assert_problem(await erase(registry, last), 409, "already_erased", erased_on=today().isoformat())
        return
    key = {"Idempotency-Key": new_id()}
    for _ in range(2):
        assert (await erase(registry, last, **key)).status_code == 204
    await said_nowhere(registry_url, NAME, PHONE, DECISION)
    versions = ok(await registry.get(f"{OFFICERS}/{officer.id}/history"))["items"]
    assert [(each["action"], each["reason"], each["content"]["term_to"]) for each in versions] == [
        ("created", None, "2020-01-15"),
        ("removed", None, "2020-01-15"),
    ]
    assert_problem(await erase(registry, last), 409, "already_erased", erased_on=today().isoformat())


async def test_those_of_other_areas_and_the_organization_itself_erase_nobody(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    officer = await make.officer(organization, **FORMER)
    elsewhere = await make.officer(await make.organization(commune=LE_LOI), **FORMER)
    assert_problem(await erase(registry, elsewhere), 404, "not_found")
    own = registry.as_(scope="own.read own.write", sub="htx", organization_id=organization.id)
    for client in (own, registry.as_(scope="registry.read")):
        assert_problem(await erase(client, officer), 403, "scope_missing")


async def test_two_who_erase_one_person_and_one_who_corrects_it_take_turns(
    registry: ApiClient, make: Make, registry_url: str
) -> None:
    officer = await make.officer(await make.organization(), **FORMER)
    change = {"full_name": f"{NAME} Hai", "reason": "Sửa tên"}
    answers = await asyncio.gather(
        erase(registry, officer),
        erase(registry, officer),
        registry.patch(f"{OFFICERS}/{officer.id}", json=change, headers=etag(officer)),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    if answers[2].status_code == 200:
        ok(await erase(registry, answers[2].json()))
    await said_nowhere(registry_url, NAME)


async def test_a_copy_has_all_that_is_kept_and_who_read_it(registry: ApiClient, make: Make, db: Database) -> None:
    organization = await make.organization()
    officer = await make.officer(organization, **FORMER)
    path = f"{OFFICERS}/{officer.id}/personal-data"
    ok(await registry.as_(sub="keeper").get(path, params={"purpose": "own_request"}))
    own = registry.as_(scope="own.read", sub="htx", organization_id=organization.id)
    answer = await own.get(f"{path}-copy")
    copy = ok(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    (record,) = copy["records"]
    assert record["resource_type"] == "officer"
    private = {"sex": "female", "birth_year": 1975, "phone": PHONE, "full_name": NAME, "decision_number": DECISION}
    assert {name: record["content"][name] for name in private} == private
    assert [(each["read_by"], each["purpose"], each["fields"]) for each in copy["readings"]] == [
        ("keeper", "own_request", ["sex", "birth_year", "phone"]),
        ("htx", "own_request", ["full_name", "decision_number", "sex", "birth_year", "phone"]),
    ]
    other = registry.as_(scope="own.read", sub="other", organization_id=(await make.organization()).id)
    assert_problem(await other.get(f"{path}-copy"), 404, "not_found")
    assert_problem(await registry.as_(scope="registry.read").get(f"{path}-copy"), 403, "scope_missing")
    assert_problem(await registry.as_(area="40-2025").get(f"{path}-copy"), 404, "not_found")
    ok(await erase(registry.as_(sub="eraser"), officer))
    rows = await db.fetch("SELECT action, actor, resource_id FROM audit ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [
        ("officer.personal_data_read", "keeper", officer.id),
        ("officer.personal_data_copied", "htx", officer.id),
        ("officer.erased", "eraser", officer.id),
    ]


async def test_those_whom_nothing_keeps_any_more_are_listed(registry: ApiClient, make: Make, db: Database) -> None:
    organization = await make.organization()
    year = today().year
    old, recent, entered, present = [
        await make.officer(organization, office="board_member", full_name=f"Người {n}", **term)
        for n, term in enumerate(
            (
                {"term_from": "2001-01-01", "term_to": f"{year - 6}-12-31"},
                {"term_from": "2001-01-01", "term_to": f"{year - 5}-01-01"},
                {"term_from": "2001-01-01", "term_to": f"{year - 6}-12-31"},
                {"term_from": "2001-01-01"},
            )
        )
    ]
    # All but one were last entered long ago.
    await db.execute("UPDATE officer SET updated_at = '2010-01-01' WHERE id <> $1::uuid", entered.id)

    async def listed(is_ended: str) -> set[str]:
        items = ok(await registry.get(OFFICERS, params={"is_retention_ended": is_ended}))["items"]
        return {each["id"] for each in items}

    assert await listed("true") == {old.id}
    assert await listed("false") == {recent.id, entered.id, present.id}
    ok(await erase(registry, old))
    assert await listed("true") == set()
