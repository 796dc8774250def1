"""Importing facts: each row is created, found as it is, found otherwise, or refused; a file sent again changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from pydantic import ValidationError

from kernel import records
from kernel.database.connections import Transaction
from kernel.problems import FieldError, NotFound, Problem
from kernel.records import crud
from kernel.values.field_errors import field_errors_of
from kernel.values.origins import origin
from kernel.web.auth import Caller
from kernel.web.calls import Call
from kernel.web.replies import dump
from kernel.workbooks.table import Line, Sent
from services.registry.imports.facts.declarations import FactImport
from services.registry.imports.facts.entering import Known, enter
from services.registry.imports.facts.items import Item, Outcome, errors_of, field_at, patch_of, say_written
from services.registry.imports.facts.organizations import Organizations, read_named, unknown_organization
from services.registry.organizations.queries import lock_all, with_ids
from services.registry.organizations.records import ORGANIZATION
from services.registry.rows import OrganizationRow


async def run(tx: Transaction, call: Call, what: FactImport, sent: Sent, *, update: bool) -> list[Outcome]:
    """Do what the file says in this transaction, as far as rows are right; the caller keeps it or undoes it."""
    items = await asyncio.to_thread(lambda: [_read(what, line, sent.name, call.caller) for line in sent.table.lines()])
    await _find_organizations(tx, call, items)
    known = await _find_existing(tx, what, [item for item in items if item.is_right], update=update)
    waiting: dict[str, list[Item]] = {}
    for item in items:
        if item.is_right and item.outcome.result == "failed":
            waiting.setdefault(item.outcome.organization_id or "", []).append(item)
    groups = [*waiting.values()]
    await enter(tx, call, what, [group for group in groups if not _redates(what, group)], known)
    for group in [group for group in groups if _redates(what, group)]:
        await _together(tx, call, what, sorted(group, key=lambda item: what.order(item.values)))
    return [item.outcome for item in items]


def _read(what: FactImport, line: Line, file_name: str, by: Caller) -> Item:
    own = {column.field for column in what.own}
    body = {name: value for name, value in line.values.items() if name in own}
    for name in what.lists & body.keys():
        body[name] = [part.strip() for part in body[name].split(";") if part.strip()]
    for name in what.flags & body.keys():
        body[name] = body[name] == "true"
    item = Item(line, Outcome(line.number, errors=[*line.faults]), origin(file_name, line.number), body)
    named = read_named(line.values, by)
    if isinstance(named, tuple):
        item.outcome.errors.append(named)
    else:
        item.named = named
    in_error = {name for name, _ in item.outcome.errors}
    assert what.fact_type.create is not None, "what is imported is entered"
    try:
        item.parsed = what.fact_type.create.model_validate(body)
    except ValidationError as refused:
        faults = [(field_at(fault), fault) for fault in field_errors_of(refused.errors(), prefix=())]
        item.outcome.errors += [(at, fault) for at, fault in faults if at not in in_error]
    return item


async def _find_organizations(tx: Transaction, call: Call, items: Sequence[Item]) -> None:
    """Give each row its organization, locked in the order of ids, or name the cell that names none."""
    named = [item.named for item in items if item.named is not None]
    organizations = await Organizations.read(tx, named, call.caller)
    for item in items:
        if item.named is None:
            continue
        found = organizations.of(item.named, call.caller)
        if isinstance(found, tuple):
            item.outcome.errors.append(found)
        else:
            item.outcome.organization_id = found["id"]
    ids = sorted({item.outcome.organization_id for item in items if item.outcome.organization_id is not None})
    await lock_all(tx, ids, alliance=call.caller.alliance)
    locked = {row["id"]: row for row in await with_ids(tx, ids, alliance=call.caller.alliance)}
    for item in items:
        item.organization = locked.get(item.outcome.organization_id or "")
        if item.organization is None and item.named is not None and item.is_right:
            # Removed, or moved out of the area, since it was found.
            item.outcome.errors.append((item.named.by, unknown_organization()))


async def _find_existing(tx: Transaction, what: FactImport, items: Sequence[Item], *, update: bool) -> Known:
    """Compare each row with the fact that is recorded under its key; return all that are recorded, by organization.

    What is left to be written has no result yet.
    """
    ids = sorted({item.outcome.organization_id or "" for item in items})
    recorded: dict[str, list[Mapping[str, Any]]] = {}
    known: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    # The organizations are locked, so that no fact of them is entered or corrected meanwhile.
    for row in await tx.fetch(what.of_organizations, ids):
        recorded.setdefault(row["organization_id"], []).append(row)
        known.setdefault((row["organization_id"], what.key(row)), []).append(row)
    seen: dict[tuple[Any, ...], int] = {}
    for item in items:
        key = (item.outcome.organization_id, what.key(item.values))
        first = seen.setdefault(key, item.line.number)
        if first != item.line.number:
            words = (f"Trùng với dòng {first}; hãy bỏ một dòng.", f"The same as row {first}; leave one out.")
            item.outcome.errors.append((None, FieldError("given_twice", words)))
        elif key in known:
            _compare(what, item, known[key], update=update)
    return recorded


def _compare(what: FactImport, item: Item, known: Sequence[Mapping[str, Any]], *, update: bool) -> None:
    """Find a fact as the row says it, or otherwise: then it is left, or corrected where `update` asks for it."""
    said = item.parsed.model_dump(mode="json", exclude_unset=True)
    differing = [(row, _differences(what, row, said)) for row in known]
    existing, differences = min(differing, key=lambda each: len(each[1]))
    outcome = item.outcome
    outcome.compares_private = any(name in said for name in what.private)
    outcome.record_id, outcome.version, outcome.differences = existing["id"], existing["version"], differences
    if not differences:
        outcome.result = "unchanged"
    elif not update:
        outcome.result = "different"
    else:
        item.existing = existing


def _differences(what: FactImport, row: Mapping[str, Any], said: Mapping[str, Any]) -> list[str]:
    """Return the fields of the row that the fact has otherwise; why it was entered is none of them."""
    shown: dict[str, Any] = orjson.loads(dump(what.fact_type.resource.represent(row)))
    shown.update({name: row[name] for name in what.private})
    return [name for name, value in said.items() if name != "reason" and shown[name] != value]


def _redates(what: FactImport, group: Sequence[Item]) -> bool:
    """Say whether a row of the organization corrects the day that places a fact: its rows are written one after the other."""
    return any(item.existing is not None and what.rules.day in item.outcome.differences for item in group)


async def _together(tx: Transaction, call: Call, what: FactImport, group: Sequence[Item]) -> None:
    """Write the rows of one organization, and let its timeline follow once; where that is refused, find out by whom."""
    quiet = replace(what.fact_type, derive=None)
    try:
        async with tx.raw.transaction():
            written = [await _write(tx, call, what, quiet, item) for item in group]
            if what.fact_type.derive is not None:
                # Each write left the locked organization in `call.record`; nothing has changed it since.
                await what.fact_type.derive(tx, call, written[-1], group[-1].origin)
    except Problem as problem:
        if len(group) == 1:
            group[0].outcome.errors += errors_of(what, group[0], problem)
            return
        for item in group:
            await _together(tx, call, what, [item])
        return
    for item, row in zip(group, written, strict=True):
        say_written(item, row)


async def _write(
    tx: Transaction, call: Call, what: FactImport, quiet: crud.RecordType[Any], item: Item
) -> Mapping[str, Any]:
    if item.existing is not None:
        call.record = await _owner(tx, call, item)
        return await crud.change(tx, call, quiet, item.existing, patch_of(what, item))
    row, _ = await crud.create(tx, call, quiet, item.parsed, parent_id=item.outcome.organization_id, reason=item.origin)
    written: Mapping[str, Any] = row
    return written


async def _owner(tx: Transaction, call: Call, item: Item) -> OrganizationRow:
    owner = await records.read(tx, ORGANIZATION, item.outcome.organization_id or "", call.caller, lock=True)
    if owner is None:
        raise NotFound()
    return owner
