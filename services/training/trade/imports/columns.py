"""The template that participations are imported from: one row an organization at an event."""

from __future__ import annotations

from typing import Any

from kernel.problems import FieldError
from kernel.values.text import name_folded
from kernel.workbooks.columns import Column
from services.training import code_lists as codes

COLUMNS = (
    Column(
        field="event_name",
        label="Tên sự kiện",
        required=True,
        note="Như đã nhập trong hệ thống.",
        example="Hội chợ Hùng Vương",
    ),
    Column(
        field="starts_on",
        label="Ngày khai mạc",
        kind="day",
        required=True,
        note="Ngày đầu của sự kiện.",
        example="25/04/2026",
    ),
    Column(
        field="organization_id",
        label="Mã đơn vị trong hệ thống",
        required=True,
        note="Mã định danh gồm 36 ký tự trong sổ đăng ký.",
        example="0192c7e0-0000-7000-8000-000000000000",
    ),
    Column(
        field="organization_name", label="Đơn vị", note="Để trống: theo sổ đăng ký.", example="HTX Rau sạch Đồng Tâm"
    ),
    Column(
        field="organization_type",
        label="Loại hình",
        kind="code",
        codes=codes.ORGANIZATION_TYPES,
        note="Để trống: theo sổ đăng ký.",
        example="Hợp tác xã",
    ),
    Column(
        field="province",
        label="Tỉnh",
        note="Mã và bản đồ; chỉ cần khi hệ thống chưa biết đơn vị ở đâu.",
        example="25-2008",
    ),
    Column(field="booth", label="Gian hàng", example="A12"),
    Column(
        field="products",
        label="Sản phẩm trưng bày",
        note="Các loại cách nhau bằng dấu chấm phẩy; tên riêng ghi sau dấu hai chấm.",
        example="Chè: Chè xanh Đồng Tâm; Mật ong; Khác, ghi tên: Diều sáo",
    ),
    Column(
        field="support_received_vnd",
        label="Kinh phí được hỗ trợ (đồng)",
        kind="whole",
        note="Số đồng, không phải triệu đồng.",
        example="5000000",
    ),
    Column(field="revenue_vnd", label="Doanh thu (đồng)", kind="whole"),
    Column(field="contract_count", label="Số hợp đồng", kind="whole"),
    Column(field="contract_value_vnd", label="Giá trị hợp đồng (đồng)", kind="whole"),
    Column(field="memorandum_count", label="Số biên bản ghi nhớ", kind="whole"),
    Column(field="contact_count", label="Số đầu mối giao dịch", kind="whole"),
    Column(field="note", label="Ghi chú"),
)
EVENT_FIELDS = ("event_name", "starts_on")

_BY_WORDS = {
    words: code
    for code, labels in codes.PRODUCT_KINDS.items()
    for words in (code, name_folded(labels[0]), name_folded(labels[1]))
}


def products_of(cell: str) -> list[dict[str, Any]] | FieldError:
    """Return the products that a cell tells, or the error of a kind that is none."""
    products: list[dict[str, Any]] = []
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        kind, _, name = (piece.strip() for piece in part.partition(":"))
        code = kind if kind in codes.PRODUCT_KINDS else _BY_WORDS.get(name_folded(kind))
        if code is None:
            words = (f"Không có loại sản phẩm “{kind}”; xem danh mục.", f"There is no kind of product “{kind}”.")
            return FieldError("not_allowed", words)
        products.append({"kind": code, **({"name": name} if name else {})})
    return products
