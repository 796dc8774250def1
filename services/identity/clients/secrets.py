"""Secrets of client systems: kept as hashes, and changed without an interruption."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Any

import orjson

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.records import Values
from kernel.values.days import instant_text, now
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.identity import problems
from services.identity.access import second_person
from services.identity.audit import entries as audit
from services.identity.clients.records import CLIENT
from services.identity.roles import SYSTEM_SCOPES_BY_TWO
from services.identity.rows import ClientRow
from services.identity.security.sealing import bytes_of, hashed, new_token, text_of

_LIVE_SECRETS = 2


def secret_entry(secret: str, *, at: datetime) -> dict[str, Any]:
    """Return what is kept of a secret."""
    return {
        "id": new_id(),
        "hash": text_of(hashed(secret)),
        "hint": secret[:4],
        "created_at": instant_text(at),
        "expires_at": None,
    }


def live_secrets(row: ClientRow, *, at: datetime) -> list[dict[str, Any]]:
    """Return the secrets of a client that are good at this moment."""
    return [
        secret
        for secret in orjson.loads(row["secrets"])
        if secret["expires_at"] is None or datetime.fromisoformat(secret["expires_at"]) > at
    ]


def knows(row: ClientRow, secret: str, *, at: datetime) -> bool:
    """Say whether `secret` is a live one of the client; compared in constant time."""
    secret_hash = hashed(secret)
    return any(hmac.compare_digest(secret_hash, bytes_of(kept["hash"])) for kept in live_secrets(row, at=at))


def succeeded_by(row: ClientRow, secret: str, *, overlap: timedelta) -> list[dict[str, Any]]:
    """Return the secrets of a client with `secret` as its newest; of those before, the last goes on for `overlap`."""
    before = [entry for entry in live_secrets(row, at=now()) if entry["expires_at"] is None][-1:]
    ending = [{**entry, "expires_at": instant_text(now() + overlap)} for entry in before]
    return [*ending, secret_entry(secret, at=now())]


async def add_secret(
    tx: Transaction,
    row: ClientRow,
    *,
    overlap: timedelta,
    by: Caller,
    reason: str | None,
    request_id: str | None = None,
) -> tuple[ClientRow, str]:
    """Give the locked client a second secret; the present one ends after `overlap`, or when it would anyway. Return the row and the secret.

    Of a system that writes or administers it opens nothing before it is confirmed. Raises PublicClient, TwoSecretsLive,
    ChangePending, Disabled.
    """
    if row["kind"] == "public":
        raise problems.PublicClient()
    second_person.refuse_while_pending(row)
    secret_value = new_token()
    entry = secret_entry(secret_value, at=now())
    if SYSTEM_SCOPES_BY_TWO.isdisjoint(row["scopes"]):
        after = await put(tx, row, entry, overlap=overlap, by=by, reason=reason, request_id=request_id)
        return after, secret_value
    second_person.refuse_disabled(row)
    _check_room(row)
    rights: Values = {"secret": entry, "overlap_seconds": int(overlap.total_seconds())}
    after = await records.update(tx, CLIENT, row, second_person.waiting(rights, by), by=by, reason=reason)
    await second_person.note_entry(tx, CLIENT, row, rights, waits=True, by=by, request_id=request_id)
    return after, secret_value


async def put(
    tx: Transaction,
    row: ClientRow,
    entry: Values,
    *,
    overlap: timedelta,
    by: Caller,
    reason: str | None = None,
    request_id: str | None = None,
    also: Values | None = None,
) -> ClientRow:
    """Let the locked client be opened by the secret of `entry`, with what `also` changes. Raises TwoSecretsLive."""
    live = _check_room(row)
    end = now() + overlap
    for secret in live:
        if secret["expires_at"] is None or datetime.fromisoformat(secret["expires_at"]) > end:
            secret["expires_at"] = instant_text(end)
    values = {"secrets": [*live, entry], **(also or {})}
    after = await records.update(tx, CLIENT, row, values, by=by, reason=reason)
    await _audit(tx, "client_secret.added", row, entry["id"], by=by, request_id=request_id)
    return after


def _check_room(row: ClientRow) -> list[Values]:
    """Return the live secrets of a client. Raises TwoSecretsLive where there is no room for another."""
    live = live_secrets(row, at=now())
    if len(live) >= _LIVE_SECRETS:
        raise problems.TwoSecretsLive(secret_ids=[secret["id"] for secret in live])
    return live


async def remove_secret(
    tx: Transaction, row: ClientRow, secret_id: str, *, by: Caller, request_id: str | None = None
) -> ClientRow:
    """Take a secret of the locked client out of use at once. Raises NotFound."""
    secrets = orjson.loads(row["secrets"])
    remaining = [secret for secret in secrets if secret["id"] != secret_id]
    if len(remaining) == len(secrets):
        raise kernel_problems.NotFound()
    after = await records.update(tx, CLIENT, row, {"secrets": remaining}, by=by)
    await _audit(tx, "client_secret.removed", row, secret_id, by=by, request_id=request_id)
    return after


async def _audit(
    tx: Transaction, action: str, row: ClientRow, secret_id: str, *, by: Caller, request_id: str | None
) -> None:
    await audit.record(
        tx,
        action,
        actor=by.id,
        alliance=row["alliance"],
        resource=("client", row["id"]),
        request_id=request_id,
        secret_id=secret_id,
    )
