"""The life of a report: drafted, submitted, approved by another person, issued; returned, revised; received above."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.reporting.builders import PATH, Make
from tests.reporting.plans.builders import Planning
from tests.reporting.reports.builders import (
    OWN_CELLS,
    RECEIPTS,
    REPORTS,
    Office,
    a_report,
    an_approval,
    an_issue,
)
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed


async def _covered(make: Make) -> None:
    await make.coverage("contests", "bulletins")


async def test_a_report_goes_from_draft_to_issue(office: Office, make: Make) -> None:
    await _covered(make)
    draft = await office.draft()
    assert (draft["state"], draft["version_number"], draft["frozen_at"]) == ("draft", 1, None)
    assert draft["title"].endswith("tỉnh Phú Thọ năm 2023")
    submitted = await office.submit(draft)
    assert (submitted["state"], submitted["submitted_by"]) == ("submitted", "reporter")
    assert submitted["frozen_at"] is not None
    approved = await office.approve(submitted)
    assert (approved["state"], approved["approved_by"]) == ("approved", "director")
    assert (approved["signer_form"], approved["signer_name"]) == ("TM", "Nguyễn Văn Bình")
    issued = await office.issue(approved)
    assert (issued["state"], issued["number"], issued["issued_on"]) == ("issued", "15/BC-LMHTX", "2024-01-05")
    assert issued["recipients"] == ["Liên minh HTX Việt Nam"]
    assert await office.read(issued) == issued


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"to": "2023-11-30"}, ("/to", "kind_disagrees_with_days")),
        ({"from": "2022-12-15", "to": "2023-12-14"}, ("/to", "kind_disagrees_with_days")),
        ({"to": "2022-12-31"}, ("/to", "end_before_start")),
        ({"kind": "free", "to": "2029-12-31"}, ("/to", "too_long")),
        ({"province": "25"}, ("/province", "province_ambiguous")),
        ({"province": "99-2025"}, ("/province", "unknown_province")),
        ({"province": "40-2025"}, ("/province", "outside_area")),
        ({"province": "VN"}, ("/province", "outside_area")),
        ({"province": "25-2008", "geography": "2025"}, ("/geography", "differs_from_province")),
        ({"kind": "week"}, ("/kind", "not_allowed")),
    ],
    ids=lambda value: "-".join(value).strip("/") if isinstance(value, tuple) else "",
)
async def test_a_report_that_does_not_agree_is_refused(
    reporting: ApiClient, fields: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(await reporting.post(REPORTS, json=a_report(**fields))) == {fault}


async def test_a_report_is_held_against_a_plan_that_the_caller_may_see_and_that_was_approved(
    reporting: ApiClient, office: Office
) -> None:
    planning = Planning(reporting)
    elsewhere = await planning.plan(province="40-2025")
    await planning.task(elsewhere)
    await planning.approve(elsewhere)
    draft, national = await planning.plan(), await planning.plan(province="VN")
    await planning.task(national)
    await planning.approve(national)
    for plan_id, code in (
        (elsewhere["id"], "unknown_plan"),
        (new_id(), "unknown_plan"),
        (draft["id"], "plan_not_approved"),
    ):
        refused = await reporting.post(REPORTS, json=a_report(plan_id=plan_id))
        assert faults(refused) == {("/plan_id", code)}
    report = await office.draft(plan_id=national["id"])
    assert (await office.content(report))["cells"]


async def test_an_ambiguous_province_is_told_which_there_are(reporting: ApiClient) -> None:
    for language, words in (("vi", "Mã này phải kèm bản đồ"), ("en", "Give the code with its map")):
        response = await reporting.post(REPORTS, json=a_report(province="25"), headers={"Accept-Language": language})
        (error,) = response.json()["errors"]
        assert error["detail"].startswith(words)
        assert error["allowed"] == ["25-2008", "25-2025"]


async def test_a_statistical_year_and_either_map_are_reported_on(office: Office) -> None:
    year = await office.draft(calendar="statistical_year", from_="2022-12-15", to="2023-12-14")
    assert year["calendar"] == "statistical_year"
    old = await office.draft(province="17-2008")
    assert (old["geography"], old["alliance"]) == ("2008", "25-2025")


async def test_the_same_id_again_is_one_report_and_a_second_is_told_of_the_first(reporting: ApiClient) -> None:
    body = a_report(id=new_id())
    first = ok(await reporting.post(REPORTS, json=body), 201)
    assert ok(await reporting.post(REPORTS, json=body)) == first
    assert_problem(await reporting.post(REPORTS, json=a_report()), 409, "report_exists", report_id=first["id"])
    ok(await reporting.post(REPORTS, json=a_report(geography="2008")), 201)
    key = {"Idempotency-Key": new_id()}
    free = a_report(kind="free", to="2023-03-31")
    once = ok(await reporting.post(REPORTS, json=free, headers=key), 201)
    assert ok(await reporting.post(REPORTS, json=free, headers=key), 201) == once


async def test_of_ten_at_once_one_report_is_begun(reporting: ApiClient) -> None:
    answers = await asyncio.gather(*(reporting.post(REPORTS, json=a_report(id=new_id())) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_own_texts_stay_beside_what_is_made_from_figures(office: Office, make: Make) -> None:
    await _covered(make)
    draft = await office.draft()
    own = {"code": "difficulties", "own_text": "Nhiều hợp tác xã thiếu vốn."}
    await office.change(draft, sections=[own])
    await office.change(draft, sections=[{"code": "next_period", "own_text": "Thành lập mới 40 HTX."}])
    await make.activity("contest")
    sections = {each["code"]: each for each in (await office.content(draft))["sections"]}
    assert sections["difficulties"]["own_text"] == "Nhiều hợp tác xã thiếu vốn."
    assert sections["next_period"]["own_text"] == "Thành lập mới 40 HTX."
    changed = await office.change(draft, sections=[{"code": "difficulties", "own_text": None}])
    assert [each["code"] for each in changed["sections"]] == ["next_period"]


async def test_a_cell_bears_the_explanation_that_people_wrote(office: Office, make: Make) -> None:
    await _covered(make)
    draft = await office.draft()
    words = {"indicator": "media_contests", "scope": "alliance_led", "text": "do dịch bệnh"}
    await office.change(draft, explanations=[words])
    assert (await office.cell(draft, OWN_CELLS[0]))["explanation"] == "do dịch bệnh"


async def test_what_was_submitted_is_frozen_whatever_is_recorded_later(office: Office, make: Make) -> None:
    await _covered(make)
    await make.activity("contest")
    draft = await office.draft()
    assert (await office.cell(draft, OWN_CELLS[0]))["value"] == 1
    submitted = await office.submit(draft)
    before = await office.content(submitted)
    await make.activity("contest")
    assert await office.content(submitted) == before
    assert before["definitions"]
    refused = await office.preparer.patch(f"{REPORTS}/{draft['id']}", json={"title": "Khác"}, headers=etag(submitted))
    assert_problem(refused, 409, "report_frozen", state="submitted", may_act="reports.approve")


async def test_returned_before_approval_it_is_a_draft_again_and_live(office: Office, make: Make) -> None:
    await _covered(make)
    report = await office.submit(await office.draft())
    path = f"{REPORTS}/{report['id']}/return"
    assert_problem(await office.preparer.post(path, json={"reason": "Thiếu"}), 403, "scope_missing")
    returned = ok(await office.approver.post(path, json={"reason": "Thiếu phần khó khăn"}), 201)
    assert (returned["state"], returned["return_reason"]) == ("draft", "Thiếu phần khó khăn")
    await make.activity("contest")
    assert (await office.cell(report, OWN_CELLS[0]))["value"] == 1
    assert (await office.submit(report))["state"] == "submitted"
    assert (await office.cell(report, OWN_CELLS[0]))["value"] == 1


@pytest.mark.parametrize(
    ("state", "step", "next_step", "may_act"),
    [
        ("draft", "approval", "submission", "reports.write"),
        ("draft", "issue", "submission", "reports.write"),
        ("draft", "return", "submission", "reports.write"),
        ("draft", "revision", "submission", "reports.write"),
        ("submitted", "submission", "approval", "reports.approve"),
        ("submitted", "issue", "approval", "reports.approve"),
        ("approved", "return", "issue", "reports.write"),
        ("issued", "approval", "revision", "reports.write"),
    ],
)
async def test_a_step_that_is_not_open_names_the_next_one_and_who_may(
    office: Office, make: Make, state: str, step: str, next_step: str, may_act: str
) -> None:
    await _covered(make)
    report = await office.draft()
    for name, take in (("submitted", office.submit), ("approved", office.approve), ("issued", office.issue)):
        if report["state"] != state:
            report = await take(report)
            assert report["state"] == name
    bodies = {
        "submission": {},
        "approval": an_approval(),
        "issue": an_issue(),
        "return": {"reason": "Sai"},
        "revision": {"reason": "Sai"},
    }
    other = office.approver.as_(sub="deputy")
    path = f"{REPORTS}/{report['id']}/{step}"
    document = assert_problem(
        await other.post(path, json=bodies[step]),
        409,
        "report_step_not_open",
        state=state,
        step=step,
        next_step=next_step,
        may_act=may_act,
    )
    assert "Bước tiếp theo là" in document["detail"]
    english = await other.post(path, json=bodies[step], headers={"Accept-Language": "en"})
    assert "The next step is" in english.json()["detail"]


async def test_nobody_approves_what_they_wrote_and_no_system_does(office: Office, make: Make) -> None:
    await _covered(make)
    writing = office.approver.as_(sub="head-of-office")
    draft = await office.draft()
    ok(await writing.patch(f"{REPORTS}/{draft['id']}", json={"title": "Báo cáo năm"}, headers=etag(draft)))
    await office.submit(draft)
    path = f"{REPORTS}/{draft['id']}/approval"
    for sub in ("reporter", "head-of-office"):
        assert_problem(await office.approver.as_(sub=sub).post(path, json=an_approval()), 403, "same_person")
    system = office.approver.as_(sub="a-system", client_id="a-system")
    assert_problem(await system.post(path, json=an_approval()), 403, "person_needed")
    assert_problem(await office.preparer.post(path, json=an_approval()), 403, "scope_missing")
    assert (await office.approve(draft))["state"] == "approved"


async def test_two_approvals_at_once_are_one(office: Office, make: Make) -> None:
    await _covered(make)
    report = await office.submit(await office.draft())
    path = f"{REPORTS}/{report['id']}/approval"
    callers = [office.approver.as_(sub=f"director-{number}") for number in range(6)]
    answers = await asyncio.gather(*(caller.post(path, json=an_approval()) for caller in callers))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    (one,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert (await office.read(report))["approved_by"] == one["approved_by"]


async def test_a_submission_sent_again_with_its_key_is_made_once(office: Office, make: Make, db: Database) -> None:
    await _covered(make)
    draft = await office.draft()
    path, key = f"{REPORTS}/{draft['id']}/submission", {"Idempotency-Key": new_id()}
    first = ok(await office.preparer.post(path, json={}, headers=key), 201)
    again = await office.preparer.post(path, json={}, headers=key)
    assert ok(again, 201) == first
    assert again.headers["idempotency-replayed"] == "true"
    assert await db.fetchval("SELECT count(*) FROM report_freeze") == 1


async def test_of_submissions_and_changes_at_once_what_is_frozen_is_what_stands(office: Office, make: Make) -> None:
    await _covered(make)
    draft = await office.draft()
    path = f"{REPORTS}/{draft['id']}"

    async def change(number: int) -> int:
        now = ok(await office.preparer.get(path))
        texts = [{"code": "difficulties", "own_text": f"Khó khăn {number}"}]
        return (await office.preparer.patch(path, json={"sections": texts}, headers=etag(now))).status_code

    submission, *_ = await asyncio.gather(
        office.preparer.post(f"{path}/submission", json={}), asyncio.gather(*(change(number) for number in range(4)))
    )
    if submission.status_code == 409:
        assert_problem(submission, 409, "report_changed_meanwhile")
        await office.submit(draft)
    report = await office.read(draft)
    (own,) = [each["own_text"] for each in (await office.content(draft))["sections"] if each["code"] == "difficulties"]
    assert own == (report["sections"][0]["own_text"] if report["sections"] else None)


async def test_what_was_frozen_is_kept_by_the_database_itself(office: Office, make: Make, db: Database) -> None:
    await _covered(make)
    await office.submit(await office.draft())
    for statement in ("UPDATE report_freeze SET number = 9", "DELETE FROM report_freeze"):
        with pytest.raises(Exception, match="append-only"):
            await db.execute(statement)


async def test_a_revision_takes_over_the_texts_and_the_first_stays(office: Office, make: Make) -> None:
    await _covered(make)
    draft = await office.draft()
    await office.change(draft, sections=[{"code": "difficulties", "own_text": "Thiếu vốn."}])
    for step in (office.submit, office.approve, office.issue):
        issued = await step(draft)
    said = await office.content(issued)
    await make.activity("contest")
    revision = await office.revise(issued)
    assert (revision["version_number"], revision["supersedes_id"]) == (2, issued["id"])
    assert revision["sections"][0]["own_text"] == "Thiếu vốn."
    assert (await office.cell(revision, OWN_CELLS[0]))["value"] == 1
    assert await office.content(issued) == said
    assert await office.read(issued) == issued
    refused = await office.preparer.post(f"{REPORTS}/{issued['id']}/revision", json={"reason": "Nữa"})
    assert_problem(refused, 409, "report_revised", report_id=revision["id"])
    diff = ok(await office.preparer.get(f"{REPORTS}/{revision['id']}/diff"))
    assert [(each["key"], each["before"], each["after"]) for each in diff["cells"]] == [(OWN_CELLS[0], 0, 1)]
    assert [each["resource_type"] for each in diff["records"]] == ["activity"]
    assert [each["id"] for each in await every_item(office.preparer, REPORTS, is_superseded="true")] == [issued["id"]]


async def test_a_revision_with_an_id_is_made_once(office: Office, make: Make) -> None:
    await _covered(make)
    issued = await office.issued()
    path, body = f"{REPORTS}/{issued['id']}/revision", {"id": new_id(), "reason": "Đính chính"}
    first = ok(await office.preparer.post(path, json=body), 201)
    assert ok(await office.preparer.post(path, json=body)) == first


async def test_the_receiving_level_says_what_it_thinks_and_never_writes_the_report(office: Office, make: Make) -> None:
    await _covered(make)
    report = await office.issued()
    received = await office.receive(report, "received")
    assert (received["receiving_area"], received["alliance"]) == ("VN", "25-2025")
    await office.receive(report, "returned", reason="Thiếu số liệu quỹ")
    read = ok(await office.preparer.get(f"{REPORTS}/{report['id']}", params={"include": "receipts"}))
    assert [each["state"] for each in read["receipts"]["items"]] == ["received", "returned"]
    assert read["version"] == report["version"]
    assert [each["id"] for each in await every_item(office.preparer, REPORTS, receipt_state="returned")] == [
        report["id"]
    ]
    body = {"report_id": report["id"], "state": "accepted"}
    assert_problem(await office.receiver.post(RECEIPTS, json=body), 409, "receipt_not_open", receipt="returned")
    revision = await office.revise(report)
    for step in (office.submit, office.approve):
        revision = await step(revision)
    revision = await office.issue(revision, number="16/BC-LMHTX")
    await office.receive(revision, "accepted")


async def test_a_sender_never_receives_its_own_report(office: Office, make: Make) -> None:
    await _covered(make)
    draft = await office.draft()
    body = {"report_id": draft["id"], "state": "received"}
    assert_problem(await office.receiver.post(RECEIPTS, json=body), 409, "report_step_not_open", step="receipt")
    report = await office.issued(kind="eight_months", to="2023-08-31")
    body = {"report_id": report["id"], "state": "accepted"}
    assert_problem(await office.approver.post(RECEIPTS, json=body), 403, "not_receiving_level", alliance="25-2025")
    assert_problem(await office.preparer.post(RECEIPTS, json=body), 403, "scope_missing")
    elsewhere = office.approver.as_(area="40-2025")
    assert faults(await elsewhere.post(RECEIPTS, json=body)) == {("/report_id", "unknown_report")}
    assert faults(await office.receiver.post(RECEIPTS, json={**body, "state": "returned"})) == {("/reason", "required")}


async def test_of_an_acceptance_and_a_return_at_once_one_stands(office: Office, make: Make) -> None:
    await _covered(make)
    report = await office.issued()
    bodies = [
        {"report_id": report["id"], "state": "accepted"},
        {"report_id": report["id"], "state": "returned", "reason": "Thiếu"},
    ]
    answers = await asyncio.gather(*(office.receiver.post(RECEIPTS, json=body) for body in bodies * 3))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


async def test_what_waits_for_approval_is_in_the_inbox_of_those_who_did_not_write_it(
    office: Office, make: Make
) -> None:
    await _covered(make)
    report = await office.submit(await office.draft())
    inbox = "/v1/reporting/approvals"
    (waiting,) = ok(await office.approver.get(inbox))["items"]
    assert (waiting["resource_id"], waiting["decision_path"]) == (report["id"], f"{REPORTS}/{report['id']}/approval")
    assert ok(await office.approver.as_(sub="reporter").get(inbox))["items"] == []
    await office.approve(report)
    assert ok(await office.approver.get(inbox))["items"] == []


async def test_reports_are_of_their_area_and_the_feed_tells_of_them(office: Office, make: Make) -> None:
    follower = Followed(office.preparer.as_(scope="sync.read"), "reporting")
    await _covered(make)
    await follower.begin()
    report = await office.issued()
    stranger = office.preparer.as_(area="40-2025")
    assert_problem(await stranger.get(f"{REPORTS}/{report['id']}"), 404, "not_found")
    for what in ("content", "document?format=html", "checks", "drift", "diff", "provinces", "history"):
        assert_problem(await stranger.get(f"{REPORTS}/{report['id']}/{what}"), 404, "not_found")
    steps: dict[str, dict[str, Any]] = {
        "submission": {},
        "return": {"reason": "Sai"},
        "approval": an_approval(),
        "issue": an_issue(),
        "revision": {"reason": "Sai"},
        "checks/outlier.media_contests.alliance_led/answer": {"text": "Đúng"},
    }
    director = office.approver.as_(area="40-2025")
    for step, body in steps.items():
        assert_problem(await director.post(f"{REPORTS}/{report['id']}/{step}", json=body), 404, "not_found")
    receipt = await office.receive(report, "received")
    assert_problem(await stranger.get(f"{RECEIPTS}/{receipt['id']}"), 404, "not_found")
    for path, query in (
        (RECEIPTS, {"report_id": report["id"]}),
        (REPORTS, {"province": "25-2025"}),
        (f"{PATH}/history", {"recorded_after": "2023-01-01T00:00:00Z"}),
        (f"{PATH}/history", {"recorded_after": "2023-01-01T00:00:00Z", "province": "25-2025"}),
        (f"{PATH}/changes", {}),
    ):
        assert ok(await stranger.get(path, params=query))["items"] == [], path
    assert ok(await director.get(f"{PATH}/approvals"))["items"] == []
    assert ok(await stranger.get(REPORTS))["items"] == []
    await follower.assert_equal()
    assert follower.told_of(report["id"])[0] == ("created", 1)
