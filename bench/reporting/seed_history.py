"""More past behind a set: what is there once more, some decades earlier, so that a figure of today has more to pass over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

YEARS_A_COPY = 12
"""Longer than any of the sets lasts, so that a copy lies before all that was there."""
DATED: Mapping[str, Mapping[str, Sequence[str]]] = {
    "registry": {},
    "funds": {
        "loan": ("signed_on", "starts_on", "last_due_on", "kept_from", "secured_from", "unpaid_since"),
        "disbursement": ("disbursed_on",),
        "repayment": ("paid_on",),
        "loan_installment": ("due_on", "opened_on", "closed_on"),
    },
    "training": {
        "training_class": ("starts_on", "ends_on", "counted_on"),
        "class_session": ("held_on",),
        "attendance": (),
        "trade_event": ("starts_on", "ends_on"),
        "participation": ("counted_on",),
    },
    "reporting": {"activity": ("happened_on",)},
}
"""Service → table → the days that a copy has earlier. The registry keeps what stands: its past is organizations."""
_REFERENCES = ("id", "loan_id", "loan_application_id", "class_id", "trade_event_id")
_NUMBERS = ("contract_number", "class_number", "joint_key")
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER' AND identity_generation IS DISTINCT FROM 'ALWAYS'"""


async def add(connection: asyncpg.Connection[Any], service: str, copies: int) -> int:
    """Add so many copies of what `service` has, each earlier than the one before; return how many rows came."""
    rows = 0
    # Keys are right by the way copies are made.
    await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    for table, days in DATED[service].items():
        columns = [row["column_name"] for row in await connection.fetch(_COLUMNS, table)]
        values = ", ".join(_copied(column, days) for column in columns)
        status = await connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} CROSS JOIN generate_series(1, {copies}) copy"  # noqa: S608  names of this file
        )
        rows += int(status.rpartition(" ")[2])
    await connection.execute("VACUUM (ANALYZE)")
    return rows


def _copied(column: str, days: Sequence[str]) -> str:
    if column in _REFERENCES:
        return f"md5({column}::text || copy)::uuid"
    if column in _NUMBERS:
        return f"{column} || '-' || copy"
    return f"({column} - interval '{YEARS_A_COPY} years' * copy)::date" if column in days else column
