"""Importing participations: every bad cell named, what is new written at once, a repeat harmless."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from pydantic import ValidationError

from kernel.database.connections import Row, Transaction
from kernel.feed import organizations
from kernel.feed.organizations import Organization
from kernel.problems import FieldError, Invalid, Problem
from kernel.records import crud
from kernel.records.bulk import create_many
from kernel.records.records import dump
from kernel.values.field_errors import field_errors_of
from kernel.values.ids import new_id
from kernel.values.text import name_folded
from kernel.web.auth import NATION
from kernel.web.operations import Call
from kernel.workbooks.imports import Line, Table
from services.training.parties import meet_parties, said_before
from services.training.trade.imports.columns import EVENT_FIELDS, products_of
from services.training.trade.participations.records import PARTICIPATION
from services.training.trade.participations.routes import KIND
from services.training.trade.participations.schemas import ParticipationCreate
from services.training.trade.participations.service import columns_at
from services.training.trade.trade_events.records import TRADE_EVENT

Faults = list[tuple[str | None, FieldError]]
EventKey = tuple[str, str]


@dataclass
class Outcome:
    """What became of one row: created, unchanged, different, changed or failed."""

    row: int
    result: str = "failed"
    participation_id: str | None = None
    differences: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=list)


@dataclass
class Item:
    """One row of the file on its way."""

    line: Line
    body: dict[str, Any]
    parsed: ParticipationCreate | None
    outcome: Outcome
    event: Row | None = None


def _read(line: Line) -> Item:
    outcome = Outcome(line.number, faults=list(line.faults))
    body = {name: value for name, value in line.values.items() if name not in EVENT_FIELDS}
    if "products" in body:
        products = products_of(body.pop("products"))
        if isinstance(products, FieldError):
            outcome.faults.append(("products", products))
        else:
            body["products"] = products
    told, parsed = {name for name, _ in outcome.faults}, None
    try:
        parsed = ParticipationCreate.model_validate(body)
    except ValidationError as error:
        for fault in field_errors_of(error.errors(), prefix=()):
            at = _field_at(fault)
            if at not in told:
                outcome.faults.append((at, fault))
    return Item(line, body, None if outcome.faults else parsed, outcome)


def _field_at(fault: FieldError) -> str | None:
    """Return the column that a fault of the body is about; None for the row as a whole."""
    at = (fault.pointer or "").lstrip("/").partition("/")[0]
    return at or None


async def read(call: Call, table: Table) -> list[Item]:
    """Return the rows of a file with what is wrong in each, and have what the registry says of whom and what they name."""
    items = await asyncio.to_thread(lambda: [_read(line) for line in table.lines()])
    await meet_parties(call, *(item.parsed for item in items))
    return items


async def run(tx: Transaction, call: Call, items: list[Item], *, update: bool) -> list[Outcome]:
    """Do what the file says in this transaction, as far as rows are right; the caller keeps it or undoes it."""
    await _find_events(tx, call, items)
    right = [item for item in items if item.parsed is not None and item.event is not None]
    known = await _known(tx, right)
    named = [item.parsed.organization_id for item in right if item.parsed is not None]
    lie, told = await said_before(tx, call, named), await organizations.known(tx, named)
    seen: dict[tuple[str, str], int] = {}
    new: list[dict[str, Any]] = []
    for item in right:
        assert item.parsed is not None, "kept to these above"
        assert item.event is not None, "kept to these above"
        key = (item.event["id"], item.parsed.organization_id)
        if key in seen:
            words = (f"Trùng với dòng {seen[key]}; hãy bỏ một dòng.", f"The same as row {seen[key]}; leave one out.")
            item.outcome.faults.append((None, FieldError("given_twice", words)))
            continue
        seen[key] = item.line.number
        try:
            if (row := known.get(key)) is None:
                organization = organizations.judged(call, told, item.parsed.organization_id, "/organization_id")
                new.append(await _columns(tx, call, item, organization, lie))
            else:
                await _compare(tx, call, item, row, update=update)
        except Problem as problem:
            item.outcome.result = "failed"
            item.outcome.faults += _told(problem)
    await create_many(tx, PARTICIPATION, new, by=call.caller)
    return [item.outcome for item in items]


def _told(problem: Problem) -> Faults:
    if isinstance(problem, Invalid):
        return [(_field_at(fault), fault) for fault in problem.members["errors"]]
    at = {
        "trade_event_state_forbids": "event_name",
        "trade_event_not_begun": "starts_on",
        "organization_unknown_yet": "organization_id",
    }
    words = (problem.document("vi")["detail"], problem.document("en")["detail"])
    return [(at.get(problem.code), FieldError(problem.code, words))]


# Held, so that neither their days nor their states change while the file is written; in id order.
_EVENTS = f"""
    {TRADE_EVENT.select} WHERE (name_folded, starts_on) IN (SELECT * FROM unnest($1::text[], $2::date[]))
       AND ($3::text IS NULL OR alliance IN ($3, '{NATION}')) ORDER BY id FOR SHARE"""


def _event_key(item: Item) -> EventKey | None:
    values = item.line.values
    if "event_name" not in values or "starts_on" not in values:
        return None
    return name_folded(values["event_name"]), values["starts_on"]


async def _find_events(tx: Transaction, call: Call, items: Iterable[Item]) -> None:
    """Give each row its event; name the cell where there is none, or more than one."""
    keyed = [(item, key) for item in items if (key := _event_key(item)) is not None]
    keys = sorted({key for _, key in keyed})
    found: dict[EventKey, list[Row]] = {}
    names, days = [name for name, _ in keys], [date.fromisoformat(day) for _, day in keys]
    for row in await tx.fetch(_EVENTS, names, days, call.caller.alliance):
        found.setdefault((row["name_folded"], row["starts_on"].isoformat()), []).append(row)
    for item, key in keyed:
        events = found.get(key, [])
        if len(events) == 1:
            item.event = events[0]
        elif events:
            words = (
                "Có nhiều sự kiện cùng tên và ngày; hãy nhập trực tiếp vào sự kiện.",
                "Several events have this name and day; enter it at the event itself.",
            )
            item.outcome.faults.append(("event_name", FieldError("trade_event_ambiguous", words)))
        else:
            words = (
                "Không có sự kiện tên này khai mạc ngày này; hãy kiểm tra tên và ngày.",
                "No event of this name begins on this day; check name and day.",
            )
            item.outcome.faults.append(("event_name", FieldError("unknown_trade_event", words)))


_KNOWN = f"""
    {PARTICIPATION.select}
     WHERE (trade_event_id, organization_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
     ORDER BY id FOR NO KEY UPDATE"""


async def _known(tx: Transaction, items: list[Item]) -> dict[tuple[str, str], Row]:
    events = [item.event["id"] for item in items if item.event is not None]
    organizations = [item.parsed.organization_id for item in items if item.parsed is not None]
    rows = await tx.fetch(_KNOWN, events, organizations)
    return {(row["trade_event_id"], row["organization_id"]): row for row in rows}


async def _columns(
    tx: Transaction, call: Call, item: Item, told: Organization | None, lie: Mapping[str, str]
) -> dict[str, Any]:
    assert item.parsed is not None, "kept to these before"
    assert item.event is not None, "kept to these before"
    values = {"id": new_id(), **await columns_at(tx, call, item.event, item.parsed, None, told, lie)}
    item.outcome.result, item.outcome.participation_id = "created", values["id"]
    return values


async def _compare(tx: Transaction, call: Call, item: Item, row: Row, *, update: bool) -> None:
    """Find a participation as the row says it, or otherwise: then it is left, or corrected where `update` asks for it."""
    outcome = item.outcome
    if not call.caller.holds(row["alliance"]):
        words = ("Lượt này thuộc địa bàn khác.", "This participation is of another area.")
        outcome.faults.append(("organization_id", FieldError("outside_area", words)))
        return
    outcome.participation_id, outcome.result = row["id"], "unchanged"
    stands = orjson.loads(dump(PARTICIPATION.represent(row)))
    given = {name: value for name, value in item.body.items() if name not in ("organization_id", "province")}
    if "products" in given:
        given["products"] = [
            {**dict.fromkeys(("name", "product_id", "quantity", "unit")), **p} for p in given["products"]
        ]
    outcome.differences = [name for name, value in given.items() if value != stands[name]]
    if not outcome.differences:
        return
    outcome.result = "different"
    if update:
        assert KIND.change is not None, "participations are corrected"
        patch = KIND.change.model_validate({name: item.body[name] for name in outcome.differences})
        await crud.change(tx, call, KIND, row, patch)
        outcome.result = "changed"
