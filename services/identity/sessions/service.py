"""Sign-ins and what they are given: a session, codes exchanged once, refresh tokens that rotate.

Every token is stored by its hash. Times come from the caller, never from the database's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from kernel.database.connections import Database, Row, Transaction
from kernel.values.ids import new_id
from services.identity.security.sealing import hashed, new_token, open_under, seal_under

CODE_SECONDS = 60
_KEPT = timedelta(days=30)

_OPEN = """
    INSERT INTO session (id, account_id, client_id, cookie_hash, idle_seconds, created_at, last_used_at)
    VALUES ($1::uuid, $2::uuid, $3, $4, $5, $6, $6)"""
_LIVE = "ended_at IS NULL AND last_used_at + make_interval(secs => idle_seconds) > $2"
_BY_COOKIE = f"SELECT id, account_id, client_id, created_at FROM session WHERE cookie_hash = $1 AND {_LIVE}"
_BY_ID = f"SELECT id, account_id, client_id, created_at FROM session WHERE id = $1::uuid AND {_LIVE} FOR UPDATE"
_USE = "UPDATE session SET last_used_at = $2 WHERE id = $1::uuid"
_END = """
    UPDATE session SET ended_at = $2, ended_reason = $3 WHERE id = $1::uuid AND ended_at IS NULL RETURNING account_id"""
_END_ALL = """
    UPDATE session SET ended_at = $2, ended_reason = $3
     WHERE account_id = $1::uuid AND ended_at IS NULL AND ($4::uuid IS NULL OR id <> $4::uuid)"""
_ADD_CODE = """
    INSERT INTO authorization_code (code_hash, session_id, client_id, redirect_uri, scope, code_challenge, nonce, created_at)
    VALUES ($1, $2::uuid, $3, $4, $5, $6, $7, $8)"""
_TAKE_CODE = """
    UPDATE authorization_code SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL
 RETURNING session_id, client_id, redirect_uri, scope, code_challenge, nonce, created_at"""
_USED_CODE = "SELECT session_id FROM authorization_code WHERE code_hash = $1"
_ADD_REFRESH = """
    INSERT INTO refresh_token (token_hash, session_id, client_id, scope, created_at) VALUES ($1, $2::uuid, $3, $4, $5)"""
_REFRESH = """
    SELECT session_id, client_id, scope, used_at, successor_hash, successor_sealed
      FROM refresh_token WHERE token_hash = $1 FOR UPDATE"""
_SUCCEED = "UPDATE refresh_token SET used_at = $2, successor_hash = $3, successor_sealed = $4 WHERE token_hash = $1"
_IS_USED = "SELECT used_at IS NOT NULL FROM refresh_token WHERE token_hash = $1"
_PURGE = """
    DELETE FROM session
     WHERE coalesce(ended_at, last_used_at + make_interval(secs => idle_seconds)) < $1"""
_PURGE_CODES = "DELETE FROM authorization_code WHERE created_at < $1"
_PURGE_REFRESH = "DELETE FROM refresh_token WHERE used_at < $1"


async def open_session(tx: Transaction, account_id: str, client: Row, *, cookie: str | None, at: datetime) -> str:
    """Begin a session of `account_id` with the app `client`; return its id."""
    id_ = new_id()
    kept = None if cookie is None else hashed(cookie)
    await tx.execute(_OPEN, id_, account_id, client["client_id"], kept, client["session_idle_seconds"], at)
    return id_


async def by_cookie(db: Database | Transaction, cookie: str, *, at: datetime) -> Row | None:
    """Return the living session of a browser, or None."""
    return await db.fetchrow(_BY_COOKIE, hashed(cookie), at)


async def live(tx: Transaction, session_id: str, *, at: datetime) -> Row | None:
    """Return a session that has neither ended nor idled out, locked, or None."""
    return await tx.fetchrow(_BY_ID, session_id, at)


async def use(tx: Transaction, session_id: str, *, at: datetime) -> None:
    """Note that a session was used: it idles from now on."""
    await tx.execute(_USE, session_id, at)


async def end(db: Database | Transaction, session_id: str, *, at: datetime, reason: str) -> str | None:
    """End a session, and with it every refresh token; return its account, or None if it had ended already."""
    account_id: str | None = await db.fetchval(_END, session_id, at, reason)
    return account_id


async def end_all(tx: Transaction, account_id: str, *, at: datetime, reason: str, but: str | None = None) -> None:
    """End every session of an account, except `but`."""
    await tx.execute(_END_ALL, account_id, at, reason, but)


async def add_code(
    tx: Transaction,
    session_id: str,
    *,
    client_id: str,
    redirect_uri: str,
    scope: str,
    challenge: str,
    nonce: str | None,
    at: datetime,
) -> str:
    """Return a new authorization code, good once and for a minute."""
    code = new_token()
    await tx.execute(_ADD_CODE, hashed(code), session_id, client_id, redirect_uri, scope, challenge, nonce, at)
    return code


@dataclass(frozen=True)
class Reused:
    """A code or refresh token came a second time: someone else may hold it."""

    session_id: str


async def take_code(tx: Transaction, code: str, *, at: datetime) -> Row | Reused | None:
    """Use up a code; return what it stands for, or None for one that never was or is too old."""
    row = await tx.fetchrow(_TAKE_CODE, hashed(code), at)
    if row is None:
        session_id = await tx.fetchval(_USED_CODE, hashed(code))
        return None if session_id is None else Reused(session_id)
    return row if row["created_at"] + timedelta(seconds=CODE_SECONDS) > at else None


async def add_refresh_token(tx: Transaction, session_id: str, *, client_id: str, scope: str, at: datetime) -> str:
    """Return the first refresh token of a code."""
    token = new_token()
    await tx.execute(_ADD_REFRESH, hashed(token), session_id, client_id, scope, at)
    return token


@dataclass(frozen=True)
class Rotated:
    """The token that follows the one shown, and what it stands for."""

    token: str
    session_id: str
    scope: str


async def rotate(
    tx: Transaction, token: str, *, client_id: str, grace: timedelta, at: datetime
) -> Rotated | Reused | Literal["unknown"]:
    """Follow a refresh token by the next one.

    The token just followed is given the same successor again within `grace` (two tabs, a lost answer). Anything
    older, or that token later, is Reused. The row is locked, so two at once get one successor.
    """
    row = await tx.fetchrow(_REFRESH, hashed(token))
    if row is None or row["client_id"] != client_id:
        return "unknown"
    if row["used_at"] is None:
        successor = new_token()
        await tx.execute(_SUCCEED, hashed(token), at, hashed(successor), seal_under(token, successor))
        await tx.execute(_ADD_REFRESH, hashed(successor), row["session_id"], client_id, row["scope"], at)
        return Rotated(successor, row["session_id"], row["scope"])
    followed_twice = await tx.fetchval(_IS_USED, row["successor_hash"])
    if followed_twice is not False or row["used_at"] + grace < at:
        return Reused(row["session_id"])
    return Rotated(open_under(token, row["successor_sealed"]), row["session_id"], row["scope"])


async def purge(db: Database, *, at: datetime) -> None:
    """Drop sessions a month after their end, with their tokens, and tokens long replaced."""
    for sql in (_PURGE, _PURGE_REFRESH, _PURGE_CODES):
        await db.execute(sql, at - _KEPT)


async def session_of_refresh_token(tx: Transaction, token: str) -> Row | None:
    """Return which session and app a refresh token, used or not, belongs to."""
    return await tx.fetchrow("SELECT session_id, client_id FROM refresh_token WHERE token_hash = $1", hashed(token))
