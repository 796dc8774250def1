"""How an account's row is shown."""

from __future__ import annotations

from typing import Any

from kernel.records import Resource, table_of
from services.identity import rows
from services.identity.access.second_person import pending_change, shown
from services.identity.models import Account
from services.identity.roles import scopes_of

PATH = "/v1/identity/accounts"

FIELDS = (
    "id",
    "version",
    "created_at",
    "updated_at",
    "created_by",
    "username",
    "full_name",
    "roles",
    "scopes",
    "area",
    "organization_id",
    "is_active",
    "erased_on",
    "must_change_password",
    "password_changed_at",
    "second_factor_since",
    "confirmation_state",
    "confirmation",
    "pending_roles",
    "pending_area",
    "pending_password_reset",
    "pending_second_factor_reset",
)


def represent(row: rows.AccountRow) -> dict[str, Any]:
    """Return the public representation of an account's row; nothing of the password is in it."""
    pending = pending_change(row)
    return {
        "id": row["id"],
        "version": row["version"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "created_by": row["created_by"],
        "username": row["username"],
        "full_name": row["full_name"],
        "roles": row["roles"],
        "scopes": scopes_of(row["roles"]),
        "area": row["alliance"],
        "organization_id": row["organization_id"],
        "is_active": row["is_active"],
        "erased_on": row["erased_on"],
        "must_change_password": row["must_change_password"],
        "password_changed_at": row["password_changed_at"],
        "second_factor_since": row["second_factor_since"],
        **shown(row),
        "pending_roles": pending.get("roles"),
        "pending_password_reset": "password_hash" in pending,
        "pending_second_factor_reset": "second_factor_reset" in pending,
    }


ACCOUNT = Resource(
    "account",
    table_of(Account),
    PATH,
    represent,
    cache_control="no-store",
    row=rows.AccountRow,
    subjects="subject",
)
