"""How accounts are listed and found."""

from __future__ import annotations

from kernel.personal_data.listing import with_retention
from kernel.records.embedding import name_columns
from kernel.records.listing import Listing, SortKey, Source, flag_filter, id_filter, instant_range, text_filter
from services.identity.access.second_person import PENDING_FILTER
from services.identity.accounts.erasure import PERSONS
from services.identity.accounts.records import ACCOUNT, FIELDS
from services.identity.api import any_of_filter, words_filter
from services.identity.code_lists import ROLES as ROLE_LABELS

_SOURCE = Source(", ".join(ACCOUNT.columns) + name_columns(ACCOUNT.embeds, "r"), "account r")


_LISTING = Listing(
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
    represent=ACCOUNT.represent,
    embeds=ACCOUNT.embeds,
    fields=(*FIELDS, "created_by_name"),
    facets={"is_active": "is_active", "area": "alliance"},
    cache_control="no-store",
)

LISTING = with_retention(_LISTING, PERSONS)
