"""Writing the facts of a file at once: what each row may not say beside the others is judged first, without the database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

from kernel.database.connections import Transaction
from kernel.problems import Problem
from kernel.records.bulk import create_many, update_many
from kernel.values.days import now
from kernel.values.ids import new_ids
from kernel.web.calls import Call
from services.registry.facts.service import placed
from services.registry.imports.facts.declarations import FactImport
from services.registry.imports.facts.items import Item, errors_of, patch_of, say_written
from services.registry.organizations.following import Following, follow, read_following
from services.registry.organizations.queries import TimelineFact
from services.registry.organizations.records import is_undated
from services.registry.organizations.service import refuse_merged
from services.registry.organizations.timeline import SEAT
from services.registry.rows import OrganizationRow

Known = Mapping[str, Sequence[Mapping[str, Any]]]
Entry = tuple[Item, dict[str, Any]]


async def enter(tx: Transaction, call: Call, what: FactImport, groups: Sequence[Sequence[Item]], known: Known) -> None:
    """Enter and correct the facts of the locked organizations, one group each, and let their timelines follow once.

    `known`: the facts of each organization that are recorded. A row that may not stand beside these, or beside the rows
    before it, gets its error.
    """
    following = await read_following(tx, [cast(OrganizationRow, group[0].organization) for group in groups])
    new = [item for group in groups for item in group]
    for item, id_ in zip(new, new_ids(len(new)), strict=True):
        item.new_id = id_

    def judge() -> list[list[Entry]]:
        ids = [group[0].outcome.organization_id or "" for group in groups]
        return [
            _judged(what, group, following[id_], [*known.get(id_, ())]) for id_, group in zip(ids, groups, strict=True)
        ]

    judged = await asyncio.to_thread(judge)
    entries = [entry for group in judged for entry in group]
    await _write(tx, call, what, entries)
    last = [group[-1] for group in judged if group]
    changed = [(following[values["organization_id"]], item.origin) for item, values in last]
    await follow(tx, [each for each in changed if each[0].timeline is not None], by=call.caller)


async def _write(tx: Transaction, call: Call, what: FactImport, entries: Sequence[Entry]) -> None:
    new = [entry for entry in entries if entry[0].existing is None]
    created = await create_many(
        tx,
        what.fact_type.resource,
        [values for _, values in new],
        by=call.caller,
        reasons=[item.origin for item, _ in new],
    )
    corrected = [(item, item.existing, values) for item, values in entries if item.existing is not None]
    fields = {name for _, before, values in corrected for name in values if values[name] != before.get(name)}
    changed = await update_many(
        tx,
        what.fact_type.resource,
        [(before, {name: values[name] for name in sorted(fields)}) for _, before, values in corrected],
        by=call.caller,
        action="corrected",
        reasons=[item.origin for item, _, _ in corrected],
    )
    items = [item for item, _ in new] + [item for item, _, _ in corrected]
    for item, row in zip(items, [*created, *changed], strict=True):
        say_written(item, row)


def _judged(
    what: FactImport, group: Sequence[Item], following: Following, known: list[Mapping[str, Any]]
) -> list[Entry]:
    """Return the rows of one organization that may be entered: all of them, else those that may in the order of their days."""
    items = sorted(group, key=lambda item: what.order(item.values))
    try:
        return _taken(what, items, following, known)
    except Problem as problem:
        if len(items) == 1:
            items[0].outcome.errors += errors_of(what, items[0], problem)
            return []
    entries: list[Entry] = []
    for item in items:
        try:
            entries += _taken(what, [item], following, known)
        except Problem as problem:
            item.outcome.errors += errors_of(what, item, problem)
    return entries


def _taken(
    what: FactImport, items: Sequence[Item], following: Following, known: list[Mapping[str, Any]]
) -> list[Entry]:
    """Return rows as they are entered together. Raises what refuses one of them; then none is taken."""
    rules, organization = what.rules, following.row
    refuse_merged(organization)
    stand = [_stands(what, item) for item in items]
    beside = [*known]
    for values in stand if what.refuse_beside is not None else ():
        beside = [other for other in beside if other["id"] != values["id"]]
        _refuse_beside(what, values, beside)
        beside.append(values)
    if rules.shapes_timeline or is_undated(organization):
        days = [day for values in stand if (day := values.get(rules.day)) is not None]
        following.take(days, [_timeline_fact(values) for values in stand] if rules.shapes_timeline else [])
    known[:] = beside
    return [
        (
            item,
            placed(values, organization, following.place_on(rules.day_of(values))) if item.existing is None else values,
        )
        for item, values in zip(items, stand, strict=True)
    ]


def _stands(what: FactImport, item: Item) -> dict[str, Any]:
    """Return the fact of a row as it will stand: a new one without its owner, or the one that it corrects. Raises Invalid."""
    if item.existing is None:
        return {"id": item.new_id, **what.rules.values_of(item.parsed)}
    return {**item.existing, **what.rules.patched_values(item.existing, patch_of(what, item))}


def _refuse_beside(what: FactImport, values: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a fact that may not stand beside another; the first of these in time is named."""
    assert what.refuse_beside is not None, "asked before"
    for other in sorted(others, key=lambda each: (what.order(each), each["id"])):
        what.refuse_beside(values, other)


def _timeline_fact(values: Mapping[str, Any]) -> TimelineFact:
    """Return a status change as the timeline takes it: of the facts that are imported no other shapes it."""
    nowhere = dict.fromkeys(SEAT)
    said = {"fact": values["kind"], "on": values["effective_on"], "status": values["status"], "basis": values["basis"]}
    return cast(TimelineFact, {**said, "created_at": now(), "id": values["id"], **nowhere})
