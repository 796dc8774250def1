"""A representation said as columns of COPY: PostgreSQL writes the values as JSON, and no row is decoded on the way.

A JSON value is pieces that stand one after another: texts as they are, expressions on the row `r` (`Sql`), and values that
Python makes once for each key that occurs (`Memo`): the names of a commune, the steps that a state allows. COPY sends the
expressions alone; `Lines` puts the texts between them, for some hundred rows at once.

An expression that is null is the JSON null, so one between quotation marks is never null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Integer, Numeric, String, Table, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB, UUID

from kernel.records.embedding import own_fields
from kernel.web.replies import dump_to_keep
from kernel.web.schemas import Output

Represent = Callable[[Any], dict[str, Any]]


class Sql(str):
    """An expression on the row `r` whose text is JSON, or a part of it."""


class Memo(Sql):
    """An expression on the row `r` that is the key of a value, which `make` gives. A key is JSON, or a plain code."""

    make: Callable[[str], Any]

    def __new__(cls, key: str, make: Callable[[str], Any]) -> Memo:
        """Take the key's SQL, and what makes the value of a key: bytes of JSON, or what becomes JSON."""
        self = super().__new__(cls, key)
        self.make = make
        return self


Pieces = tuple[str, ...]
"""A JSON value: each piece is Sql, or text as it is."""
Fields = Mapping[str, Pieces]
"""The fields of a representation, in order."""
Say = Callable[[Table], Fields]

_SAID: dict[Represent, Say] = {}


def said_in_sql(represent: Represent) -> Callable[[Say], Say]:
    """Declare the fields that `represent` gives in SQL, for its table; what is not said so is exported by Python, row by row."""

    def keep(say: Say) -> Say:
        _SAID[represent] = say
        return say

    return keep


def document_in_sql(represent: Represent, table: Table) -> Pieces | None:
    """Return what `represent` gives as a JSON object; None where nobody said it in SQL."""
    say = _SAID.get(represent)
    return None if say is None else object_in_sql(say(table))


def shows_columns(
    represent: Represent, names: Sequence[str], parsed: Sequence[str] = (), *, of: type[Output] | None = None
) -> Represent:
    """Return `represent`, known from now on to show these columns as they are; jsonb in `parsed` passes through."""
    said_in_sql(represent)(lambda table: columns_in_sql(table, names, parsed, of=of))
    return represent


def composed_in_sql(table: Table, output: type[Output], parsed: Sequence[str] = (), **composed: Pieces) -> Fields:
    """Return the fields of `output`: columns as they are, but for those that are composed."""
    names = own_fields(output)
    columns = columns_in_sql(table, [name for name in names if name not in composed], parsed, of=output)
    return {name: composed[name] if name in composed else columns[name] for name in names}


def with_fields(represent: Represent, table: Table, **others: Pieces) -> Fields:
    """Return the fields of a representation that is said in SQL, with others behind them or in the place of its own."""
    return {**_SAID[represent](table), **others}


def columns_in_sql(
    table: Table, names: Sequence[str], parsed: Sequence[str] = (), *, of: type[Output] | None = None
) -> Fields:
    """Return the fields that show these columns as they are. `of`: its codes of closed lists need no escaping."""
    codes = _codes(of) if of is not None else ()
    return {
        name: _quoted(f"r.{name}", table.columns[name])
        if name in codes
        else _column(table.columns[name], name in parsed)
        for name in names
    }


def _codes(output: type[Output]) -> frozenset[str]:
    """Return the fields that hold a code of a closed list."""
    extras = {name: info.json_schema_extra for name, info in output.model_fields.items()}
    return frozenset(name for name, extra in extras.items() if isinstance(extra, dict) and "enum" in extra)


def _column(column: Column[Any], is_parsed: bool) -> Pieces:
    """Return a column's value as orjson writes what asyncpg reads of it."""
    name = f"r.{column.name}"
    type_ = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(type_, Integer):
        return (Sql(name),)
    if isinstance(type_, Boolean):
        return (Sql(f"{name}::text"),)
    if isinstance(type_, JSONB):
        return (Sql(name),) if is_parsed else text_in_sql(f"{name}::text")
    if isinstance(type_, DateTime):
        return _quoted(_instant(name), column)
    if isinstance(type_, UUID):
        return _quoted(name, column)
    if isinstance(type_, Date):
        # asyncpg keeps the last day as infinity.
        return _quoted(f"least({name}, '{date.max}')", column)
    if isinstance(type_, Numeric):
        return _quoted(f"{name}::text", column)
    if isinstance(type_, String | ARRAY):
        return text_in_sql(name)
    raise TypeError(f"{column.table.name}.{column.name} has no JSON of its own")


def _quoted(expression: str, column: Column[Any]) -> Pieces:
    if column.nullable:
        return (Sql(f"CASE WHEN r.{column.name} IS NOT NULL THEN '\"' || {expression} || '\"' END"),)
    return '"', Sql(expression), '"'


def _instant(name: str) -> str:
    """Return an instant with Z; the parts of a second are six digits, or none. Our connections are of time zone UTC."""
    return f"""replace(to_char({name}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')"""


def text_in_sql(expression: str) -> Pieces:
    """Return a text, or null."""
    return (Sql(f"to_json({expression})"),)


def object_in_sql(fields: Fields) -> Pieces:
    """Return the JSON object with these fields."""
    pieces: list[str] = []
    for name, value in fields.items():
        pieces += (f'{"," if pieces else "{"}"{name}":', *value)
    return (*pieces, "}")


def as_one(pieces: Pieces) -> Sql:
    """Return pieces as one expression, for a value of which there is another choice."""
    texts = (f"coalesce(({each})::text, 'null')" if isinstance(each, Sql) else f"'{each}'" for each in pieces)
    return Sql(f"concat({', '.join(texts)})")


_DELIMITER = b"\x02"
COPY_OPTIONS: Mapping[str, Any] = {"format": "text", "delimiter": _DELIMITER.decode(), "null": "null"}
"""No JSON has this delimiter unescaped."""


class Lines:
    """Lines of JSON out of what COPY sends. `statement`: its query."""

    def __init__(self, rows: str, pieces: Pieces) -> None:
        """Take the statement that reads the rows, in their order, and what a line is made of."""
        sent = tuple(dict.fromkeys(str(each) for each in pieces if isinstance(each, Sql)))
        self.statement = f"SELECT {', '.join(sent)} FROM ({rows}) r"  # noqa: S608  constants of the code; what callers send is bound
        self._sent = len(sent)
        self._line = [*(b"" if isinstance(each, Sql) else each.encode() for each in pieces), b"\n"]
        self._put = [
            (at, sent.index(str(each)), _Made(each.make) if isinstance(each, Memo) else None)
            for at, each in enumerate(pieces)
            if isinstance(each, Sql)
        ]

    def of(self, data: bytes) -> bytes:
        """Return the lines of whole rows."""
        # JSON has no line break unescaped, and COPY doubles each backslash.
        values = data.replace(b"\\\\", b"\\").replace(b"\n", _DELIMITER).split(_DELIMITER)
        values.pop()
        lines = self._line * (len(values) // self._sent)
        for at, column, made in self._put:
            column_values = values[column :: self._sent]
            if made is not None:
                column_values = list(map(made.__getitem__, column_values))
            lines[at :: len(self._line)] = column_values
        return b"".join(lines)


class _Made(dict[bytes, bytes]):
    """What was made of each key so far."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: bytes) -> bytes:
        value = self._make(key.decode())
        made = self[key] = value if isinstance(value, bytes) else dump_to_keep(value)
        return made
