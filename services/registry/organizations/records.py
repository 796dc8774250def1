"""How an organization's row is shown, and what it is as a record."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from typing import Any, TypedDict, cast

import orjson
from orjson import Fragment
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB

from kernel.records import Resource, table_of
from kernel.records.embedding import own_fields
from kernel.records.in_sql import Fields, Memo, Pieces, Sql, composed_in_sql, said_in_sql, text_in_sql
from kernel.values import geography
from kernel.web.replies import dump
from services.registry import models, rows
from services.registry.operating import OPERATING, is_operating
from services.registry.organizations import schemas
from services.registry.organizations.placements import seat_today

PATH = "/v1/registry/organizations"


class Dated(TypedDict):
    """The days by which an organization may be dated."""

    registered_on: date | None
    founded_on: date | None


class Seated(TypedDict):
    """The columns of a seat, of an organization or of a move."""

    commune_code: str
    commune_map: str
    commune_name: str | None
    address: str | None
    province_2008: str
    province_2025: str


def is_undated(row: Dated) -> bool:
    """Say whether neither the certificate's day nor the founding's is known."""
    return row["registered_on"] is None and row["founded_on"] is None


def seat(row: Seated) -> dict[str, Any]:
    """Return the seat in `row` with commune, district and both provinces by name."""
    commune_code, commune_map = row["commune_code"], row["commune_map"]
    old, new = row["province_2008"], row["province_2025"]
    commune_name, district_name = geography.seat_names(commune_code, commune_map)
    if commune_code == geography.UNKNOWN_COMMUNE:
        district_name = row["commune_name"]
    else:
        commune_name = commune_name or row["commune_name"]
    return {
        "commune_code": commune_code,
        "commune_map": commune_map,
        "commune_name": commune_name,
        "district_name": district_name,
        "address": row["address"],
        "province_2008": old,
        "province_2008_name": geography.province_name(old),
        "province_2025": new,
        "province_2025_name": geography.province_name(new),
    }


_SEATED = ("commune_code", "commune_map", "province_2008", "province_2025", "commune_name")
_ADDRESS = b'"address":null'


def seat_in_sql(*columns: str) -> Pieces:
    """Return what `seat` shows of these columns, in the order of _SEATED: once a place, with the address of each row in it."""
    *codes, name = columns
    key = f"concat_ws('/', {', '.join(codes)}, to_json({name}))"

    def part(at: int, key: str) -> bytes:
        # The name of the row, as JSON, stands behind the codes where there is one.
        values = [*key.split("/", len(codes)), "null"]
        place: dict[str, Any] = {**dict(zip(_SEATED, values, strict=False)), "address": None}
        place["commune_name"] = orjson.loads(place["commune_name"])
        return dump(seat(cast(Seated, place))).partition(_ADDRESS)[at]

    before, after = (Memo(key, functools.partial(part, at)) for at in (0, 2))
    return before, '"address":', *text_in_sql("r.address"), after


def _seat_today_in_sql() -> Pieces:
    key = "concat_ws('/', r.commune_code, r.commune_map, r.seat_2025_commune_code)"
    return (Memo(key, lambda key: seat_today(*key.split("/"), *((None,) if key.count("/") == 1 else ()))),)


FIELDS = own_fields(schemas.Organization)
_TABLE = table_of(models.Organization)
LISTS = tuple(column.name for column in _TABLE.columns if isinstance(column.type, JSONB))
"""Columns that hold a list of things, as jsonb."""
_EXPRESSIONS = {
    **{name: f"row[{name!r}]" for name in FIELDS},
    **{name: f"Fragment(row[{name!r}])" for name in LISTS},
    "seat": "seat(row)",
    "seat_2025": "seat_today(row['commune_code'], row['commune_map'], row['seat_2025_commune_code'])",
    "is_operating": "is_operating(row)",
}
"""What each field of the representation is, of columns of `row`."""
# Called once a row of a page. A dict that is written out is an eighth quicker than any that is filled in a loop, and the
# fields stand in the schema alone: so it is written out here, once, as namedtuple does.
_document: Callable[[Any], dict[str, Any]] = eval(
    f"lambda row: {{{', '.join(f'{name!r}: {_EXPRESSIONS[name]}' for name in FIELDS)}}}",
    {"Fragment": Fragment, "seat": seat, "seat_today": seat_today, "is_operating": is_operating},
)


def represent(row: Any) -> dict[str, Any]:
    """Return the public representation of an organization's row, field by field as its schema has them.

    jsonb passes through unparsed.
    """
    return _document(row)


@said_in_sql(represent)
def _in_sql(table: Table) -> Fields:
    return composed_in_sql(
        table,
        schemas.Organization,
        LISTS,
        seat=seat_in_sql(*(f"r.{name}" for name in _SEATED)),
        seat_2025=_seat_today_in_sql(),
        is_operating=(Sql(f"{OPERATING.format(s='r')}::text"),),
    )


ORGANIZATION = Resource(
    "organization",
    _TABLE,
    PATH,
    represent,
    own_column="id",
    present="merged_into IS NULL",
    row=rows.OrganizationRow,
)
