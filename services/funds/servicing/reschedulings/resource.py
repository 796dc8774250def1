"""A rescheduling as a resource: its table and how its row is shown."""

from __future__ import annotations

from typing import Any

import orjson

from kernel.records import Resource, table_of
from kernel.records.crud import representation
from services.funds import models, rows
from services.funds.names import DECIDED_BY_NAME, OF_LOAN_NAMES, REVERSED_BY_NAME
from services.funds.servicing.loans.terms import read_dues
from services.funds.servicing.reschedulings.schemas import Rescheduling

_fields = representation(Rescheduling, parsed=("confirmation",))


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
    embeds=(*OF_LOAN_NAMES, DECIDED_BY_NAME, REVERSED_BY_NAME),
    row=rows.ReschedulingRow,
)
