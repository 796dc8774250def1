"""How a client's row is shown, listed and found."""

from __future__ import annotations

from typing import Any

import orjson
from sqlmodel import select

from kernel.database.connections import Database, Transaction
from kernel.database.statements import param, statement
from kernel.records import Resource, table_of
from kernel.records.embedding import name_columns
from kernel.records.listing import Listing, SortKey, Source, code_filter, flag_filter, instant_range, text_filter
from services.identity import rows
from services.identity.access.second_person import PENDING_FILTER, pending_change, shown
from services.identity.api import any_of_filter, words_filter
from services.identity.code_lists import CLIENT_KINDS
from services.identity.code_lists import SCOPES as SCOPE_LABELS
from services.identity.models import Client

PATH = "/v1/identity/clients"

FIELDS = (
    "id",
    "version",
    "created_at",
    "updated_at",
    "created_by",
    "client_id",
    "name",
    "kind",
    "area",
    "scopes",
    "secrets",
    "redirect_uris",
    "post_logout_redirect_uris",
    "allows_loopback",
    "session_idle_seconds",
    "is_active",
    "class_id",
    "confirmation_state",
    "confirmation",
    "pending_scopes",
    "pending_area",
    "pending_secret",
)


def _without_hash(secret: dict[str, Any]) -> dict[str, Any]:
    return {name: secret[name] for name in ("id", "hint", "created_at", "expires_at")}


def represent(row: rows.ClientRow) -> dict[str, Any]:
    """Return the public representation of a client's row: of its secrets only what tells them apart."""
    pending = pending_change(row)
    return {
        "id": row["id"],
        "version": row["version"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "created_by": row["created_by"],
        "client_id": row["client_id"],
        "name": row["name"],
        "kind": row["kind"],
        "area": row["alliance"],
        "scopes": row["scopes"],
        "secrets": [_without_hash(secret) for secret in orjson.loads(row["secrets"])],
        "redirect_uris": row["redirect_uris"],
        "post_logout_redirect_uris": row["post_logout_redirect_uris"],
        "allows_loopback": row["allows_loopback"],
        "session_idle_seconds": row["session_idle_seconds"],
        "is_active": row["is_active"],
        "class_id": row["class_id"],
        **shown(row),
        "pending_scopes": pending.get("scopes"),
        "pending_secret": _without_hash(pending["secret"]) if "secret" in pending else None,
    }


CLIENT = Resource(
    "client", table_of(Client), PATH, represent, cache_control="no-store", row=rows.ClientRow, subjects="subject"
)

_SOURCE = Source(", ".join(CLIENT.columns) + name_columns(CLIENT.embeds, "client"), "client")

LISTING = Listing(
    name="client",
    filters=(
        words_filter("Part of the name or client_id, marks or not."),
        text_filter("client_id", "client_id", "The client_id."),
        code_filter("kind", "kind", CLIENT_KINDS, "System with a secret, or public app."),
        any_of_filter("scope", "scopes", SCOPE_LABELS, "Holds this scope."),
        text_filter("area", "alliance", "Area the client belongs to."),
        flag_filter("is_active", "is_active", "May be given tokens."),
        PENDING_FILTER,
        *instant_range("updated_at", "updated_at", "Last change"),
    ),
    sorts={
        "id": SortKey("id", "uuid"),
        "client_id": SortKey("client_id"),
        "updated_at": SortKey("updated_at", "timestamptz"),
    },
    default_sort="client_id",
    source=lambda given: _SOURCE,
    represent=represent,
    embeds=CLIENT.embeds,
    fields=(*FIELDS, "created_by_name"),
    facets={"kind": "kind", "is_active": "is_active", "area": "alliance"},
    cache_control="no-store",
)


_BY_CLIENT_ID = statement(rows.ClientRow, select(Client).where(Client.client_id == param(1)))


async def by_client_id(db: Database | Transaction, client_id: str) -> rows.ClientRow | None:
    """Return the client that calls itself `client_id`, wherever it lies, or None."""
    return await db.fetchrow(_BY_CLIENT_ID, client_id)
