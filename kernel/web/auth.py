"""Who is calling: access tokens (JWT, ES256) checked here again, past the gateway or not."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from kernel.problems import Forbidden, TokenRevoked, Unauthenticated
from kernel.values.ids import is_id

AUDIENCE = "vca-api"
NATION = "VN"
Shared = bool | str
"""Whether records of the nation are everyone's to read; a text names the column of those that are kept back from them yet."""
CLASS_ROLL = "class.roll"
_CACHE_SIZE = 4096
_LEEWAY_SECONDS = 10
_FILE_CHECK_SECONDS = 2.0
_NOWHERE = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of a token. `area` is VN or one alliance of today, such as 25-2025."""

    id: str
    client_id: str
    scopes: frozenset[str]
    area: str
    organization_id: str | None
    token_id: str
    name: str
    expires_at: float
    confined_to: str | None = None
    """The one organization whose records this call may touch: it was admitted by an `own.` scope alone."""
    class_id: str | None = None
    """The one class whose roll a device calls; nothing but the scope `class.roll` looks at it."""
    confined_to_class: str | None = None
    """The one class that this call may touch: it was admitted by `class.roll` alone."""
    subject_version: int = 0
    """Which version of the account or client the token was issued by."""

    @property
    def is_system(self) -> bool:
        """Whether this is a client system, which is its own subject; a person calls through an app."""
        return self.client_id == self.id

    @property
    def alliance(self) -> str | None:
        """The one alliance whose rows this caller may see, or None for the whole nation."""
        return None if self.area == NATION else self.area

    def holds(self, alliance: str) -> bool:
        """Say whether rows owned by `alliance` lie within this caller's area."""
        return self.area in (NATION, alliance)


def narrow(caller: Caller, args: list[Any], column: str = "alliance", *, shared: Shared = False) -> str:
    """Return the SQL condition that keeps `column` within the caller's area; its value joins `args`.

    `shared`: rows that the nation owns (VN) are everyone's to read as well. Every statement that reads rows of the business goes through here, hand-written ones as well.
    """
    return within(caller.area, args, column, shared=shared)


def within(area: str, args: list[Any], column: str = "alliance", *, shared: Shared = False) -> str:
    """Return the condition of `narrow` for an area: a job has one where a request has a caller."""
    if area == NATION:
        return "TRUE"
    args.append(area)
    own = f"{column} = ${len(args)}"
    return f"({own} OR {everyones(shared, column)})" if shared else own


def everyones(shared: Shared, column: str = "alliance") -> str:
    """Return the condition of the nation's rows that are everyone's to read."""
    national = f"{column} = '{NATION}'"
    if not isinstance(shared, str):
        return national
    table, point, _ = column.rpartition(".")
    return f"({national} AND NOT {table}{point}{shared})"


class Verifier:
    """Checks tokens against identity's public keys, which it reads from a file and keeps when that is gone."""

    def __init__(self, *, issuer: str, jwks_file: Path | None = None) -> None:
        self._issuer, self._file = issuer, jwks_file
        self._keys: KeySet | None = None
        self._stamp: int | None = None
        self._checked = 0.0
        self._verified: dict[str, Caller] = {}
        self._least_versions: Mapping[str, int] = {}

    def use_keys(self, jwks: dict[str, Any]) -> None:
        """Take `jwks` as the present public keys; verdicts on earlier tokens are dropped.

        Raises ValueError, and keeps what it has, where there is no key in it.
        """
        try:
            keys = KeySet.import_key_set(cast(KeySetSerialization, jwks))
        except (JoseError, KeyError, TypeError, AttributeError) as error:
            raise ValueError("these are no keys") from error
        if not keys.keys:
            raise ValueError("there is no key")
        self._keys = keys
        self._verified.clear()

    def has_keys(self) -> bool:
        """Say whether tokens can be checked."""
        if self._keys is None:
            self._refresh()
        return self._keys is not None

    def use_revocations(self, least_versions: Mapping[str, int]) -> None:
        """Refuse from now on the tokens of these subjects that an earlier version of theirs was issued."""
        self._least_versions = dict(least_versions)

    def _refresh(self) -> None:
        if self._file is None:
            return
        self._checked = time.monotonic()
        try:
            stamp = self._file.stat().st_mtime_ns
            if stamp != self._stamp:
                self.use_keys(orjson.loads(self._file.read_bytes()))
                self._stamp = stamp
        except (OSError, ValueError):
            return  # Identity may be rewriting or down; the keys known so far stay good.

    def caller(self, authorization: str | None) -> Caller:
        """Return who holds the bearer token in `authorization`. Raises Unauthenticated, TokenRevoked."""
        caller = self._caller(authorization)
        # Looked at with every call: a remembered verdict says nothing of what was revoked since.
        if caller.subject_version < self._least_versions.get(caller.id, 0):
            raise TokenRevoked()
        return caller

    def _caller(self, authorization: str | None) -> Caller:
        if authorization is None:
            raise Unauthenticated()
        # Remembered by the exact bytes that were verified here, so no other text shares a verdict.
        verified = self._verified.get(authorization)
        wall = time.time()
        if time.monotonic() - self._checked > _FILE_CHECK_SECONDS:
            self._refresh()
            verified = self._verified.get(authorization)
        if verified is not None and verified.expires_at > wall:
            return verified
        caller = self._verify(authorization, wall)
        if len(self._verified) >= _CACHE_SIZE:
            self._verified.pop(next(iter(self._verified)))
        self._verified[authorization] = caller
        return caller

    def _verify(self, authorization: str, wall: float) -> Caller:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or self._keys is None:
            raise Unauthenticated()
        try:
            claims = jwt.decode(token, self._keys, algorithms=["ES256"]).claims
        except (JoseError, ValueError, TypeError, KeyError):
            raise Unauthenticated() from None
        audience = claims.get("aud")
        expires_at = claims.get("exp")
        if (
            claims.get("iss") != self._issuer
            or (AUDIENCE not in audience if isinstance(audience, list) else audience != AUDIENCE)
            or not isinstance(expires_at, int | float)
            or expires_at + _LEEWAY_SECONDS <= wall
            or not isinstance(claims.get("sub"), str)
            or not isinstance(claims.get("area"), str)
        ):
            raise Unauthenticated()
        return Caller(
            id=claims["sub"],
            client_id=str(claims.get("client_id") or claims["sub"]),
            scopes=frozenset(str(claims.get("scope", "")).split()),
            area=claims["area"],
            organization_id=claims.get("organization_id"),
            token_id=str(claims.get("jti", "")),
            name=str(claims.get("name") or claims["sub"]),
            expires_at=float(expires_at),
            class_id=claims.get("class_id"),
            subject_version=version if isinstance(version := claims.get("subject_version"), int) else 0,
        )


def admit(caller: Caller, scopes: frozenset[str]) -> Caller:
    """Return the caller as it may act by `scopes`, of which it needs one. Raises Forbidden.

    A cooperative's own user, who has nothing but `own.` scopes, is confined to its organization; one whose token
    names none is confined to nothing at all.
    """
    granted = caller.scopes & scopes
    if not granted:
        raise Forbidden(required_scope=" | ".join(sorted(scopes)))
    if all(scope.startswith("own.") for scope in granted):
        own = caller.organization_id
        return replace(caller, confined_to=own if own is not None and is_id(own) else _NOWHERE)
    if granted == {CLASS_ROLL}:
        own = caller.class_id
        return replace(caller, confined_to_class=own if own is not None and is_id(own) else _NOWHERE)
    return caller
