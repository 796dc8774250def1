"""The report of an import: what became of each row, and every bad cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from kernel.workbooks import imports
from services.funds.imports.schemas import RESULTS
from services.funds.imports.service import Outcome


def report_of(
    import_id: str, outcomes: Sequence[Outcome], table: imports.Table, *, dry_run: bool, mode: str, language: str
) -> dict[str, Any]:
    """Return the report as it is answered. Raises ImportRefused where all rows were to be written and one is bad."""
    counts = Counter(outcome.result for outcome in outcomes)
    errors = [
        imports.CellFault(error, table.cell(outcome.row, field))
        for outcome in outcomes
        for field, error in outcome.errors
    ]
    if errors and mode == "atomic" and not dry_run:
        raise imports.ImportRefused(rows=len(outcomes), failed=counts["failed"], errors=errors)
    return {
        "import_id": None if dry_run or not counts["created"] else import_id,
        "dry_run": dry_run,
        "mode": mode,
        "rows": len(outcomes),
        **{result: counts[result] for result in RESULTS},
        "borrowers_created": sum(outcome.is_borrower_new for outcome in outcomes),
        "outstanding_vnd": sum(outcome.principal_vnd for outcome in outcomes if outcome.result == "created"),
        "items": [_item(outcome, dry_run) for outcome in outcomes],
        "errors": [error.document(language) for error in errors],
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
