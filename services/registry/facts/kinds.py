"""The kinds of facts: for each its record, its schemas, its columns and how it is listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast

import orjson

from kernel.records.listing import Filter, code_filter, day_filter, day_range, flag_filter, integer_filter, text_filter
from kernel.records.records import R, Resource, table_of
from kernel.values.field_errors import field_error
from kernel.values.text import name_folded
from services.registry import code_lists as codes
from services.registry import models, rows
from services.registry.facts import schemas
from services.registry.organizations.belongings import belonging
from services.registry.organizations.records import Seated, seat

Values = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of fact. `day` is the column that says when it happened.

    `shapes_timeline`: the organization's state follows from it. `columns` turns a body's given fields into columns.
    `checks`: field → what a correction must leave true of the whole row; raises a fault.
    """

    resource: Resource[Any]
    plural: str
    """As the path says it: status-changes."""
    noun: str
    """As operation ids say it: status_change."""
    title: str
    create: type[schemas.FactInput]
    change: type[schemas.FactChange]
    output: type[schemas.Fact]
    day: str
    filters: tuple[Filter, ...]
    sorts: tuple[str, ...]
    facets: tuple[str, ...]
    columns: Callable[[Values, Any], Values]
    shapes_timeline: bool = False
    checks: Mapping[str, Callable[[Mapping[str, Any]], None]] = field(default_factory=dict)


def _same(values: Values, body: Any) -> Values:
    return values


def _shown(*names: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
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


def _resource(
    model: type[models.Fact], row: type[R], plural: str, represent: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> Resource[R]:
    table = table_of(model)
    path = f"/v1/registry/{plural}"
    return belonging(Resource(table.name, table, path, represent, own_column="organization_id", row=row))


def _moved(row: Mapping[str, Any]) -> dict[str, Any]:
    document = _shown("effective_on", "decision_number", "reason")(row)
    place = {"province_2008": row["to_province_2008"], "province_2025": row["to_province_2025"]}
    document["seat"] = seat(cast(Seated, {**row, **place}))
    return document


def _seat_columns(values: Values, body: Any) -> Values:
    if values.pop("seat", None) is not None:
        columns = body.seat.located().columns()
        columns["to_province_2008"] = columns.pop("province_2008")
        columns["to_province_2025"] = columns.pop("province_2025")
        values.update(columns)
    return values


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _product_columns(values: Values, body: Any) -> Values:
    if "name" in values:
        values["name_folded"] = name_folded(values["name"])
    if "group" in values:
        values["product_group"] = values.pop("group")
    if "ocop_score" in values:
        values["ocop_score"] = _decimal(values["ocop_score"])
    return values


def _product(row: Mapping[str, Any]) -> dict[str, Any]:
    document = _shown(
        "name",
        "ocop_stars",
        "decision_number",
        "issuing_authority",
        "recognized_on",
        "valid_until",
        "with_alliance_support",
    )(row)
    document["group"] = row["product_group"]
    document["ocop_score"] = plain_decimal(row["ocop_score"])
    return document


def _certificate_columns(values: Values, body: Any) -> Values:
    if "area_hectares" in values:
        values["area_hectares"] = _decimal(values["area_hectares"])
    return values


def _certificate(row: Mapping[str, Any]) -> dict[str, Any]:
    document = _shown("scheme", "scope", "number", "certifier", "valid_from", "valid_until", "with_alliance_support")(
        row
    )
    document["area_hectares"] = plain_decimal(row["area_hectares"])
    return document


def plain_decimal(value: Decimal | None) -> str | None:
    """Return a decimal without trailing zeros or exponent: 643, 12.5."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _in_order(first: str, last: str, *, strictly: bool = False) -> Callable[[Mapping[str, Any]], None]:
    return lambda row: schemas.in_order(row[first], row[last], (first, last), strictly=strictly)


def _name_filter() -> Filter:
    return Filter(
        "q", "f.name_folded LIKE '%' || {0} || '%'", "Search in names without regard to case or marks.", _folded
    )


def _folded(value: str) -> str:
    folded = name_folded(value)
    if not folded:
        raise field_error("wrong_format", "Hãy ghi ít nhất một chữ hoặc số.", "Give at least one letter or digit.")
    return folded


STATUS_CHANGE = Kind(
    _resource(
        models.StatusChange,
        rows.StatusChangeRow,
        "status-changes",
        _shown("kind", "status", "effective_on", "decision_number", "source", "basis", "reason"),
    ),
    "status-changes",
    "status_change",
    "status change",
    schemas.StatusChangeCreate,
    schemas.StatusChangeChange,
    schemas.StatusChange,
    "effective_on",
    (
        code_filter("kind", "f.kind", codes.STATUS_CHANGE_KINDS, "Legal or operating."),
        code_filter("status", "f.status", (*codes.LEGAL_STATUSES, *codes.OPERATING_STATES), "The new status."),
        code_filter("source", "f.source", codes.FACT_SOURCES, "Where it is known from."),
        *day_range("effective_on", "f.effective_on", "Day it took effect"),
    ),
    ("effective_on",),
    ("kind", "status", "source"),
    _same,
    shapes_timeline=True,
    checks={"status": lambda row: schemas.check_status(row["kind"], row["status"])},
)

TYPE_CONVERSION = Kind(
    _resource(
        models.TypeConversion,
        rows.TypeConversionRow,
        "type-conversions",
        _shown("kind", "effective_on", "decision_number", "reason"),
    ),
    "type-conversions",
    "type_conversion",
    "type conversion",
    schemas.TypeConversionCreate,
    schemas.TypeConversionChange,
    schemas.TypeConversion,
    "effective_on",
    (
        code_filter("kind", "f.kind", codes.TYPE_CONVERSION_KINDS, "What became what."),
        *day_range("effective_on", "f.effective_on", "Day it took effect"),
    ),
    ("effective_on",),
    ("kind",),
    _same,
    shapes_timeline=True,
)

SEAT_CHANGE = Kind(
    _resource(models.SeatChange, rows.SeatChangeRow, "seat-changes", _moved),
    "seat-changes",
    "seat_change",
    "seat change",
    schemas.SeatChangeCreate,
    schemas.SeatChangeChange,
    schemas.SeatChange,
    "effective_on",
    (*day_range("effective_on", "f.effective_on", "Day it took effect"),),
    ("effective_on",),
    (),
    _seat_columns,
    shapes_timeline=True,
)

ALLIANCE_MEMBERSHIP = Kind(
    _resource(
        models.AllianceMembership,
        rows.AllianceMembershipRow,
        "alliance-memberships",
        _shown(
            "kind",
            "admitted_on",
            "admission_decision_number",
            "certificate_number",
            "alliance_label",
            "left_on",
            "leaving_decision_number",
            "leaving_reason",
        ),
    ),
    "alliance-memberships",
    "alliance_membership",
    "alliance membership",
    schemas.AllianceMembershipCreate,
    schemas.AllianceMembershipChange,
    schemas.AllianceMembership,
    "admitted_on",
    (
        code_filter("kind", "f.kind", codes.MEMBERSHIP_KINDS, "Kind of member."),
        flag_filter("is_open", "(f.left_on IS NULL)", "Memberships that have not ended, or that have."),
        text_filter("certificate_number", "f.certificate_number", "Number of the certificate, exactly."),
        *day_range("admitted_on", "f.admitted_on", "Day of admission"),
        *day_range("left_on", "f.left_on", "Day of leaving"),
        day_filter(
            "as_of",
            "(f.admitted_on <= {0}::date AND (f.left_on IS NULL OR f.left_on > {0}::date))",
            "Memberships open on that day",
        ),
    ),
    ("admitted_on",),
    ("kind",),
    _same,
    checks={"left_on": _in_order("admitted_on", "left_on", strictly=True)},
)

PRODUCT = Kind(
    _resource(models.Product, rows.ProductRow, "products", _product),
    "products",
    "product",
    "product",
    schemas.ProductCreate,
    schemas.ProductChange,
    schemas.Product,
    "recognized_on",
    (
        _name_filter(),
        code_filter("group", "f.product_group", codes.PRODUCT_GROUPS, "OCOP product group."),
        integer_filter("ocop_stars", "f.ocop_stars", "OCOP stars."),
        flag_filter("with_alliance_support", "f.with_alliance_support", "Recognised with the alliance's support."),
        *day_range("recognized_on", "f.recognized_on", "Day of recognition"),
        *day_range("valid_until", "f.valid_until", "Last day of validity"),
    ),
    ("recognized_on",),
    ("group", "ocop_stars"),
    _product_columns,
    checks={
        "valid_until": _in_order("recognized_on", "valid_until"),
        "recognized_on": lambda row: schemas.check_graded(row["ocop_stars"], row["recognized_on"]),
    },
)

CERTIFICATE = Kind(
    _resource(models.Certificate, rows.CertificateRow, "certificates", _certificate),
    "certificates",
    "certificate",
    "certificate",
    schemas.CertificateCreate,
    schemas.CertificateChange,
    schemas.Certificate,
    "valid_from",
    (
        code_filter("scheme", "f.scheme", codes.CERTIFICATE_SCHEMES, "Scheme."),
        text_filter("number", "f.number", "Number, exactly."),
        flag_filter("with_alliance_support", "f.with_alliance_support", "Gained with the alliance's support."),
        *day_range("valid_from", "f.valid_from", "First day of validity"),
        *day_range("valid_until", "f.valid_until", "Last day of validity"),
    ),
    ("valid_from",),
    ("scheme",),
    _certificate_columns,
    checks={"valid_until": _in_order("valid_from", "valid_until")},
)

KINDS = (STATUS_CHANGE, TYPE_CONVERSION, SEAT_CHANGE, ALLIANCE_MEMBERSHIP, PRODUCT, CERTIFICATE)


def day_of(kind: Kind, row: Mapping[str, Any]) -> date | None:
    """Return the day that places the fact, or None where it has none."""
    day: date | None = row.get(kind.day)
    return day
