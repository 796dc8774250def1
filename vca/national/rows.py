"""The rows of one transaction of the national set, as COPY takes them, with the history and the feed that writes leave."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import asyncpg

from kernel.records import OUT_OF_SCOPE, Resource
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.replies import dump
from services.registry import models

Values = dict[str, Any]

_BY = "demo-national"
_HISTORY = tuple(column.name for column in models.history.columns if column.name != "xid")
_CHANGE = tuple(column.name for column in models.change.columns if column.name not in ("xid", "seq"))


class Batch:
    """The rows of one transaction, table by table, as COPY's text format takes them."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._at = now()

    def add(self, table: str, columns: tuple[str, ...], values: Mapping[str, Any]) -> None:
        """Add a row of `table`."""
        self._columns[table] = columns
        self._lines.setdefault(table, []).append("\t".join([_text(values[name]) for name in columns]))

    def record(self, resource: Resource[Any], row: Values) -> Values:
        """Add a record's row, version 1 in history and feed; return the row."""
        row = {**row, "version": 1, "created_at": self._at, "updated_at": self._at, "created_by": _BY}
        self.journal(resource, row, event="created", action="created")
        return row

    def journal(
        self, resource: Resource[Any], row: Values, *, event: str, action: str, changed: Sequence[str] = ()
    ) -> None:
        """Add what a write leaves in history and change feed."""
        version: Values = {
            "resource_id": row["id"],
            "version": row["version"],
            "resource_type": resource.name,
            "action": action,
            "recorded_at": self._at,
            "recorded_by": _BY,
            "alliance": row["alliance"],
            "reason": None,
            "changed": sorted(changed),
            "input_hash": None,
            "content": dump(resource.represent(row)).decode(),
        }
        self.add("history", _HISTORY, version)
        event_row: Values = {
            **version,
            "id": new_id(),
            "type": f"{resource.name}.{event}",
            "resource_version": row["version"],
            "merged_into": None,
            "occurred_at": self._at,
        }
        self.add("change", _CHANGE, event_row)

    def leave(self, resource: Resource[Any], row: Values, alliance: str) -> None:
        """Add the tombstone for those of `alliance`, which the record left with this version."""
        self.add(
            "change",
            _CHANGE,
            {
                "id": new_id(),
                "type": f"{resource.name}.removed",
                "resource_type": resource.name,
                "resource_id": row["id"],
                "resource_version": row["version"],
                "alliance": alliance,
                "changed": [],
                "reason": OUT_OF_SCOPE,
                "merged_into": None,
                "occurred_at": self._at,
            },
        )

    async def copy(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Write everything in one transaction."""
        async with connection.transaction():
            # Organizations first: what hangs on them refers to them.
            for table in sorted(self._lines, key=lambda name: name != "organization"):
                text = "\n".join([*self._lines[table], ""])
                await connection.copy_to_table(
                    table, source=io.BytesIO(text.encode()), columns=list(self._columns[table]), format="text"
                )


def _escaped(text: str) -> str:
    if "\\" not in text and text.isprintable():
        return text
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _day(day: date) -> str:
    return "infinity" if day == date.max else "-infinity" if day == date.min else day.isoformat()


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "\\N",
    str: _escaped,
    bool: lambda value: "t" if value else "f",
    int: str,
    Decimal: str,
    date: _day,
    datetime: datetime.isoformat,
    list: lambda items: "{" + ",".join(items) + "}",
}


def _text(value: Any) -> str:
    return _WRITERS.get(type(value), _escaped)(value)
