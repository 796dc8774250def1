"""Who read whose personal data, in a service that keeps some: for administrators of the area whose records they are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from kernel.audit.listing import AuditFields, audit_listing
from kernel.problems.field_labels import Label
from kernel.records.listing import answer_list, list_operation
from kernel.values.common_lists import AUDITED_ACTIONS
from kernel.web.calls import CurrentCall
from kernel.web.operations import ApiRouter
from kernel.web.schemas import Page, listed


class ReadingEntry(AuditFields):
    """Who read or touched whose personal data, and what for. Nothing here is ever changed or removed; nothing read is in it."""

    action: Annotated[str, Label("Việc đã xảy ra")] = Field(json_schema_extra=listed(AUDITED_ACTIONS))


class ReadingEntryPage(Page[ReadingEntry]):
    """A page of the audit, the newest first."""


_LISTING = audit_listing(AUDITED_ACTIONS, tuple(ReadingEntry.model_fields))


def audit_router(service: str) -> ApiRouter:
    """Return the audit of `service`."""
    router = ApiRouter(prefix=f"/v1/{service}", tags=[f"{service}-audit"])

    async def list_audit(call: CurrentCall) -> Response:
        """Page through who read whose personal data and what for, the newest first; that this list was read is an entry too.

        An alliance's administrator sees the entries of its own records, whoever read them; the nation's sees all.
        """
        return await answer_list(call, _LISTING)

    list_audit.__name__ = f"list_{service}_audit"
    list_operation(
        router,
        "/audit",
        _LISTING,
        page=ReadingEntryPage,
        scopes=("identity.admin",),
        summary="List who read personal data",
    )(list_audit)
    return router
