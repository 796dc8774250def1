"""The inbox of a service: everything that waits for a decision of the caller, whatever its kind, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypedDict

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kernel import problems
from kernel.database.statements import Statement
from kernel.problems.field_labels import Label
from kernel.records.cursors import encode, mark_of, next_path, read_cursor, reading_behind
from kernel.web.auth import narrow
from kernel.web.calls import Call, CurrentCall
from kernel.web.operations import ApiRouter
from kernel.web.replies import PRIVATE, json_reply, page_document
from kernel.web.schemas import Output, Page


class Approval(Output):
    """One thing that waits for a decision of the caller."""

    resource_type: Annotated[str, Label("Loại việc")]
    resource_id: str = Field(json_schema_extra={"format": "uuid"})
    title: Annotated[str, Label("Nội dung")] = Field(
        # The longest is a movement of capital: fund, decision, counterparty and note.
        json_schema_extra={"maxLength": 2000},
        description="What people call it by: a contract number, a name, a decision",
    )
    amount_vnd: int | None = Field(json_schema_extra={"format": "int64"}, description="The money it is about, if any")
    count: int = Field(description="Records that are decided on together: more than one for an import")
    entered_by: str = Field(description="Subject of the token of who entered it")
    entered_by_name: str | None = Field(description="Null for what was entered before names were kept")
    entered_at: datetime = Field(description="Since when it waits: entered, or sent to the decision")
    path: Annotated[str, Label("Nơi xem")] = Field(
        description="Where it is read; of an import, the list of its records"
    )
    decision_path: str = Field(description="Where the decision is posted")


class ApprovalPage(Page[Approval]):
    """A page of what waits for a decision of the caller, the oldest first."""


class _WaitingRow(TypedDict):
    resource_type: str
    resource_id: str
    title: str
    amount_vnd: int | None
    count: int
    entered_by: str
    entered_by_name: str | None
    entered_at: datetime


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What of one kind waits, as a SELECT of the columns of `_WaitingRow` without the type, from a table with `alliance`.

    `sql` has `{area}` for the condition on the caller's area and `{caller}` for the caller's subject, who decides on
    nothing of its own. `path` and `decision_path` have `{id}`.
    """

    resource_type: str
    scopes: tuple[str, ...]
    sql: str
    path: str
    decision_path: str


PENDING_COLUMNS = (
    "1 AS count, confirmation ->> 'entered_by' AS entered_by, confirmation ->> 'entered_by_name' AS entered_by_name, "
    "(confirmation ->> 'entered_at')::timestamptz AS entered_at"
)
"""Columns of what a second person confirms."""
PENDING_CONDITION = "confirmation_state = 'pending' AND confirmation ->> 'entered_by' <> {caller} AND {area}"


def _waiting(call: Call, kinds: Sequence[Waiting], args: list[Any]) -> str:
    """Return the SELECT of what waits for the caller; its values join `args`. `kinds`: those that the caller decides on."""
    args.append(call.caller.id)
    area = narrow(call.caller, args)
    return " UNION ALL ".join(
        f"SELECT '{kind.resource_type}' AS resource_type, {kind.sql.format(area=area, caller='$1')}" for kind in kinds
    )


async def waiting_longest(call: Call, kinds: Sequence[Waiting], limit: int) -> list[dict[str, Any]]:
    """Return what waits for the caller as the inbox lists it, the oldest first; nothing of what the caller does not decide on."""
    mine = [kind for kind in kinds if not call.caller.scopes.isdisjoint(kind.scopes)]
    if not mine:
        return []
    args: list[Any] = []
    sql = f"SELECT * FROM ({_waiting(call, mine, args)}) waiting ORDER BY entered_at, resource_id LIMIT {limit}"  # noqa: S608  composed of what the service declares
    by_type = {kind.resource_type: kind for kind in mine}
    return [
        _shown(row, by_type[row["resource_type"]]) for row in await call.db.fetch(Statement(_WaitingRow, sql), *args)
    ]


def approvals_router(service: str, kinds: Sequence[Waiting]) -> ApiRouter:
    """Return the inbox of a service."""
    router = ApiRouter(prefix=f"/v1/{service}", tags=[f"{service}-approvals"])
    by_type = {kind.resource_type: kind for kind in kinds}

    async def list_approvals(
        call: CurrentCall,
        state: Annotated[str, Query(pattern="^pending$", description="Only what still waits is listed")] = "pending",
        limit: Annotated[int, Query(ge=1, le=200, description="At most so many items")] = 50,
        cursor: Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before")] = None,
    ) -> Response:
        """Everything in the caller's area that the caller may decide on and did not enter, the oldest first."""
        mine = [kind for kind in kinds if not call.caller.scopes.isdisjoint(kind.scopes)]
        args: list[Any] = []
        waiting = _waiting(call, mine, args)
        asked = [call.caller.area, call.caller.id, sorted(kind.resource_type for kind in mine)]
        after = ""
        if cursor is not None:
            args += read_cursor(cursor, mark_of(asked), 2)
            after = f"WHERE (entered_at, resource_id) > (${len(args) - 1}::text::timestamptz, ${len(args)}::text::uuid)"
        sql = f"SELECT * FROM ({waiting}) waiting {after} ORDER BY entered_at, resource_id LIMIT {limit + 1}"  # noqa: S608  composed of what the service declares
        with reading_behind(cursor):
            rows = await call.db.fetch(Statement(_WaitingRow, sql), *args)
        page, more = rows[:limit], len(rows) > limit
        items = [_shown(row, by_type[row["resource_type"]]) for row in page]
        if not more:
            return json_reply(page_document(items), cache=PRIVATE)
        last = page[-1]
        further = encode([mark_of(asked), last["entered_at"].isoformat(), last["resource_id"]])
        return json_reply(page_document(items, next_cursor=further, next_path=next_path(call, further)), cache=PRIVATE)

    list_approvals.__name__ = f"list_{service}_approvals"
    router.operation(
        "GET",
        "/approvals",
        scopes=tuple(dict.fromkeys(scope for kind in kinds for scope in kind.scopes)),
        response_model=ApprovalPage,
        problems=(problems.CursorMismatch,),
        summary="List what waits for the caller's decision",
        written_by=list_approvals,
    )(list_approvals)
    return router


def _shown(row: _WaitingRow, kind: Waiting) -> dict[str, Any]:
    id_ = row["resource_id"]
    return {**row, "path": kind.path.format(id=id_), "decision_path": kind.decision_path.format(id=id_)}
