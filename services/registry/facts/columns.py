"""How facts are kept and shown: a body's fields as columns, and a row as its public representation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

import orjson

from kernel.values.text import name_folded
from services.registry.organizations.records import Seated, seat
from services.registry.rows import CertificateRow, ProductRow, SeatChangeRow, TypeConversionRow

Values = dict[str, Any]
Represent = Callable[[Any], dict[str, Any]]


def shown(*names: str) -> Represent:
    """Return the representation of a fact: what all have, and these columns as they are."""

    def represent(row: Mapping[str, Any]) -> dict[str, Any]:
        document = {
            "id": row["id"],
            "version": row["version"],
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
            "created_by": row["created_by"],
            "organization_id": row["organization_id"],
            "alliance": row["alliance"],
            "file_ids": orjson.Fragment(row["file_ids"]),
            "is_synthetic": row["is_synthetic"],
        }
        for name in names:
            document[name] = row[name]
        return document

    return represent


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


_CONVERSION = shown("kind", "effective_on", "decision_number", "reason", "attribution")


def represent_conversion(row: TypeConversionRow) -> dict[str, Any]:
    """Return the public representation of a conversion."""
    document = _CONVERSION(row)
    document["partners"] = orjson.Fragment(row["partners"])
    return document


_PRODUCT = shown(
    "name",
    "ocop_stars",
    "decision_number",
    "issuing_authority",
    "recognized_on",
    "valid_until",
    "attribution",
)


def represent_product(row: ProductRow) -> dict[str, Any]:
    """Return the public representation of a product."""
    document = _PRODUCT(row)
    document["group"] = row["product_group"]
    document["photo_file_ids"] = orjson.Fragment(row["photo_file_ids"])
    document["partners"] = orjson.Fragment(row["partners"])
    document["ocop_score"] = plain_decimal(row["ocop_score"])
    return document


def product_columns(values: Values, body: Any) -> Values:
    """Return the columns of a product."""
    if "name" in values:
        values["name_folded"] = name_folded(values["name"])
    if "group" in values:
        values["product_group"] = values.pop("group")
    if "ocop_score" in values:
        values["ocop_score"] = _decimal(values["ocop_score"])
    return values


_CERTIFICATE = shown("scheme", "scope", "number", "certifier", "valid_from", "valid_until", "attribution")


def represent_certificate(row: CertificateRow) -> dict[str, Any]:
    """Return the public representation of a certificate."""
    document = _CERTIFICATE(row)
    document["partners"] = orjson.Fragment(row["partners"])
    document["area_hectares"] = plain_decimal(row["area_hectares"])
    return document


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
