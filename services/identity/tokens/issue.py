"""Signing: access tokens for our services, ID tokens for apps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from kernel.values.ids import new_id
from kernel.web.auth import AUDIENCE
from services.identity.rows import AccountRow
from services.identity.runtime import Identity
from services.identity.sessions.queries import LiveSession
from services.identity.tokens.schemas import PASSWORD, SECOND_FACTOR

ID_TOKEN_SECONDS = 600


def _signed(identity: Identity, claims: dict[str, Any], *, kind: str, at: datetime) -> str:
    key = identity.ring.signer(at)
    assert key.private is not None
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": kind}, claims, key.private)


def access_token(
    identity: Identity,
    *,
    subject: str,
    name: str,
    client_id: str,
    area: str,
    scopes: Iterable[str],
    at: datetime,
    subject_version: int,
    organization_id: str | None = None,
    session: LiveSession | None = None,
    class_id: str | None = None,
) -> str:
    """Return a signed access token (RFC 9068). `scope` is one text: the gateway passes claims on as headers."""
    issued = int(at.timestamp())
    claims: dict[str, Any] = {
        "iss": identity.settings.issuer,
        "sub": subject,
        "jti": new_id(),
        "aud": AUDIENCE,
        "iat": issued,
        "exp": issued + identity.settings.access_token_seconds,
        "scope": " ".join(scopes),
        "area": area,
        "client_id": client_id,
        "name": name,
        # Which version of the account or client this was read from: an earlier one may be void (revocations.py).
        "subject_version": subject_version,
    }
    if organization_id is not None:
        claims["organization_id"] = organization_id
    if class_id is not None:
        claims["class_id"] = class_id
    if session is not None:
        claims |= {"sid": session["id"], **_recognized(session)}
    return _signed(identity, claims, kind="at+jwt", at=at)


def _recognized(session: LiveSession) -> dict[str, Any]:
    """Return when and how the person of a session was recognized (RFC 9470)."""
    return {
        "auth_time": int(session["created_at"].timestamp()),
        "acr": SECOND_FACTOR if session["with_second_factor"] else PASSWORD,
    }


def id_token(
    identity: Identity, *, account: AccountRow, client_id: str, session: LiveSession, nonce: str | None, at: datetime
) -> str:
    """Return a signed ID token (OpenID Connect): who signed in to which app, and when. It opens nothing here."""
    issued = int(at.timestamp())
    claims: dict[str, Any] = {
        "iss": identity.settings.issuer,
        "sub": account["id"],
        "aud": client_id,
        "iat": issued,
        "exp": issued + ID_TOKEN_SECONDS,
        **_recognized(session),
        "amr": ["pwd", "otp", "mfa"] if session["with_second_factor"] else ["pwd"],
        "sid": session["id"],
        "name": account["full_name"],
        "preferred_username": account["username"],
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return _signed(identity, claims, kind="JWT", at=at)


def claims_of(identity: Identity, token: str | None, *, audience: str | None = None) -> dict[str, Any]:
    """Return the claims of a token we signed, expired or not; none of any other text."""
    if not token:
        return {}
    try:
        keys = KeySet.import_key_set(identity.ring.jwks)  # type: ignore[arg-type]  # A TypedDict of any keys at all.
        claims = jwt.decode(token, keys, algorithms=["ES256"]).claims
    except (JoseError, ValueError, TypeError, KeyError):
        return {}
    ours = claims.get("iss") == identity.settings.issuer and audience in (None, claims.get("aud"))
    return dict(claims) if ours else {}
