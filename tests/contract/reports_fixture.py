"""Reports at the step that each of their operations needs, for the checks of every operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from kernel.values.ids import new_id
from tests.contract.service_fixture import NUMBERS
from tests.reporting.reports.builders import OWN_CELLS, REPORTS, Office, a_report, an_approval, an_issue
from tests.support.client import ApiClient

_STATES = {
    "approve_report": "submitted",
    "return_report": "submitted",
    "read_report_drift": "submitted",
    "issue_report": "approved",
    "revise_report": "issued",
}
"""Operation → the state of a report that it is for; the others are for a draft."""
QUERIES = {
    "read_report_document": "format=html",
    "read_report_completeness": "period=2023",
    "list_reporting_history": "recorded_after=2026-01-01T00:00:00Z",
}


class Reports:
    """Makes reports of one alliance, whose alone they are to write, prepared by `client` and approved by another person."""

    def __init__(self, client: ApiClient) -> None:
        self.office = Office(client.as_(area="25-2025"))

    async def report(self, operation_id: str) -> dict[str, Any]:
        """Return a report in the state that an operation is for; other days than a kind has may be reported on twice."""
        report = await self.office.draft(kind="free", included=OWN_CELLS)
        steps = {"submitted": self.office.submit, "approved": self.office.approve, "issued": self.office.issue}
        wanted = _STATES.get(operation_id, "draft")
        for state, step in steps.items():
            if report["state"] != wanted:
                report = await step(report)
                assert report["state"] == state
        return report

    async def receipt(self) -> dict[str, Any]:
        """Return what the national alliance says of an issued report."""
        return await self.office.receive(await self.report("revise_report"), "received")

    async def path(self, operation_id: str, template: str) -> str | None:
        """Return the path of an operation on reports; None of another."""
        if operation_id in QUERIES and "{" not in template:
            return f"{template}?{QUERIES[operation_id]}"
        if not template.startswith(f"{REPORTS}/{{report_id}}"):
            return None
        report = await self.report(operation_id)
        path = template.format(report_id=report["id"], code="missing_coverage.media_contests.alliance_led")
        return f"{path}?{QUERIES[operation_id]}" if operation_id in QUERIES else path


def _remark() -> str:
    return f"lần {next(NUMBERS)}"


BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "ReportCreate": lambda: a_report(kind="free", title=_remark()),
    "ReportChange": lambda: {"title": _remark()},
    "SubmissionCreate": lambda: {"note": _remark()},
    "ApprovalCreate": lambda: an_approval(signer_name=_remark()),
    "IssueCreate": lambda: an_issue(number=_remark()),
    "ReturnCreate": lambda: {"reason": _remark()},
    "RevisionCreate": lambda: {"id": new_id(), "reason": _remark()},
    "AnswerCreate": lambda: {"text": _remark()},
}


async def issued_report_id(client: ApiClient) -> str:
    """Return the id of a report that was issued."""
    return str((await Reports(client).report("revise_report"))["id"])


Made = Callable[[Any], Awaitable[dict[str, Any]]]
RECORDS: dict[str, Made] = {
    "report_id": lambda service: service.reports.report("read_report"),
    "report_receipt_id": lambda service: service.reports.receipt(),
}
