"""What a caller sends and gets for clients."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from kernel.problems.field_labels import Label
from kernel.values.ids import Id
from kernel.web.field_types import Reason
from kernel.web.schemas import Checked, Flag, Input, Output, Page, Recorded, code, listed, text
from services.identity.access.schemas import NOTHING_WAITS, PendingRights
from services.identity.api import Area
from services.identity.clients import redirects
from services.identity.code_lists import CLIENT_KINDS
from services.identity.code_lists import SCOPES as SCOPE_LABELS
from services.identity.roles import SCOPES

_CLIENT_ID = r"^[a-z][a-z0-9.-]{2,62}$"

Scope = Annotated[str, code(SCOPE_LABELS)]
Scopes = Annotated[
    list[Scope],
    Field(min_length=1, max_length=len(SCOPES)),
    AfterValidator(lambda given: [scope for scope in SCOPES if scope in given]),
]
RedirectUri = Annotated[
    str,
    Checked(
        redirects.check,
        {
            "type": "string",
            "format": "uri",
            "maxLength": redirects.MAX_LENGTH,
            "description": "https, loopback http, or the app's own scheme; compared character by character",
        },
        max_length=redirects.MAX_LENGTH,
    ),
]
RedirectUris = Annotated[list[RedirectUri], Field(max_length=20)]
IdleSeconds = Annotated[int, Field(strict=True, ge=300, le=7_776_000)]

_EXAMPLE: dict[str, Any] = {
    "client_id": "phu-tho-accounting",
    "name": "Phần mềm kế toán Phú Thọ",
    "kind": "system",
    "area": "25-2025",
    "scopes": ["registry.read", "sync.read"],
}


class ClientCreate(Input):
    """A new client: a system with a secret, or (by an administrator of VN) a public app that people sign in with."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: Id | None = Field(default=None, description="UUIDv7 minted by the client, so that sending again is harmless")
    client_id: Annotated[str, StringConstraints(strict=True, pattern=_CLIENT_ID)] | None = Field(
        default=None, description="What it identifies itself by; never changes; made from `id` when absent"
    )
    name: Annotated[str, text(100)]
    kind: Annotated[str, code(CLIENT_KINDS), Label("Loại hệ thống")] = "system"
    area: Area
    scopes: Scopes = Field(
        default_factory=list,
        description="What it may do; for a public app: what people can do with it, everything when absent",
    )
    redirect_uris: RedirectUris = Field(default_factory=list, description="Public apps only")
    post_logout_redirect_uris: RedirectUris = Field(default_factory=list, description="Public apps only")
    allows_loopback: Flag = Field(
        default=False, description="Public apps only: any http address on localhost, 127.0.0.1 or ::1 will do"
    )
    session_idle_seconds: IdleSeconds | None = Field(
        default=None, description="Public apps only: how long a sign-in outlives its last use; 12 hours when absent"
    )
    reason: Reason | None = None


class ClientChange(Input):
    """A merge patch: absent leaves. Nothing of a client can be cleared."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"scopes": ["registry.read"]}]})

    # The factories stand for "absent" in the contract; what was given is read off model_fields_set.
    name: Annotated[str, text(100)] = Field(default_factory=str)
    area: Area = Field(default_factory=str)
    scopes: Scopes = Field(default_factory=list)
    redirect_uris: RedirectUris = Field(default_factory=list)
    post_logout_redirect_uris: RedirectUris = Field(default_factory=list)
    allows_loopback: Flag = Field(default_factory=bool)
    session_idle_seconds: IdleSeconds = Field(default_factory=int)
    is_active: Flag = Field(default_factory=bool, description="False: is given no more tokens")
    reason: Reason | None = None


class ClientSecret(Output):
    """What tells one secret from the other; the secret itself is kept as a hash."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    hint: str = Field(description="The first four characters")
    created_at: datetime
    expires_at: datetime | None = Field(description="Set when another secret took over")


_SHOWN: dict[str, Any] = {
    "id": "0192c7e0-0000-7000-8000-00000000c001",
    "version": 1,
    "created_at": "2026-03-02T02:00:00Z",
    "updated_at": "2026-03-02T02:00:00Z",
    "created_by": "0192c7e0-0000-7000-8000-00000000a000",
    "created_by_name": "Trần Thị Quản Trị",
    **_EXAMPLE,
    "secrets": [
        {
            "id": "0192c7e0-0000-7000-8000-00000000c002",
            "hint": "q9Zt",
            "created_at": "2026-03-02T02:00:00Z",
            "expires_at": None,
        }
    ],
    "redirect_uris": [],
    "post_logout_redirect_uris": [],
    "allows_loopback": False,
    "session_idle_seconds": None,
    "is_active": True,
    "class_id": None,
    **NOTHING_WAITS,
    "pending_scopes": None,
    "pending_secret": None,
}


class ClientSystem(Recorded, PendingRights):
    """A client system, or a public app."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    client_id: str
    name: str
    kind: Annotated[str, Label("Loại hệ thống")] = Field(json_schema_extra=listed(CLIENT_KINDS))
    area: str = Field(description="VN or an alliance: where its scopes hold")
    scopes: list[str] = Field(json_schema_extra={"items": {"type": "string", **listed(SCOPE_LABELS)}})
    secrets: list[ClientSecret]
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    allows_loopback: bool
    session_idle_seconds: int | None = Field(description="How long a sign-in outlives its last use; null for systems")
    is_active: bool
    class_id: str | None = Field(
        json_schema_extra={"format": "uuid"}, description="Of a device that calls the roll of one class; else null"
    )
    pending_scopes: list[str] | None = Field(
        json_schema_extra={"items": {"type": "string", **listed(SCOPE_LABELS)}},
        description="All the scopes that it has once the change is confirmed; null: no change of scopes waits",
    )
    pending_secret: ClientSecret | None = Field(description="Opens nothing until it is confirmed")


class ClientCreated(ClientSystem):
    """A new client and its secret."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_SHOWN, "client_secret": "q9Zt1mKcW0invented-secret-of-the-example0"}]}
    )

    client_secret: str | None = Field(
        description="Told in this answer only; null for a public app, and when the same client was sent again"
    )


class ClientPage(Page[ClientSystem]):
    """A page of clients."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [_SHOWN], "next_cursor": None, "next": None, "count": None, "sums": None, "facets": None}
            ]
        }
    )


class SecretCreate(Input):
    """A new secret beside the present one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 86400}]})

    overlap_seconds: Annotated[int, Field(strict=True, ge=0, le=2_592_000)] = Field(
        default=86_400, description="How long the present secret stays good; a day when absent, 30 days at most"
    )
    reason: Reason | None = None
