"""Named filters of lists: what each reads, what the contract says of it, and the condition it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from kernel.values.days import read_as_of, read_day
from kernel.values.field_errors import field_error
from kernel.values.ids import is_id
from kernel.values.wording import ANOTHER, Labels, choice
from kernel.web.field_types import folded
from kernel.web.schemas import listed

Reader = Callable[[str], Any]
_ANY = re.compile(r"([^()]+) = ANY\(\{0\}::(\w+)\[\]\)")


def read_text(value: str) -> str:
    """Return a parameter's text. Raises the error of one that is empty or longer than anything asked for."""
    if not value or len(value) > 300 or "\x00" in value:
        raise field_error("wrong_format", "Hãy ghi từ 1 đến 300 ký tự.", "Give 1 to 300 characters.")
    return value


def _integer(value: str) -> int:
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16):
        raise field_error("not_an_integer", "Hãy ghi một số nguyên.", "Give a whole number.")
    return int(value)


def _flag(value: str) -> bool:
    if value not in ("true", "false"):
        raise field_error("not_a_boolean", "Hãy chọn có (true) hoặc không (false).", "Give yes (true) or no (false).")
    return value == "true"


def _id(value: str) -> str:
    if not is_id(value):
        raise field_error("not_an_id", "Hãy ghi mã định danh đủ 36 ký tự.", "Give an id of 36 characters.")
    return value.lower()


_INSTANT = TypeAdapter(datetime)
_CIVIL = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]", re.ASCII)


def _instant(value: str) -> datetime:
    try:
        # Pydantic reads numbers as well, as seconds since 1970: nobody means those.
        instant = _INSTANT.validate_strings(value) if _CIVIL.match(value) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not 1900 < instant.year < 9999:
        raise field_error("not_an_instant", "Hãy ghi đủ ngày, giờ và múi giờ.", "Give day, time of day and time zone.")
    return instant


@dataclass(frozen=True)
class Filter:
    """A named filter. `sql` holds {0} where the value stands, {s} for the source's `dated` alias and {day} for its day.

    A filter that may be repeated gets a list: write `column = ANY({0}::text[])`. One without `sql` only steers the
    source; one whose name begins with _ is set by the listing's `check`, not by callers.
    """

    name: str
    sql: str
    description: str
    read: Reader = read_text
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string", "minLength": 1, "maxLength": 300})
    repeated: bool = False
    most: int = 100
    """Values that may be given of one that is repeated."""
    beyond: bool = False
    """Looks at records beyond those listed, which may be another organization's: not for an organization's own user."""
    kept_nowhere: bool = False
    """What is asked for names a person: not for exports, which keep what was asked."""
    single: str | None = field(init=False)
    """The same for one value, where `sql` is `column = ANY({0}::type[])`."""

    def __post_init__(self) -> None:
        plain = _ANY.fullmatch(self.sql)
        object.__setattr__(self, "single", f"{plain[1]} = {{0}}::{plain[2]}" if plain else None)


def text_filter(name: str, column: str, description: str) -> Filter:
    """Equal to a text; repeated is OR."""
    return Filter(name, f"{column} = ANY({{0}}::text[])", description, repeated=True)


def code_filter(name: str, column: str, values: Labels | Sequence[str], description: str) -> Filter:
    """Equal to one of a closed list of codes; repeated is OR. Of a list with labels a refusal offers those."""
    allowed = frozenset(values)
    words = choice(values) if isinstance(values, Mapping) else ANOTHER

    def read(value: str) -> str:
        if value not in allowed:
            raise field_error("not_allowed", *words, allowed=list(values))
        return value

    schema = {"type": "string", **(listed(values) if isinstance(values, Mapping) else {"enum": list(values)})}
    return Filter(name, f"{column} = ANY({{0}}::text[])", description, read, schema, repeated=True)


def id_filter(name: str, column: str, description: str, *, most: int = 100) -> Filter:
    """Equal to an id; repeated is OR."""
    schema = {"type": "string", "format": "uuid"}
    return Filter(name, f"{column} = ANY({{0}}::uuid[])", description, _id, schema, repeated=True, most=most)


def flag_filter(name: str, column: str, description: str) -> Filter:
    """True or false."""
    return Filter(name, f"{column} = {{0}}::boolean", description, _flag, {"type": "boolean"})


def day_range(name: str, column: str, description: str) -> list[Filter]:
    """`<name>_gte` and `<name>_lte`: days, both inclusive."""
    schema = {"type": "string", "format": "date"}
    return [
        Filter(f"{name}_gte", f"{column} >= {{0}}::date", f"{description}: on or after", read_day, schema),
        Filter(f"{name}_lte", f"{column} <= {{0}}::date", f"{description}: on or before", read_day, schema),
    ]


def instant_range(name: str, column: str, description: str) -> list[Filter]:
    """`<name>_gte` and `<name>_lt`: instants, half-open."""
    schema = {"type": "string", "format": "date-time"}
    return [
        Filter(f"{name}_gte", f"{column} >= {{0}}::timestamptz", f"{description}: from", _instant, schema),
        Filter(f"{name}_lt", f"{column} < {{0}}::timestamptz", f"{description}: before", _instant, schema),
    ]


def number_range(name: str, column: str, description: str) -> list[Filter]:
    """`<name>_gte` and `<name>_lte` of integers."""
    schema = {"type": "integer", "format": "int64"}
    return [
        Filter(f"{name}_gte", f"{column} >= {{0}}::bigint", f"{description}: at least", _integer, schema),
        Filter(f"{name}_lte", f"{column} <= {{0}}::bigint", f"{description}: at most", _integer, schema),
    ]


def integer_filter(name: str, column: str, description: str) -> Filter:
    """Equal to an integer; repeated is OR."""
    schema = {"type": "integer"}
    return Filter(name, f"{column} = ANY({{0}}::bigint[])", description, _integer, schema, repeated=True)


def name_filter(column: str, description: str = "Search in names without regard to case or marks.") -> Filter:
    """`q`: part of a name, as `column` holds names folded."""
    return Filter("q", f"{column} LIKE '%' || {{0}} || '%'", description, folded)


def day_filter(name: str, sql: str, description: str) -> Filter:
    """A day; without `sql` it only steers the list's source (as_of)."""
    return Filter(name, sql, description, read_as_of, {"type": "string", "format": "date"})
