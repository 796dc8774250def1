"""Replay-safe writes: key, hash of the request and answer are stored in the transaction of the effect."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import TypedDict

import asyncpg
import orjson
from starlette.responses import Response

from kernel import problems
from kernel.database.connections import Database, Transaction
from kernel.database.statements import command, scalar, statement
from kernel.problems import FieldError, Invalid
from kernel.web.calls import Call

KEPT_HOURS = 48


class StoredAnswer(TypedDict):
    """What a key holds; without a status its request still runs."""

    request_hash: bytes
    status: int | None
    headers: str
    body: bytes


_RESERVE = scalar(
    bool,
    f"""
    INSERT INTO idempotency_key AS k (client_id, key, request_hash) VALUES ($1, $2, $3)
        ON CONFLICT (client_id, key) DO UPDATE
       SET request_hash = excluded.request_hash, status = NULL, headers = NULL, body = NULL, created_at = now()
     WHERE k.created_at < now() - interval '{KEPT_HOURS} hours'
 RETURNING true""",  # noqa: S608  the hours are a constant
)
_STORE = command(
    "UPDATE idempotency_key SET status = $3, headers = $4::jsonb, body = $5 WHERE client_id = $1 AND key = $2"
)
_STORED = statement(
    StoredAnswer, "SELECT request_hash, status, headers, body FROM idempotency_key WHERE client_id = $1 AND key = $2"
)

Effect = Callable[[Transaction], Awaitable[Response]]


class _Undone(Exception):
    """Takes back what a dry run did."""

    def __init__(self, response: Response) -> None:
        self.response = response


async def _rehearsed(call: Call, effect: Effect) -> Response:
    try:
        async with call.db.transaction() as tx:
            raise _Undone(await effect(tx))
    except _Undone as undone:
        return undone.response


async def once(
    call: Call,
    effect: Effect,
    *,
    required: bool = False,
    pepper: bytes = b"",
    content: bytes | None = None,
    dry_run: bool = False,
) -> Response:
    """Run `effect` in one transaction, at most once for the caller's Idempotency-Key.

    The twin of a request that still runs waits for it (5 s, the lock time-out), then gets its answer.
    Only 2xx answers are kept: a refusal rolls the key back with everything else. `pepper` (64 bytes at most) keys
    the hash of a body that holds a password, which a bare hash would let a reader of the table guess at. `content`
    stands for the body where that was read as a form. `dry_run`: the effect is undone once its answer is made, and no
    key is needed or used up.
    """
    if dry_run:
        return await _rehearsed(call, effect)
    key = call.request.headers.get("idempotency-key")
    if key is None:
        if required:
            raise problems.IdempotencyKeyMissing()
        async with call.db.transaction() as tx:
            return await effect(tx)
    if not (0 < len(key) <= 255 and key.isprintable() and key.isascii()):
        raise Invalid(
            FieldError(
                "wrong_format",
                ("Hãy ghi từ 1 đến 255 ký tự không dấu, nhìn thấy được.", "Give 1 to 255 printable ASCII characters."),
                parameter="Idempotency-Key",
            )
        )
    body = await call.request.body() if content is None else content
    path = call.request.scope["path"] + "?" + call.request.scope["query_string"].decode("latin-1")
    # For whom it was answered is part of the request: whoever acts for another area or organization since is not told.
    whose = f"{call.caller.area} {call.caller.confined_to or ''}"
    request = f"{call.request.method} {path}\n{whose}\n".encode() + body
    digest = hashlib.blake2b(request, key=pepper, digest_size=32).digest()
    client = call.caller.client_id + "/" + call.caller.id
    async with call.db.transaction() as tx:
        try:
            reserved = await tx.fetchval(_RESERVE, client, key, digest)
        except asyncpg.LockNotAvailableError:
            raise problems.KeyInProgress() from None
        if not reserved:
            return await _replayed(tx, client, key, digest)
        response = await effect(tx)
        headers = {
            name: response.headers[name]
            for name in ("etag", "location", "cache-control", "content-type")
            if name in response.headers
        }
        await tx.execute(
            _STORE, client, key, response.status_code, orjson.dumps(headers).decode(), bytes(response.body)
        )
        return response


async def _replayed(tx: Transaction, client: str, key: str, digest: bytes) -> Response:
    stored = await tx.fetchrow(_STORED, client, key)
    if stored is None or stored["status"] is None:
        raise problems.KeyInProgress()
    if stored["request_hash"] != digest:
        raise problems.IdempotencyKeyReused()
    headers = {**orjson.loads(stored["headers"]), "Idempotency-Replayed": "true"}
    return Response(stored["body"], stored["status"], headers)


_PURGE = command(f"DELETE FROM idempotency_key WHERE created_at < now() - interval '{KEPT_HOURS} hours'")  # noqa: S608  the hours are a constant


async def purge(db: Database) -> None:
    """Drop answers older than 48 hours."""
    await db.execute(_PURGE)
