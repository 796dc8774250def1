"""The template that organizations are imported from, and what a row of it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kernel.workbooks.columns import Column
from kernel.workbooks.communes import commune_columns
from services.registry import code_lists as codes
from services.registry.organizations.schemas import OrganizationCreate
from services.registry.organizations.template import InTemplate

REASON = Column(
    field="reason",
    label="Lý do nhập dù gần giống",
    note="Chỉ ghi khi hệ thống báo trùng mà thật sự là tổ chức khác.",
)
_OF_LISTS = {
    "seat": (
        *commune_columns(group="seat", note="Mã 5 số của xã, phường nơi đặt trụ sở."),
        Column(field="address", label="Địa chỉ", note="Số nhà, đường, thôn.", example="Khu 3"),
    ),
    "business_lines": (
        Column(
            field="business_line_code",
            label="Mã ngành chính",
            digits=(4, 5),
            note="Mã VSIC 4 hoặc 5 số.",
            example="0118",
        ),
        Column(
            field="business_line_version",
            label="Hệ thống ngành",
            kind="code",
            codes=codes.VSIC_VERSIONS,
            note="Cần khi có mã ngành.",
            example="2018",
        ),
    ),
    "legal_representatives": (
        Column(field="representative_name", label="Người đại diện", example="Nguyễn Văn An"),
        Column(field="representative_title", label="Chức danh", example="Chủ tịch HĐQT"),
    ),
    "contacts": (
        Column(field="phone", label="Điện thoại", note="Định dạng văn bản để giữ số 0 ở đầu.", example="0210123456"),
        Column(field="email", label="Thư điện tử"),
    ),
    "external_ids": (
        Column(
            field="external_system", label="Hệ thống ngoài", note="Tên hệ thống, chữ thường không dấu.", example="dkkd"
        ),
        Column(field="external_value", label="Mã ở hệ thống ngoài"),
    ),
    "reason": (REASON,),
}
"""Columns for what is more than one value in an organization, and for the reason that stands in its history."""


_CREDIT_FUND = {"credit_fund": codes.REPORT_SECTORS["credit_fund"]}
_OTHERWISE: dict[str, dict[str, Any]] = {
    # A people's credit fund is a cooperative with a flag (docs/domain.md); offices know it as a type of its own.
    "type": {"codes": {**codes.ORGANIZATION_TYPES, **_CREDIT_FUND}, "also": ("Loại hình tổ chức", "Loại hình HTX")},
    "name": {"also": ("Tên HTX", "Tên hợp tác xã", "Tên tổ chức", "Tên đơn vị")},
    "code": {"also": ("Mã số HTX", "Mã số hợp tác xã", "Mã số thuế", "MST")},
}
"""What a column has otherwise than its field: headings that offices give it, choices that are more than one field."""


def _template() -> Iterator[Column]:
    # People read a certificate from its number and name on; everything else stands as in the schema.
    first = ("type", "code", "legacy_number", "name", "name_short", "name_foreign")
    for name in dict.fromkeys((*first, *OrganizationCreate.model_fields)):
        field = OrganizationCreate.model_fields[name]
        yield from _OF_LISTS.get(name, ())
        for beside in field.metadata:
            if isinstance(beside, InTemplate):
                column = beside.column(name, required=field.is_required())
                yield replace(column, **_OTHERWISE.get(name, {}))


COLUMNS = tuple(_template())
"""The template: a field of the schema is in it where `InTemplate` stands beside it."""

_POINTERS = {
    "/seat/commune_code": "commune_code",
    "/seat/commune_map": "commune_map",
    "/seat/address": "address",
    "/seat/commune_name": "commune_name",
    "/seat/district_name": "district_name",
    "/seat/province": "province_name",
    "/seat": "commune_code",
    "/is_credit_fund": "type",
    "/business_lines/0/version": "business_line_version",
    "/business_lines": "business_line_code",
    "/legal_representatives/0/title": "representative_title",
    "/legal_representatives": "representative_name",
    "/external_ids/0/system": "external_system",
    "/external_ids": "external_value",
}


def field_at(pointer: str | None, body: dict[str, Any]) -> str | None:
    """Return the column that a fault of the body at `pointer` is about; None for the row as a whole."""
    if not pointer:
        return None
    if pointer.startswith("/contacts/"):
        return str(body["contacts"][int(pointer.split("/")[2])]["kind"])
    for start, field in _POINTERS.items():
        if pointer.startswith(start):
            return field
    return pointer.split("/")[1]


_PLAIN = frozenset(column.field for column in COLUMNS) & OrganizationCreate.model_fields.keys() - _OF_LISTS.keys()


def body_of(values: dict[str, Any], commune: Mapping[str, str]) -> dict[str, Any]:
    """Return the organization that a row describes, as the API takes it; an empty cell says nothing.

    `commune`: the code and the map of the seat's commune, as far as they are known.
    """
    body = {name: value for name, value in values.items() if name in _PLAIN}
    if body.get("type") == "credit_fund":
        body |= {"type": "cooperative", "is_credit_fund": True}
    body["seat"] = {**commune, **_given(values, address="address")}
    if line := _given(values, code="business_line_code", version="business_line_version"):
        body["business_lines"] = [{**line, "is_main": True}]
    if representative := _given(values, full_name="representative_name", title="representative_title"):
        body["legal_representatives"] = [representative]
    if contacts := [{"kind": kind, "value": values[kind]} for kind in ("phone", "email") if kind in values]:
        body["contacts"] = contacts
    if external := _given(values, system="external_system", value="external_value"):
        body["external_ids"] = [external]
    if "reason" in values:
        body.update(reason=values["reason"], force=True)
    return body


def _given(values: dict[str, Any], **names: str) -> dict[str, Any]:
    return {name: values[field] for name, field in names.items() if field in values}
