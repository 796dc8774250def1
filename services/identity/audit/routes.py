"""The audit over HTTP: who signed in, failed, was reset."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import ConfigDict, Field
from starlette.responses import Response

from kernel.problems.field_labels import Label
from kernel.records.listing import (
    Listing,
    SortKey,
    Source,
    answer_list,
    code_filter,
    instant_range,
    list_operation,
    text_filter,
)
from kernel.web.calls import CurrentCall
from kernel.web.schemas import Output, Page, listed
from services.identity.api import ADMIN, identity_router
from services.identity.code_lists import AUDIT_ACTIONS

router = identity_router("audit")


_SHOWN: dict[str, Any] = {
    "id": "0192c7e0-0000-7000-8000-00000000d001",
    "occurred_at": "2026-03-02T02:00:00Z",
    "action": "sign_in.succeeded",
    "actor": "0192c7e0-0000-7000-8000-00000000a001",
    "area": "25-2025",
    "resource_type": "session",
    "resource_id": "0192c7e0-0000-7000-8000-00000000e001",
    "request_id": "0192c7e0-0000-7000-8000-00000000f001",
    "detail": {"address": "192.0.2.10", "client_id": "vca-web"},
}


class AuditEntry(Output):
    """One thing that happened. Nothing here is ever changed or removed."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    id: str = Field(json_schema_extra={"format": "uuid"})
    occurred_at: datetime
    action: Annotated[str, Label("Việc đã xảy ra")] = Field(json_schema_extra=listed(AUDIT_ACTIONS))
    actor: str = Field(description="Subject: an account's id, a system's client_id; empty for someone unknown")
    area: str | None = Field(description="Null where no account was known; only administrators of VN see these")
    resource_type: str | None
    resource_id: str | None
    request_id: str | None
    detail: dict[str, Any] = Field(description="What belongs to the action, such as the address it came from")


class AuditPage(Page[AuditEntry]):
    """A page of the audit, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [_SHOWN], "next_cursor": None, "next": None, "count": None, "sums": None, "facets": None}
            ]
        }
    )


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of an entry."""
    shown = {name: row[name] for name in ("id", "occurred_at", "action", "actor")}
    return {
        **shown,
        "area": row["alliance"],
        "resource_type": row["resource_type"],
        "resource_id": row["resource_id"],
        "request_id": row["request_id"],
        "detail": orjson.loads(row["detail"] or "{}"),
    }


_COLUMNS = "id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail"
_SOURCE = Source(_COLUMNS, "audit")

LISTING = Listing(
    name="audit_entry",
    filters=(
        code_filter("action", "action", AUDIT_ACTIONS, "What happened."),
        text_filter("actor", "actor", "Subject who did it."),
        text_filter("resource_id", "resource_id", "What it was done to."),
        text_filter("area", "alliance", "Area it belongs to."),
        *instant_range("occurred_at", "occurred_at", "When"),
    ),
    sorts={"occurred_at": SortKey("occurred_at", "timestamptz"), "id": SortKey("id", "uuid")},
    default_sort="-occurred_at",
    source=lambda given: _SOURCE,
    represent=represent,
    fields=tuple(AuditEntry.model_fields),
    cache_control="no-store",
)


@list_operation(
    router,
    "/audit",
    LISTING,
    page=AuditPage,
    scopes=ADMIN,
    summary="List audit entries",
)
async def list_audit(call: CurrentCall) -> Response:
    """Page through sign-ins, refusals, resets and changed secrets of the administrator's area, the newest first."""
    return await answer_list(call, LISTING)
