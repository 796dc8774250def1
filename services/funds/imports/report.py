"""The report of an import: what became of each row, and every bad cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kernel.workbooks.import_routes import import_report
from kernel.workbooks.table import Table
from services.funds.imports.schemas import RESULTS
from services.funds.imports.service import Outcome


def report_of(outcomes: Sequence[Outcome], table: Table, *, dry_run: bool, mode: str, language: str) -> dict[str, Any]:
    """Return the report as it is answered. Raises ImportRefused where all rows were to be written and one is bad."""
    return {
        **import_report(outcomes, table, RESULTS, dry_run=dry_run, mode=mode, language=language),
        "borrowers_created": sum(outcome.is_borrower_new for outcome in outcomes),
        "outstanding_vnd": sum(outcome.principal_vnd for outcome in outcomes if outcome.result == "created"),
        "items": [_item(outcome, dry_run) for outcome in outcomes],
    }


def _item(outcome: Outcome, dry_run: bool) -> dict[str, Any]:
    is_kept = not (dry_run and outcome.result == "created")
    return {
        "row": outcome.row,
        "result": outcome.result,
        "loan_id": outcome.loan_id if is_kept else None,
        "version": outcome.version if is_kept else None,
        "differences": outcome.differences,
    }
