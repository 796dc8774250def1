"""One's own calls over HTTP, and how gateways report them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints
from starlette.responses import Response

from kernel import problems as common
from kernel.problems.field_labels import Label
from kernel.records.listing import (
    Filter,
    Listing,
    SortKey,
    Source,
    answer_list,
    instant_range,
    integer_filter,
    list_operation,
    text_filter,
)
from kernel.web.calls import Call, CurrentCall
from kernel.web.replies import json_reply
from kernel.web.schemas import Input, Output, Page
from services.identity import problems
from services.identity.api import ADMIN, ANYONE, identity_router
from services.identity.clients.records import by_client_id
from services.identity.requests import records
from services.identity.requests.records import KEPT_DAYS, Seen
from services.identity.roles import GATEWAY_ONLY

MOST_REPORTED = 1_000
router = identity_router("requests")

_SHOWN: dict[str, Any] = {
    "at": "2026-03-02T02:00:00.412Z",
    "request_id": "0192c7e0-0000-7000-8000-00000000f001",
    "service": "registry",
    "method": "GET",
    "path": "/v1/registry/organizations/{organization_id}",
    "status": 404,
    "problem": "not_found",
    "milliseconds": 4,
}


class OwnRequest(Output):
    """A call as the gateway saw it: never its body, its query or whose record it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    at: Annotated[datetime, Label("Lúc gọi")] = Field(description="When it came")
    request_id: str = Field(description="X-Request-Id of the call and of its answer")
    service: str | None = Field(description="Null where no operation has such an address")
    method: Annotated[str | None, Label("Phương thức HTTP")] = Field(description="HTTP method")
    path: Annotated[str | None, Label("Đường dẫn")] = Field(description="As the contract writes it, without ids")
    status: Annotated[int, Label("Mã trạng thái HTTP")] = Field(
        description="HTTP status of the answer; 0 where the caller left before it"
    )
    problem: Annotated[str | None, Label("Mã từ chối")] = Field(
        description="`code` of the problem document, where the call was refused"
    )
    milliseconds: Annotated[int, Label("Số mili giây")] = Field(
        description="From its first byte at the gateway to the answer's last"
    )


class OwnRequestPage(Page[OwnRequest]):
    """A page of calls, the newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [_SHOWN], "next_cursor": None, "next": None, "count": None, "sums": None, "facets": None}
            ]
        }
    )


_FROM, _ = instant_range("at", "request.at", "When")
LISTING = Listing(
    name="request",
    filters=(
        text_filter("request_id", "request.request_id", "The call with this id."),
        integer_filter("status", "request.status", "HTTP status of the answer."),
        replace(_FROM, name="from", description="Calls from this instant on."),
        Filter("client_id", "", "Calls of this client system, for administrators of its area; else one's own."),
        # Set by the operation, not by callers: whose calls are shown.
        Filter("_subject", "request.subject = {0}", ""),
    ),
    sorts={"at": SortKey("request.at", "timestamptz")},
    default_sort="-at",
    id_key=SortKey("request.seq", "bigint"),
    source=lambda given: Source(
        "request.at, request.request_id, route.service, route.method, route.path, request.status, request.problem, "
        "request.milliseconds",
        "request LEFT JOIN request_route route ON route.id = request.route_id",
        (f"request.at > now() - interval '{KEPT_DAYS} days'",),
        # A call lies nowhere: its caller alone decides who reads it.
        alliance="'VN'",
        shared=True,
    ),
    represent=lambda row: {name: row[name] for name in OwnRequest.model_fields},
    fields=tuple(OwnRequest.model_fields),
    cache_control="no-store",
)


@list_operation(router, "/requests", LISTING, page=OwnRequestPage, scopes=ANYONE, summary="List own calls")
async def list_requests(call: CurrentCall) -> Response:
    """Page through the caller's own calls of the last seven days, the newest first; they appear within seconds.

    Refusals of the gateway itself are among them where the token was good. An administrator may name a client system of
    the area.
    """
    return await answer_list(call, LISTING, preset={"_subject": await _whose(call)})


async def _whose(call: Call) -> str:
    """Return whose calls are asked for; nobody's where the system is not of the administrator's area. Raises Forbidden."""
    own = call.caller.id
    asked = call.request.query_params.get("client_id", own)
    if asked == own:
        return own
    if not call.caller.scopes.intersection(ADMIN):
        raise common.Forbidden(required_scope=ADMIN[0])
    client = await by_client_id(call.db, asked)
    return asked if client is not None and call.caller.holds(client["alliance"]) else ""


_Name = Annotated[str, StringConstraints(strict=True, max_length=100)]
_Path = Annotated[str, StringConstraints(strict=True, max_length=300)]
_Place = Annotated[str, StringConstraints(strict=True, max_length=100)]


class ReportedRequest(Input):
    """One call that a gateway saw."""

    subject: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200)]
    at: Annotated[datetime, Label("Lúc gọi")] = Field(description="When it came")
    request_id: Annotated[str, StringConstraints(strict=True, max_length=200)]
    service: _Name | None
    method: Annotated[_Name | None, Label("Phương thức HTTP")] = Field(description="HTTP method")
    path: Annotated[_Path | None, Label("Đường dẫn")] = Field(description="As the contract writes it, without ids")
    status: Annotated[int, Label("Mã trạng thái HTTP"), Field(strict=True, ge=0, le=999)] = Field(
        description="HTTP status of the answer; 0 where the caller left before it"
    )
    milliseconds: Annotated[int, Label("Số mili giây"), Field(strict=True, ge=0, le=2**31 - 1)] = Field(
        description="From its first byte at the gateway to the answer's last"
    )
    problem: Annotated[_Name | None, Label("Mã từ chối")] = Field(
        description="`code` of the problem document, where the call was refused"
    )


class RequestReport(Input):
    """What a gateway saw between two positions of its log."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "gateway-1",
                    "behind": "",
                    "position": "9f2c41d07a:18204",
                    "dropped": 0,
                    "items": [{**_SHOWN, "subject": "system-25-2025"}],
                }
            ]
        }
    )

    source: Annotated[str, Label("Cổng"), StringConstraints(strict=True, min_length=1, max_length=100)] = Field(
        description="Which gateway reports"
    )
    behind: Annotated[_Place, Label("Báo tiếp từ")] = Field(
        description="`position` of its report before; empty for the first"
    )
    position: Annotated[_Place, Label("Vị trí trong nhật ký")] = Field(description="Where in its log this report ends")
    dropped: Annotated[int, Label("Số lượt gọi bị mất"), Field(strict=True, ge=0)] = Field(
        description="Calls that are in no report: their log was put aside before it was read"
    )
    items: list[ReportedRequest] = Field(max_length=MOST_REPORTED)


class RequestsReported(Output):
    """Where the gateway's next report begins."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"position": "9f2c41d07a:18204"}]})

    position: Annotated[str, Label("Vị trí trong nhật ký")] = Field(description="`behind` of its next report")


@router.operation(
    "POST",
    "/requests/batch",
    scopes=(GATEWAY_ONLY,),
    response_model=RequestsReported,
    problems=(problems.ReportedElsewhere,),
    summary="Report calls of a gateway",
)
async def report_requests(call: CurrentCall, body: RequestReport) -> Response:
    """Keep what a gateway saw, once, however often it is sent. For the platform's own gateway."""
    seen = [Seen(**item.model_dump()) for item in body.items]
    async with call.db.transaction() as tx:
        await records.keep(tx, body.source, seen, behind=body.behind, position=body.position, dropped=body.dropped)
    return json_reply({"position": body.position})
