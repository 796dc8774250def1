"""Sign-ins and what they are given: a session, codes exchanged once, refresh tokens that rotate.

Every token is stored by its hash. Times come from the caller, never from the database's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from kernel.database.connections import Database, Transaction
from kernel.values.ids import new_id
from services.identity.rows import ClientRow
from services.identity.security.sealing import hashed, new_token, open_under, seal_under
from services.identity.sessions import queries
from services.identity.sessions.queries import LiveSession

CODE_SECONDS = 60
_KEPT = timedelta(days=30)


async def open_session(
    tx: Transaction,
    account_id: str,
    client: ClientRow,
    *,
    cookie: str | None,
    with_second_factor: bool,
    at: datetime,
) -> str:
    """Begin a session of `account_id` with the app `client`; return its id."""
    id_ = new_id()
    cookie_hash = None if cookie is None else hashed(cookie)
    await tx.execute(
        queries.OPEN,
        id_,
        account_id,
        client["client_id"],
        cookie_hash,
        client["session_idle_seconds"],
        at,
        with_second_factor,
    )
    return id_


async def by_cookie(db: Database | Transaction, cookie: str, *, at: datetime) -> LiveSession | None:
    """Return the living session of a browser, or None."""
    return await db.fetchrow(queries.BY_COOKIE, hashed(cookie), at)


async def live(tx: Transaction, session_id: str, *, at: datetime) -> LiveSession | None:
    """Return a session that has neither ended nor idled out, locked, or None."""
    return await tx.fetchrow(queries.BY_ID, session_id, at)


async def use(tx: Transaction, session_id: str, *, at: datetime) -> None:
    """Note that a session was used: it idles from now on."""
    await tx.execute(queries.USE, session_id, at)


async def strengthen(tx: Transaction, session_id: str) -> None:
    """Note that the session's person showed a second factor."""
    await tx.execute(queries.STRENGTHEN, session_id)


async def end(db: Database | Transaction, session_id: str, *, at: datetime, reason: str) -> str | None:
    """End a session, and with it every refresh token; return its account, or None if it had ended already."""
    account_id = await db.fetchval(queries.END, session_id, at, reason)
    return account_id


async def end_all(tx: Transaction, account_id: str, *, at: datetime, reason: str, but: str | None = None) -> None:
    """End every session of an account, except `but`."""
    await tx.execute(queries.END_ALL, account_id, at, reason, but)


async def forget_all(tx: Transaction, account_id: str) -> None:
    """Drop every session of an account, also those that ended, with its codes and tokens."""
    await tx.execute(queries.FORGET_ALL, account_id)


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
    await tx.execute(queries.ADD_CODE, hashed(code), session_id, client_id, redirect_uri, scope, challenge, nonce, at)
    return code


@dataclass(frozen=True)
class Reused:
    """A code or refresh token came a second time: someone else may hold it."""

    session_id: str


async def take_code(tx: Transaction, code: str, *, at: datetime) -> queries.TakenCode | Reused | None:
    """Use up a code; return what it stands for, or None for one that never was or is too old."""
    row = await tx.fetchrow(queries.TAKE_CODE, hashed(code), at)
    if row is None:
        session_id = await tx.fetchval(queries.SESSION_OF_CODE, hashed(code))
        return None if session_id is None else Reused(session_id)
    return row if row["created_at"] + timedelta(seconds=CODE_SECONDS) > at else None


async def add_refresh_token(tx: Transaction, session_id: str, *, client_id: str, scope: str, at: datetime) -> str:
    """Return the first refresh token of a code."""
    token = new_token()
    await tx.execute(queries.ADD_REFRESH_TOKEN, hashed(token), session_id, client_id, scope, at)
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
    row = await tx.fetchrow(queries.REFRESH_TOKEN, hashed(token))
    if row is None or row["client_id"] != client_id:
        return "unknown"
    if row["used_at"] is None:
        successor = new_token()
        await tx.execute(queries.SUCCEED, hashed(token), at, hashed(successor), seal_under(token, successor))
        await tx.execute(queries.ADD_REFRESH_TOKEN, hashed(successor), row["session_id"], client_id, row["scope"], at)
        return Rotated(successor, row["session_id"], row["scope"])
    followed_twice = await tx.fetchval(queries.IS_USED, row["successor_hash"])
    sealed = row["successor_sealed"]
    if followed_twice is not False or sealed is None or row["used_at"] + grace < at:
        return Reused(row["session_id"])
    return Rotated(open_under(token, sealed), row["session_id"], row["scope"])


async def purge(db: Database, *, at: datetime) -> None:
    """Drop sessions a month after their end, with their tokens, and tokens long replaced."""
    for sql in queries.PURGE:
        await db.execute(sql, at - _KEPT)


async def session_of_refresh_token(tx: Transaction, token: str) -> queries.TokenHolder | None:
    """Return which session and app a refresh token, used or not, belongs to."""
    return await tx.fetchrow(queries.HOLDER_OF_REFRESH_TOKEN, hashed(token))
