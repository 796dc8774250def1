"""Funds as records: how they are listed, entered and corrected."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import Resource, read, table_of, update
from kernel.records.confirmations import Confirmation, awaiting
from kernel.records.crud import (
    RecordType,
    listing_of,
    merge_patch_model,
    outside_area,
    representation,
)
from kernel.records.listing import SortKey, code_filter, text_filter
from kernel.values import geography
from kernel.values.text import name_folded
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds import models, rows
from services.funds.capital.funds.schemas import Fund, FundCreate
from services.funds.field_types import NAME_FILTER, valid_on
from services.funds.rows import FundRow
from services.funds.scopes import APPROVE, READ, WRITE

FUND = Resource(
    "fund", table_of(models.Fund), "/v1/funds/funds", representation(Fund, parsed=("confirmation",)), row=rows.FundRow
)


async def _columns(tx: Transaction, call: Call, body: FundCreate, row: FundRow | None) -> dict[str, Any]:
    province = geography.province(body.province)
    assert province is not None
    alliance = province.id if province.map == "2025" else str(province.successor_id)
    if not call.caller.holds(alliance):
        raise outside_area("/province")
    values = {**body.model_dump(exclude={"id", "reason"}), "alliance": alliance, "name_folded": name_folded(body.name)}
    if row is None:
        return {**values, "pending_opening_until": None}
    if body.opening_until == row["opening_until"]:
        return values
    return {
        **values,
        "opening_until": row["opening_until"],
        "pending_opening_until": body.opening_until,
        **awaiting(call.caller),
    }


async def _open_until(tx: Transaction, call: Call, fund: FundRow) -> FundRow:
    """Let the confirmed last day of openings hold."""
    values = {"opening_until": fund["pending_opening_until"], "pending_opening_until": None}
    return await update(tx, FUND, fund, values, by=call.caller)


LISTING = listing_of(
    FUND,
    Fund,
    (
        NAME_FILTER,
        code_filter("state", "r.state", codes.FUND_STATES, "State."),
        code_filter("operating_model", "r.operating_model", codes.OPERATING_MODELS, "How it is run."),
        text_filter("province", "r.province", "Where it lends, as it was entered."),
        valid_on("Funds valid on that day"),
    ),
    sorts={"name": SortKey("r.name_folded")},
    facets=("state", "operating_model"),
)


FUNDS = RecordType(
    resource=FUND,
    plural="funds",
    output=Fund,
    create=FundCreate,
    listing=LISTING,
    columns=_columns,
    # A new fund needs nobody else; a later change of its last day of openings does.
    confirmation=Confirmation(
        scopes=APPROVE,
        take_effect=_open_until,
        of="a pending change of a fund",
        needed=lambda body: False,
        ended={"pending_opening_until": None},
    ),
    change=merge_patch_model(FundCreate, without=("province",)),
    read_scopes=READ,
    write_scopes=WRITE,
)


async def check_fund(call: Call, fund_id: str | None) -> None:
    """Raise Invalid for a fund that a query names and that is not of the caller's area."""
    if fund_id is not None and await read(call.db, FUND, fund_id, call.caller) is None:
        words = ("Không có quỹ này trong địa bàn của bạn.", "There is no such fund in your area.")
        raise Invalid(FieldError("unknown_fund", words, parameter="fund_id"))
