"""The template that classes with their attendances are imported from: one row a person at a class."""

from __future__ import annotations

from dataclasses import replace

from kernel.workbooks.columns import Column
from kernel.workbooks.communes import commune_columns
from services.training import code_lists as codes

# Of a roll's row, which is a person, a commune without more is that of the person.
_PLACE = tuple(
    column if column.field == "commune_map" else replace(column, label=f"{column.label} nơi học", also=())
    for column in commune_columns(note="Mã 5 số của xã, phường nơi học.")
)

COLUMNS = (
    Column(
        field="class_number",
        label="Số lớp",
        required=True,
        note="Số hoặc mã lớp; mọi học viên cùng lớp ghi như nhau.",
        example="TH-2026-07",
    ),
    Column(
        field="class_name", label="Tên lớp", note="Chỉ cần ở dòng đầu của lớp mới.", example="Tập huấn Luật Hợp tác xã"
    ),
    Column(field="kind", label="Loại lớp", kind="code", codes=codes.CLASS_KINDS, example="Tập huấn"),
    Column(field="topic", label="Nội dung", kind="code", codes=codes.TOPICS),
    Column(field="attribution", label="Hình thức tổ chức", kind="code", codes=codes.ATTRIBUTIONS),
    Column(
        field="partner_name",
        label="Đơn vị phối hợp",
        note="Cần cho lớp phối hợp.",
        example="Sở Nông nghiệp và Môi trường",
    ),
    Column(field="decision_number", label="Số quyết định mở lớp", example="31/QĐ-LMHTX"),
    Column(field="starts_on", label="Ngày bắt đầu", kind="day", example="02/03/2026"),
    Column(field="ends_on", label="Ngày kết thúc", kind="day", example="03/03/2026"),
    *_PLACE,
    Column(field="venue", label="Địa điểm"),
    Column(field="name", label="Họ và tên", required=True, example="Nguyễn Văn An"),
    Column(field="birth_year", label="Năm sinh", kind="whole", example="1980"),
    Column(field="sex", label="Giới tính", kind="code", codes=codes.SEXES),
    Column(
        field="id_number",
        label="Số định danh",
        digits=(9, 12),
        note="Không bắt buộc; được mã hóa khi lưu.",
        example="001080012345",
    ),
    Column(field="phone", label="Điện thoại"),
    Column(field="organization_id", label="Mã đơn vị trong hệ thống", note="Mã định danh gồm 36 ký tự, nếu biết."),
    Column(field="organization_name", label="Đơn vị", example="HTX Rau sạch Đồng Tâm"),
    Column(field="position", label="Chức vụ", example="Giám đốc"),
    Column(field="audience", label="Đối tượng", kind="code", codes=codes.AUDIENCES, example="Cán bộ quản lý HTX"),
    Column(
        field="allowance_vnd",
        label="Tiền hỗ trợ (đồng)",
        kind="whole",
        note="Số đồng, không phải nghìn đồng.",
        example="150000",
    ),
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
