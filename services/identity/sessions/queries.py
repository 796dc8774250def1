"""The SQL behind sessions, the codes that open them to an app, and refresh tokens; each is found by its hash."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from sqlmodel import delete, insert, select, update

from kernel.database.statements import command, param, scalar, statement
from services.identity.models import AuthorizationCode, RefreshToken, SignInSession


class LiveSession(TypedDict):
    """A session that has neither ended nor idled out."""

    id: str
    account_id: str
    client_id: str
    created_at: datetime
    with_second_factor: bool


class TakenCode(TypedDict):
    """What an authorization code stands for."""

    session_id: str
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    nonce: str | None
    created_at: datetime


class KeptRefreshToken(TypedDict):
    """A refresh token and, once it is used, what followed it."""

    session_id: str
    client_id: str
    scope: str
    used_at: datetime | None
    successor_hash: bytes | None
    successor_sealed: bytes | None


class TokenHolder(TypedDict):
    """Whose a refresh token is."""

    session_id: str
    client_id: str


OPEN = command(
    insert(SignInSession)
    .values(
        id=param(1),
        account_id=param(2),
        client_id=param(3),
        cookie_hash=param(4),
        idle_seconds=param(5),
        created_at=param(6),
        last_used_at=param(6),
        with_second_factor=param(7),
    )
    .inline()
)

# uq_session_cookie_hash.
BY_COOKIE = statement(
    LiveSession,
    """
    SELECT id, account_id, client_id, created_at, with_second_factor FROM session
     WHERE cookie_hash = $1 AND ended_at IS NULL AND last_used_at + make_interval(secs => idle_seconds) > $2""",
)

# Locked: of a sign-out and a new token at once, one sees what the other did.
BY_ID = statement(
    LiveSession,
    """
    SELECT id, account_id, client_id, created_at, with_second_factor FROM session
     WHERE id = $1::uuid AND ended_at IS NULL AND last_used_at + make_interval(secs => idle_seconds) > $2
       FOR UPDATE""",
)

USE = command(update(SignInSession).where(SignInSession.id == param(1)).values(last_used_at=param(2)))

STRENGTHEN = command(update(SignInSession).where(SignInSession.id == param(1)).values(with_second_factor=True))

# Answers for the first of two who end it.
END = scalar(
    str,
    """
    UPDATE session SET ended_at = $2, ended_reason = $3 WHERE id = $1::uuid AND ended_at IS NULL RETURNING account_id""",
)

# ix_session_account_id.
END_ALL = command(
    """
    UPDATE session SET ended_at = $2, ended_reason = $3
     WHERE account_id = $1::uuid AND ended_at IS NULL AND ($4::uuid IS NULL OR id <> $4::uuid)"""
)

# With codes and tokens, which go with their session.
FORGET_ALL = command(delete(SignInSession).where(SignInSession.account_id == param(1)))

ADD_CODE = command(
    insert(AuthorizationCode)
    .values(
        code_hash=param(1),
        session_id=param(2),
        client_id=param(3),
        redirect_uri=param(4),
        scope=param(5),
        code_challenge=param(6),
        nonce=param(7),
        created_at=param(8),
    )
    .inline()
)

# Checks and uses up in one statement: of two who bring the same code, one gets it.
TAKE_CODE = statement(
    TakenCode,
    """
    UPDATE authorization_code SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL
 RETURNING session_id, client_id, redirect_uri, scope, code_challenge, nonce, created_at""",
)

SESSION_OF_CODE = scalar(str, select(AuthorizationCode.session_id).where(AuthorizationCode.code_hash == param(1)))

ADD_REFRESH_TOKEN = command(
    insert(RefreshToken)
    .values(token_hash=param(1), session_id=param(2), client_id=param(3), scope=param(4), created_at=param(5))
    .inline()
)

# Locked: two who show it at once get one successor.
REFRESH_TOKEN = statement(
    KeptRefreshToken,
    """
    SELECT session_id, client_id, scope, used_at, successor_hash, successor_sealed
      FROM refresh_token WHERE token_hash = $1 FOR UPDATE""",
)

SUCCEED = command(
    update(RefreshToken)
    .where(RefreshToken.token_hash == param(1))
    .values(used_at=param(2), successor_hash=param(3), successor_sealed=param(4))
)

IS_USED = scalar(bool, "SELECT used_at IS NOT NULL FROM refresh_token WHERE token_hash = $1")

HOLDER_OF_REFRESH_TOKEN = statement(
    TokenHolder, select(RefreshToken.session_id, RefreshToken.client_id).where(RefreshToken.token_hash == param(1))
)

PURGE = (
    command(
        """
    DELETE FROM session
     WHERE coalesce(ended_at, last_used_at + make_interval(secs => idle_seconds)) < $1"""
    ),
    command(delete(RefreshToken).where(RefreshToken.used_at < param(1))),
    command(delete(AuthorizationCode).where(AuthorizationCode.created_at < param(1))),
)
"""Sessions long ended, tokens long replaced and codes long expired; their tokens go with sessions."""
