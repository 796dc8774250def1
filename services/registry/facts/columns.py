"""How facts are kept and shown: a body's fields as columns, and a row as its public representation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

import orjson
from sqlalchemy import Table

from kernel.records.in_sql import Fields, Pieces, said_in_sql, shows_columns, text_in_sql, with_fields
from kernel.values.text import name_folded
from services.registry.organizations.records import Seated, seat, seat_in_sql
from services.registry.rows import CertificateRow, ProductRow, SeatChangeRow

Values = dict[str, Any]
Represent = Callable[[Any], dict[str, Any]]


_OF_ALL = (
    "id",
    "version",
    "created_at",
    "updated_at",
    "created_by",
    "organization_id",
    "alliance",
    "file_ids",
    "is_synthetic",
)


def shown(*names: str, parsed: tuple[str, ...] = ()) -> Represent:
    """Return the representation of a fact: what all have, these columns as they are, and jsonb, which passes through."""

    def represent(row: Mapping[str, Any]) -> dict[str, Any]:
        document = {name: row[name] for name in _OF_ALL}
        document["file_ids"] = orjson.Fragment(row["file_ids"])
        for name in names:
            document[name] = row[name]
        for name in parsed:
            document[name] = None if row[name] is None else orjson.Fragment(row[name])
        return document

    return shows_columns(represent, (*_OF_ALL, *names, *parsed), ("file_ids", *parsed))


def as_given(values: Values, body: Any) -> Values:
    """Return the columns of a fact whose fields are its columns."""
    return values


_SEAT_CHANGE = shown("effective_on", "decision_number", "reason")


def represent_seat_change(row: SeatChangeRow) -> dict[str, Any]:
    """Return the public representation of a move: the seat as a place with its names."""
    document = _SEAT_CHANGE(row)
    place = {"province_2008": row["to_province_2008"], "province_2025": row["to_province_2025"]}
    document["seat"] = seat(cast(Seated, {**row, **place}))
    return document


@said_in_sql(represent_seat_change)
def _seat_change_in_sql(table: Table) -> Fields:
    place = ("r.commune_code", "r.commune_map", "r.to_province_2008", "r.to_province_2025", "r.commune_name")
    return with_fields(_SEAT_CHANGE, table, seat=seat_in_sql(*place))


def seat_change_columns(values: Values, body: Any) -> Values:
    """Return the columns of a move; its own province columns say where the organization lay before."""
    if values.pop("seat", None) is not None:
        columns = body.seat.located().columns()
        columns["to_province_2008"] = columns.pop("province_2008")
        columns["to_province_2025"] = columns.pop("province_2025")
        values.update(columns)
    return values


def forget_placement(values: Values, row: SeatChangeRow) -> None:
    """Where the seat lies today was said of the commune before: of another one it is not known."""
    named = (values.get("commune_code", row["commune_code"]), values.get("commune_map", row["commune_map"]))
    if named != (row["commune_code"], row["commune_map"]):
        values["seat_2025_commune_code"] = None


represent_conversion = shown("kind", "effective_on", "decision_number", "reason", "attribution", parsed=("partners",))


_PRODUCT = shown(
    "name",
    "ocop_stars",
    "decision_number",
    "issuing_authority",
    "recognized_on",
    "valid_until",
    "attribution",
    parsed=("photo_file_ids", "partners"),
)


def represent_product(row: ProductRow) -> dict[str, Any]:
    """Return the public representation of a product."""
    document = _PRODUCT(row)
    document["group"] = row["product_group"]
    document["ocop_score"] = plain_decimal(row["ocop_score"])
    return document


@said_in_sql(represent_product)
def _product_in_sql(table: Table) -> Fields:
    return with_fields(
        _PRODUCT,
        table,
        group=text_in_sql("r.product_group"),
        ocop_score=plain_decimal_in_sql("r.ocop_score"),
    )


def product_columns(values: Values, body: Any) -> Values:
    """Return the columns of a product."""
    if "name" in values:
        values["name_folded"] = name_folded(values["name"])
    if "group" in values:
        values["product_group"] = values.pop("group")
    if "ocop_score" in values:
        values["ocop_score"] = _decimal(values["ocop_score"])
    return values


_CERTIFICATE = shown(
    "scheme", "scope", "number", "certifier", "valid_from", "valid_until", "attribution", parsed=("partners",)
)


def represent_certificate(row: CertificateRow) -> dict[str, Any]:
    """Return the public representation of a certificate."""
    document = _CERTIFICATE(row)
    document["area_hectares"] = plain_decimal(row["area_hectares"])
    return document


@said_in_sql(represent_certificate)
def _certificate_in_sql(table: Table) -> Fields:
    return with_fields(_CERTIFICATE, table, area_hectares=plain_decimal_in_sql("r.area_hectares"))


def certificate_columns(values: Values, body: Any) -> Values:
    """Return the columns of a certificate."""
    if "area_hectares" in values:
        values["area_hectares"] = _decimal(values["area_hectares"])
    return values


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def plain_decimal(value: Decimal | None) -> str | None:
    """Return a decimal without trailing zeros or exponent: 643, 12.5."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_decimal_in_sql(column: str) -> Pieces:
    """Return what `plain_decimal` shows of a column."""
    return text_in_sql(f"trim_scale({column})::text")
