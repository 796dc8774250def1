"""What is refused of reports: by whom it is asked, what it is held against, and when."""

from __future__ import annotations

from tests.reporting.builders import Make
from tests.reporting.reports.builders import REPORTS, Office, a_report, an_approval, an_issue
from tests.support.answers import assert_problem, etag, ok


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
