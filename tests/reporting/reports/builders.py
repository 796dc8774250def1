"""Reports, valid by default, and the people who take their steps. All names are invented."""

from __future__ import annotations

from typing import Any

from tests.reporting.builders import PATH
from tests.support.answers import etag, ok
from tests.support.client import ApiClient

REPORTS, RECEIPTS = f"{PATH}/reports", f"{PATH}/report-receipts"
COMPLETENESS = f"{PATH}/report-completeness"
OWN_CELLS = ["media_contests:alliance_led", "media_bulletin_copies:alliance"]
"""Figures that reporting counts itself: no other service is asked for them."""


def a_report(**fields: Any) -> dict[str, Any]:
    """Return the body of the report of 2023 on today's Phú Thọ; `from_` is its first day."""
    first = fields.pop("from_", "2023-01-01")
    return {"kind": "year", "from": first, "to": "2023-12-31", "province": "25-2025", **fields}


def an_approval(**fields: Any) -> dict[str, Any]:
    return {"signer_form": "TM", "signer_title": "Chủ tịch", "signer_name": "Nguyễn Văn Bình", **fields}


def an_issue(**fields: Any) -> dict[str, Any]:
    return {"number": "15/BC-LMHTX", "issued_on": "2024-01-05", "recipients": ["Liên minh HTX Việt Nam"], **fields}


class Office:
    """An alliance's office: who prepares, who approves, and the national alliance that receives."""

    def __init__(self, client: ApiClient) -> None:
        scope = client.caller["scope"]
        self.preparer = client
        self.approver = client.as_(sub="director", scope=f"{scope} reports.approve")
        self.receiver = client.as_(sub="national-officer", area="VN", scope=f"{scope} reports.approve")

    async def draft(self, *, included: list[str] | None = OWN_CELLS, **fields: Any) -> dict[str, Any]:
        """Begin a report; `included`: its figures, None for all that is covered."""
        report = ok(await self.preparer.post(REPORTS, json=a_report(**fields)), 201)
        if included is None:
            return report
        path = f"{REPORTS}/{report['id']}"
        return ok(await self.preparer.patch(path, json={"included": included}, headers=etag(report)))

    async def change(self, report: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Write in a draft."""
        now = await self.read(report)
        return ok(await self.preparer.patch(f"{REPORTS}/{report['id']}", json=fields, headers=etag(now)))

    async def read(self, report: dict[str, Any]) -> dict[str, Any]:
        return ok(await self.preparer.get(f"{REPORTS}/{report['id']}"))

    async def content(self, report: dict[str, Any]) -> dict[str, Any]:
        return ok(await self.preparer.get(f"{REPORTS}/{report['id']}/content"))

    async def cell(self, report: dict[str, Any], key: str) -> dict[str, Any]:
        """Return one cell of what a report says."""
        (cell,) = [each for each in (await self.content(report))["cells"] if each["key"] == key]
        return dict(cell)

    async def checks(self, report: dict[str, Any]) -> dict[str, Any]:
        return ok(await self.preparer.get(f"{REPORTS}/{report['id']}/checks"))

    async def drift(self, report: dict[str, Any]) -> dict[str, Any]:
        return ok(await self.preparer.get(f"{REPORTS}/{report['id']}/drift"))

    async def submit(self, report: dict[str, Any]) -> dict[str, Any]:
        return ok(await self.preparer.post(f"{REPORTS}/{report['id']}/submission", json={}), 201)

    async def approve(self, report: dict[str, Any]) -> dict[str, Any]:
        return ok(await self.approver.post(f"{REPORTS}/{report['id']}/approval", json=an_approval()), 201)

    async def issue(self, report: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return ok(await self.preparer.post(f"{REPORTS}/{report['id']}/issue", json=an_issue(**fields)), 201)

    async def revise(self, report: dict[str, Any], reason: str = "Đính chính") -> dict[str, Any]:
        return ok(await self.preparer.post(f"{REPORTS}/{report['id']}/revision", json={"reason": reason}), 201)

    async def issued(self, **fields: Any) -> dict[str, Any]:
        """Take a report from its draft to its issue."""
        report = await self.draft(**fields)
        for step in (self.submit, self.approve, self.issue):
            report = await step(report)
        return report

    async def receive(self, report: dict[str, Any], state: str, **fields: Any) -> dict[str, Any]:
        """Have the national alliance say something of a report."""
        body = {"report_id": report["id"], "state": state, **fields}
        return ok(await self.receiver.post(RECEIPTS, json=body), 201)
