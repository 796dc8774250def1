"""A year of an alliance, from its plan to the revision of its report, each step by whoever may take it, through the gateway."""

from __future__ import annotations

import httpx
import pytest

from tests.platform.conftest import Platform
from tests.platform.desks import PROVINCE, REPORTING, YEAR, Record, a_person
from tests.platform.test_training_journey import Person, signed_in

pytestmark = pytest.mark.platform

CONTESTS = "media_contests:alliance_led"
REPORTS = f"{REPORTING}/reports"


def changed(person: Person, path: str, body: Record) -> Record:
    """Correct what stands at a path."""
    present = {"If-Match": person.client.get(path).headers["ETag"]}
    answer = person.client.patch(path, json=body, headers=present)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


class Year:
    """The people of Phú Thọ's alliance, and of the national one that receives their report."""

    def __init__(self, platform: Platform) -> None:
        self.reporter, self.director = a_person(platform, "reporter"), signed_in(platform, "report_approver")
        token = platform.token("report-approver-vn")
        headers = {"Authorization": f"Bearer {token}"}
        self.receiver = Person(httpx.Client(base_url=platform.gateway, headers=headers, timeout=30))

    def plan(self) -> Record:
        """Enter a plan of two contests in the year, approved by the director alone."""
        plan = self.reporter.post(
            f"{REPORTING}/plans",
            {
                "kind": "assigned_targets",
                "title": "Chỉ tiêu năm 2022",
                "starts_on": YEAR["from"],
                "ends_on": YEAR["to"],
                "province": PROVINCE,
            },
        )
        path = f"{REPORTING}/plans/{plan['id']}"
        task = self.reporter.post(f"{path}/tasks", {"ordinal": 1, "title": "Tổ chức 2 cuộc thi"})
        body = {"indicator": "media_contests", "scope": "alliance_led", "value": "2", "unit": "event"}
        self.measure = self.reporter.post(f"{path}/measures", {**body, "task_id": task["id"]})
        decision = {"decision_number": "12/QĐ-LMHTX", "decided_on": "2021-12-20"}
        assert self.reporter.client.post(f"{path}/approval", json=decision).status_code == 403
        return self.director.post(f"{path}/approval", decision)

    def contest(self, title: str, on: str) -> Record:
        """Enter a contest that the alliance led."""
        body = {"kind": "contest", "title": title, "happened_on": on, "attribution": "alliance_led"}
        return self.reporter.post(f"{REPORTING}/activities", {**body, "province": PROVINCE})

    def figure(self) -> Record:
        """Return the contests of the year, judged by the end of it."""
        query = {**YEAR, "indicators": CONTESTS, "cut_off": "true"}
        (item,) = self.reporter.get(f"{REPORTING}/figures", **query)["items"]
        return dict(item)

    def cell(self, report: Record) -> Record:
        """Return the report's cell of contests."""
        (cell,) = self.reporter.get(f"{REPORTS}/{report['id']}/content")["cells"]
        assert cell["key"] == CONTESTS
        return dict(cell)

    def answer_checks(self, report: Record) -> None:
        """Answer every finding that has to be mended or answered."""
        path = f"{REPORTS}/{report['id']}/checks"
        for finding in self.reporter.get(path)["items"]:
            if finding["severity"] == "blocking":
                self.reporter.post(f"{path}/{finding['code']}/answer", {"text": "Đã kiểm tra, đúng như hồ sơ."})

    def issue(self, report: Record, number: str) -> Record:
        """Take a draft to its issue: the reporter submits, the director approves."""
        path = f"{REPORTS}/{report['id']}"
        self.answer_checks(report)
        self.reporter.post(f"{path}/submission", {})
        signer = {"signer_form": "TM", "signer_title": "Chủ tịch", "signer_name": "Nguyễn Văn Bình"}
        assert self.reporter.client.post(f"{path}/approval", json=signer).status_code == 403
        self.director.post(f"{path}/approval", signer)
        issued = {"number": number, "issued_on": "2023-01-05", "recipients": ["Liên minh HTX Việt Nam"]}
        return self.reporter.post(f"{path}/issue", issued)

    def receive(self, report: Record, state: str, **fields: str) -> None:
        """Have the national alliance say something of a report."""
        self.receiver.post(f"{REPORTING}/report-receipts", {"report_id": report["id"], "state": state, **fields})

    def revise(self, report: Record, reason: str) -> Record:
        """Begin the next version of a report."""
        return self.reporter.post(f"{REPORTS}/{report['id']}/revision", {"reason": reason})


def test_a_year_from_its_plan_to_the_revision_of_its_report(platform: Platform) -> None:
    year = Year(platform)
    plan = year.plan()
    assert (plan["state"], plan["version_number"]) == ("approved", 1)

    year.reporter.post(
        f"{REPORTING}/coverages",
        {"province": PROVINCE, "record_types": ["contests"], "covered_from": YEAR["from"], "covered_to": YEAR["to"]},
    )
    year.contest("Cuộc thi ảnh", "2022-05-10")
    estimate = {"made_on": "2022-06-30", "value": "2", "source": "Văn phòng Liên minh"}
    year.reporter.post(f"{REPORTING}/measures/{year.measure['id']}/estimates", estimate)
    item = year.figure()
    assert (item["value"], item["plan"]["plan_id"], item["plan"]["percent"]) == (1, plan["id"], 50)
    assert [(each["value"], each["verdict"]) for each in item["estimates"]] == [(2, "met")]

    draft = year.reporter.post(
        REPORTS, {"kind": "year", "from": YEAR["from"], "to": YEAR["to"], "province": PROVINCE, "plan_id": plan["id"]}
    )
    changed(year.reporter, f"{REPORTS}/{draft['id']}", {"included": [CONTESTS]})
    issued = year.issue(draft, "01/BC-LMHTX")
    assert (issued["state"], issued["version_number"]) == ("issued", 1)
    late = year.reporter.client.patch(
        f"{REPORTS}/{draft['id']}", json={"included": [CONTESTS]}, headers={"If-Match": f'"{issued["version"]}"'}
    )
    assert late.status_code == 409, late.text

    year.receive(issued, "returned", reason="Thiếu kết quả quý IV")
    year.contest("Cuộc thi viết", "2022-11-20")
    second = year.revise(issued, "Bổ sung quý IV")
    second = year.issue(second, "02/BC-LMHTX")
    year.receive(second, "accepted")
    assert (year.cell(issued)["value"], year.cell(second)["value"]) == (1, 2)
    assert year.cell(second)["plan"]["verdict"] == "met"

    third = year.contest("Cuộc thi làm hay", "2022-12-10")
    drift = year.reporter.get(f"{REPORTS}/{second['id']}/drift")
    assert [(each["key"], each["before"], each["after"]) for each in drift["cells"]] == [(CONTESTS, 2, 3)]
    assert [each["resource_id"] for each in drift["records"]] == [third["id"]]
    assert year.cell(second)["value"] == 2

    last = year.issue(year.revise(second, "Bổ sung cuộc thi tháng 12"), "03/BC-LMHTX")
    diff = year.reporter.get(f"{REPORTS}/{last['id']}/diff")
    assert [(each["key"], each["before"], each["after"]) for each in diff["cells"]] == [(CONTESTS, 2, 3)]
    assert third["id"] in {each["resource_id"] for each in diff["records"]}
