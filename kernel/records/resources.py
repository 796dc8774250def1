"""What a kind of record is: its table, its path, its rows' type, and how a row is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ARRAY, Table
from sqlalchemy.dialects.postgresql import JSONB

from kernel.database.statements import Statement
from kernel.records.embedding import Embed, name_columns, subject_name
from kernel.records.in_sql import Pieces, document_in_sql
from kernel.web.auth import Caller, Shared
from kernel.web.replies import dump

Values = dict[str, Any]
KEPT_BACK = "VN-kept-back"
"""Stands in the feed for the alliance where an event is of a record that only those of the whole nation see yet."""
R = TypeVar("R", bound=Mapping[str, Any])
R_co = TypeVar("R_co", bound=Mapping[str, Any], covariant=True)


@dataclass(frozen=True)
class Resource(Generic[R_co]):
    """A kind of record: its table, its path, its rows' type, and how a row is shown.

    `represent` takes a row (all columns; jsonb as text) and returns the public representation: with ids alone, as history,
    feed and exports keep it. `embeds` adds names beside them where the record is answered.
    Columns of jsonb are given as Python values in writes.
    """

    name: str
    table: Table
    path: str
    represent: Callable[[Any], dict[str, Any]]
    cache_control: str = "private, no-cache"
    columns: tuple[str, ...] = field(init=False)
    select: Statement[R_co] = field(init=False)
    """SELECT of all columns, without a condition."""
    named_select: Statement[R_co] = field(init=False)
    """The same with the names that are answered beside the ids."""
    own_column: str | None = None
    """Column that names the organization, for callers bound to one of their own; an array where it may name several."""
    shared: Shared = False
    """Records that the nation owns are everyone's to read: in lists, feed, exports and checksums. A text names the column
    (boolean) of those that are not yet: they are told of when it turns false."""
    row: type[R_co] = field(kw_only=True)
    """The type of its rows: services/<service>/rows.py."""
    present: str | None = None
    """Condition of the rows that a follower holds, where some are kept only to be answered: those merged into another."""
    own_view: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """Leaves out of a representation what tells those callers of other organizations."""
    embeds: tuple[Embed, ...] = ()
    """Names beside ids, where the record is answered; that of who entered it always comes with them."""
    subjects: str | None = "followed_subject"
    """The table in which who entered a record is known by name; None for what is not answered."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(column.name for column in self.table.columns))
        if set(self.row.__annotations__) != set(self.columns):
            raise TypeError(f"{self.row.__name__} is not the row of {self.table.name}")
        if self.subjects is not None and "created_by" in self.columns:
            object.__setattr__(self, "embeds", (*self.embeds, subject_name("created_by", table=self.subjects)))
        table, columns = self.table.name, ", ".join(self.columns)
        names = name_columns(self.embeds, table)
        object.__setattr__(self, "select", Statement(self.row, f"SELECT {columns} FROM {table}"))  # noqa: S608  names are constants of the code
        object.__setattr__(self, "named_select", Statement(self.row, f"SELECT {columns}{names} FROM {table}"))  # noqa: S608  as above

    def own_sql(self, of: str = "") -> str | None:
        """Return what the organization of an own user has to equal; `of`: what the table stands as, with its point."""
        if self.own_column is None:
            return None
        column, kind = f"{of}{self.own_column}", self.table.columns[self.own_column].type
        if isinstance(kind, JSONB):
            return f"ANY(SELECT jsonb_array_elements_text({column})::uuid)"
        return f"ANY({column}::uuid[])" if isinstance(kind, ARRAY) else column

    def told_to(self, row: Mapping[str, Any]) -> str:
        """Return who is told of this version of a record: the alliance that owns it, or for the time being the nation alone."""
        alliance: str = row["alliance"]
        return KEPT_BACK if isinstance(self.shared, str) and row[self.shared] else alliance

    @property
    def json(self) -> Pieces | None:
        """The representation as SQL, where it is said so beside `represent`: PostgreSQL then makes the lines of exports."""
        return document_in_sql(self.represent, self.table)


def table_of(model: type[Any]) -> Table:
    """Return the table of an SQLModel class."""
    table: Table = model.__table__
    return table


def shown_to(caller: Caller, view: Callable[[dict[str, Any]], dict[str, Any]] | None, document: Any) -> Any:
    """Return a representation as the caller may see it: `view` is a resource's `own_view`."""
    return document if view is None or caller.confined_to is None else view(orjson.loads(dump(document)))
