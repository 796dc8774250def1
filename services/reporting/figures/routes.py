"""Figures of everything in one place, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from kernel.values.common_lists import COMMUNE_MAPS, FIGURE_COMPARISONS, INCOME_PERIODS, MONEY_UNITS
from kernel.values.days import AsOf
from kernel.web.calls import CurrentCall
from kernel.web.operations import ApiRouter
from kernel.web.replies import PRIVATE, json_reply
from kernel.web.schemas import listed
from services.reporting.figures.answer import figures
from services.reporting.figures.checking import GROUPS, SCOPES, Given, checked
from services.reporting.figures.schemas import Figures
from services.reporting.figures.totals import totals
from services.reporting.scopes import PREFIX, READ

_INDICATORS = {
    "name": "indicators",
    "in": "query",
    "required": False,
    "description": "Codes of the catalogue, each alone or with a scope, cooperatives_new:alliance_led; default: all. Separated by commas.",
    "schema": {
        "type": "array",
        "items": {"type": "string", "pattern": "^[a-z][a-z0-9_]*(:[a-z_]+)?$", "maxLength": 150},
        "minItems": 1,
        "maxItems": 200,
    },
    "style": "form",
    "explode": False,
}

router = ApiRouter(prefix=PREFIX, tags=["figures"])


# GET    /v1/reporting/figures
@router.operation(
    "GET",
    "/figures",
    scopes=READ,
    response_model=Figures,
    summary="List figures of all services",
    openapi_extra={"parameters": [_INDICATORS]},
)
async def list_figures(
    call: CurrentCall,
    from_: Annotated[AsOf, Query(alias="from", description="First day of the period")],
    to: Annotated[AsOf, Query(description="Last day; stocks are taken at its end")],
    indicators: Annotated[str | None, Query(max_length=6000, include_in_schema=False)] = None,
    province: Annotated[
        str | None,
        Query(description="Province on either map, or VN; default: the caller's whole area", max_length=7),
    ] = None,
    scope: Annotated[
        str | None,
        Query(
            max_length=40,
            json_schema_extra=listed(SCOPES),
            description="Of what is named without one; default: each indicator's own",
        ),
    ] = None,
    group_by: Annotated[
        str | None,
        Query(max_length=40, json_schema_extra=listed(GROUPS), description="What each of the indicators must offer"),
    ] = None,
    map_: Annotated[
        str | None,
        Query(
            alias="geography",
            description="Map that `group_by` province and commune use; default: in force on `to`",
            json_schema_extra=listed(COMMUNE_MAPS),
        ),
    ] = None,
    plan: Annotated[
        str | None,
        Query(
            max_length=36,
            json_schema_extra={"format": "uuid"},
            description="The plan to measure by; default: the approved one of these days",
        ),
    ] = None,
    plan_version: Annotated[int | None, Query(ge=1, le=100_000, description="Of `plan`; default: its newest")] = None,
    previous: Annotated[
        str | None,
        Query(
            max_length=10,
            json_schema_extra=listed(FIGURE_COMPARISONS),
            description="year: compare with the same days a year before; period: with the period directly before",
        ),
    ] = None,
    per: Annotated[
        str | None,
        Query(
            max_length=10,
            json_schema_extra=listed(INCOME_PERIODS),
            description="Income of a worker for a month, a half-year or a year that the days asked are as long as; default: month",
        ),
    ] = None,
    money: Annotated[
        str | None,
        Query(
            max_length=11,
            json_schema_extra=listed(MONEY_UNITS),
            description="Amounts in đồng or in millions of it, and so their numerators; default: đồng",
        ),
    ] = None,
    cut_off: Annotated[
        bool, Query(description="`to` is a report's cut-off day: plans are judged on it, and none is running")
    ] = False,
) -> Response:
    """Return figures of any indicators of the catalogue, asked at once from the services that count them.

    Each as `indicator-values` of its service has it, seen with the caller's own rights, with its plan, its estimates and what
    others report of the same. A service that does not answer leaves its figures `unavailable`, never 0, and the others stand.
    """
    given = Given(
        indicators=indicators,
        from_=from_,
        to=to,
        province=province,
        scope=scope,
        group_by=group_by,
        geography=map_,
        plan=plan,
        plan_version=plan_version,
        previous=previous,
        per=per,
        money=money,
        cut_off=cut_off,
    )
    ask = checked(given, call.caller)
    items = await figures(call, ask)
    headers = {"Content-Language": call.language, "Vary": "Accept-Language"}
    return json_reply({"items": items, "totals": totals(ask, items)}, cache=PRIVATE, headers=headers)
