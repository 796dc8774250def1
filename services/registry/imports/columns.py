"""The template that organizations are imported from, and what a row of it says."""

from __future__ import annotations

from typing import Any

from kernel.workbooks.imports import Column
from services.registry import code_lists as codes

COLUMNS = (
    Column(
        "type", "Loại hình", "code", True, codes.ORGANIZATION_TYPES, note="Chọn trong danh mục.", example="Hợp tác xã"
    ),
    Column(
        "code",
        "Mã số",
        digits=(10, 13),
        note="Mã số HTX = mã số thuế, 10 số; THT chưa có thì để trống.",
        example="2600123456",
    ),
    Column("legacy_number", "Số giấy chứng nhận cũ", note="Số đăng ký trước đây, nếu có.", example="18.07.000123"),
    Column("name", "Tên", required=True, note="Tên đầy đủ như trên giấy chứng nhận.", example="HTX Rau sạch Đồng Tâm"),
    Column("name_short", "Tên viết tắt"),
    Column("name_foreign", "Tên nước ngoài"),
    Column(
        "commune_code",
        "Mã xã",
        required=True,
        digits=(5,),
        note="Mã 5 số của xã, phường nơi đặt trụ sở.",
        example="07894",
    ),
    Column(
        "commune_map",
        "Địa giới",
        "code",
        True,
        codes.COMMUNE_MAPS,
        note="Mã xã theo địa giới nào: 2008 (đến 30/6/2025) hay 2025.",
        example="2025",
    ),
    Column("address", "Địa chỉ", note="Số nhà, đường, thôn.", example="Khu 3"),
    Column("business_line_code", "Mã ngành chính", digits=(4, 5), note="Mã VSIC 4 hoặc 5 số.", example="0118"),
    Column(
        "business_line_version",
        "Hệ thống ngành",
        "code",
        codes=codes.VSIC_VERSIONS,
        note="Cần khi có mã ngành.",
        example="2018",
    ),
    Column("report_sector", "Lĩnh vực báo cáo", "code", codes=codes.REPORT_SECTORS),
    Column(
        "charter_capital_vnd",
        "Vốn điều lệ (đồng)",
        "whole",
        note="Số đồng, không phải triệu đồng.",
        example="500000000",
    ),
    Column("paid_capital_vnd", "Vốn đã góp (đồng)", "whole"),
    Column("founded_on", "Ngày thành lập", "day", example="15/03/2019"),
    Column(
        "registered_on", "Ngày cấp giấy chứng nhận", "day", note="THT: ngày hợp đồng hợp tác.", example="20/03/2019"
    ),
    Column("founding_support", "Hỗ trợ thành lập", "code", codes=codes.FOUNDING_SUPPORTS),
    Column("representative_name", "Người đại diện", example="Nguyễn Văn An"),
    Column("representative_title", "Chức danh", example="Chủ tịch HĐQT"),
    Column("phone", "Điện thoại", note="Định dạng văn bản để giữ số 0 ở đầu.", example="0210123456"),
    Column("email", "Thư điện tử"),
    Column(
        "legal_status",
        "Tình trạng pháp lý",
        "code",
        codes=codes.LEGAL_STATUSES,
        note="Khi bắt đầu quản lý; để trống là đang hoạt động.",
    ),
    Column("operating_state", "Hoạt động thực tế", "code", codes=codes.OPERATING_STATES),
    Column("governance", "Tổ chức quản trị", "code", codes=codes.GOVERNANCES),
    Column("external_system", "Hệ thống ngoài", note="Tên hệ thống, chữ thường không dấu.", example="dkkd"),
    Column("external_value", "Mã ở hệ thống ngoài"),
    Column("reason", "Lý do nhập dù gần giống", note="Chỉ ghi khi hệ thống báo trùng mà thật sự là tổ chức khác."),
)

_POINTERS = {
    "/seat/commune_code": "commune_code",
    "/seat/commune_map": "commune_map",
    "/seat/address": "address",
    "/seat": "commune_code",
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


_PLAIN = frozenset(
    {
        "type",
        "code",
        "legacy_number",
        "name",
        "name_short",
        "name_foreign",
        "report_sector",
        "charter_capital_vnd",
        "paid_capital_vnd",
        "founded_on",
        "registered_on",
        "founding_support",
        "legal_status",
        "operating_state",
        "governance",
    }
)


def body_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return the organization that a row describes, as the API takes it; an empty cell says nothing."""
    body = {name: value for name, value in values.items() if name in _PLAIN}
    body["seat"] = _given(values, commune_code="commune_code", commune_map="commune_map", address="address")
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
