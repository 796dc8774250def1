"""What a province's records of its funds hold completely."""

from __future__ import annotations

from kernel.records.coverages import coverages, happened, stood
from services.funds import code_lists, models, rows
from services.funds.scopes import PREFIX, READ, WRITE

RECORDS = {
    "disbursements": happened("disbursement", "disbursed_on", "reversed_at IS NULL"),
    "loans": stood("loan", "starts_on", "settled_on"),
}
"""Record type (code_lists.RECORD_TYPES) → the condition that there are records of it."""

COVERAGE, router = coverages(
    PREFIX,
    models.Coverage,
    rows.CoverageRow,
    code_lists.RECORD_TYPES,
    READ,
    WRITE,
    records_exist=RECORDS,
    service="funds",
)
