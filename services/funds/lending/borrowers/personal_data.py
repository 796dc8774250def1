"""Reading the sealed numbers of borrowers: who read them, when and what for is recorded first."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple, TypedDict

from kernel.audit.entries import record_reading
from kernel.audit.purposes import LONGEST, SHORTEST, Why
from kernel.database.statements import statement
from kernel.values.field_errors import field_error
from kernel.web.calls import Call
from services.funds.rows import BorrowerRow
from services.funds.sealing import sealer_of

PERSONAL_DATA_SCOPE = "funds.write"


class _PhoneRow(TypedDict):
    id: str
    alliance: str
    phone_sealed: bytes | None
    public_phone: str | None


# The phones of a page's borrowers, by their keys; that of an organization is public, as the registry has it.
_PHONES = statement(
    _PhoneRow,
    """
    SELECT b.id, b.alliance, b.phone_sealed, o.phone AS public_phone
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
    if not SHORTEST <= len(value) <= LONGEST:
        raise field_error(
            "wrong_format",
            f"Hãy ghi từ {SHORTEST} đến {LONGEST} ký tự.",
            f"Give {SHORTEST} to {LONGEST} characters.",
        )
    return value


async def personal_data(call: Call, borrower: BorrowerRow, why: Why) -> dict[str, Any]:
    """Return phone and identity number in full as they are answered; the reading is recorded before they are opened."""
    sealer, of = sealer_of(call), ("borrower", borrower["id"])
    sealed = {"phone": borrower["phone_sealed"], "id_number": borrower["id_number_sealed"]}
    at = await record_reading(
        call, "borrower.personal_data_read", of=of, alliance=borrower["alliance"], why=why, fields=tuple(sealed)
    )
    numbers = {name: None if value is None else sealer.open(name, value) for name, value in sealed.items()}
    return {"borrower_id": borrower["id"], **numbers, "purpose": why.text, "read_at": at}


async def phones_of(call: Call, borrower_ids: Collection[str], *, why: Why | None) -> dict[str, Phone]:
    """Return the phone of each borrower of a page: a public one, else, for a purpose that is recorded, the sealed one."""
    rows = await call.db.fetch(_PHONES, sorted(borrower_ids)) if borrower_ids else []
    sealed = {row["id"]: row["phone_sealed"] for row in rows if row["public_phone"] is None and row["phone_sealed"]}
    if why is None:
        return {row["id"]: Phone(row["public_phone"], row["id"] in sealed) for row in rows}
    by_alliance: dict[str, list[str]] = {}
    for row in rows:
        if row["id"] in sealed:
            by_alliance.setdefault(row["alliance"], []).append(row["id"])
    # An entry for each alliance whose borrowers they are: its administrators see who read them.
    for alliance, ids in sorted(by_alliance.items()):
        of = ("borrower", ids)
        await record_reading(
            call, "borrower.phones_read", of=of, alliance=alliance, why=why, fields=("phone",), people=len(ids)
        )
    opened = {id_: sealer_of(call).open("phone", number) for id_, number in sealed.items()}
    return {row["id"]: Phone(opened.get(row["id"], row["public_phone"]), is_hidden=False) for row in rows}
