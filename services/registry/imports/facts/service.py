"""Importing facts: each row is created, found as it is, found otherwise, or refused; a file sent again changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from pydantic import ValidationError

from kernel import records
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid, NotFound, Problem
from kernel.records import crud
from kernel.records.bulk import create_many
from kernel.values.field_errors import field_errors_of
from kernel.values.origins import origin
from kernel.web.auth import Caller
from kernel.web.calls import Call
from kernel.web.replies import dump
from kernel.workbooks.table import Line, Sent
from services.registry.imports.facts.declarations import FactImport
from services.registry.imports.facts.organizations import Named, Organizations, read_named, unknown_organization
from services.registry.organizations.queries import lock_all, with_ids
from services.registry.organizations.records import ORGANIZATION, is_undated
from services.registry.rows import OrganizationRow

Errors = list[tuple[str | None, FieldError]]


@dataclass
class Outcome:
    """What became of one row: created, changed, unchanged, different or failed."""

    row: int
    result: str = "failed"
    record_id: str | None = None
    organization_id: str | None = None
    version: int | None = None
    differences: list[str] = field(default_factory=list)
    errors: Errors = field(default_factory=list)


@dataclass
class Item:
    """One row of the file on its way."""

    line: Line
    outcome: Outcome
    origin: str
    body: dict[str, Any]
    parsed: Any = None
    named: Named | None = None
    organization: OrganizationRow | None = None
    existing: Mapping[str, Any] | None = None
    """The fact that the row corrects; None for one that is new."""

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong in it so far."""
        return not self.outcome.errors

    @property
    def values(self) -> dict[str, Any]:
        """What its body says."""
        values: dict[str, Any] = self.parsed.model_dump()
        return values


async def run(tx: Transaction, call: Call, what: FactImport, sent: Sent, *, update: bool) -> list[Outcome]:
    """Do what the file says in this transaction, as far as rows are right; the caller keeps it or undoes it."""
    items = await asyncio.to_thread(lambda: [_read(what, line, sent.name, call.caller) for line in sent.table.lines()])
    await _find_organizations(tx, call, items)
    await _find_existing(tx, what, [item for item in items if item.is_right], update=update)
    waiting: dict[str, list[Item]] = {}
    for item in items:
        if item.is_right and item.outcome.result == "failed":
            waiting.setdefault(item.outcome.organization_id or "", []).append(item)
    at_once: list[tuple[Item, dict[str, Any]]] = []
    for group in waiting.values():
        if _follows(what, group):
            await _together(tx, call, what, sorted(group, key=lambda item: what.order(item.values)))
            continue
        for item in group:
            await _prepare(tx, call, what, item, at_once)
    await _create(tx, call, what, at_once)
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
        faults = [(_field_at(fault), fault) for fault in field_errors_of(refused.errors(), prefix=())]
        item.outcome.errors += [(at, fault) for at, fault in faults if at not in in_error]
    return item


def _field_at(fault: FieldError) -> str | None:
    """Return the column that a fault of the body is about; None for the row as a whole."""
    return (fault.pointer or "").lstrip("/").partition("/")[0] or None


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


async def _find_existing(tx: Transaction, what: FactImport, items: Sequence[Item], *, update: bool) -> None:
    """Compare each row with the fact that is recorded under its key; what is left to be written has no result yet."""
    ids = sorted({item.outcome.organization_id or "" for item in items})
    known: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    # The organizations are locked, so that no fact of them is entered or corrected meanwhile.
    for row in await tx.fetch(what.of_organizations, ids):
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


def _compare(what: FactImport, item: Item, known: Sequence[Mapping[str, Any]], *, update: bool) -> None:
    """Find a fact as the row says it, or otherwise: then it is left, or corrected where `update` asks for it."""
    said = item.parsed.model_dump(mode="json", exclude_unset=True)
    differing = [(row, _differences(what, row, said)) for row in known]
    existing, differences = min(differing, key=lambda each: len(each[1]))
    outcome = item.outcome
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


def _follows(what: FactImport, group: Sequence[Item]) -> bool:
    """Say whether rows of one organization are entered one after the other: its timeline follows, or one may forbid another."""
    organization = group[0].organization
    assert organization is not None, "a row without faults has one"
    return what.shapes_timeline or is_undated(organization) or (len(group) > 1 and not what.alone)


async def _together(tx: Transaction, call: Call, what: FactImport, group: Sequence[Item]) -> None:
    """Write the rows of one organization, and let its timeline follow once; where that is refused, find out by whom."""
    quiet = replace(what.fact_type, derive=None)
    try:
        async with tx.raw.transaction():
            written = [await _write(tx, call, quiet, item) for item in group]
            if what.fact_type.derive is not None:
                # Each write left the locked organization in `call.record`; nothing has changed it since.
                await what.fact_type.derive(tx, call, written[-1], group[-1].origin)
    except Problem as problem:
        if len(group) == 1:
            group[0].outcome.errors += _errors_of(what, group[0], problem)
            return
        for item in group:
            await _together(tx, call, what, [item])
        return
    for item, row in zip(group, written, strict=True):
        _written(item, row)


async def _write(tx: Transaction, call: Call, quiet: crud.RecordType[Any], item: Item) -> Mapping[str, Any]:
    if item.existing is not None:
        call.record = await _owner(tx, call, item)
        return await _correct(tx, call, quiet, item)
    row, _ = await crud.create(tx, call, quiet, item.parsed, parent_id=item.outcome.organization_id, reason=item.origin)
    written: Mapping[str, Any] = row
    return written


async def _correct(tx: Transaction, call: Call, fact_type: crud.RecordType[Any], item: Item) -> Mapping[str, Any]:
    assert fact_type.change is not None, "what is imported is corrected"
    assert item.existing is not None, "kept to these before"
    given = {name: item.body[name] for name in item.outcome.differences}
    try:
        patch = fact_type.change.model_validate({**given, "reason": item.origin})
    except ValidationError as refused:
        raise Invalid(*field_errors_of(refused.errors(), prefix=())) from None
    after: Mapping[str, Any] = await crud.change(tx, call, fact_type, item.existing, patch)
    return after


async def _owner(tx: Transaction, call: Call, item: Item) -> OrganizationRow:
    owner = await records.read(tx, ORGANIZATION, item.outcome.organization_id or "", call.caller, lock=True)
    if owner is None:
        raise NotFound()
    return owner


async def _prepare(
    tx: Transaction, call: Call, what: FactImport, item: Item, at_once: list[tuple[Item, dict[str, Any]]]
) -> None:
    """Correct the fact of a row, or put its columns beside those that are written at once."""
    call.record = item.organization
    try:
        if item.existing is not None:
            async with tx.raw.transaction():
                _written(item, await _correct(tx, call, what.fact_type, item))
        else:
            assert what.fact_type.columns is not None, "what is imported is entered"
            at_once.append((item, {"id": None, **await what.fact_type.columns(tx, call, item.parsed, None)}))
    except Problem as problem:
        item.outcome.errors += _errors_of(what, item, problem)


async def _create(tx: Transaction, call: Call, what: FactImport, new: Sequence[tuple[Item, dict[str, Any]]]) -> None:
    rows = await create_many(
        tx,
        what.fact_type.resource,
        [values for _, values in new],
        by=call.caller,
        reasons=[item.origin for item, _ in new],
    )
    for (item, _), row in zip(new, rows, strict=True):
        _written(item, row)


def _written(item: Item, row: Mapping[str, Any]) -> None:
    outcome = item.outcome
    outcome.result = "created" if item.existing is None else "changed"
    outcome.record_id, outcome.version = row["id"], row["version"]


def _errors_of(what: FactImport, item: Item, problem: Problem) -> Errors:
    organization = item.named.by if item.named is not None else None
    if isinstance(problem, Invalid):
        return [
            (organization if (at := _field_at(fault)) == "organization_id" else at, fault)
            for fault in problem.members["errors"]
        ]
    vi, en = (str(problem.document(language)["detail"]) for language in ("vi", "en"))
    return [(what.at.get(problem.code, organization), FieldError(problem.code, (vi, en)))]
