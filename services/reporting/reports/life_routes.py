"""The steps of a report over HTTP."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records.reading import existing
from kernel.records.responses import answer
from kernel.values.days import now
from kernel.web.calls import Call, CurrentCall
from kernel.web.field_types import path_id
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter
from services.reporting import problems
from services.reporting.reports import content, life
from services.reporting.reports.attachments import signature_on
from services.reporting.reports.checks import findings_of
from services.reporting.reports.provinces import by_province, has_provinces
from services.reporting.reports.receipts import step_not_open
from services.reporting.reports.records import REPORT, refuse_another
from services.reporting.reports.schemas import (
    ApprovalCreate,
    IssueCreate,
    Report,
    ReturnCreate,
    RevisionCreate,
    SubmissionCreate,
)
from services.reporting.rows import ReportRow
from services.reporting.scopes import APPROVE, PREFIX, WRITE

router = ApiRouter(prefix=f"{PREFIX}/reports", tags=["alliance-reports"])
_GUARD = existing(REPORT, "report_id")
_Id: Any = path_id("report_id")
_STEP: dict[str, Any] = {"guard": _GUARD, "status_code": 201, "response_model": Report}


async def _answered(tx: Transaction, call: Call, row: ReportRow) -> Response:
    """Return the report as the step left it; 201, as the step was made, at the path of the report."""
    return await answer(tx, call, REPORT, row, status=201)


# POST    /v1/reporting/reports/{report_id}/submission
@router.operation(
    "POST",
    "/{report_id}/submission",
    scopes=WRITE,
    summary="Submit a report",
    problems=(
        problems.ReportStepNotOpen,
        problems.NotSendingAlliance,
        problems.ReportChecksOpen,
        problems.ReportChangedMeanwhile,
    ),
    written_by=life.submit,
    **_STEP,
)
async def submit_report(call: CurrentCall, report_id: _Id, body: SubmissionCreate) -> Response:
    """Submit a draft: figures, the versions of their definitions and sentences are frozen as they are now.

    Findings that have to be mended or answered stand in the way.
    """
    seen: ReportRow = call.record
    refuse_another(call.caller, seen["alliance"])
    if seen["state"] != "draft":

        async def refused(tx: Transaction) -> Response:
            raise step_not_open(seen["state"], "submission")

        # Behind the key: the same request sent again is answered as it was.
        return await once(call, refused)
    # Before the first figure is asked: what is recorded from here on is drift, whether it was counted yet or not.
    frozen_at = now()
    said = await content.live(call, seen)
    if open_checks := life.unanswered(seen, await findings_of(call, seen, said["cells"])):
        raise problems.ReportChecksOpen(count=len(open_checks), checks=open_checks)
    if has_provinces(seen):
        said["provinces"] = await by_province(call, seen, said["cells"], seen["geography"])

    async def effect(tx: Transaction) -> Response:
        row = await life.submit(tx, call, seen, said, frozen_at=frozen_at, note=body.note)
        return await _answered(tx, call, row)

    return await once(call, effect)


# POST    /v1/reporting/reports/{report_id}/approval
@router.operation(
    "POST",
    "/{report_id}/approval",
    scopes=APPROVE,
    summary="Approve a report",
    problems=(
        problems.ReportStepNotOpen,
        problems.NotSendingAlliance,
        kernel_problems.SamePerson,
        kernel_problems.PersonNeeded,
    ),
    **_STEP,
)
async def approve_report(call: CurrentCall, report_id: _Id, body: ApprovalCreate) -> Response:
    """Approve what was submitted; a person does, and another than those who wrote in it or submitted it."""

    async def effect(tx: Transaction) -> Response:
        return await _answered(tx, call, await life.approve(tx, call, report_id, body))

    return await once(call, effect)


# POST    /v1/reporting/reports/{report_id}/return
@router.operation(
    "POST",
    "/{report_id}/return",
    scopes=APPROVE,
    summary="Return a report to its preparer",
    problems=(problems.ReportStepNotOpen, problems.NotSendingAlliance, kernel_problems.PersonNeeded),
    written_by=life.give_back,
    **_STEP,
)
async def return_report(call: CurrentCall, report_id: _Id, body: ReturnCreate) -> Response:
    """Make what was submitted a draft again, before it is approved."""

    async def effect(tx: Transaction) -> Response:
        return await _answered(tx, call, await life.give_back(tx, call, report_id, body.reason))

    return await once(call, effect)


# POST    /v1/reporting/reports/{report_id}/issue
@router.operation(
    "POST",
    "/{report_id}/issue",
    scopes=WRITE,
    summary="Issue a report",
    problems=(problems.ReportStepNotOpen, problems.NotSendingAlliance, kernel_problems.PersonNeeded),
    written_by=life.issue,
    **_STEP,
)
async def issue_report(call: CurrentCall, report_id: _Id, body: IssueCreate) -> Response:
    """Issue what was approved under its number. A PDF that bears a signature (PAdES) is read, and what it says is answered."""
    signature = None if body.file_id is None else await signature_on(call, body.file_id)

    async def effect(tx: Transaction) -> Response:
        return await _answered(tx, call, await life.issue(tx, call, report_id, body, signature))

    return await once(call, effect)


# POST    /v1/reporting/reports/{report_id}/revision
@router.operation(
    "POST",
    "/{report_id}/revision",
    scopes=WRITE,
    summary="Revise a report",
    minted=True,
    problems=(problems.ReportStepNotOpen, problems.NotSendingAlliance, problems.ReportRevised, kernel_problems.IdInUse),
    written_by=life.revise,
    **_STEP,
)
async def revise_report(call: CurrentCall, report_id: _Id, body: RevisionCreate) -> Response:
    """Make a draft of the next version, with the texts of this one; this one stays as it was frozen."""

    async def effect(tx: Transaction) -> Response:
        row, is_new = await life.revise(tx, call, report_id, body)
        return await answer(tx, call, REPORT, row, status=201 if is_new else 200)

    return await once(call, effect)
