"""Imports of running loans over HTTP: how an office with its contracts and no history of events goes live."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Query, UploadFile
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import CurrentCall
from kernel.web.replies import json_reply
from kernel.workbooks import imports
from services.funds.imports import service
from services.funds.imports.columns import COLUMNS
from services.funds.imports.queries import TRY_LOCK
from services.funds.imports.report import report_of
from services.funds.imports.schemas import LoanImportReport
from services.funds.imports.service import Outcome
from services.funds.scopes import READ, WRITE, funds_router
from services.funds.sealing import sealer_of

router = funds_router("imports")
LIMIT_ROWS = 1000
"""As many loans as an office takes over at once; each is written and booked in the one transaction."""


class _Undone(Exception):
    """Takes back what a dry run did."""


@router.operation(
    "GET",
    "/imports/template",
    scopes=(*READ, *WRITE),
    response_class=Response,
    responses={
        200: {
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (imports.XLSX, "text/csv")}
        }
    },
    summary="Download the loan import template",
)
async def read_loan_import_template(
    call: CurrentCall,
    format: Annotated[
        str, Query(pattern="^(xlsx|csv)$", description="xlsx (with choices and explanations) or csv")
    ] = "xlsx",
) -> Response:
    """Download the template: one row a loan, headings in Vietnamese, required columns marked."""
    if format == "csv":
        data, media_type = imports.template_csv(COLUMNS), "text/csv"
    else:
        data, media_type = await asyncio.to_thread(imports.template_xlsx, COLUMNS, "Khoản vay"), imports.XLSX
    headers = {"Content-Disposition": f'attachment; filename="khoan-vay.{format}"', "Cache-Control": "no-cache"}
    return Response(data, 200, headers, media_type)


@router.operation(
    "POST",
    "/imports",
    scopes=WRITE,
    response_model=LoanImportReport,
    media_types=("multipart/form-data",),
    problems=(*imports.PROBLEMS, imports.ImportRefused, imports.ImportInProgress),
    body_limit=imports.LIMIT_BYTES + 1_048_576,
    responses={207: {"model": LoanImportReport, "description": "mode=each: some rows were written, others refused"}},
    summary="Import running loans",
)
async def import_loans(
    call: CurrentCall,
    file: UploadFile,
    dry_run: Annotated[bool, Query(description="Run everything and keep nothing")] = True,
    mode: Annotated[
        str, Query(pattern="^(atomic|each)$", description="atomic: all rows or none; each: every row for itself (207)")
    ] = "atomic",
    fund_id: Annotated[Id | None, Query(description="Fund of the rows that name none")] = None,
) -> Response:
    """Take over loans that ran before, from .xlsx or .csv in the template's form, at most 1,000 rows and 20 MB.

    A row is about the loan with its contract number: sending a file again changes nothing, and other content under a
    number that is there is reported and left as it is. The borrower is found by code, by identity number, or by name and
    commune, else entered. Each new loan begins with its opening state, and the ledger books it on that day.
    """
    upload = await imports.read_table(call, file, COLUMNS, limit_rows=LIMIT_ROWS)

    async def effect(tx: Transaction) -> Response:
        # Two runs of a file would not see the borrowers that the other enters.
        if not dry_run and not await tx.fetchval(TRY_LOCK):
            raise imports.ImportInProgress(headers={"Retry-After": "10"})
        outcomes: list[Outcome] = []
        try:
            async with tx.raw.transaction():
                outcomes = await service.run(tx, call, upload.table, fund_id=fund_id)
                if dry_run:
                    raise _Undone
        except _Undone:
            pass
        report = report_of(outcomes, upload.table, dry_run=dry_run, mode=mode, language=call.language)
        status = 207 if report["errors"] and not dry_run else 200
        return json_reply(report, status)

    # The form was read already, and its boundary differs from one sending to the next: the file is the request. It
    # holds identity numbers, which a bare hash would let a reader of the table try out.
    return await once(call, effect, content=upload.digest, pepper=sealer_of(call).pepper)
