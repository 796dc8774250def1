"""Imports of running loans over HTTP: how an office with its contracts and no history of events goes live."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, UploadFile
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records.confirmations import ConfirmationCreate, WithdrawalCreate
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import PRIVATE, json_reply
from kernel.workbooks.import_routes import (
    TEMPLATE_OPTIONS,
    DryRun,
    Mode,
    TemplateFormat,
    import_options,
    run_import,
    template_reply,
)
from kernel.workbooks.table import read_table
from services.funds import problems
from services.funds.imports import confirmation, service
from services.funds.imports.columns import COLUMNS
from services.funds.imports.queries import TRY_LOCK
from services.funds.imports.report import report_of
from services.funds.imports.schemas import LoanImportDecided, LoanImportReport
from services.funds.imports.service import Outcome
from services.funds.scopes import APPROVE, READ, WRITE, funds_router
from services.funds.sealing import sealer_of

router = funds_router("funds-imports")
LIMIT_ROWS = 1000
"""As many loans as an office takes over at once; each is written and booked in the one transaction."""


@router.operation(
    "GET",
    "/imports/template",
    scopes=(*READ, *WRITE),
    **TEMPLATE_OPTIONS,
    summary="Download the loan import template",
)
async def read_loan_import_template(
    call: CurrentCall,
    format: TemplateFormat = "xlsx",
) -> Response:
    """Download the template: one row a loan, headings in Vietnamese, required columns marked."""
    return await template_reply(COLUMNS, format=format, title="Khoản vay", name="khoan-vay")


@router.operation(
    "POST",
    "/imports",
    scopes=WRITE,
    **import_options(LoanImportReport),
    summary="Import running loans",
    written_by=service.run,
)
async def import_loans(
    call: CurrentCall,
    file: UploadFile,
    dry_run: DryRun = True,
    mode: Mode = "atomic",
    fund_id: Annotated[Id | None, Query(description="Fund of the rows that name none")] = None,
) -> Response:
    """Take over loans that ran before, from .xlsx or .csv in the template's form, at most 1,000 rows and 20 MB.

    A row is about the loan with its contract number: sending a file again changes nothing, and other content under a
    number that is there is reported and left as it is. The loans wait for a second person, who confirms them all at once
    by `import_id`. The borrower is found by code, by identity number, or by name and
    commune, else entered. Each new loan begins with its opening state, and the ledger books it on that day.
    """
    upload = await read_table(call, file, COLUMNS, limit_rows=LIMIT_ROWS)

    async def run(tx: Transaction) -> tuple[str, list[Outcome]]:
        return await service.run(tx, call, upload, fund_id=fund_id)

    def report(done: tuple[str, list[Outcome]]) -> dict[str, Any]:
        return report_of(*done, upload.table, dry_run=dry_run, mode=mode, language=call.language)

    # The file holds identity numbers, which a bare hash would let a reader of the table of keys try out.
    pepper = sealer_of(call).pepper
    return await run_import(call, upload, run, report, turn=TRY_LOCK, dry_run=dry_run, pepper=pepper)


@router.operation(
    "POST",
    "/imports/{import_id}/confirmation",
    scopes=APPROVE,
    written_by=confirmation.decide,
    status_code=201,
    guard=confirmation.existing_import,
    response_model=LoanImportDecided,
    problems=(
        kernel_problems.SamePerson,
        kernel_problems.PersonNeeded,
        kernel_problems.NotPending,
        problems.PeriodClosed,
        problems.OverdueRateTooHigh,
    ),
    summary="Confirm or reject an import of loans",
)
async def confirm_loan_import(call: CurrentCall, import_id: Id, body: ConfirmationCreate) -> Response:
    """Decide on all loans of an import that still wait: all or none. Every check of each is made again."""

    async def effect(tx: Transaction) -> Response:
        decided = await confirmation.decide(tx, call, import_id, body)
        return json_reply(decided, 201, cache=PRIVATE)

    return await once(call, effect)


@router.operation(
    "POST",
    "/imports/{import_id}/withdrawal",
    scopes=WRITE,
    written_by=confirmation.withdraw,
    status_code=201,
    guard=confirmation.existing_import,
    response_model=LoanImportDecided,
    problems=(kernel_problems.NotPending, kernel_problems.EnteredByAnother),
    summary="Withdraw an import of loans",
)
async def withdraw_loan_import(call: CurrentCall, import_id: Id, body: WithdrawalCreate) -> Response:
    """Take back all loans of an import that still wait for confirmation; who entered it alone may."""

    async def effect(tx: Transaction) -> Response:
        decided = await confirmation.withdraw(tx, call, import_id, body)
        return json_reply(decided, 201, cache=PRIVATE)

    return await once(call, effect)
