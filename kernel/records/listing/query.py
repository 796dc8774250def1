"""Reading what a caller asks of a list: every fault at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import PydanticCustomError

from kernel import problems
from kernel.problems import FieldError
from kernel.records.listing.declaration import DEFAULT_LIMIT, MAX_LIMIT, MAX_PARTS, Listing
from kernel.records.listing.filters import Filter, read_text
from kernel.values.field_errors import as_fault
from kernel.values.wording import ANOTHER, another
from kernel.web.api_route import given_twice, unknown_parameter


@dataclass
class Query:
    """What a caller asked of a list, checked. `parameters`: the value of each filter that was named; `prepared`: what the
    listing read for them; `given`, with facets: the filters as they were named, before the listing's own check.
    """

    parameters: dict[str, Any]
    prepared: Mapping[str, Any] = field(default_factory=dict)
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    sort: str | None = None
    count: bool = False
    facets: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


def read_query(listing: Listing, query_string: bytes) -> Query:
    """Return the checked query. Raises Invalid with every error at once."""
    errors: list[FieldError] = []
    filters = listing.by_name
    query = Query({})
    seen: set[str] = set()
    for name, value in query_pairs(query_string):
        if name in filters:
            read_filter(filters[name], query.parameters, value, errors)
            continue
        if name in seen:
            errors.append(given_twice(name))
        seen.add(name)
        _read_common(listing, query, name, value, errors)
    _keep_each_once(query.parameters)
    if query.facets:
        query.given = dict(query.parameters)
    if listing.check is not None and not errors:
        errors.extend(listing.check(query.parameters))
    if errors:
        raise problems.Invalid(*errors)
    return query


def read_filters(listing: Listing, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checked parameters of filters that a body gives by name, as the list's query has them.

    A value is a text, a whole number, true or false, or several of these where the filter may be repeated. Raises Invalid with
    every error.
    """
    errors: list[FieldError] = []
    parameters: dict[str, Any] = {}
    filters = {name: each for name, each in listing.by_name.items() if not each.kept_nowhere}
    for name, value in given.items():
        if name not in filters:
            errors.append(FieldError("not_allowed", ANOTHER, parameter=name, allowed=tuple(filters)))
            continue
        for each in value if isinstance(value, list) else [value]:
            text = str(each).lower() if isinstance(each, bool) else str(each)
            read_filter(filters[name], parameters, text, errors)
    _keep_each_once(parameters)
    if listing.check is not None and not errors:
        errors.extend(listing.check(parameters))
    if errors:
        raise problems.Invalid(*errors)
    return parameters


def query_pairs(query_string: bytes) -> list[tuple[str, str]]:
    """Return the parameters of an address, in order. Raises Invalid for what cannot be read."""
    try:
        return parse_qsl(query_string.decode("ascii"), keep_blank_values=True, max_num_fields=300, errors="strict")
    except ValueError:
        words = (
            "Không đọc được phần tham số của địa chỉ; hãy kiểm tra lại.",
            "The parameters of the address cannot be read; check them.",
        )
        raise problems.Invalid(FieldError("wrong_format", words, parameter="")) from None


def read_filter(named: Filter, parameters: dict[str, Any], text: str, errors: list[FieldError]) -> None:
    """Put what a filter's `text` says into `parameters`; a fault adds an error."""
    try:
        value = named.read(read_text(text))
    except PydanticCustomError as error:
        errors.append(as_fault(error, parameter=named.name))
        return
    if named.repeated:
        values = parameters.setdefault(named.name, [])
        values.append(value)
        if len(values) == named.most + 1:
            errors.append(_too_many(named.name, named.most))
    elif named.name in parameters:
        errors.append(given_twice(named.name))
    else:
        parameters[named.name] = value


def _keep_each_once(parameters: dict[str, Any]) -> None:
    """Keep of a value that was given again the first: one value is an equality, and a cursor fits both."""
    for name, values in parameters.items():
        if isinstance(values, list):
            parameters[name] = list(dict.fromkeys(values))


def _too_many(name: str, most: int) -> FieldError:
    return FieldError("too_many", (f"Tối đa {most} giá trị.", f"At most {most} values."), parameter=name)


def refuse_beyond(listing: Listing, query: Query) -> None:
    """Refuse an organization's own user the filters that look at records of other organizations. Raises Invalid."""
    words = ("Bộ lọc này chỉ dành cho cán bộ Liên minh.", "This filter is for officers of the alliance.")
    errors = [
        FieldError("officers_only", words, parameter=item.name or None)
        for item in listing.filters
        if item.beyond and item.name in query.parameters
    ]
    if errors:
        raise problems.Invalid(*errors)


def without_own_filter(listing: Listing, query: Query, facet: str) -> Query:
    """Return the query that a facet counts: without the filter on its own field, so that the other values are seen.

    The filter stays where others need it: the province of a figure whose evidence is listed.
    """
    own = listing.facet_filters.get(facet, facet)
    if own not in query.given:
        return query
    parameters = {name: value for name, value in query.given.items() if name != own}
    if listing.check is not None and listing.check(parameters):
        return query
    return Query(parameters, query.prepared)


def _read_common(listing: Listing, query: Query, name: str, value: str, errors: list[FieldError]) -> None:
    """Read a parameter that every list has."""
    if name == "limit":
        if value.isascii() and value.isdigit() and len(value) < 6 and 1 <= int(value) <= MAX_LIMIT:
            query.limit = int(value)
        else:
            words = (f"Hãy ghi số từ 1 đến {MAX_LIMIT}.", f"Give a number from 1 to {MAX_LIMIT}.")
            errors.append(FieldError("out_of_range", words, parameter=name))
    elif name == "cursor":
        query.cursor = value
    elif name == "sort":
        sorts = [sign + key for key in listing.sorts for sign in ("", "-")]
        read_comma_list(name, value, sorts, errors)
        keys = [part.removeprefix("-") for part in value.split(",")]
        if len(set(keys)) < len(keys):
            errors.append(given_twice(name))
        query.sort = value
    elif name == "count":
        read_comma_list(name, value, ("exact",), errors)
        query.count = True
    elif name == "facets" and listing.facets:
        query.facets = read_comma_list(name, value, tuple(listing.facets), errors)
    elif name == "sums" and listing.sums:
        query.sums = read_comma_list(name, value, tuple(listing.sums), errors)
    elif name == "fields":
        query.fields = read_comma_list(name, value, listing.fields, errors)
    elif name == "include" and listing.includes:
        read_comma_list(name, value, listing.includes, errors)
    else:
        errors.append(unknown_parameter(name))


def read_comma_list(name: str, value: str, allowed: Sequence[str], errors: list[FieldError]) -> tuple[str, ...]:
    """Return the parts of a comma list, each once, in order; each part that is not in the closed list adds an error."""
    given = value.split(",")
    if len(given) > MAX_PARTS:
        errors.append(_too_many(name, MAX_PARTS))
        return ()
    parts = tuple(dict.fromkeys(given))
    errors.extend(
        FieldError("not_allowed", another(part), parameter=name, allowed=list(allowed))
        for part in parts
        if part not in allowed
    )
    return parts
