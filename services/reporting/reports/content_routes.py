"""What a report says, over HTTP: content, document, findings, drift, diff, provinces; and who has not reported."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import StringConstraints
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.records.reading import existing
from kernel.records.responses import answer
from kernel.values.periods import PeriodCode
from kernel.web.calls import Call, CurrentCall
from kernel.web.field_types import path_id
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter
from kernel.web.replies import PRIVATE, json_reply
from kernel.web.schemas import listed
from services.reporting import code_lists as codes
from services.reporting import problems
from services.reporting.documents.content import Format
from services.reporting.documents.render import MEDIA_TYPES, NotRenderedError, render
from services.reporting.reports import content, life
from services.reporting.reports.cells import relabelled
from services.reporting.reports.checks import checks_of
from services.reporting.reports.completeness import completeness, outstanding
from services.reporting.reports.content_schemas import (
    Completeness,
    ReportChecks,
    ReportContentShown,
    ReportDiff,
    ReportDrift,
    ReportProvinces,
)
from services.reporting.reports.drift import diff_of, drift_of
from services.reporting.reports.papers import paper_of
from services.reporting.reports.proposals import proposed_explanations
from services.reporting.reports.provinces import by_province
from services.reporting.reports.records import REPORT, refuse_another
from services.reporting.reports.schemas import AnswerCreate, Report
from services.reporting.rows import ReportRow
from services.reporting.scopes import PREFIX, READ, WRITE

router = ApiRouter(prefix=PREFIX, tags=["alliance-reports"])
_GUARD = existing(REPORT, "report_id")
_Id: Any = path_id("report_id")
_READ: dict[str, Any] = {"scopes": READ, "guard": _GUARD}
_MEDIA = tuple(media.partition(";")[0] for media in MEDIA_TYPES.values())
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


def _reply(call: Call, document: Any) -> Response:
    headers = {"Content-Language": call.language, "Vary": "Accept-Language"}
    return json_reply(document, cache=PRIVATE, headers=headers)


# GET    /v1/reporting/reports/{report_id}/content
@router.operation(
    "GET",
    "/reports/{report_id}/content",
    response_model=ReportContentShown,
    written_by=content.content_of,
    summary="Read a report's content",
    **_READ,
)
async def read_report_content(call: CurrentCall, report_id: _Id) -> Response:
    """Return the figures and sentences of a report: of a draft made anew from records, as the caller may see them; else as frozen.

    A figure whose service does not answer is `unavailable`, never 0.
    """
    report: ReportRow = call.record
    said = await content.content_of(call, report)
    proposed = await proposed_explanations(call, report, said["cells"]) if report["state"] == "draft" else []
    return _reply(
        call,
        {
            "report_id": report["id"],
            "frozen_at": report["frozen_at"],
            "series_break": said["series_break"],
            "cells": relabelled(said["cells"], call.language),
            "sections": said["sections"],
            "definitions": said["definitions"],
            "unavailable": said["unavailable"],
            "proposed_explanations": proposed,
        },
    )


# GET    /v1/reporting/reports/{report_id}/document
@router.operation(
    "GET",
    "/reports/{report_id}/document",
    response_class=Response,
    responses={200: {"description": "The file", "content": dict.fromkeys(_MEDIA, _BINARY)}},
    problems=(problems.DocumentNotMade,),
    written_by=render,
    summary="Read a report as a document",
    **_READ,
)
async def read_report_document(
    call: CurrentCall,
    report_id: _Id,
    format_: Annotated[
        Format,
        Query(
            alias="format",
            json_schema_extra=listed(codes.DOCUMENT_FORMATS),
            description="docx, xlsx or html",
        ),
    ],
) -> Response:
    """Return the report as a file, in Vietnamese. What is not approved yet bears DỰ THẢO."""
    report: ReportRow = call.record
    said = await content.content_of(call, report)
    try:
        data = await render(paper_of(report, said), format_)
    except NotRenderedError:
        raise problems.DocumentNotMade(format=format_) from None
    name = f"bao-cao-{report['ends_on']:%Y-%m-%d}-{report['id'][-6:]}.{format_}"
    how = "inline" if format_ == "html" else "attachment"
    headers = {"Cache-Control": PRIVATE, "Content-Disposition": f'{how}; filename="{name}"'}
    if format_ == "html":
        # People's own text is in it: nothing of it runs.
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return Response(data, 200, headers, MEDIA_TYPES[format_])


# GET    /v1/reporting/reports/{report_id}/checks
@router.operation(
    "GET", "/reports/{report_id}/checks", response_model=ReportChecks, summary="List the findings of a report", **_READ
)
async def read_report_checks(call: CurrentCall, report_id: _Id) -> Response:
    """Return the findings: coverage that is missing, plans without a value, what is unlike the years before (robust z above 3.5),
    what others report otherwise, units in doubt. Each says where it is mended."""
    return _reply(call, await checks_of(call, call.record))


# POST    /v1/reporting/reports/{report_id}/checks/{code}/answer
@router.operation(
    "POST",
    "/reports/{report_id}/checks/{code}/answer",
    scopes=WRITE,
    guard=_GUARD,
    status_code=201,
    response_model=Report,
    problems=(problems.ReportFrozen, problems.NotSendingAlliance),
    written_by=life.answer_check,
    summary="Answer a finding",
)
async def answer_report_check(
    call: CurrentCall,
    report_id: _Id,
    code: Annotated[
        str,
        StringConstraints(max_length=200, pattern=r"^[a-z_]+\.[a-z0-9_]+\.[a-z0-9_]+(\.[0-9a-f]{12})?$"),
        Path(description="Code of the finding"),
    ],
    body: AnswerCreate,
) -> Response:
    """Say in words why a figure stands as it is; the answer before is replaced, and history keeps it.

    It holds as long as the numbers are those that it was given for: where they change, the finding is open again.
    """
    refuse_another(call.caller, call.record["alliance"])
    found = await checks_of(call, call.record) if call.record["state"] == "draft" else {"items": []}
    # Of what is no draft nothing is answered, whatever it is.
    unknown = {"code": code, "value": None, "compared_with": None}
    finding = next((each for each in found["items"] if each["code"] == code), unknown)
    if call.record["state"] == "draft" and finding is unknown:
        raise kernel_problems.NotFound()

    async def effect(tx: Transaction) -> Response:
        row = await life.answer_check(tx, call, report_id, finding, body.text)
        return await answer(tx, call, REPORT, row, status=201)

    return await once(call, effect)


# GET    /v1/reporting/reports/{report_id}/drift
@router.operation(
    "GET",
    "/reports/{report_id}/drift",
    response_model=ReportDrift,
    problems=(problems.ReportStepNotOpen,),
    summary="Read what changed since a report was frozen",
    **_READ,
)
async def read_report_drift(call: CurrentCall, report_id: _Id) -> Response:
    """Return the records entered, corrected or removed since, of the kinds that the report counts, and the cells that differ today."""
    if call.record["state"] == "draft":
        life.needs_step(call.record, "submitted", "revision")
    return _reply(call, await drift_of(call, call.record))


# GET    /v1/reporting/reports/{report_id}/diff
@router.operation(
    "GET", "/reports/{report_id}/diff", response_model=ReportDiff, summary="Read what a revision changes", **_READ
)
async def read_report_diff(call: CurrentCall, report_id: _Id) -> Response:
    """Return the cells in which a revision differs from the report before it, with the records that explain it; of a first one none."""
    report: ReportRow = call.record
    before = None
    if report["supersedes_id"] is not None:
        before = await records.read(call.db, REPORT, report["supersedes_id"], call.caller)
    return _reply(call, await diff_of(call, report, before))


# GET    /v1/reporting/reports/{report_id}/provinces
@router.operation(
    "GET",
    "/reports/{report_id}/provinces",
    response_model=ReportProvinces,
    written_by=by_province,
    summary="Read a report by province",
    **_READ,
)
async def read_report_provinces(
    call: CurrentCall,
    report_id: _Id,
    map_: Annotated[
        str | None,
        Query(
            alias="geography",
            pattern="^(2008|2025)$",
            json_schema_extra=listed(codes.COMMUNE_MAPS),
            description="63 provinces or 34; default: the report's own",
        ),
    ] = None,
) -> Response:
    """Return the figures of a report for each province of a map. What adds up has the same sum on both maps; shares are computed anew.

    On its own map a submitted report answers as it was frozen.
    """
    report: ReportRow = call.record
    said = await content.content_of(call, report)
    chosen = map_ or report["geography"]
    kept = said.get("provinces") if chosen == report["geography"] else None
    shown = kept or await by_province(call, report, said["cells"], chosen)
    return _reply(call, {**shown, "frozen_at": report["frozen_at"] if kept else None})


# GET    /v1/reporting/report-completeness
@router.operation(
    "GET", "/report-completeness", scopes=READ, response_model=Completeness, summary="List who has not reported"
)
async def read_report_completeness(
    call: CurrentCall,
    period: Annotated[PeriodCode, Query(description="2026, 2026-H1, 2026-Q3, 2026-07, 2026-8M, 2026-9M, S2026")],
    map_: Annotated[
        str | None,
        Query(
            alias="geography",
            pattern="^(2008|2025)$",
            json_schema_extra=listed(codes.COMMUNE_MAPS),
            description="Whose reports; default: in force on the last day",
        ),
    ] = None,
    is_outstanding: Annotated[
        bool | None, Query(description="Only those not issued yet or returned; or only the others")
    ] = None,
) -> Response:
    """Return for each province of the caller's area whether it has reported on a period, how far its report is, and how late."""
    found = await completeness(call, period, map_)
    if is_outstanding is not None:
        found["items"] = [line for line in found["items"] if outstanding(line) == is_outstanding]
    return _reply(call, found)
