"""Funds over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kernel.database.connections import Row, Transaction
from kernel.records.crud import (
    RecordType,
    listing_of,
    merge_patch_model,
    outside_area,
    record_router,
    representation,
)
from kernel.records.listing import Filter, SortKey, code_filter, day_filter, text_filter
from kernel.records.records import Resource, dump, existing, table_of
from kernel.values import geography
from kernel.values.days import Day, today
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.text import name_folded
from kernel.web.operations import Call, CurrentCall
from services.funds import code_lists as codes
from services.funds import models, rows
from services.funds.capital.funds.position import position_of
from services.funds.capital.funds.schemas import Fund, FundCreate, FundPosition
from services.funds.scopes import READ, WRITE

FUND = Resource("fund", table_of(models.Fund), "/v1/funds/funds", representation(Fund), row=rows.FundRow)


def folded(value: str) -> str:
    """Return a query as names are searched. Raises the fault of one without letters or digits."""
    found = name_folded(value)
    if not found:
        raise field_error("wrong_format", "Hãy ghi ít nhất một chữ hoặc số.", "Give at least one letter or digit.")
    return found


NAME_FILTER = Filter(
    "q", "r.name_folded LIKE '%' || {0} || '%'", "Search in names without regard to case or marks.", folded
)


async def _columns(tx: Transaction, call: Call, body: FundCreate, row: Row | None) -> dict[str, Any]:
    province = geography.province(body.province)
    assert province is not None
    alliance = province.id if province.map == "2025" else str(province.successor_id)
    if not call.caller.holds(alliance):
        raise outside_area("/province")
    values = body.model_dump(exclude={"id", "reason"})
    return {**values, "alliance": alliance, "name_folded": name_folded(body.name)}


LISTING = listing_of(
    FUND,
    Fund,
    (
        NAME_FILTER,
        code_filter("state", "r.state", codes.FUND_STATES, "State."),
        code_filter("operating_model", "r.operating_model", codes.OPERATING_MODELS, "How it is run."),
        text_filter("province", "r.province", "Where it lends, as it was entered."),
        day_filter(
            "as_of",
            "(r.valid_from <= {0}::date AND (r.valid_until IS NULL OR r.valid_until >= {0}::date))",
            "Funds valid on that day",
        ),
    ),
    sorts={"name": SortKey("r.name_folded")},
    facets=("state", "operating_model"),
)
KIND = RecordType(
    FUND,
    "funds",
    Fund,
    FundCreate,
    LISTING,
    _columns,
    change=merge_patch_model(FundCreate, without=("province",)),
    read_scopes=READ,
    write_scopes=WRITE,
)
router = record_router(KIND)


@router.operation(
    "GET",
    "/funds/{fund_id}/position",
    scopes=READ,
    guard=existing(FUND, "fund_id"),
    response_model=FundPosition,
    summary="What a fund owns, has lent, has promised and may still lend",
)
async def read_fund_position(
    call: CurrentCall,
    fund_id: Id,
    as_of: Annotated[Day | None, Query(description="Position at the end of that day; today if left out")] = None,
) -> Response:
    """Derive the position from the records, for any past day: an entry made late changes it as it should."""
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        document = await position_of(tx, call.found, as_of or today())
    return Response(dump(document), 200, {"Cache-Control": FUND.cache_control}, "application/json")
