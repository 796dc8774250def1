"""Writing many records at once: rows, their histories and their places in the change feed, each by COPY.

COPY reads text while the next rows are still being written out here, so that PostgreSQL and we work side by side. Measured for
5,000 rows it took half as long as one statement whose arrays PostgreSQL unnests.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB

from kernel.database.connections import Transaction, to_json
from kernel.records.resources import Resource, Values
from kernel.values.days import now
from kernel.values.ids import new_ids
from kernel.web.auth import Caller
from kernel.web.replies import dump

_ROWS_A_CHUNK = 250
_NULL = r"\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def copied(value: Any) -> str:
    """Return `value` as COPY's text format reads it; a list becomes an array of texts."""
    if value is None:
        return _NULL
    if isinstance(value, str):
        # Most texts are plain, and three looks cost less than one translation.
        return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (bytes, memoryview)):
        return rf"\\x{value.hex()}"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return copied("{" + ",".join("NULL" if each is None else _quoted(each) for each in value) + "}")
    return str(value)


def _quoted(element: str) -> str:
    escaped = element.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _column(values: list[Any]) -> Iterable[str]:
    first = values[0]
    if values.count(first) == len(values):
        return itertools.repeat(copied(first), len(values))
    return map(copied, values)


async def _copy(
    tx: Transaction, table: str, rows: Sequence[Any], own: Mapping[str, Callable[[Any], Any]], shared: Mapping[str, Any]
) -> None:
    """Copy `rows` into `table`: `own` says how to find each column of a row, `shared` is the same in all."""
    finders = [*own.values()]
    end = "".join("\t" + copied(value) for value in shared.values()) + "\n"

    async def chunks() -> AsyncIterator[bytes]:
        for begin in range(0, len(rows), _ROWS_A_CHUNK):
            few = rows[begin : begin + _ROWS_A_CHUNK]
            # Column by column: many hold the same in every row, which is then written out once.
            columns = [_column([*map(find, few)]) for find in finders]
            yield "".join(["\t".join(line) + end for line in zip(*columns, strict=True)]).encode()

    await tx.raw.copy_to_table(table, columns=[*own, *shared], source=chunks())


async def create_many(
    tx: Transaction,
    resource: Resource[Any],
    rows: Sequence[Values],
    *,
    by: Caller,
    at: datetime | None = None,
    reason: str | None = None,
    reasons: Sequence[str | None] = (),
    digests: Sequence[bytes] = (),
) -> list[Values]:
    """Insert records with their first history entries and events; return the rows as a read gives them.

    Every row has the same columns, those that `kernel.records.create` wants; nothing is written for no rows. `reasons` and
    `digests`: of each row why it was entered, and by what its body is recognised when it is sent again. `at`: the instant
    that something in the rows followed from, otherwise now.
    """
    if not rows:
        return []
    at = at or now()
    recorded: Values = {"version": 1, "created_at": at, "updated_at": at, "created_by": by.id}
    full = [{**row, **recorded} for row in rows]
    without = [row for row in full if row.get("id") is None]
    for row, id_ in zip(without, new_ids(len(without)), strict=True):
        row["id"] = id_
    for name in (c.name for c in resource.table.columns if isinstance(c.type, JSONB)):
        for row in full:
            if row[name] is not None and not isinstance(row[name], str):
                row[name] = to_json(row[name])
    own = {name: itemgetter(name) for name in full[0] if name not in recorded}
    await _copy(tx, resource.table.name, full, own, recorded)
    kind = {"resource_type": resource.name}
    identity = {"resource_id": itemgetter("id"), "alliance": itemgetter("alliance")}
    own_of: dict[str, Callable[[Any], Any]] = {"content": lambda row: dump(resource.represent(row)).decode()}
    if reasons:
        reason_of = iter(reasons)
        own_of["reason"] = lambda _: next(reason_of)
    if digests:
        digest_of = iter(digests)
        own_of["input_hash"] = lambda _: next(digest_of)
    shared_reason = {} if reasons else {"reason": reason}
    await _copy(
        tx,
        "history",
        full,
        identity | own_of,
        kind
        | {
            "version": 1,
            "action": "created",
            "recorded_at": at,
            "recorded_by": by.id,
            **shared_reason,
            "changed": [],
        },
    )
    event_ids = iter(new_ids(len(full)))
    await _copy(
        tx,
        "change",
        full,
        {"id": lambda _: next(event_ids), **identity},
        kind
        | {
            "type": f"{resource.name}.created",
            "resource_version": 1,
            "changed": [],
            "occurred_at": at,
        },
    )
    return full
