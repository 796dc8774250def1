"""The audit as a list, the same in every service: who did or read what, when and what for; reading it is an entry as well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import Field

from kernel.audit.entries import record
from kernel.problems.field_labels import Label
from kernel.records.listing import (
    Filter,
    Listing,
    SortKey,
    Source,
    code_filter,
    flag_filter,
    instant_range,
    text_filter,
)
from kernel.values.common_lists import READING_PURPOSES
from kernel.values.days import read_day
from kernel.values.wording import Labels
from kernel.web.calls import Call
from kernel.web.schemas import Output, listed


class AuditFields(Output):
    """What every entry has but its action."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    occurred_at: datetime
    actor: str = Field(description="Subject: an account's id, a system's client_id; empty for someone unknown")
    area: str | None = Field(description="Null where no account was known; only administrators of VN see these")
    resource_type: str | None
    resource_id: str | None
    request_id: str | None
    purpose: Annotated[str | None, Label("Mục đích đọc")] = Field(
        json_schema_extra=listed(READING_PURPOSES),
        description="What personal data was read for; null where none was read, and before it was kept as a code",
    )
    purpose_words: str | None = Field(description="The same in words, where they were given")
    unusual: Annotated[bool, Label("Bất thường")] = Field(
        description="The subject had read personal data more often within the hour than is usual"
    )
    detail: dict[str, Any] = Field(description="What belongs to the action, such as the address it came from")


# Entries cannot lose what they say; of persons who were erased since, at least nobody is told it any more.
_NAMES_OF_BEFORE = ("actor_name", "entered_by_name", "reason")


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of an entry."""
    detail = orjson.loads(row["detail"] or "{}")
    # What was said in words before there were codes.
    before = detail.pop("purpose", None)
    for name in _NAMES_OF_BEFORE:
        detail.pop(name, None)
    return {
        "id": row["id"],
        "occurred_at": row["occurred_at"],
        "action": row["action"],
        "actor": row["actor"],
        "area": row["alliance"],
        "resource_type": row["resource_type"],
        "resource_id": row["resource_id"],
        "request_id": row["request_id"],
        "purpose": row["purpose"],
        "purpose_words": detail.pop("words", before),
        "unusual": row["unusual"],
        "detail": detail,
    }


_COLUMNS = "id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, purpose, unusual, detail"
_SOURCE = Source(_COLUMNS, "audit")
_DAY = {"type": "string", "format": "date"}
# The civil day of Vietnam.
_BEGINS = "({0}::date)::timestamp AT TIME ZONE INTERVAL '7 hours'"


async def _record_reading_of_audit(call: Call, parameters: Mapping[str, Any], sort: str) -> dict[str, Any]:
    """Record that the audit is read, and what was asked for."""
    by = call.caller
    await record(
        call.db, "audit.read", actor=by.id, alliance=by.area, request_id=call.request_id, asked=sorted(parameters)
    )
    return {}


def audit_listing(actions: Labels, fields: tuple[str, ...]) -> Listing:
    """Return the list of a service whose entries have these actions and fields."""
    return Listing(
        name="audit_entry",
        filters=(
            code_filter("action", "action", actions, "What happened."),
            text_filter("actor", "actor", "Subject who did it."),
            text_filter("subject", "actor", "The same as `actor`."),
            text_filter("resource_id", "resource_id", "What it was done to."),
            Filter(
                "resource",
                "(resource_id = {0}::text OR detail->'resource_ids' ? {0}::text OR detail->'borrower_ids' ? {0}::text)",
                "Id of a record whose personal data was read, alone or with others.",
            ),
            code_filter("purpose", "purpose", READING_PURPOSES, "What personal data was read for."),
            flag_filter("unusual", "unusual", "Readings beyond the usual number within an hour, or the others."),
            text_filter("area", "alliance", "Area it belongs to."),
            Filter("from", f"occurred_at >= {_BEGINS}", "On or after that day, in Vietnam.", read_day, _DAY),
            Filter(
                "to",
                f"occurred_at < {_BEGINS.replace('{0}::date', '{0}::date + 1')}",
                "On or before that day, in Vietnam.",
                read_day,
                _DAY,
            ),
            *instant_range("occurred_at", "occurred_at", "When"),
        ),
        sorts={"occurred_at": SortKey("occurred_at", "timestamptz"), "id": SortKey("id", "uuid")},
        default_sort="-occurred_at",
        source=lambda given: _SOURCE,
        represent=represent,
        fields=fields,
        cache_control="no-store",
        prepare=_record_reading_of_audit,
    )
