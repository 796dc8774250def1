"""The template that classes with their attendances are imported from: one row a person at a class."""

from __future__ import annotations

from kernel.workbooks.imports import Column
from services.training import code_lists as codes

COLUMNS = (
    Column(
        "class_number",
        "Số lớp",
        required=True,
        note="Số hoặc mã lớp; mọi học viên cùng lớp ghi như nhau.",
        example="TH-2026-07",
    ),
    Column("class_name", "Tên lớp", note="Chỉ cần ở dòng đầu của lớp mới.", example="Tập huấn Luật Hợp tác xã"),
    Column("kind", "Loại lớp", "code", codes=codes.CLASS_KINDS, example="Tập huấn"),
    Column("topic", "Nội dung", "code", codes=codes.TOPICS),
    Column("attribution", "Hình thức tổ chức", "code", codes=codes.ATTRIBUTIONS),
    Column("partner_name", "Đơn vị phối hợp", note="Cần cho lớp phối hợp.", example="Sở Nông nghiệp và Môi trường"),
    Column("decision_number", "Số quyết định mở lớp", example="31/QĐ-LMHTX"),
    Column("starts_on", "Ngày bắt đầu", "day", example="02/03/2026"),
    Column("ends_on", "Ngày kết thúc", "day", example="03/03/2026"),
    Column("commune_code", "Mã xã nơi học", digits=(5,), example="07894"),
    Column("commune_map", "Địa giới", "code", codes=codes.COMMUNE_MAPS, example="2025"),
    Column("venue", "Địa điểm"),
    Column("name", "Họ và tên", required=True, example="Nguyễn Văn An"),
    Column("birth_year", "Năm sinh", "whole", example="1980"),
    Column("sex", "Giới tính", "code", codes=codes.SEXES),
    Column(
        "id_number", "Số định danh", digits=(9, 12), note="Không bắt buộc; được mã hóa khi lưu.", example="001080012345"
    ),
    Column("phone", "Điện thoại"),
    Column("organization_id", "Mã đơn vị trong hệ thống", note="Mã định danh gồm 36 ký tự, nếu biết."),
    Column("organization_name", "Đơn vị", example="HTX Rau sạch Đồng Tâm"),
    Column("position", "Chức vụ", example="Giám đốc"),
    Column("audience", "Đối tượng", "code", codes=codes.AUDIENCES, example="Cán bộ quản lý HTX"),
    Column("allowance_vnd", "Tiền hỗ trợ (đồng)", "whole", note="Số đồng, không phải nghìn đồng.", example="150000"),
)

CLASS_FIELDS = (
    "kind",
    "topic",
    "attribution",
    "decision_number",
    "starts_on",
    "ends_on",
    "commune_code",
    "commune_map",
    "venue",
)
PERSON_FIELDS = (
    "name",
    "birth_year",
    "sex",
    "id_number",
    "phone",
    "organization_id",
    "organization_name",
    "position",
    "audience",
)
