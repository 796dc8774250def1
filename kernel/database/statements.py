"""SQL with the type of its rows: made once at import, of text or of the models, and checked against the database by a test.

A `Statement` is the SQL text itself, so it is passed wherever text is; what `fetch` and `fetchrow` return follows from it.
`tests/contract/test_statements.py` prepares each one against the migrated database and compares its columns with the
declared row, so a misspelt, missing or wrongly typed column fails there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from sqlalchemy import cast, literal_column
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

R = TypeVar("R", bound=Mapping[str, Any])
T = TypeVar("T")

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


class Statement(str, Generic[R]):
    """SQL whose rows are `R`, a TypedDict. Made by `statement`; by itself where SQL is composed while the service runs."""

    row: type[R]

    def __new__(cls, row: type[R], sql: str) -> Statement[R]:
        """Take SQL text as it is."""
        self = super().__new__(cls, sql)
        self.row = row
        return self


class Scalar(str, Generic[T]):
    """SQL of one column `T`; null or no row is None."""

    value: type[T]

    def __new__(cls, value: type[T], sql: str) -> Scalar[T]:
        """Take SQL text as it is."""
        self = super().__new__(cls, sql)
        self.value = value
        return self


class Always(Scalar[T]):
    """SQL of one column `T` that always answers one row, and never null: count, EXISTS, RETURNING of what is there."""


class Command(str):
    """SQL run for its effect."""


DECLARED: dict[str, list[Statement[Any] | Scalar[Any] | Command]] = {}
"""Every statement declared at import, by the module that declares it."""


def statement(row: type[R], sql: str | ClauseElement) -> Statement[R]:
    """Declare SQL whose rows are `row`."""
    return _declared(Statement(row, _text(sql)))


def scalar(value: type[T], sql: str | ClauseElement) -> Scalar[T]:
    """Declare SQL of one column, whose value may be missing."""
    return _declared(Scalar(value, _text(sql)))


def always(value: type[T], sql: str | ClauseElement) -> Always[T]:
    """Declare SQL of one column that always has a value."""
    declared: Always[T] = _declared(Always(value, _text(sql)))
    return declared


def command(sql: str | ClauseElement) -> Command:
    """Declare SQL that is run for its effect."""
    return _declared(Command(_text(sql)))


def param(number: int, type_: TypeEngine[Any] | type[TypeEngine[Any]] | None = None) -> Any:
    """Return the parameter `$number` for `select()` and the like; with `type_` it is cast, where nothing else tells its type.

    Everything else in such a statement is written into its text: a constant behind a parameter would hide a partial
    index from the generic plan that PostgreSQL keeps. A list is one parameter: `column == any_(param(1))`.
    """
    placeholder: Any = literal_column(f"${number}")
    return placeholder if type_ is None else cast(placeholder, type_)


_S = TypeVar("_S", bound="Statement[Any] | Scalar[Any] | Command")


def _declared(made: _S) -> _S:
    DECLARED.setdefault(sys._getframe(2).f_globals["__name__"], []).append(made)
    return made


def _text(sql: str | ClauseElement) -> str:
    if isinstance(sql, str):
        return sql
    compiled = sql.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
    return str(compiled).replace("%%", "%")
