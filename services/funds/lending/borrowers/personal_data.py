"""Reading the sealed numbers of borrowers: who read them, when and what for is recorded first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from kernel.database.connections import to_json
from kernel.database.statements import command, statement
from kernel.values.days import now
from kernel.values.field_errors import field_error
from kernel.values.ids import new_id
from kernel.web.calls import Call
from services.funds.rows import BorrowerRow
from services.funds.sealing import sealer_of

PERSONAL_DATA_SCOPE = "funds.write"
SHORTEST_PURPOSE, LONGEST_PURPOSE = 5, 300

# Who read which borrower's numbers, or those of several, and for which purpose: one row of the audit a reading.
_RECORD_READING = command("""
    INSERT INTO audit (id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail)
    VALUES ($1::uuid, $2, $3, $4, $5, 'borrower', $6, $7, $8::jsonb)""")


class _PhoneRow(TypedDict):
    id: str
    phone_sealed: bytes | None
    public_phone: str | None


# The phones of a page's borrowers, by their keys; that of an organization is public, as the registry has it.
_PHONES = statement(
    _PhoneRow,
    """
    SELECT b.id, b.phone_sealed, o.phone AS public_phone
      FROM borrower b LEFT JOIN followed_organization o ON o.id = b.organization_id AND o.removed_as IS NULL
     WHERE b.id = ANY($1::uuid[])""",
)


class Phone(NamedTuple):
    """The phone of a borrower as it may be shown."""

    shown: str | None
    is_hidden: bool
    """A number is kept that is not shown."""


def read_purpose(value: str) -> str:
    """Return what a parameter says that numbers are needed for. Raises the error of one that is too short or too long."""
    if not SHORTEST_PURPOSE <= len(value) <= LONGEST_PURPOSE:
        raise field_error(
            "wrong_format",
            f"Hãy ghi từ {SHORTEST_PURPOSE} đến {LONGEST_PURPOSE} ký tự.",
            f"Give {SHORTEST_PURPOSE} to {LONGEST_PURPOSE} characters.",
        )
    return value


async def personal_data(call: Call, borrower: BorrowerRow, purpose: str) -> dict[str, Any]:
    """Return phone and identity number in full as they are answered; the reading is recorded before they are opened."""
    sealer, at = sealer_of(call), now()
    await _record(call, at, "borrower.personal_data_read", borrower["alliance"], borrower["id"], {"purpose": purpose})
    sealed = {"phone": borrower["phone_sealed"], "id_number": borrower["id_number_sealed"]}
    numbers = {name: None if value is None else sealer.open(name, value) for name, value in sealed.items()}
    return {"borrower_id": borrower["id"], **numbers, "purpose": purpose, "read_at": at}


async def phones_of(call: Call, borrower_ids: Collection[str], *, purpose: str | None) -> dict[str, Phone]:
    """Return the phone of each borrower of a page: a public one, else, for a purpose that is recorded once, the sealed one."""
    rows = await call.db.fetch(_PHONES, sorted(borrower_ids)) if borrower_ids else []
    sealed = {row["id"]: row["phone_sealed"] for row in rows if row["public_phone"] is None and row["phone_sealed"]}
    if purpose is None:
        return {row["id"]: Phone(row["public_phone"], row["id"] in sealed) for row in rows}
    detail = {"purpose": purpose, "borrower_ids": sorted(sealed)}
    await _record(call, now(), "borrower.phones_read", call.caller.area, None, detail)
    opened = {id_: sealer_of(call).open("phone", number) for id_, number in sealed.items()}
    return {row["id"]: Phone(opened.get(row["id"], row["public_phone"]), is_hidden=False) for row in rows}


async def _record(
    call: Call, at: datetime, action: str, alliance: str, borrower_id: str | None, detail: dict[str, Any]
) -> None:
    by = call.caller.id
    await call.db.execute(
        _RECORD_READING, new_id(), at, action, by, alliance, borrower_id, call.request_id, to_json(detail)
    )
