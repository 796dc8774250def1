"""Which records an export holds: all that a follower holds, or those that the list has with some filters."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.database.statements import Always, Statement
from kernel.records import R, Resource
from kernel.records.embedding import put_names
from kernel.records.in_sql import Lines
from kernel.records.listing import Listing, listed_as
from kernel.records.listing.query import Query, read_filters
from kernel.records.listing.statement import Where, whole_statement
from kernel.records.listing.statement import count_statement as count_listed
from kernel.web.auth import Caller, within


def count_statement(resource: Resource[Any], condition: str) -> Always[int]:
    """Return the statement that counts the records of a snapshot; `condition` (within) keeps them to an area."""
    sql = f"SELECT count(*) FROM {resource.table.name} WHERE {condition}"  # noqa: S608  names and conditions of the code; what callers send is bound
    return Always(int, sql)


def snapshot_statement(resource: Resource[R], condition: str) -> Statement[R]:
    """Return the statement that reads the records of a snapshot, in the order of their ids."""
    return Statement(resource.row, f"{resource.select} WHERE {condition} ORDER BY id")


@dataclass(frozen=True)
class Selected:
    """The records of an export: the statements that count and read them, and how one is shown.

    `lines`: how PostgreSQL writes them as JSON, for COPY; None where that is not said in SQL.
    """

    count: str
    rows: str
    count_args: tuple[Any, ...]
    row_args: tuple[Any, ...]
    represent: Callable[[Any], dict[str, Any]]
    lines: Lines | None


def selected_records(
    resource: Resource[Any], filters: Mapping[str, Any] | None, area: str, *, named: bool = False
) -> Selected:
    """Return which records are taken: all that a follower holds, or those that the list has with these filters.

    `named`: as the list has them as well, with the names that it puts beside ids.
    """
    if filters or named:
        listing = listed_as(resource).listing
        where = Where(listing, Query(read_filters(listing, filters or {})), _reader(area))
        represent = functools.partial(_with_names, listing) if named else listing.represent
        rows = whole_statement(listing, where)
        lines = _lines(resource, rows, represent)
        return Selected(count_listed(where), rows, where.own_args, where.read_args, represent, lines)
    args: list[Any] = []
    condition = within(area, args, shared=resource.shared)
    if resource.present is not None:
        condition = f"{condition} AND {resource.present}"
    count, rows = str(count_statement(resource, condition)), str(snapshot_statement(resource, condition))
    lines = _lines(resource, rows, resource.represent)
    return Selected(count, rows, tuple(args), tuple(args), resource.represent, lines)


def _lines(resource: Resource[Any], rows: str, represent: Callable[[Any], dict[str, Any]]) -> Lines | None:
    pieces = resource.json
    return None if pieces is None or represent is not resource.represent else Lines(rows, pieces)


def _with_names(listing: Listing, row: Any) -> dict[str, Any]:
    document = listing.represent(row)
    put_names(listing.embeds, row, document)
    return document


def _reader(area: str) -> Caller:
    """Return whom a job reads for: whoever asked may read what lies in the area, or could not have asked."""
    return Caller("", "", frozenset(), area, organization_id=None, token_id="", name="", expires_at=0)
