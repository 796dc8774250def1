"""Importing participations: every bad cell named, what is new written at once, a repeat harmless."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson
from pydantic import ValidationError

from kernel.database.connections import Transaction
from kernel.database.statements import always, statement
from kernel.feed import organizations
from kernel.feed.organizations import Organization
from kernel.problems import FieldError, Invalid, Problem
from kernel.records import crud
from kernel.records.bulk import create_many
from kernel.values.field_errors import field_errors_of
from kernel.values.ids import new_id
from kernel.values.origins import origin
from kernel.values.text import name_folded
from kernel.web.auth import NATION
from kernel.web.calls import Call
from kernel.web.replies import dump
from kernel.workbooks.table import Line, Sent
from services.training.parties import earlier_provinces, meet_parties
from services.training.rows import ParticipationRow
from services.training.trade.event_access import EVENT_FACTS, EventFacts
from services.training.trade.imports.columns import EVENT_FIELDS, products_of
from services.training.trade.participations.columns import columns_at
from services.training.trade.participations.records import (
    PARTICIPATION,
    PARTICIPATION_CHANGE,
    PARTICIPATION_TYPE,
)
from services.training.trade.participations.schemas import ParticipationCreate

Errors = list[tuple[str | None, FieldError]]
EventKey = tuple[str, str]


@dataclass
class Outcome:
    """What became of one row: created, unchanged, different, changed or failed."""

    row: int
    result: str = "failed"
    participation_id: str | None = None
    differences: list[str] = field(default_factory=list)
    errors: Errors = field(default_factory=list)


@dataclass
class Item:
    """One row of the file on its way."""

    line: Line
    body: dict[str, Any]
    parsed: ParticipationCreate | None
    outcome: Outcome
    origin: str
    """The file and the row, as the history of the participation says them."""
    event: EventFacts | None = None


def _read(line: Line, file_name: str) -> Item:
    outcome = Outcome(line.number, errors=list(line.faults))
    body = {name: value for name, value in line.values.items() if name not in EVENT_FIELDS}
    if "products" in body:
        products = products_of(body.pop("products"))
        if isinstance(products, FieldError):
            outcome.errors.append(("products", products))
        else:
            body["products"] = products
    in_error, parsed = {name for name, _ in outcome.errors}, None
    try:
        parsed = ParticipationCreate.model_validate(body)
    except ValidationError as refused:
        for error in field_errors_of(refused.errors(), prefix=()):
            at = _field_at(error)
            if at not in in_error:
                outcome.errors.append((at, error))
    return Item(line, body, None if outcome.errors else parsed, outcome, origin(file_name, line.number))


def _field_at(error: FieldError) -> str | None:
    """Return the column that an error of the body is about; None for the row as a whole."""
    at = (error.pointer or "").lstrip("/").partition("/")[0]
    return at or None


async def read(call: Call, sent: Sent) -> list[Item]:
    """Return the rows of a file with what is wrong in each, and ask the registry for whom and what they name."""
    items = await asyncio.to_thread(lambda: [_read(line, sent.name) for line in sent.table.lines()])
    await meet_parties(call, *(item.parsed for item in items))
    return items


# One import of participations at a time: two runs of a file would not see each other's rows.
IMPORT_TURN = always(bool, "SELECT pg_try_advisory_xact_lock(hashtext('import participations'))")


async def run(tx: Transaction, call: Call, items: list[Item], *, update: bool) -> list[Outcome]:
    """Do what the file says in this transaction, as far as rows are right; the caller keeps it or undoes it."""
    await _find_events(tx, call, items)
    right = [item for item in items if item.parsed is not None and item.event is not None]
    existing = await _existing(tx, right)
    organization_ids = [item.parsed.organization_id for item in right if item.parsed is not None]
    earlier = await earlier_provinces(tx, organization_ids, by=call.caller)
    parties = await organizations.known(tx, organization_ids)
    seen: dict[tuple[str, str], int] = {}
    new: list[dict[str, Any]] = []
    origins: list[str] = []
    for item in right:
        assert item.parsed is not None, "kept to these above"
        assert item.event is not None, "kept to these above"
        key = (item.event["id"], item.parsed.organization_id)
        if key in seen:
            words = (f"Trùng với dòng {seen[key]}; hãy bỏ một dòng.", f"The same as row {seen[key]}; leave one out.")
            item.outcome.errors.append((None, FieldError("given_twice", words)))
            continue
        seen[key] = item.line.number
        try:
            if (row := existing.get(key)) is None:
                party = organizations.judged(call, parties, item.parsed.organization_id, "/organization_id")
                new.append(await _columns(tx, call, item, party, earlier))
                origins.append(item.origin)
            else:
                await _compare(tx, call, item, row, update=update)
        except Problem as problem:
            item.outcome.result = "failed"
            item.outcome.errors += _errors_of(problem)
    await create_many(tx, PARTICIPATION, new, by=call.caller, reasons=origins)
    return [item.outcome for item in items]


def _errors_of(problem: Problem) -> Errors:
    if isinstance(problem, Invalid):
        return [(_field_at(error), error) for error in problem.members["errors"]]
    at = {
        "trade_event_state_forbids": "event_name",
        "trade_event_not_begun": "starts_on",
        "organization_unknown_yet": "organization_id",
    }
    words = (problem.document("vi")["detail"], problem.document("en")["detail"])
    return [(at.get(problem.code), FieldError(problem.code, words))]


# The events that a file names, held so that neither their days nor their states change while it is written; in the order
# of ids. By ix_trade_event_starts_on.
_EVENTS = statement(
    EventFacts,
    """
    {select} WHERE (name_folded, starts_on) IN (SELECT * FROM unnest($1::text[], $2::date[]))
       AND ($3::text IS NULL OR alliance IN ($3, '{nation}')) ORDER BY id FOR SHARE""".replace(
        "{select}", EVENT_FACTS
    ).replace("{nation}", NATION),
)


def _event_key(item: Item) -> EventKey | None:
    values = item.line.values
    if "event_name" not in values or "starts_on" not in values:
        return None
    return name_folded(values["event_name"]), values["starts_on"]


async def _find_events(tx: Transaction, call: Call, items: Iterable[Item]) -> None:
    """Give each row its event; name the cell where there is none, or more than one."""
    keyed = [(item, key) for item in items if (key := _event_key(item)) is not None]
    keys = sorted({key for _, key in keyed})
    by_key: dict[EventKey, list[EventFacts]] = {}
    names, days = [name for name, _ in keys], [date.fromisoformat(day) for _, day in keys]
    for event in await tx.fetch(_EVENTS, names, days, call.caller.alliance):
        by_key.setdefault((event["name_folded"], event["starts_on"].isoformat()), []).append(event)
    for item, key in keyed:
        events = by_key.get(key, [])
        if len(events) == 1:
            item.event = events[0]
        elif events:
            words = (
                "Có nhiều sự kiện cùng tên và ngày; hãy nhập trực tiếp vào sự kiện.",
                "Several events have this name and day; enter it at the event itself.",
            )
            item.outcome.errors.append(("event_name", FieldError("trade_event_ambiguous", words)))
        else:
            words = (
                "Không có sự kiện tên này khai mạc ngày này; hãy kiểm tra tên và ngày.",
                "No event of this name begins on this day; check name and day.",
            )
            item.outcome.errors.append(("event_name", FieldError("unknown_trade_event", words)))


# What the organizations of a file are recorded with already, locked in the order of ids. By uq_participation_organization.
_EXISTING = statement(
    ParticipationRow,
    """
    {select}
     WHERE (trade_event_id, organization_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
     ORDER BY id FOR NO KEY UPDATE""".replace("{select}", PARTICIPATION.select),
)


async def _existing(tx: Transaction, items: list[Item]) -> dict[tuple[str, str], ParticipationRow]:
    event_ids = [item.event["id"] for item in items if item.event is not None]
    organization_ids = [item.parsed.organization_id for item in items if item.parsed is not None]
    rows = await tx.fetch(_EXISTING, event_ids, organization_ids)
    return {(row["trade_event_id"], row["organization_id"]): row for row in rows}


async def _columns(
    tx: Transaction, call: Call, item: Item, party: Organization | None, earlier: Mapping[str, str]
) -> dict[str, Any]:
    assert item.parsed is not None, "kept to these before"
    assert item.event is not None, "kept to these before"
    values = {
        "id": new_id(),
        **await columns_at(tx, item.event, item.parsed, None, party, lookup=call, earlier=earlier),
    }
    item.outcome.result, item.outcome.participation_id = "created", values["id"]
    return values


async def _compare(tx: Transaction, call: Call, item: Item, row: ParticipationRow, *, update: bool) -> None:
    """Find a participation as the row says it, or otherwise: then it is left, or corrected where `update` asks for it."""
    outcome = item.outcome
    if not call.caller.holds(row["alliance"]):
        words = ("Lượt này thuộc địa bàn khác.", "This participation is of another area.")
        outcome.errors.append(("organization_id", FieldError("outside_area", words)))
        return
    outcome.participation_id, outcome.result = row["id"], "unchanged"
    before = orjson.loads(dump(PARTICIPATION.represent(row)))
    cells = {name: value for name, value in item.body.items() if name not in ("organization_id", "province")}
    if "products" in cells:
        cells["products"] = [
            {**dict.fromkeys(("name", "product_id", "quantity", "unit")), **p} for p in cells["products"]
        ]
    outcome.differences = [name for name, value in cells.items() if value != before[name]]
    if not outcome.differences:
        return
    outcome.result = "different"
    if update:
        patch = PARTICIPATION_CHANGE.model_validate(
            {name: item.body[name] for name in outcome.differences} | {"reason": item.origin}
        )
        await crud.change(tx, call, PARTICIPATION_TYPE, row, patch)
        outcome.result = "changed"
