"""A step of writing a loan off as a resource: its table and how its row is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from kernel.records import Resource, table_of
from kernel.records.crud import representation
from kernel.records.in_sql import Fields, Sql, said_in_sql, with_fields
from services.funds import models, rows
from services.funds.names import OF_LOAN_NAMES, REVERSED_BY_NAME
from services.funds.servicing.write_offs.schemas import WriteOff

_columns_shown = representation(WriteOff, parsed=("confirmation", "file_ids"), computed=("principal_vnd",))


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a step as it is shown. What was recovered before interest was kept apart paid principal."""
    interest = (row["interest_vnd"] or 0) + (row["overdue_interest_vnd"] or 0) if row["kind"] == "recovery" else 0
    return {**_columns_shown(row), "principal_vnd": row["amount_vnd"] - interest}


@said_in_sql(represent)
def _in_sql(table: Table) -> Fields:
    interest = "coalesce(r.interest_vnd, 0) + coalesce(r.overdue_interest_vnd, 0)"
    principal = f"r.amount_vnd - CASE WHEN r.kind = 'recovery' THEN {interest} ELSE 0 END"
    return with_fields(_columns_shown, table, principal_vnd=(Sql(principal),))


WRITE_OFF = Resource(
    "write_off",
    table_of(models.WriteOff),
    "/v1/funds/write-offs",
    represent,
    "no-store",
    embeds=(*OF_LOAN_NAMES, REVERSED_BY_NAME),
    row=rows.WriteOffRow,
)
