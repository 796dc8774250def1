"""Who decides on rights that another administrator entered, and what comes between."""

from __future__ import annotations

import asyncio

import pytest

from services.identity.host_confirmation import confirm_on_host
from tests.identity.people import Identity, bearer
from tests.identity.test_second_person import ACCOUNTS, CONFIRM, REJECT, decide, patch, waiting_for
from tests.support.answers import assert_problem, ok


async def test_nobody_raises_or_confirms_their_own_roles(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    for roles in (["administrator", "viewer"], ["administrator", "fund_approver"]):
        assert_problem(await patch(first, first.person, roles=roles), 409, "own_rights")
    ok(await patch(first, second.person, roles=["administrator", "fund_approver"]))
    assert_problem(await decide(second, second.id), 409, "own_rights")
    assert await waiting_for(second) == []
    third = await identity.administrator()
    assert ok(await decide(third, second.id), 201)["roles"] == ["fund_approver", "administrator"]


async def test_one_change_waits_at_a_time_and_a_disabled_account_is_given_nothing(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    person = await identity.person("viewer")
    ok(await patch(first, person, roles=["report_approver"]))
    for answer in (
        await patch(second, person, roles=["viewer", "reporter"]),
        await patch(first, person, roles=["administrator"]),
        await second.http.post(f"{ACCOUNTS}/{person.id}/password-reset", json={}),
    ):
        assert_problem(answer, 409, "change_pending", entered_by_name=first.name)
    disabled = ok(await patch(second, person, is_active=False, full_name="Tên khác"))
    assert disabled["pending_roles"] == ["report_approver"]
    assert_problem(await decide(second, person.id), 409, "disabled")
    ok(await decide(second, person.id, REJECT), 201)
    assert_problem(await patch(first, person, roles=["report_approver"]), 409, "disabled")
    assert ok(await patch(first, person, roles=["report_approver"], is_active=True))["is_active"] is True


async def test_another_change_entered_since_it_was_read_is_not_confirmed_unseen(identity: Identity) -> None:
    first, second = await identity.administrator(), await identity.administrator()
    person = await identity.person("viewer")
    ok(await patch(first, person, roles=["report_approver"]))
    seen = {"If-Match": (await second.http.get(f"{ACCOUNTS}/{person.id}")).headers["etag"]}
    ok(await first.http.post(f"{ACCOUNTS}/{person.id}/withdrawal", json={"reason": "Nhầm"}), 201)
    ok(await patch(first, person, roles=["administrator"]))
    refused = await second.http.post(f"{ACCOUNTS}/{person.id}/confirmation", json=CONFIRM, headers=seen)
    assert assert_problem(refused, 412, "stale")["current"]["pending_roles"] == ["administrator"]


async def test_who_lost_the_area_or_was_disabled_neither_confirms_nor_has_entered(identity: Identity) -> None:
    first, second, third = [await identity.administrator() for _ in range(3)]
    person = await identity.person("viewer")
    ok(await patch(first, person, roles=["report_approver"]))
    # Written behind identity's back: it hears of what happens in other processes half a second later.
    await identity.db.execute("UPDATE account SET is_active = false WHERE id = $1::uuid", second.id)
    assert_problem(await decide(second, person.id), 401, "token_revoked")
    await identity.db.execute(
        "UPDATE account SET is_active = true, alliance = '40-2025' WHERE id = $1::uuid", second.id
    )
    assert_problem(await decide(second, person.id), 401, "token_revoked")
    await identity.db.execute("UPDATE account SET roles = '{viewer}' WHERE id = $1::uuid", first.id)
    refused = await decide(third, person.id)
    assert_problem(refused, 409, "entered_by_former_administrator", entered_by_name=first.name)
    ok(await decide(third, person.id, REJECT), 201)


async def test_who_was_disabled_a_moment_ago_does_not_enable_themselves(identity: Identity) -> None:
    first, system = await identity.administrator(), await identity.system("identity.admin")
    its = await identity.token(auth=system.basic, grant_type="client_credentials")
    by_system = identity.http_as(bearer(its.json()["access_token"]))
    # Written behind identity's back: it hears of what happens in other processes half a second later.
    await identity.db.execute("UPDATE account SET is_active = false WHERE id = $1::uuid", first.id)
    await identity.db.execute("UPDATE client SET is_active = false WHERE id = $1::uuid", system.id)
    assert_problem(await patch(first, first.person, is_active=True), 401, "token_revoked")
    itself = f"/v1/identity/clients/{system.id}"
    refused = await by_system.patch(itself, json={"is_active": True}, headers={"If-Match": '"1"'})
    assert_problem(refused, 401, "token_revoked")


async def test_of_those_who_confirm_at_once_one_does(identity: Identity) -> None:
    first, *others = [await identity.administrator() for _ in range(4)]
    person = await identity.person("viewer")
    ok(await patch(first, person, roles=["report_approver"]))
    answers = await asyncio.gather(*(decide(other, person.id) for other in others for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 8]
    assert {answer.json().get("code") for answer in answers} == {None, "not_pending"}
    assert len(await identity.audited("access.confirmed")) == 1
    assert ok(await first.http.get(f"{ACCOUNTS}/{person.id}"))["version"] == 4


async def test_two_who_confirm_each_others_roles_at_once_do_not_wait_for_each_other(identity: Identity) -> None:
    first, one, other = [await identity.administrator() for _ in range(3)]
    for administrator in (one, other):
        ok(await patch(first, administrator.person, roles=["report_approver", "administrator"]))
    answers = await asyncio.gather(decide(one, other.id), decide(other, one.id))
    assert [ok(answer, 201)["roles"] for answer in answers] == [["report_approver", "administrator"]] * 2


async def test_of_two_changes_entered_at_once_one_waits(identity: Identity) -> None:
    both = [await identity.administrator() for _ in range(2)]
    person = await identity.person("viewer")
    body, seen = {"roles": ["report_approver"]}, {"If-Match": '"1"'}
    answers = await asyncio.gather(*(by.http.patch(f"{ACCOUNTS}/{person.id}", json=body, headers=seen) for by in both))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert len(await identity.audited("access.pending")) == 1


async def test_a_move_to_another_area_is_the_nations_to_confirm(identity: Identity) -> None:
    here, nation = await identity.administrator(), await identity.administrator(area="VN")
    another = await identity.administrator(area="VN")
    person = await identity.person("fund_approver")
    ok(await patch(nation, person, area="40-2025"))
    assert (await waiting_for(here), await waiting_for(another)) == ([], [person.id])
    assert_problem(await decide(here, person.id), 403, "nation_decides")
    assert_problem(await decide(await identity.administrator(area="40-2025"), person.id), 404, "not_found")
    assert ok(await decide(another, person.id), 201)["area"] == "40-2025"


async def test_a_system_enters_and_never_confirms(identity: Identity) -> None:
    person, here = await identity.person("viewer"), await identity.administrator()
    system = identity.http_as(await identity.admin())
    body = {"roles": ["report_approver"]}
    ok(await system.patch(f"{ACCOUNTS}/{person.id}", json=body, headers={"If-Match": '"1"'}))
    other = identity.http_as(await identity.admin())
    refused = await other.post(f"{ACCOUNTS}/{person.id}/confirmation", json=CONFIRM)
    assert_problem(refused, 403, "person_needed")
    assert ok(await decide(here, person.id), 201)["roles"] == ["report_approver"]


async def test_an_areas_only_administrators_is_confirmed_by_the_nations_and_the_nations_only_ones_on_the_host(
    identity: Identity, database_url: str
) -> None:
    only, nation = await identity.administrator(), await identity.administrator(area="VN")
    here, there = await identity.person("viewer"), await identity.person("viewer", area="40-2025")
    ok(await patch(only, here, roles=["report_approver"]))
    with pytest.raises(ValueError, match=f"An administrator can do this: {nation.name}.'"):
        await confirm_on_host(database_url, here.username)
    ok(await decide(nation, here.id), 201)
    ok(await patch(nation, there, roles=["administrator"]))
    with pytest.raises(ValueError, match=rf"Nothing of nobody waits; waiting: {there.username} \({there.id}\)"):
        await confirm_on_host(database_url, "nobody")
    await confirm_on_host(database_url, there.username)
    after = ok(await nation.http.get(f"{ACCOUNTS}/{there.id}"))
    assert (after["roles"], after["confirmation"]["decided_by_name"]) == (["administrator"], "vca admin confirm")
    entries = await identity.audited("access.confirmed")
    assert [(entry["actor"], entry["detail"]["entered_by"]) for entry in entries] == [
        (nation.id, only.id),
        ("host", nation.id),
    ]
    with pytest.raises(ValueError, match="Nothing of "):
        await confirm_on_host(database_url, there.username)
