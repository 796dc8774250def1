"""How an account's row is shown, listed and found."""

from __future__ import annotations

from typing import Any

from kernel.records import Resource, table_of
from kernel.records.embedding import name_columns
from kernel.records.listing import Listing, SortKey, Source, flag_filter, id_filter, instant_range, text_filter
from services.identity import rows
from services.identity.access.second_person import PENDING_FILTER, pending_change, shown
from services.identity.api import any_of_filter, words_filter
from services.identity.code_lists import ROLES as ROLE_LABELS
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

_SOURCE = Source(", ".join(ACCOUNT.columns) + name_columns(ACCOUNT.embeds, "account"), "account")

LISTING = Listing(
    name="account",
    filters=(
        words_filter("Part of the name or user name, marks or not."),
        text_filter("username", "username", "User name."),
        any_of_filter("role", "roles", ROLE_LABELS, "Has this role."),
        text_filter("area", "alliance", "Area the account belongs to."),
        id_filter("organization_id", "organization_id", "Organization of a cooperative's own user."),
        flag_filter("is_active", "is_active", "May sign in."),
        PENDING_FILTER,
        flag_filter("second_factor", "(second_factor_since IS NOT NULL)", "Has a second factor."),
        flag_filter(
            "books_and_approves",
            "roles @> ARRAY['fund_officer', 'fund_approver']",
            "Writes and approves in the funds: roles of before, which are no longer given together.",
        ),
        *instant_range("updated_at", "updated_at", "Last change"),
    ),
    sorts={
        "id": SortKey("id", "uuid"),
        "username": SortKey("username"),
        "updated_at": SortKey("updated_at", "timestamptz"),
    },
    default_sort="username",
    source=lambda given: _SOURCE,
    represent=represent,
    embeds=ACCOUNT.embeds,
    fields=(*FIELDS, "created_by_name"),
    facets={"is_active": "is_active", "area": "alliance"},
    cache_control="no-store",
)
