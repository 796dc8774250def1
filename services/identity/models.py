"""Every table of identity: accounts, client systems, sign-ins and what they were given, keys."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kernel.database.columns import ConfirmationColumns, RecordColumns, instant_field, jsonb_field, uuid_field
from kernel.database.connections import NAMING_CONVENTION
from kernel.database.tables import common_tables


class IdentityModel(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING_CONVENTION))):
    """Base of identity's tables: metadata of its own, so that services share a process in tests."""


metadata = IdentityModel.metadata
common_tables(metadata, history_by_instant=False)


def _texts() -> Any:
    return Field(sa_column=Column(ARRAY(Text), nullable=False))


def _session() -> Any:
    return Field(
        sa_column=Column(UUID(as_uuid=False), ForeignKey("session.id", ondelete="CASCADE"), nullable=False, index=True)
    )


def _hash(**options: Any) -> Any:
    return Field(sa_column=Column(LargeBinary, **options))


class Record(IdentityModel, RecordColumns):
    """Columns of every record. `alliance` is the area the record belongs to: an alliance, or VN."""


class PendingColumns(ConfirmationColumns):
    """Columns of an account or client of which a change of rights waits for a second person.

    `pending_change`: columns as they become, or the hash of a new password or secret. The record counts as it stands.
    """

    pending_change: str | None = jsonb_field(None)


class Account(Record, PendingColumns, table=True):
    """A person who signs in. `alliance` is where the roles hold."""

    __tablename__ = "account"
    __table_args__ = (
        Index("uq_account_username", "username", unique=True),
        Index("ix_account_alliance_id", "alliance", "id"),
        Index("ix_account_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
        # By the text that records name an account by (services/identity/subjects).
        Index("ix_account_subject", text("(id::text)")),
        CheckConstraint("username = lower(username)", name="username_lower"),
    )

    username: str
    full_name: str
    name_folded: str
    roles: list[str] = _texts()
    organization_id: str | None = uuid_field()
    is_active: bool
    must_change_password: bool
    password_hash: str
    password_changed_at: datetime = instant_field()
    second_factor_since: datetime | None = instant_field(nullable=True)
    erased_on: date | None = None


class Client(Record, PendingColumns, table=True):
    """A client system with secrets of its own, or a public app that people sign in with.

    `secrets`: [{id, hash, hint, created_at, expires_at}]; at most two are live, while one follows the other.
    `class_id`: of a device that calls the roll of one class and may do nothing else (clients/devices.py).
    `session_idle_seconds`: how long a sign-in with this app outlives its last use; null for systems.
    """

    __tablename__ = "client"
    __table_args__ = (
        Index("uq_client_client_id", "client_id", unique=True),
        Index("ix_client_alliance_id", "alliance", "id"),
        Index("ix_client_pending", "alliance", postgresql_where=text("confirmation_state = 'pending'")),
    )

    client_id: str
    name: str
    name_folded: str
    kind: str
    scopes: list[str] = _texts()
    secrets: str = jsonb_field()
    redirect_uris: list[str] = _texts()
    post_logout_redirect_uris: list[str] = _texts()
    allows_loopback: bool
    session_idle_seconds: int | None
    is_active: bool
    class_id: str | None = uuid_field()


class SignInSession(IdentityModel, table=True):
    """One sign-in of a person: ends by sign-out, by idling, or with the account.

    `cookie_hash` is set for browsers only: it lets the next app in the same browser sign in without a password.
    `with_second_factor`: whether a code was shown beside the password.
    """

    __tablename__ = "session"
    __table_args__ = (
        Index("uq_session_cookie_hash", "cookie_hash", unique=True, postgresql_where=text("cookie_hash IS NOT NULL")),
        Index("ix_session_account_id", "account_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: str = uuid_field(primary_key=True)
    account_id: str = uuid_field(foreign_key="account.id", ondelete="CASCADE")
    client_id: str
    cookie_hash: bytes | None = _hash(nullable=True)
    idle_seconds: int
    with_second_factor: bool = Field(sa_column_kwargs={"server_default": text("false")})
    created_at: datetime = instant_field()
    last_used_at: datetime = instant_field()
    ended_at: datetime | None = instant_field(nullable=True)
    ended_reason: str | None


class AuthorizationCode(IdentityModel, table=True):
    """What an app exchanges, once and within a minute, for its first tokens."""

    __tablename__ = "authorization_code"

    code_hash: bytes = _hash(primary_key=True)
    session_id: str = _session()
    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    nonce: str | None
    created_at: datetime = instant_field()
    used_at: datetime | None = instant_field(nullable=True)


class RefreshToken(IdentityModel, table=True):
    """A refresh token, by its hash.

    `successor_sealed` is the next token, sealed under this one: only its holder can be given it again.
    """

    __tablename__ = "refresh_token"

    token_hash: bytes = _hash(primary_key=True)
    session_id: str = _session()
    client_id: str
    scope: str
    created_at: datetime = instant_field()
    used_at: datetime | None = instant_field(nullable=True)
    successor_hash: bytes | None = _hash(nullable=True)
    successor_sealed: bytes | None = _hash(nullable=True)


class SigningKey(IdentityModel, table=True):
    """A key that signs tokens from `active_from` until the next one's; `private_sealed` opens with identity.key."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True)
    public_jwk: str = Field(sa_type=JSONB, sa_column_kwargs={"nullable": False})
    private_sealed: bytes = _hash(nullable=False)
    created_at: datetime = instant_field()
    active_from: datetime = instant_field()


class TokenRevocation(IdentityModel, table=True):
    """Of a subject's access tokens only those count that were issued by this version of its record, or a later one."""

    __tablename__ = "token_revocation"

    subject: str = Field(primary_key=True)
    least_version: int
    changed_at: datetime = instant_field()


class SecondFactor(IdentityModel, table=True):
    """The secret that an account's authenticator app shares with us, sealed, and the last half minute whose code was used."""

    __tablename__ = "second_factor"

    account_id: str = uuid_field(primary_key=True, foreign_key="account.id", ondelete="CASCADE")
    secret_sealed: bytes = _hash(nullable=False)
    last_step: int = Field(sa_column=Column(BigInteger, nullable=False))


class RecoveryCode(IdentityModel, table=True):
    """A code for who has no authenticator app at hand, by its hash; good once."""

    __tablename__ = "recovery_code"

    code_hash: bytes = _hash(primary_key=True)
    account_id: str = uuid_field(foreign_key="account.id", ondelete="CASCADE", index=True)
    created_at: datetime = instant_field()
    used_at: datetime | None = instant_field(nullable=True)


class SignInThrottle(IdentityModel, table=True):
    """Failures of late for one account name or one address, known to us or not."""

    __tablename__ = "sign_in_throttle"

    subject: str = Field(primary_key=True)
    failures: int
    last_failed_at: datetime = instant_field()
    blocked_until: datetime | None = instant_field(nullable=True)


class Request(IdentityModel, table=True):
    """A call of the last week, as a gateway saw it (services/identity/requests): whose, what, how it ended."""

    __tablename__ = "request"
    __table_args__ = (
        Index("ix_request_request_id", "request_id", postgresql_using="hash"),
        # Rows come nearly in the order of their instants; what is old is found by them.
        Index("ix_request_at", "at", postgresql_using="brin", postgresql_with={"autosummarize": "on"}),
    )

    subject: str = Field(primary_key=True)
    at: datetime = instant_field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, Identity(), primary_key=True))
    request_id: str
    route_id: int | None = Field(sa_column=Column(SmallInteger, nullable=True))
    status: int = Field(sa_column=Column(SmallInteger, nullable=False))
    milliseconds: int
    problem: str | None


class RequestRoute(IdentityModel, table=True):
    """A method and a path of the contract, by a number that calls keep."""

    __tablename__ = "request_route"
    __table_args__ = (Index("uq_request_route_method_path", "method", "path", unique=True),)

    id: int = Field(sa_column=Column(SmallInteger, Identity(), primary_key=True))
    service: str
    method: str
    path: str


class RequestSource(IdentityModel, table=True):
    """A gateway that reports calls: where in its log the last report ended, and how many calls are in none."""

    __tablename__ = "request_source"

    source: str = Field(primary_key=True)
    position: str
    dropped: int = Field(sa_column=Column(BigInteger, nullable=False))
    reported_at: datetime | None = instant_field(nullable=True)
