"""Erasing the person of an account: it stays as who did what, by its id, and says nothing of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import Statement, command, statement
from kernel.personal_data.erasure import ERASED, erase_person
from kernel.personal_data.persons import Emptied, Persons
from kernel.personal_data.schemas import Erasure
from kernel.records import Resource, Values
from kernel.web.calls import Call
from services.identity import problems
from services.identity.access import second_person
from services.identity.accounts.records import ACCOUNT
from services.identity.clients.records import CLIENT
from services.identity.rows import AccountRow
from services.identity.runtime import identity_of
from services.identity.second_factor import store
from services.identity.security import passwords, throttle
from services.identity.sessions import revocations
from services.identity.sessions import service as sessions

# It may not be erased while it signs anybody in. Since it was disabled, it is who made and approved what the books rest on.
_HELD = """
    SELECT 'account_in_use', 'infinity'::date WHERE r.is_active
     UNION ALL
    SELECT 'maker_of_books', (coalesce(disabled.at, r.updated_at) AT TIME ZONE INTERVAL '7 hours')::date
      FROM (SELECT max(past.recorded_at) AS at FROM history past
             WHERE past.resource_type = 'account' AND past.resource_id = r.id AND 'is_active' = ANY(past.changed)) disabled
     WHERE NOT r.is_active"""


_NAMES = ("confirmation.entered_by_name", "confirmation.decided_by_name")


class _Named(TypedDict):
    id: str
    versions: list[int]


# Whose rights the person entered or decided on, and which versions say so by name. All of history is read: this is rarely asked,
# and no index tells it.
_NAMED_IN = statement(
    _Named,
    """
    SELECT resource_id AS id, array_agg(version ORDER BY version) AS versions FROM history
     WHERE resource_type = $1 AND resource_id <> $2::uuid
       AND (content -> 'confirmation' ->> 'entered_by' = $2::text OR content -> 'confirmation' ->> 'decided_by' = $2::text)
     GROUP BY resource_id""",
)
# Two erasures lock many records each, of which one may be the other's own.
_ONE_AT_A_TIME = command("SELECT pg_advisory_xact_lock(hashtext('vca identity erasures'))")
_LOCKED = {
    resource.name: Statement(
        resource.row, f"{resource.select} WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE"
    )
    for resource in (ACCOUNT, CLIENT)
}


async def _emptied(tx: Transaction, row: AccountRow) -> Sequence[Emptied]:
    values: Values = {
        # Neither is a user name that anybody can be given, nor do two accounts ever share it.
        "username": f"{ERASED} {row['id']}",
        "full_name": ERASED,
        "name_folded": "",
        "roles": [],
        "organization_id": None,
        # Of a row that a backup brought back it may be otherwise.
        "is_active": False,
        "password_hash": passwords.unknown_hash(),
        "second_factor_since": None,
        **second_person.NOTHING_WAITS,
    }
    fields = ("username", "full_name", "organization_id", "confirmation.reason")
    others = [await _decisions(tx, resource, row["id"]) for resource in (ACCOUNT, CLIENT)]
    return [Emptied(ACCOUNT, row, values, fields, reasons=True), *(each for some in others for each in some)]


async def _decisions(tx: Transaction, resource: Resource[Any], account_id: str) -> list[Emptied]:
    """Return the records whose rights the person entered or decided on; their history goes on telling that, by id."""
    named = await tx.fetch(_NAMED_IN, resource.name, account_id)
    rows = await tx.fetch(_LOCKED[resource.name], [each["id"] for each in named])
    # Again, now that nobody writes another version that says it.
    versions = {each["id"]: each["versions"] for each in await tx.fetch(_NAMED_IN, resource.name, account_id)}
    return [
        Emptied(resource, row, _without_name(row["confirmation"], account_id), _NAMES, versions=versions[row["id"]])
        for row in rows
    ]


def _without_name(confirmation: str | None, account_id: str) -> Values:
    document: Values = {} if confirmation is None else orjson.loads(confirmation)
    names = {f"{who}_name": ERASED for who in ("entered_by", "decided_by") if document.get(who) == account_id}
    return {"confirmation": {**document, **names}} if names else {}


async def _sign_out(tx: Transaction, row: AccountRow) -> None:
    """Drop what signs the person in. Of a row that a backup brought back tokens may still be about."""
    await sessions.forget_all(tx, row["id"])
    await store.forget(tx, row["id"])
    await revocations.revoke(tx, row["id"], least_version=row["version"] + 1)


PERSONS = Persons(resource=ACCOUNT, held=_HELD, emptied=_emptied, afterwards=_sign_out)


async def erase(tx: Transaction, call: Call, account_id: str, ground: Erasure) -> AccountRow:
    """Erase the person of an account. Raises OwnAccount and the problems of REFUSALS."""
    await tx.execute(_ONE_AT_A_TIME)
    row = await records.locked(tx, call, ACCOUNT, account_id)
    if call.caller.id == row["id"]:
        raise problems.OwnAccount()
    erased = await erase_person(tx, PERSONS, row, ground, by=call.caller, request_id=call.request_id)
    await throttle.forget_account(tx, identity_of(call).sealer, row["username"])
    return erased
