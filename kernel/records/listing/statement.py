"""The SQL of a list: its text depends only on which parameters are given, so it is prepared once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.records.listing.declaration import Listing, SortKey
from kernel.records.listing.query import Query
from kernel.web.auth import Caller, narrow

SortKeys = list[tuple[SortKey, bool]]
"""Sort keys from the first to the id, each with whether it descends."""


class Where:
    """The conditions of one list and their values, in order."""

    def __init__(self, listing: Listing, query: Query, caller: Caller) -> None:
        self.args: list[Any] = []
        named = {**query.parameters, **query.prepared} if query.prepared else query.parameters
        self.source = listing.source(named)
        self._named = _Binding(self, named)
        self.day = self.fill(self.source.day)
        self.parts: list[str] = [narrow(caller, self.args, self.source.alliance, shared=self.source.shared)]
        if self.source.own is not None and caller.confined_to is not None:
            self.parts.append(f"{self.bind(caller.confined_to)}::uuid = {self.source.own}")
        for item in listing.filters:
            if item.name in query.parameters and item.sql:
                value, sql = query.parameters[item.name], item.sql
                if isinstance(value, list) and len(value) == 1 and item.single is not None:
                    # One value is an equality: only then does an index that leads by it also give the order.
                    value, sql = value[0], item.single
                self.parts.append(sql.format(self.bind(value), s=self.source.dated, day=self.day))
        self.parts.extend(map(self.fill, self.source.conditions))
        search = self.source.search
        self.found: tuple[str, ...] = () if search is None else (self.fill(search.all),)
        is_named = self.source.named
        self.tables = self.fill(self.source.tables) if is_named else self.source.tables
        self.own_args = tuple(self.args)
        """The values of `tables` and `sql` alone: columns, sort keys and cursor bind more of them."""
        self.columns = self.fill(self.source.columns) if is_named else self.source.columns
        self.read_args = tuple(self.args)
        """The values of what reads the columns as well."""

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
        return self.with_those(*self.found)

    def with_those(self, *conditions: str) -> str:
        """Return the condition without what was searched for, with these in its place."""
        return " AND ".join(part for part in (*self.parts, *conditions) if part != "TRUE") or "TRUE"

    def first_of(self, keys: SortKeys) -> str | None:
        """Return the condition of those that come first of all where keys are the source's own; None in any other order."""
        search, sorts = self.source.search, self.source.sorts
        if search is None or sorts is None or self.source.default_sort is None:
            return None
        is_own = keys[0][0].sql == self.fill(sorts[self.source.default_sort].sql)
        return self.fill(search.first) if is_own else None


class _Binding(dict[str, str]):
    def __init__(self, where: Where, parameters: Mapping[str, Any]) -> None:
        super().__init__()
        self._where, self._parameters = where, parameters

    def __missing__(self, name: str) -> str:
        place = self[name] = self._where.bind(self._parameters[name])
        return place


def sort_keys(listing: Listing, where: Where, sort: str) -> SortKeys:
    """Return the keys of `sort`, with the id last, and their parameters bound."""
    keys_by_name = where.source.sorts or listing.sorts
    keys = [(keys_by_name[part.removeprefix("-")], part.startswith("-")) for part in sort.split(",")]
    if all(key.sql != listing.id_key.sql for key, _ in keys):
        # Following the first key's direction lets one index serve both ways.
        keys.append((listing.id_key, keys[0][1] if len(keys) == 1 else False))
    return [(SortKey(where.fill(key.sql), key.type), descending) for key, descending in keys]


def page_statement(
    where: Where, keys: SortKeys, limit: int, after: Sequence[str] | None
) -> tuple[str, tuple[Any, ...]]:
    """Return the statement of one page and its values: so many rows behind `after`, each with its keys as _k0, _k1 …"""
    first = where.first_of(keys)
    args = list(where.args)
    behind: tuple[str, ...] = ()
    if after is not None:
        places = []
        for (key, _), value in zip(keys, after, strict=True):
            args.append(value)
            # The value came as text; it is read as the key's own type.
            places.append(f"(${len(args)}::text)::{key.type}")
        behind = (_behind(keys, places),)
    marks = "".join(f", ({key.sql})::text AS _k{at}" for at, (key, _) in enumerate(keys))
    args.append(limit)
    most = f"${len(args)}::int"

    # Put together of what listings declare; everything that a caller sends is bound.
    def page(condition: str, keys: SortKeys) -> str:
        return (
            f"SELECT {where.columns}{marks} FROM {where.tables} WHERE {condition} ORDER BY {_order(keys)} LIMIT {most}"  # noqa: S608  names and conditions of the code; what callers send is bound
        )

    if first is None:
        return page(where.with_those(*where.found, *behind), keys), tuple(args)
    # What was found first and fills the page ends the search: the rest of the statement is then not run at all.
    others = where.with_those(*where.found, *behind, f"NOT ({first})", f"{_FOUND_FIRST} < {most}")
    marked = [(SortKey(f"_k{at}::{key.type}"), descending) for at, (key, descending) in enumerate(keys)]
    sql = (
        f"WITH nearest AS MATERIALIZED ({page(where.with_those(first, *behind), keys[1:])}) "  # noqa: S608  as above
        f"SELECT * FROM (SELECT * FROM nearest UNION ALL ({page(others, keys)})) r ORDER BY {_order(marked)} LIMIT {most}"
    )
    return sql, tuple(args)


_FOUND_FIRST = "(SELECT count(*) FROM nearest)"


def _order(keys: SortKeys) -> str:
    return ", ".join(f"{key.sql} {'DESC' if descending else 'ASC'}" for key, descending in keys)


def _behind(keys: SortKeys, places: list[str]) -> str:
    """Return the condition for rows behind the one whose key values stand at `places`."""
    if len({descending for _, descending in keys}) == 1:
        sign = "<" if keys[0][1] else ">"
        return f"({', '.join(k.sql for k, _ in keys)}) {sign} ({', '.join(places)})"
    branches = []
    for at, (key, descending) in enumerate(keys):
        equal = [f"{k.sql} = {p}" for (k, _), p in zip(keys[:at], places, strict=False)]
        branches.append("(" + " AND ".join([*equal, f"{key.sql} {'<' if descending else '>'} {places[at]}"]) + ")")
    return "(" + " OR ".join(branches) + ")"


def whole_statement(listing: Listing, where: Where) -> str:
    """Return the statement of all that match, in the order of their ids."""
    return f"SELECT {where.columns} FROM {where.tables} WHERE {where.sql} ORDER BY {listing.id_key.sql}"  # noqa: S608  names and conditions of the code; what callers send is bound


def count_statement(where: Where) -> str:
    """Return the statement that counts all that match."""
    return f"SELECT count(*) FROM {where.tables} WHERE {where.sql}"  # noqa: S608  names and conditions of the code; what callers send is bound


def sums_statement(listing: Listing, names: Sequence[str], where: Where) -> str:
    """Return the statement that sums money over all that match, one column a name: numeric, which has no end."""
    sums = ", ".join(f"coalesce(sum({listing.sums[name]}), 0)::numeric AS {name}" for name in names)
    return f"SELECT {sums} FROM (SELECT {where.columns} FROM {where.tables} WHERE {where.sql}) r"  # noqa: S608  names and conditions of the code; what callers send is bound


def facet_statement(listing: Listing, name: str, where: Where) -> str:
    """Return the statement that counts all that match by the facet `name`; the 200 most frequent values."""
    value = listing.facets[name].format(s=where.source.dated, day=where.day)
    return (
        f"SELECT ({value})::text AS value, count(*) AS count FROM {where.tables} "  # noqa: S608  names and conditions of the code; what callers send is bound
        f"WHERE {where.sql} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200"
    )
