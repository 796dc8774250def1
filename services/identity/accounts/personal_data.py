"""The copy of all that identity keeps of a person: the account, its sessions, what the audit tells of it, how often it called."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from kernel.audit.listing import represent as represent_entry
from kernel.database.statements import statement
from kernel.personal_data.copies import personal_data_copy
from kernel.web.calls import Call
from services.identity.accounts.records import ACCOUNT, FIELDS
from services.identity.rows import AccountRow


class _Session(TypedDict):
    id: str
    client_id: str
    with_second_factor: bool
    created_at: datetime
    last_used_at: datetime
    ended_at: datetime | None
    ended_reason: str | None


class _Entry(TypedDict):
    id: str
    occurred_at: datetime
    action: str
    actor: str
    alliance: str | None
    resource_type: str | None
    resource_id: str | None
    request_id: str | None
    detail: str | None
    purpose: str | None
    unusual: bool


class _Calls(TypedDict):
    calls: int
    first_at: datetime | None
    last_at: datetime | None


# Few rows of an account are there; those that ended are in no index by it, and gone after a month.
_SESSIONS = statement(
    _Session,
    """
    SELECT id, client_id, with_second_factor, created_at, last_used_at, ended_at, ended_reason
      FROM session WHERE account_id = $1::uuid ORDER BY created_at, id""",
)
# Who read the person's data stands beside the records. The whole audit is looked through: a sign-in pays for no index by this.
_ENTRIES = statement(
    _Entry,
    """
    SELECT id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail, purpose, unusual
      FROM audit
     WHERE purpose IS NULL AND (actor = $1 OR (resource_type = 'account' AND resource_id = $1))
     ORDER BY occurred_at, id""",
)
# By the primary key of request.
_CALLS = statement(
    _Calls, "SELECT count(*) AS calls, min(at) AS first_at, max(at) AS last_at FROM request WHERE subject = $1"
)


async def copy_of(call: Call, account: AccountRow) -> dict[str, Any]:
    """Return the copy for the person of `account`, once it is recorded that it was made. No secret is in it, nor any hash."""
    id_, db = account["id"], call.db
    records: list[tuple[str, dict[str, Any]]] = [
        (ACCOUNT.name, ACCOUNT.represent(account)),
        *[("session", {**row}) for row in await db.fetch(_SESSIONS, id_)],
        *[("audit_entry", represent_entry(row)) for row in await db.fetch(_ENTRIES, id_)],
        *[("request", {**row}) for row in await db.fetch(_CALLS, id_)],
    ]
    return await personal_data_copy(call, (ACCOUNT.name, id_), account["alliance"], records, FIELDS)
