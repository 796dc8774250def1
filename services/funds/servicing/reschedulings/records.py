"""Reschedulings as a record type: new schedules and early recalls."""

from __future__ import annotations

from typing import Any

import orjson

from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, listing_of, representation
from kernel.records.listing import SortKey, code_filter, day_range
from services.funds import code_lists as codes
from services.funds import models, rows
from services.funds.scopes import READ, WRITE
from services.funds.servicing.loans.resource import OF_LOAN, UNDER_LOAN
from services.funds.servicing.loans.terms import read_dues
from services.funds.servicing.reschedulings.schemas import Rescheduling

_fields = representation(Rescheduling)


def _represent(row: rows.ReschedulingRow) -> dict[str, Any]:
    """Show a new schedule: no terms where all fell due at once, and of its dues what people agree on."""
    dues = read_dues(orjson.loads(row["dues"]))
    return {
        **_fields(row),
        "terms": orjson.loads(row["terms"]) or None,
        "dues": [{"number": due.number, "due_on": due.due_on, "principal_vnd": due.principal_vnd} for due in dues],
    }


RESCHEDULING = Resource(
    "rescheduling",
    table_of(models.Rescheduling),
    "/v1/funds/reschedulings",
    _represent,
    "no-store",
    row=rows.ReschedulingRow,
)
RESCHEDULINGS = RecordType(
    resource=RESCHEDULING,
    plural="reschedulings",
    output=Rescheduling,
    create=None,
    listing=listing_of(
        RESCHEDULING,
        Rescheduling,
        (
            *OF_LOAN,
            code_filter("kind", "r.kind", codes.RESCHEDULING_KINDS, "Kind."),
            code_filter("state", "r.state", codes.PROPOSAL_STATES, "Proposed, approved or rejected."),
            *day_range("effective_on", "r.effective_on", "Day it took effect"),
        ),
        sorts={"effective_on": SortKey("r.effective_on", "date")},
    ),
    columns=None,
    under=UNDER_LOAN,
    read_scopes=READ,
    write_scopes=WRITE,
)
