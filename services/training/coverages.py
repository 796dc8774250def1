"""What a province's records of training and trade hold completely."""

from __future__ import annotations

from kernel.records.coverages import coverages, happened
from services.training import code_lists, models, rows
from services.training.scopes import PREFIX, READ, SERVICE, WRITE

RECORDS = {
    "classes": happened("training_class", "counted_on", "is_counted"),
    "attendances": happened("training_class c JOIN attendance f ON f.class_id = c.id", "c.counted_on", "c.is_counted"),
    "participations": happened("participation", "counted_on"),
    "market_links": happened("market_link", "signed_on"),
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
    service=SERVICE,
)
