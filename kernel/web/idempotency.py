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
    StoredAnswer,
    f"""
    SELECT request_hash, status, headers, body FROM idempotency_key
     WHERE client_id = $1 AND key = $2 AND created_at >= now() - interval '{KEPT_HOURS} hours'""",  # noqa: S608  the hours are a constant
)

Effect = Callable[[Transaction], Awaitable[Response]]


class _Undone(Exception):
    """Takes back what a dry run did."""

    def __init__(self, response: Response) -> None:
        self.response = response


class AnsweredBefore(Exception):
    """What the same request with the same key was answered: it takes the place of a refusal of its guard."""

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
    the hash of a body that holds a password, which a bare hash would let a reader of the table guess at; a change or a
    removal has that of its service. `content` stands for the body where that was read as a form. `dry_run`: the effect is undone once its answer is made, and no
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
    if not _is_key(key):
        raise Invalid(
            FieldError(
                "wrong_format",
                ("Hãy ghi từ 1 đến 255 ký tự không dấu, nhìn thấy được.", "Give 1 to 255 printable ASCII characters."),
                parameter="Idempotency-Key",
            )
        )
    body = await call.request.body() if content is None else content
    digest = _digest(call, body, _service_pepper(call) if call.request.method in _CHANGES else pepper)
    client = _client(call)
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
    return _given_again(stored, stored["status"])


async def answered_before(call: Call) -> Response | None:
    """Return what this request was answered when it was sent before with the caller's key, or None.

    For a guard that is about to refuse: what the first one did is why the record is stale now, or gone. The record is
    looked at first and the answer only then, so that twins sent at once do not meet between the two.
    Raises IdempotencyKeyReused for another change or removal with the key.
    """
    key = call.request.headers.get("idempotency-key")
    if key is None or not _is_key(key) or call.request.method in ("GET", "HEAD"):
        return None
    stored = await call.db.fetchrow(_STORED, _client(call), key)
    if stored is None or stored["status"] is None:
        return None
    body = await call.request.body()
    if stored["request_hash"] in (_digest(call, body, pepper) for pepper in (b"", _service_pepper(call))):
        return _given_again(stored, stored["status"])
    if call.request.method in _CHANGES:  # what a POST is known by may be less than its body
        raise problems.IdempotencyKeyReused()
    return None


def _given_again(stored: StoredAnswer, status: int) -> Response:
    headers = {**orjson.loads(stored["headers"]), "Idempotency-Replayed": "true"}
    return Response(stored["body"], status, headers)


_CHANGES = ("PUT", "PATCH", "DELETE")


def _is_key(key: str) -> bool:
    return 0 < len(key) <= 255 and key.isprintable() and key.isascii()


def _client(call: Call) -> str:
    return call.caller.client_id + "/" + call.caller.id


def _service_pepper(call: Call) -> bytes:
    pepper: bytes = getattr(call.state, "pepper", b"")  # the registry seals nothing and has none
    return pepper


def _digest(call: Call, body: bytes, pepper: bytes) -> bytes:
    path = call.request.scope["path"] + "?" + call.request.scope["query_string"].decode("latin-1")
    # For whom it was answered is part of the request: whoever acts for another area or organization since is not told.
    whose = f"{call.caller.area} {call.caller.confined_to or ''}"
    request = f"{call.request.method} {path}\n{whose}\n".encode() + body
    return hashlib.blake2b(request, key=pepper, digest_size=32).digest()


_PURGE = command(f"DELETE FROM idempotency_key WHERE created_at < now() - interval '{KEPT_HOURS} hours'")  # noqa: S608  the hours are a constant


async def purge(db: Database) -> None:
    """Drop answers older than 48 hours."""
    await db.execute(_PURGE)
