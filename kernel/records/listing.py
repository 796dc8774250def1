"""Lists: named filters, keyset pages, counts and facets, from one declaration a resource.

The declaration makes the contract's parameters, checks what is asked (every fault at once) and writes the
SQL; the statement's text depends only on which parameters are given, so it is prepared once each.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import asyncpg
import orjson
from pydantic import TypeAdapter
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from kernel import problems
from kernel.problems import FieldError
from kernel.records.records import dump, shown_to
from kernel.values.days import read_day
from kernel.values.field_errors import as_fault, field_error
from kernel.values.ids import is_id
from kernel.values.wording import ANOTHER, Labels, choice
from kernel.web.auth import narrow
from kernel.web.operations import Call, unknown_parameter

MAX_LIMIT, DEFAULT_LIMIT, MAX_REPEATS = 200, 50, 100

Reader = Callable[[str], Any]
_ANY = re.compile(r"([^()]+) = ANY\(\{0\}::(\w+)\[\]\)")


def _text(value: str) -> str:
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
    read: Reader = _text
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string", "minLength": 1, "maxLength": 300})
    repeated: bool = False
    beyond: bool = False
    """Looks at records beyond those listed, which may be another organization's: not for an organization's own user."""
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

    schema = {"type": "string", "x-extensible-enum": list(values)}
    return Filter(name, f"{column} = ANY({{0}}::text[])", description, read, schema, repeated=True)


def id_filter(name: str, column: str, description: str) -> Filter:
    """Equal to an id; repeated is OR."""
    schema = {"type": "string", "format": "uuid"}
    return Filter(name, f"{column} = ANY({{0}}::uuid[])", description, _id, schema, repeated=True)


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


def day_filter(name: str, sql: str, description: str) -> Filter:
    """A day; without `sql` it only steers the list's source (as_of)."""
    return Filter(name, sql, description, read_day, {"type": "string", "format": "date"})


@dataclass(frozen=True)
class SortKey:
    """An SQL expression that is never null, and its type."""

    sql: str
    type: str = "text"


@dataclass(frozen=True)
class Source:
    """Where a list's rows come from for the parameters given."""

    columns: str
    tables: str
    conditions: tuple[str, ...] = ()
    """Conditions with {name} where the value of the parameter `name` stands."""
    alliance: str = "alliance"
    own: str | None = None
    default_sort: str | None = None
    sorts: Mapping[str, SortKey] | None = None
    """Replaces the listing's sorts; may use {name} as well."""
    dated: str = "o"
    """Alias of the table that holds the columns a day can change."""
    day: str = "'infinity'::date"
    """What stands for {day} in filters and facets: the day asked, or the end of all that is known; may hold {name}."""
    shared: bool = False
    """Rows that the nation owns are everyone's to read."""
    named: bool = False
    """Whether `columns` and `tables` hold {name} as well."""


@dataclass(frozen=True)
class Listing:
    """How one resource is listed.

    `sorts`: public name → sort key; `id` is one of them. `facets`: public name → SQL expression.
    `source`: the FROM for the parameters given (as_of reads another table).
    `represent`: row → item. The last sort key is always `id_key`.
    """

    name: str
    filters: tuple[Filter, ...]
    sorts: Mapping[str, SortKey]
    default_sort: str
    source: Callable[[Mapping[str, Any]], Source]
    represent: Callable[[Mapping[str, Any]], dict[str, Any]]
    fields: tuple[str, ...]
    facets: Mapping[str, str] = field(default_factory=dict)
    id_key: SortKey = SortKey("id", "uuid")
    cache_control: str = "private, no-cache"
    own_view: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """As of a resource: what an organization's own user is not shown."""
    check: Callable[[dict[str, Any]], list[FieldError]] | None = None
    """Looks at the parameters together; may rewrite them in place."""
    finish: Callable[[Call, list[dict[str, Any]]], Awaitable[None]] | None = None
    """Puts into a page's items what no row holds."""

    @property
    def by_name(self) -> dict[str, Filter]:
        """The filters by name."""
        return {item.name: item for item in self.filters if not item.name.startswith("_")}

    def parameters(self) -> list[dict[str, Any]]:
        """Return the OpenAPI parameters of this list."""
        made = [
            {
                "name": item.name,
                "in": "query",
                "required": False,
                "description": item.description + (" Repeat for OR." if item.repeated else ""),
                "schema": {"type": "array", "items": dict(item.schema), "maxItems": MAX_REPEATS}
                if item.repeated
                else dict(item.schema),
            }
            for item in self.filters
            if not item.name.startswith("_")
        ]
        sorts = [sign + name for name in self.sorts for sign in ("", "-")]
        return [
            *made,
            _parameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
                "Items a page",
            ),
            _parameter("cursor", {"type": "string", "maxLength": 2000}, "`next_cursor` of the page before"),
            _parameter(
                "sort",
                {"type": "string", "maxLength": 200},
                f"Comma list of: {', '.join(sorts)}. Default: {self.default_sort}. `id` is always last.",
            ),
            _parameter("count", {"type": "string", "enum": ["exact"]}, "Add `count`, all that match"),
            *(
                [
                    _parameter(
                        "facets",
                        {"type": "string", "maxLength": 300},
                        f"Comma list of: {', '.join(self.facets)}. Adds counts by value.",
                    )
                ]
                if self.facets
                else []
            ),
            _parameter(
                "fields",
                {"type": "string", "maxLength": 2000},
                "Comma list of fields to answer with; the others are left out",
            ),
        ]


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


@dataclass
class Query:
    """What a caller asked of a list, checked."""

    given: dict[str, Any]
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    sort: str | None = None
    count: bool = False
    facets: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None


def read_query(listing: Listing, query_string: bytes) -> Query:
    """Return the checked query. Raises Invalid with every fault at once."""
    faults: list[FieldError] = []
    filters = listing.by_name
    query = Query({})
    seen: set[str] = set()
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, max_num_fields=300, errors="strict")
    except ValueError:
        raise problems.Invalid(
            FieldError(
                "wrong_format",
                (
                    "Không đọc được phần tham số của địa chỉ; hãy kiểm tra lại.",
                    "The parameters of the address cannot be read; check them.",
                ),
                parameter="",
            )
        ) from None
    for name, value in pairs:
        wanted = filters.get(name)
        if wanted is None:
            if name in seen:
                faults.append(_given_twice(name))
            seen.add(name)
            _read_common(listing, query, name, value, faults)
            continue
        try:
            read_value = wanted.read(_text(value))
        except PydanticCustomError as error:
            faults.append(as_fault(error, parameter=name))
            continue
        if wanted.repeated:
            values = query.given.setdefault(name, [])
            if read_value not in values:
                values.append(read_value)
            if len(values) > MAX_REPEATS:
                faults.append(
                    FieldError(
                        "too_many", (f"Tối đa {MAX_REPEATS} giá trị.", f"At most {MAX_REPEATS} values."), parameter=name
                    )
                )
        elif name in query.given:
            faults.append(_given_twice(name))
        else:
            query.given[name] = read_value
    if listing.check is not None and not faults:
        faults.extend(listing.check(query.given))
    if faults:
        raise problems.Invalid(*faults)
    return query


def _refuse_beyond(listing: Listing, query: Query) -> None:
    words = ("Bộ lọc này chỉ dành cho cán bộ Liên minh.", "This filter is for officers of the alliance.")
    faults = [
        FieldError("officers_only", words, parameter=item.name or None)
        for item in listing.filters
        if item.beyond and item.name in query.given
    ]
    if faults:
        raise problems.Invalid(*faults)


def _given_twice(name: str) -> FieldError:
    return FieldError("given_twice", ("Chỉ nêu một lần.", "Give this once only."), parameter=name)


def _read_common(listing: Listing, query: Query, name: str, value: str, faults: list[FieldError]) -> None:
    def closed(allowed: Sequence[str], sign: bool = False) -> tuple[str, ...]:
        parts = tuple(dict.fromkeys(value.split(",")))
        for part in parts:
            if (part.removeprefix("-") if sign else part) not in allowed:
                faults.append(FieldError("not_allowed", ANOTHER, parameter=name, allowed=allowed))
        return parts

    if name == "limit":
        if value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= MAX_LIMIT:
            query.limit = int(value)
        else:
            words = (f"Hãy ghi số từ 1 đến {MAX_LIMIT}.", f"Give a number from 1 to {MAX_LIMIT}.")
            faults.append(FieldError("out_of_range", words, parameter=name))
    elif name == "cursor":
        query.cursor = value
    elif name == "sort":
        keys = [part.removeprefix("-") for part in closed(tuple(listing.sorts), sign=True)]
        if len(set(keys)) < len(keys):
            faults.append(_given_twice(name))
        query.sort = value
    elif name == "count":
        closed(("exact",))
        query.count = True
    elif name == "facets" and listing.facets:
        query.facets = closed(tuple(listing.facets))
    elif name == "fields":
        query.fields = closed(listing.fields)
    else:
        faults.append(unknown_parameter(name))


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


def _bound_to(call: Call, query: Query, sort: str) -> str:
    filters = orjson.dumps([call.caller.area, call.caller.confined_to, sorted(query.given.items()), sort], default=str)
    return hashlib.blake2b(filters, digest_size=9).hexdigest()


def _cursor_text(bound: str, values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([bound, *values])).decode().rstrip("=")


def _cursor_values(cursor: str, bound: str, keys: int) -> list[Any]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:
        raise problems.CursorMismatch() from None
    if not isinstance(values, list) or len(values) != keys + 1 or values[0] != bound:
        raise problems.CursorMismatch()
    return [str(value) for value in values[1:]]


async def answer_list(
    call: Call, listing: Listing, *, path: str | None = None, preset: Mapping[str, Any] | None = None
) -> Response:
    """Answer a list request: read the query, page by keyset, count and facet where asked.

    `preset` adds filter values that the path gives (the list of one organization's memberships).
    """
    query = read_query(listing, call.request.scope["query_string"])
    if call.caller.confined_to is not None:
        _refuse_beyond(listing, query)
    if preset:
        query.given.update(preset)
    where = Where(listing, query, call)
    source = where.source
    sort = query.sort or source.default_sort or listing.default_sort
    filtered = len(where.args)
    keys = [
        (SortKey(where.fill(key.sql), key.type), descending) for key, descending in _sort_keys(listing, source, sort)
    ]
    sql, args = where.sql, list(where.args)
    bound = ""
    condition = sql
    if query.cursor is not None:
        bound = _bound_to(call, query, sort)
        values = _cursor_values(query.cursor, bound, len(keys))
        places = []
        for (key, _), value in zip(keys, values, strict=True):
            args.append(value)
            # The value came as text; it is read as the key's own type.
            places.append(f"(${len(args)}::text)::{key.type}")
        condition = f"{sql} AND {_after(keys, places)}"
    order = ", ".join(f"{key.sql} {'DESC' if descending else 'ASC'}" for key, descending in keys)
    marks = "".join(f", ({key.sql})::text AS _k{at}" for at, (key, _) in enumerate(keys))
    args.append(query.limit + 1)
    try:
        rows = await call.db.fetch(
            f"SELECT {where.columns}{marks} FROM {where.tables} WHERE {condition} "
            f"ORDER BY {order} LIMIT ${len(args)}::int",
            *args,
        )
    except asyncpg.DataError:
        # Filters were read by their type; only a cursor that was made up can hold what a key cannot be.
        if query.cursor is None:
            raise
        raise problems.CursorMismatch() from None
    more = len(rows) > query.limit
    if more:
        rows = rows[: query.limit]
    represent = listing.represent
    items: list[dict[str, Any]] = [represent(row) for row in rows]
    if listing.own_view is not None:
        items = [shown_to(call.caller, listing.own_view, item) for item in items]
    if listing.finish is not None:
        await listing.finish(call, items)
    document: dict[str, Any] = {
        "items": items,
        "next_cursor": None,
        "next": None,
        "count": None,
        "facets": None,
    }
    headers = {"Cache-Control": listing.cache_control}
    if more:
        last = rows[-1]
        values = [last[f"_k{at}"] for at in range(len(keys))]
        bound = bound or _bound_to(call, query, sort)
        document["next_cursor"] = _cursor_text(bound, values)
        document["next"] = _next_path(call, path, document["next_cursor"])
        public_url: str = call.state.settings.public_url
        headers["Link"] = f'<{public_url.rstrip("/")}{document["next"]}>; rel="next"'
    if query.fields is not None:
        wanted = set(query.fields) | {"id"}
        document["items"] = [{name: value for name, value in item.items() if name in wanted} for item in items]
    if query.count:
        document["count"] = await call.db.fetchval(f"SELECT count(*) FROM {where.tables} WHERE {sql}", *args[:filtered])
    if query.facets:
        document["facets"] = [await _facet(call, listing, name, where, filtered) for name in query.facets]
    return Response(dump(document), 200, headers, "application/json")


async def _facet(call: Call, listing: Listing, name: str, where: Where, filtered: int) -> dict[str, Any]:
    rows = await call.db.fetch(
        f"SELECT ({listing.facets[name].format(s=where.source.dated, day=where.day)})::text AS value, count(*) AS count "
        f"FROM {where.tables} WHERE {where.sql} "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 200",
        *where.args[:filtered],
    )
    return {"name": name, "values": [dict(row) for row in rows]}


def _next_path(call: Call, path: str | None, cursor: str) -> str:
    pairs = parse_qsl(call.request.scope["query_string"].decode("ascii"), keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name != "cursor"]
    return f"{path or call.request.scope['path']}?{urlencode([*kept, ('cursor', cursor)])}"


def iso(value: date | None) -> str | None:
    """Return a day as text, or None."""
    return None if value is None else value.isoformat()
