"""The rows of the service's tables. Written by `vca rows` from the models; a test compares the two."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict


class AccountRow(TypedDict):
    """A row of account."""

    confirmation_state: str | None
    confirmation: str | None
    pending_change: str | None
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    username: str
    full_name: str
    name_folded: str
    roles: list[str]
    organization_id: str | None
    is_active: bool
    must_change_password: bool
    password_hash: str
    password_changed_at: datetime
    second_factor_since: datetime | None
    erased_on: date | None


class AuthorizationCodeRow(TypedDict):
    """A row of authorization_code."""

    code_hash: bytes
    session_id: str
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    nonce: str | None
    created_at: datetime
    used_at: datetime | None


class ClientRow(TypedDict):
    """A row of client."""

    confirmation_state: str | None
    confirmation: str | None
    pending_change: str | None
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    client_id: str
    name: str
    name_folded: str
    kind: str
    scopes: list[str]
    secrets: str
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    allows_loopback: bool
    session_idle_seconds: int | None
    is_active: bool
    class_id: str | None


class RecoveryCodeRow(TypedDict):
    """A row of recovery_code."""

    code_hash: bytes
    account_id: str
    created_at: datetime
    used_at: datetime | None


class RefreshTokenRow(TypedDict):
    """A row of refresh_token."""

    token_hash: bytes
    session_id: str
    client_id: str
    scope: str
    created_at: datetime
    used_at: datetime | None
    successor_hash: bytes | None
    successor_sealed: bytes | None


class RequestRow(TypedDict):
    """A row of request."""

    subject: str
    at: datetime
    seq: int
    request_id: str
    route_id: int | None
    status: int
    milliseconds: int
    problem: str | None


class RequestRouteRow(TypedDict):
    """A row of request_route."""

    id: int
    service: str
    method: str
    path: str


class RequestSourceRow(TypedDict):
    """A row of request_source."""

    source: str
    position: str
    dropped: int
    reported_at: datetime | None


class SecondFactorRow(TypedDict):
    """A row of second_factor."""

    account_id: str
    secret_sealed: bytes
    last_step: int


class SignInSessionRow(TypedDict):
    """A row of session."""

    id: str
    account_id: str
    client_id: str
    cookie_hash: bytes | None
    idle_seconds: int
    with_second_factor: bool
    created_at: datetime
    last_used_at: datetime
    ended_at: datetime | None
    ended_reason: str | None


class SignInThrottleRow(TypedDict):
    """A row of sign_in_throttle."""

    subject: str
    failures: int
    last_failed_at: datetime
    blocked_until: datetime | None


class SigningKeyRow(TypedDict):
    """A row of signing_key."""

    kid: str
    public_jwk: str
    private_sealed: bytes
    created_at: datetime
    active_from: datetime


class TokenRevocationRow(TypedDict):
    """A row of token_revocation."""

    subject: str
    least_version: int
    changed_at: datetime
