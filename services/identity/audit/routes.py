"""The audit over HTTP: who signed in, failed, was reset."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field
from starlette.responses import Response

from kernel.audit.listing import AuditFields, audit_listing
from kernel.problems.field_labels import Label
from kernel.records.listing import answer_list, list_operation
from kernel.web.calls import CurrentCall
from kernel.web.schemas import Page, listed
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
    "purpose": None,
    "purpose_words": None,
    "unusual": False,
    "detail": {"address": "192.0.2.10", "client_id": "vca-web"},
}


class AuditEntry(AuditFields):
    """One thing that happened. Nothing here is ever changed or removed."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    action: Annotated[str, Label("Việc đã xảy ra")] = Field(json_schema_extra=listed(AUDIT_ACTIONS))


class AuditPage(Page[AuditEntry]):
    """A page of the audit, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [_SHOWN], "next_cursor": None, "next": None, "count": None, "sums": None, "facets": None}
            ]
        }
    )


LISTING = audit_listing(AUDIT_ACTIONS, tuple(AuditEntry.model_fields))


@list_operation(
    router,
    "/audit",
    LISTING,
    page=AuditPage,
    scopes=ADMIN,
    summary="List audit entries",
)
async def list_audit(call: CurrentCall) -> Response:
    """Page through sign-ins, refusals, resets and changed secrets of the administrator's area, the newest first.

    That this list was read is an entry too.
    """
    return await answer_list(call, LISTING)
