"""What a province's records of the alliance's own work hold completely."""

from __future__ import annotations

from kernel.records.coverages import coverages, happened
from services.reporting import code_lists, models, rows
from services.reporting.scopes import PREFIX, READ, SERVICE, WRITE

KINDS = {
    "media_items": "media_item",
    "bulletins": "bulletin",
    "contests": "contest",
    "science_projects": "science_project",
    "policy_advice": "policy_advice",
    "conferences": "conference",
    "household_supports": "household_support",
    "agreements": "agreement",
}
"""Record type (code_lists.RECORD_TYPES) → the kind of activity that it is."""

RECORDS = {type_: happened("activity", "happened_on", f"kind = '{kind}'") for type_, kind in KINDS.items()}
"""Record type → the condition that there are records of it."""

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
