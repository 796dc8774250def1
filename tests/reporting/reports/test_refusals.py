"""What is refused of reports: by whom it is asked, what it is held against, and when."""

from __future__ import annotations

import pytest

from kernel.values.ids import new_id
from tests.reporting.builders import Make
from tests.reporting.plans.builders import Planning
from tests.reporting.reports.builders import OWN_CELLS, REPORTS, Office, a_report, an_approval, an_issue
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient


@pytest.fixture
def planning(reporting: ApiClient) -> Planning:
    """Builders of plans through the service's own operations."""
    return Planning(reporting)


async def test_the_level_above_reads_a_report_and_writes_none_of_it(office: Office, make: Make) -> None:
    await make.coverage("contests", "bulletins")
    report = await office.submit(await office.draft())
    path = f"{REPORTS}/{report['id']}"
    above = office.receiver
    refused = [
        await above.post(REPORTS, json=a_report(kind="free")),
        await above.patch(path, json={"title": "Khác"}, headers=etag(report)),
        await above.post(f"{path}/checks/missing_coverage.media_contests.alliance_led/answer", json={"text": "Đã xem"}),
        await above.post(f"{path}/submission", json={}),
        await above.post(f"{path}/approval", json=an_approval()),
        await above.post(f"{path}/return", json={"reason": "Sai số"}),
        await above.post(f"{path}/issue", json=an_issue()),
        await above.post(f"{path}/revision", json={"reason": "Sai số"}),
    ]
    for response in refused:
        document = assert_problem(response, 403, "not_sending_alliance", alliance="25-2025")
        assert "Phú Thọ" in document["detail"]
    assert await office.read(report) == report
    assert ok(await above.get(path))["state"] == "submitted"


async def test_a_report_is_held_against_an_approved_plan_of_its_place(office: Office, planning: Planning) -> None:
    draft, elsewhere = await planning.plan(province="25-2008"), await planning.plan(province="17-2008")
    for plan in (draft, elsewhere):
        await planning.task(plan)
    await planning.approve(elsewhere)
    for plan_id, fault in (
        (new_id(), "unknown_plan"),
        (draft["id"], "plan_not_approved"),
        (elsewhere["id"], "outside_plan_area"),
    ):
        refused = await office.preparer.post(REPORTS, json=a_report(province="25-2008", plan_id=plan_id))
        assert faults(refused) == {("/plan_id", fault)}
    stranger = office.preparer.as_(area="40-2025")
    refused = await stranger.post(REPORTS, json=a_report(province="40-2025", plan_id=elsewhere["id"]))
    assert faults(refused) == {("/plan_id", "unknown_plan")}
    await planning.approve(draft)
    report = ok(
        await office.preparer.post(REPORTS, json=a_report(kind="free", province="25-2008", plan_id=draft["id"])), 201
    )
    assert report["plan_id"] == draft["id"]


async def test_figures_that_no_service_counts_are_refused_where_they_are_named(office: Office) -> None:
    report = await office.draft()
    path = f"{REPORTS}/{report['id']}"
    body = {
        "included": [*OWN_CELLS, "cooperatives_gone:province", "media_contests:nowhere"],
        "explanations": [{"indicator": "media_contests", "scope": "nowhere", "text": "do dịch bệnh"}],
    }
    assert faults(await office.preparer.patch(path, json=body, headers=etag(report))) == {
        ("/included/2", "unknown_indicator"),
        ("/included/3", "unknown_indicator"),
        ("/explanations/0/indicator", "unknown_indicator"),
    }
    nothing = {"explanations": [{"indicator": "cooperatives_gone", "scope": "province", "text": None}]}
    ok(await office.preparer.patch(path, json=nothing, headers=etag(report)))


async def test_a_report_is_not_issued_before_its_cut_off(office: Office, make: Make) -> None:
    await make.coverage("contests", "bulletins")
    report = await office.approve(await office.submit(await office.draft()))
    path = f"{REPORTS}/{report['id']}/issue"
    refused = await office.preparer.post(path, json=an_issue(issued_on="2023-12-30"))
    assert faults(refused) == {("/issued_on", "before_the_cut_off")}
    assert (await office.issue(report, issued_on="2023-12-31"))["issued_on"] == "2023-12-31"


async def test_a_draft_begun_by_mistake_is_deleted_and_its_place_is_free_again(office: Office) -> None:
    report = await office.draft()
    path = f"{REPORTS}/{report['id']}"
    assert_problem(
        await office.receiver.delete(path, headers=etag(report)), 403, "not_sending_alliance", alliance="25-2025"
    )
    gone = await office.preparer.delete(path, params={"reason": "Nhập nhầm"}, headers=etag(report))
    assert gone.status_code == 204
    assert_problem(await office.preparer.get(path), 404, "not_found")
    (*_, last) = ok(await office.preparer.get(f"{path}/history"))["items"]
    assert (last["action"], last["reason"]) == ("removed", "Nhập nhầm")
    assert (await office.draft())["id"] != report["id"]


async def test_what_was_ever_submitted_is_not_deleted(office: Office, make: Make) -> None:
    await make.coverage("contests", "bulletins")
    report = await office.submit(await office.draft())
    path = f"{REPORTS}/{report['id']}"
    refused = await office.preparer.delete(path, headers=etag(report))
    assert_problem(refused, 409, "report_frozen", state="submitted", may_act="reports.approve")
    returned = ok(await office.approver.post(f"{path}/return", json={"reason": "Thiếu"}), 201)
    assert_problem(await office.preparer.delete(path, headers=etag(returned)), 409, "report_was_submitted")
    assert (await office.read(report))["state"] == "draft"
