"""Reading what a caller asks of a list: every fault at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import PydanticCustomError

from kernel import problems
from kernel.problems import FieldError
from kernel.records.listing.declaration import DEFAULT_LIMIT, MAX_LIMIT, MAX_REPEATS, Listing
from kernel.records.listing.filters import _text
from kernel.values.field_errors import as_fault
from kernel.values.wording import ANOTHER
from kernel.web.operations import unknown_parameter


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
