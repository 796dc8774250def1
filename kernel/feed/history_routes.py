"""What was recorded after an instant, over all types of record: from the history, which outlives every cursor of the feed.

Who keeps a copy follows the feed; who froze a number and wants to know what became of it since asks here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypedDict

import asyncpg
from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kernel import problems
from kernel.database.statements import Statement
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.records import Resource
from kernel.records.cursors import encode, mark_of, next_path, read_cursor
from kernel.records.listing import comma_list
from kernel.values import geography
from kernel.values.history_actions import HISTORY_ACTIONS
from kernel.values.origins import origin_shown
from kernel.values.wording import ANOTHER
from kernel.web.auth import narrow
from kernel.web.calls import Call, CurrentCall
from kernel.web.field_types import PROVINCE_PATTERN
from kernel.web.operations import ApiRouter
from kernel.web.replies import PRIVATE, json_reply, page_document
from kernel.web.schemas import Output, Page, listed


class RecordedVersion(Output):
    """One version of one record, as its history has it, without what it said."""

    resource: str = Field(description="Path of the record")
    resource_type: str
    resource_id: str = Field(json_schema_extra={"format": "uuid"})
    version: int
    action: Annotated[str, Label("Việc đã làm")] = Field(json_schema_extra=listed(HISTORY_ACTIONS))
    recorded_at: datetime
    recorded_by: str
    recorded_by_name: str | None
    reason: str | None
    changed: list[str] = Field(description="Fields that differ from the version before")


class RecordedVersionPage(Page[RecordedVersion]):
    """A page of what was recorded after an instant, the newest last."""


class _Row(TypedDict):
    resource_type: str
    resource_id: str
    version: int
    action: str
    recorded_at: datetime
    recorded_by: str
    recorded_by_name: str | None
    reason: str | None
    changed: list[str]


# By ix_history_recorded_at; of a place, what no province is known of counts for the whole of its alliance.
_RECORDED = """
    SELECT resource_type, resource_id, version, action, recorded_at, recorded_by,
           (SELECT named.name FROM followed_subject named
             WHERE named.subject = h.recorded_by AND named.removed_as IS DISTINCT FROM 'absent' LIMIT 1) AS recorded_by_name,
           reason, changed
      FROM history h
     WHERE recorded_at > $1::timestamptz AND resource_type = ANY($2::text[]) AND {area}
       AND ($3::text[] IS NULL OR {province} IS NULL OR {province} = ANY($3::text[]))
       AND ($4::text IS NULL OR alliance = $4::text)
       AND ($5::timestamptz IS NULL
            OR (recorded_at, resource_type, resource_id, version) > ($5::timestamptz, $6::text, $7::uuid, $8::int))
     ORDER BY recorded_at, resource_type, resource_id, version LIMIT {limit}"""


_KEY = ("resource_type", "resource_id", "version")


async def recorded(
    call: Call,
    types: Mapping[str, str],
    after: datetime,
    *,
    province: str | None,
    limit: int,
    behind: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """Return versions of records of `types` (name → path) in the caller's area that were recorded after an instant, in order.

    `behind`: instant, type, id and version of the last one before. Raises Invalid, CursorMismatch.
    """
    args: list[Any] = [after, list(types), *_place(province), *(behind or (None,) * 4)]
    with _made_up(behind):
        if behind is not None:
            args[4], args[7] = datetime.fromisoformat(behind[0]), int(behind[3])
        area = narrow(call.caller, args)
        rows = await call.db.fetch(Statement(_Row, _RECORDED.format(area=area, limit=limit, province=_PROVINCE)), *args)
    return [_shown(row, types, call.language) for row in rows]


@contextlib.contextmanager
def _made_up(behind: Sequence[str] | None) -> Iterator[None]:
    """Refuse a cursor that no page gave out. Raises CursorMismatch."""
    try:
        yield
    except (ValueError, asyncpg.DataError):
        if behind is None:
            raise
        raise problems.CursorMismatch() from None


# A record's own, an organization's by its seat, a coverage's as it names it; else that of the organization it is a fact of,
# by its last history: the primary key leads there.
_PROVINCE = """coalesce(content ->> 'province_2008', content -> 'seat' ->> 'province_2008', content ->> 'province', (
           SELECT whose.content -> 'seat' ->> 'province_2008' FROM history whose
            WHERE whose.resource_type = 'organization' AND whose.resource_id = (h.content ->> 'organization_id')::uuid
            ORDER BY whose.version DESC LIMIT 1))"""


def history_router(service: str, resources: Sequence[Resource[Any]], scopes: Sequence[str]) -> ApiRouter:
    """Return `GET /history` of a service: every version of `resources` that was recorded after an instant."""
    router = ApiRouter(prefix=f"/v1/{service}/history", tags=[f"{service}-changes"])
    paths = {resource.name: resource.path for resource in resources}
    by_list = {resource.path.rpartition("/")[2]: resource.name for resource in resources}

    async def list_history(
        call: CurrentCall,
        recorded_after: Annotated[datetime, Query(description="Instant, RFC 3339 with its zone")],
        province: Annotated[
            str | None,
            Query(pattern=PROVINCE_PATTERN, description="Province on either map; default: the caller's whole area"),
        ] = None,
        resource: Annotated[str | None, Query(max_length=2000, include_in_schema=False)] = None,
        limit: Annotated[int, Query(ge=1, le=200, description="At most so many items")] = 50,
        cursor: Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before")] = None,
    ) -> Response:
        """Every version of a record in the caller's area that was recorded after an instant, the newest last.

        Read from the history, so also of what was before the feed began anew; a removal is among them. Of a province on the
        2008 map it is what lay there, of a fact its organization, and what has no province at all.
        """
        chosen = _chosen(resource, by_list)
        if recorded_after.tzinfo is None:
            words = ("Hãy ghi thời điểm kèm múi giờ.", "Give the instant with its zone.")
            raise Invalid(FieldError("wrong_format", words, parameter="recorded_after"))
        asked = [call.caller.area, recorded_after.isoformat(), province, chosen]
        behind = None if cursor is None else read_cursor(cursor, mark_of(asked), 4)
        types = {by_list[name]: paths[by_list[name]] for name in chosen}
        items = await recorded(call, types, recorded_after, province=province, limit=limit + 1, behind=behind)
        if len(items) <= limit:
            return json_reply(page_document(items), cache=PRIVATE)
        last = items[limit - 1]
        further = encode([mark_of(asked), last["recorded_at"].isoformat(), *(str(last[name]) for name in _KEY)])
        page = page_document(items[:limit], next_cursor=further, next_path=next_path(call, further))
        return json_reply(page, cache=PRIVATE)

    list_history.__name__ = f"list_{service}_history"
    router.operation(
        "GET",
        "",
        scopes=scopes,
        response_model=RecordedVersionPage,
        problems=(problems.CursorMismatch,),
        openapi_extra={"parameters": [comma_list("resource", by_list, "Lists of records, as their paths call them.")]},
        summary="List what was recorded after an instant",
        written_by=list_history,
    )(list_history)
    return router


def _chosen(resource: str | None, known: dict[str, str]) -> list[str]:
    names = sorted(known) if resource is None else sorted(set(resource.split(",")))
    if any(name not in known for name in names):
        raise Invalid(FieldError("not_allowed", ANOTHER, parameter="resource", allowed=tuple(known)))
    return names


def _place(province: str | None) -> tuple[list[str] | None, str | None]:
    """Return the provinces of the 2008 map that are meant, with the one of 2025 if that is named, and their alliance."""
    if province is None:
        return None, None
    known = geography.province(province)
    if known is None:
        words = (
            "Không có tỉnh này; hãy chọn trong danh mục tỉnh.",
            "There is no such province; choose one of the list.",
        )
        raise Invalid(FieldError("unknown_province", words, parameter="province"))
    alliance = known.id if known.map == "2025" else str(known.successor_id)
    return [*geography.expand(known.id), known.id], alliance


def _shown(row: _Row, paths: Mapping[str, str], language: str) -> dict[str, Any]:
    return {
        **row,
        "resource": f"{paths[row['resource_type']]}/{row['resource_id']}",
        "reason": origin_shown(row["reason"], language),
    }
