"""The SQL of a list: its text depends only on which parameters are given, so it is prepared once each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.records.listing.declaration import Listing, SortKey, Source
from kernel.records.listing.query import Query
from kernel.web.auth import narrow
from kernel.web.operations import Call


class Where:
    """The conditions of one list and their values, in order."""

    def __init__(self, listing: Listing, query: Query, call: Call) -> None:
        self.args: list[Any] = []
        self.source = listing.source(query.given)
        self._named = _Binding(self, query.given)
        self.day = self.fill(self.source.day)
        self.parts: list[str] = [narrow(call.caller, self.args, self.source.alliance, shared=self.source.shared)]
        if self.source.own is not None and call.caller.confined_to is not None:
            self.parts.append(f"{self.source.own} = {self.bind(call.caller.confined_to)}::uuid")
        for item in listing.filters:
            if item.name in query.given and item.sql:
                value, sql = query.given[item.name], item.sql
                if isinstance(value, list) and len(value) == 1 and item.single is not None:
                    # One value is an equality: only then does an index that leads by it also give the order.
                    value, sql = value[0], item.single
                self.parts.append(sql.format(self.bind(value), s=self.source.dated, day=self.day))
        self.parts.extend(map(self.fill, self.source.conditions))
        named = self.source.named
        self.columns = self.fill(self.source.columns) if named else self.source.columns
        self.tables = self.fill(self.source.tables) if named else self.source.tables

    def fill(self, sql: str) -> str:
        """Put the values of the parameters that `sql` names in their places."""
        return sql.format_map(self._named)

    def bind(self, value: Any) -> str:
        """Add a value and return its place."""
        self.args.append(value)
        return f"${len(self.args)}"

    @property
    def sql(self) -> str:
        """The condition, without WHERE."""
        return " AND ".join(part for part in self.parts if part != "TRUE") or "TRUE"


class _Binding(dict[str, str]):
    def __init__(self, where: Where, given: Mapping[str, Any]) -> None:
        super().__init__()
        self._where, self._given = where, given

    def __missing__(self, name: str) -> str:
        place = self[name] = self._where.bind(self._given[name])
        return place


_Keys = list[tuple[SortKey, bool]]


def _sort_keys(listing: Listing, source: Source, sort: str) -> _Keys:
    known = source.sorts or listing.sorts
    keys = [(known[part.removeprefix("-")], part.startswith("-")) for part in sort.split(",")]
    if all(key.sql != listing.id_key.sql for key, _ in keys):
        # Following the first key's direction lets one index serve both ways.
        keys.append((listing.id_key, keys[0][1] if len(keys) == 1 else False))
    return keys


def _after(keys: _Keys, places: list[str]) -> str:
    """Return the condition for rows behind the one whose key values stand at `places`."""
    if len({descending for _, descending in keys}) == 1:
        sign = "<" if keys[0][1] else ">"
        return f"({', '.join(k.sql for k, _ in keys)}) {sign} ({', '.join(places)})"
    branches = []
    for at, (key, descending) in enumerate(keys):
        equal = [f"{k.sql} = {p}" for (k, _), p in zip(keys[:at], places, strict=False)]
        branches.append("(" + " AND ".join([*equal, f"{key.sql} {'<' if descending else '>'} {places[at]}"]) + ")")
    return "(" + " OR ".join(branches) + ")"
