"""The template that participations are imported from: one row an organization at an event."""

from __future__ import annotations

from typing import Any

from kernel.problems import FieldError
from kernel.values.text import name_folded
from kernel.workbooks.imports import Column
from services.training import code_lists as codes

COLUMNS = (
    Column(
        "event_name", "Tên sự kiện", required=True, note="Như đã nhập trong hệ thống.", example="Hội chợ Hùng Vương"
    ),
    Column("starts_on", "Ngày khai mạc", "day", True, note="Ngày đầu của sự kiện.", example="25/04/2026"),
    Column(
        "organization_id",
        "Mã đơn vị trong hệ thống",
        required=True,
        note="Mã định danh gồm 36 ký tự trong sổ đăng ký.",
        example="0192c7e0-0000-7000-8000-000000000000",
    ),
    Column("organization_name", "Đơn vị", note="Để trống: theo sổ đăng ký.", example="HTX Rau sạch Đồng Tâm"),
    Column(
        "organization_type",
        "Loại hình",
        "code",
        codes=codes.ORGANIZATION_TYPES,
        note="Để trống: theo sổ đăng ký.",
        example="Hợp tác xã",
    ),
    Column("province", "Tỉnh", note="Mã và bản đồ; chỉ cần khi hệ thống chưa biết đơn vị ở đâu.", example="25-2008"),
    Column("booth", "Gian hàng", example="A12"),
    Column(
        "products",
        "Sản phẩm trưng bày",
        note="Các loại cách nhau bằng dấu chấm phẩy; tên riêng ghi sau dấu hai chấm.",
        example="Chè: Chè xanh Đồng Tâm; Mật ong; Khác, ghi tên: Diều sáo",
    ),
    Column(
        "support_received_vnd",
        "Kinh phí được hỗ trợ (đồng)",
        "whole",
        note="Số đồng, không phải triệu đồng.",
        example="5000000",
    ),
    Column("revenue_vnd", "Doanh thu (đồng)", "whole"),
    Column("contract_count", "Số hợp đồng", "whole"),
    Column("contract_value_vnd", "Giá trị hợp đồng (đồng)", "whole"),
    Column("memorandum_count", "Số biên bản ghi nhớ", "whole"),
    Column("contact_count", "Số đầu mối giao dịch", "whole"),
    Column("note", "Ghi chú"),
)
EVENT_FIELDS = ("event_name", "starts_on")

_BY_WORDS = {
    words: code
    for code, labels in codes.PRODUCT_KINDS.items()
    for words in (code, name_folded(labels[0]), name_folded(labels[1]))
}


def products_of(cell: str) -> list[dict[str, Any]] | FieldError:
    """Return the products that a cell tells, or the fault of a kind that is none."""
    products: list[dict[str, Any]] = []
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        kind, _, name = (piece.strip() for piece in part.partition(":"))
        found = kind if kind in codes.PRODUCT_KINDS else _BY_WORDS.get(name_folded(kind))
        if found is None:
            words = (f"Không có loại sản phẩm “{kind}”; xem danh mục.", f"There is no kind of product “{kind}”.")
            return FieldError("not_allowed", words)
        products.append({"kind": found, **({"name": name} if name else {})})
    return products
