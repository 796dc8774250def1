"""What an import of running loans answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.common_lists import CONFIRMATION_STATES, IMPORT_RESULTS
from kernel.web.schemas import FaultDocument, Output, listed
from kernel.workbooks.import_routes import ConvertedFrom

RESULTS = ("created", "unchanged", "different", "failed")


class LoanImportRow(Output):
    """What became of a row."""

    row: int
    result: Annotated[str, Label("Kết quả nhập")] = Field(
        json_schema_extra=listed(IMPORT_RESULTS),
        description="different: the contract number is there with other content, and was left as it is",
    )
    loan_id: str | None = Field(json_schema_extra={"format": "uuid"}, description="Null for one not kept")
    version: int | None
    differences: list[str] = Field(description="Fields of the row that the loan has otherwise")


class LoanImportReport(Output):
    """What an import of running loans did, or with `dry_run` would do."""

    import_id: str | None = Field(
        json_schema_extra={"format": "uuid"},
        description="What it entered waits for a second person under this id; null where nothing was entered",
    )
    dry_run: bool
    mode: str
    converted_from: ConvertedFrom
    rows: int
    created: int
    unchanged: int = Field(description="Rows whose loan is there just so")
    different: int = Field(description="Rows whose contract number is there with other content, left as it is")
    failed: int
    borrowers_created: int = Field(description="Borrowers that were entered for the rows")
    outstanding_vnd: int = Field(
        json_schema_extra={"format": "int64"},
        description="Opening principal of the rows created, to be held against the office's own list",
    )
    items: list[LoanImportRow]
    errors: list[FaultDocument] = Field(description="Every bad cell, by row and column")


class LoanImportDecided(Output):
    """What became of the loans of an import that waited for a second person."""

    import_id: str = Field(json_schema_extra={"format": "uuid"})
    confirmation_state: Annotated[str, Label("Trạng thái xác nhận")] = Field(
        json_schema_extra=listed(CONFIRMATION_STATES)
    )
    loans: int = Field(description="Loans that were decided on")
    outstanding_vnd: int = Field(json_schema_extra={"format": "int64"}, description="Their opening principal")
