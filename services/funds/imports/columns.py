"""The template that running loans are taken over from, and what a row of it says."""

from __future__ import annotations

from typing import Any

from kernel.workbooks.columns import Column
from kernel.workbooks.communes import commune_columns
from services.funds import code_lists as codes

_METHODS = {code: words for code, words in codes.METHODS.items() if code != "custom"}

COLUMNS = (
    Column(
        "fund",
        "Quỹ",
        note="Tên quỹ như trong hệ thống; để trống khi chỉ có một quỹ hoặc đã chọn quỹ khi gửi.",
        example="Quỹ hỗ trợ phát triển HTX tỉnh",
    ),
    Column("contract_number", "Số hợp đồng", required=True, example="15/2021/HĐTD"),
    Column("signed_on", "Ngày ký hợp đồng", "day", True, example="01/06/2021"),
    Column("channel", "Kênh cho vay", "code", codes=codes.LOAN_CHANNELS, note="Để trống: quỹ cho vay trực tiếp."),
    Column(
        "officer_id",
        "Cán bộ phụ trách",
        note="Mã tài khoản của cán bộ theo dõi khoản vay; có thể để trống và ghi sau.",
    ),
    Column(
        "borrower_kind",
        "Loại khách hàng",
        "code",
        True,
        codes.BORROWER_KINDS,
        note="Tổ hợp tác không vay; thành viên của tổ hợp tác vay.",
    ),
    Column("borrower_name", "Khách hàng vay", required=True, example="HTX Chè Minh Khai"),
    Column(
        "organization_code",
        "Mã số HTX",
        digits=(10, 13),
        note="Mã số của HTX, liên hiệp HTX đứng vay.",
        example="2600123456",
    ),
    Column(
        "organization_id", "Mã HTX trong sổ đăng ký", note="Mã định danh của HTX đứng vay trong sổ đăng ký, nếu đã có."
    ),
    Column(
        "id_number",
        "Số định danh",
        digits=(9, 12),
        secret=True,
        note="Số CCCD của cá nhân, chủ hộ; được mã hóa khi lưu.",
    ),
    Column("phone", "Điện thoại", secret=True, note="Định dạng văn bản để giữ số 0 ở đầu; được mã hóa khi lưu."),
    Column(
        "beneficiary_organization_id",
        "Mã HTX, LHHTX, THT của thành viên trong sổ đăng ký",
        note="Bắt buộc khi khách hàng là thành viên: mã định danh của HTX, liên hiệp HTX, THT trong sổ đăng ký.",
    ),
    Column("beneficiary_organization_name", "Tên HTX, LHHTX, THT của thành viên"),
    Column("beneficiary_kind", "Thành viên của", "code", codes=codes.BENEFICIARY_KINDS),
    Column("address", "Địa chỉ", example="Khu 3"),
    *commune_columns(group="commune", note="Mã 5 số của xã nơi thực hiện dự án."),
    Column("purpose", "Mục đích vay", required=True, example="Mua máy sấy chè"),
    Column("report_sector", "Lĩnh vực báo cáo", "code", codes=codes.REPORT_SECTORS),
    Column(
        "total_cost_vnd",
        "Tổng vốn dự án (đồng)",
        "whole",
        True,
        note="Số đồng, không phải triệu đồng.",
        example="300000000",
    ),
    Column("own_capital_vnd", "Vốn tự có (đồng)", "whole", True, example="100000000"),
    Column("jobs", "Số lao động", "whole"),
    Column("principal_vnd", "Số tiền theo hợp đồng (đồng)", "whole", True, example="200000000"),
    Column(
        "annual_rate_percent",
        "Lãi suất năm (%)",
        required=True,
        note="Theo năm: 6,6 là 6,6 %/năm. Không định dạng ô theo phần trăm.",
        example="6,6",
    ),
    Column(
        "overdue_rate_percent_of_rate", "Lãi quá hạn so với lãi trong hạn (%)", note="Để trống là 150.", example="150"
    ),
    Column("overdue_interest_rate_percent", "Lãi suất năm trên lãi chậm trả (%)", note="Để trống là không tính."),
    Column("method", "Cách trả nợ", "code", True, _METHODS),
    Column("installments", "Số kỳ còn lại", "whole", True, note="Số kỳ phải trả sau ngày chốt số dư.", example="18"),
    Column("interval_months", "Kỳ trả (tháng)", "whole", note="Số tháng mỗi kỳ; để trống là 1.", example="3"),
    Column(
        "first_due_on",
        "Ngày đến hạn tiếp theo",
        "day",
        note="Kỳ đầu tiên sau ngày chốt; để trống là một kỳ sau ngày chốt.",
        example="15/02/2024",
    ),
    Column("principal_every", "Trả gốc mỗi bao nhiêu kỳ", "whole", note="Để trống là kỳ nào cũng trả gốc."),
    Column("day_count", "Cách đếm ngày", "code", codes=codes.DAY_COUNTS, note="Để trống: số ngày thực tế / 365."),
    Column("opening_as_of", "Ngày chốt số dư", "day", True, example="31/12/2023"),
    Column("opening_principal_vnd", "Dư nợ gốc (đồng)", "whole", True, note="Gồm cả gốc quá hạn.", example="120000000"),
    Column("opening_accrued_interest_vnd", "Lãi trong hạn chưa trả (đồng)", "whole"),
    Column("opening_overdue_principal_vnd", "Gốc quá hạn (đồng)", "whole"),
    Column("opening_overdue_interest_vnd", "Lãi quá hạn chưa trả (đồng)", "whole"),
    Column("opening_overdue_since", "Quá hạn từ ngày", "day", note="Ngày đến hạn lâu nhất chưa trả."),
    Column("opening_reschedule_count", "Số lần cơ cấu lại nợ", "whole"),
    Column("opening_disbursed_vnd", "Đã giải ngân (đồng)", "whole", note="Để trống là bằng số tiền theo hợp đồng."),
)

_OPENING = (
    "as_of",
    "principal_vnd",
    "accrued_interest_vnd",
    "overdue_principal_vnd",
    "overdue_interest_vnd",
    "overdue_since",
    "reschedule_count",
    "disbursed_vnd",
)
_PROJECT = ("purpose", "report_sector", "total_cost_vnd", "own_capital_vnd", "jobs", "commune_code", "commune_map")
_OWN = (
    "contract_number",
    "signed_on",
    "channel",
    "officer_id",
    "principal_vnd",
    "annual_rate_percent",
    "overdue_rate_percent_of_rate",
    "overdue_interest_rate_percent",
)

PLACES: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in _OWN},
    **{name: ("project", name) for name in _PROJECT},
    **{f"opening_{name}": ("opening", name) for name in _OPENING},
    **{name: ("terms", name) for name in ("method", "installments", "first_due_on", "principal_every", "day_count")},
    "interval_months": ("terms", "interval", "count"),
}
"""Column's field → where it stands in the contract, as it is sent and as it is answered."""
_FIELDS = {"/" + "/".join(place): field for field, place in PLACES.items()}

RATES = ("annual_rate_percent", "overdue_rate_percent_of_rate", "overdue_interest_rate_percent")
BORROWER = {
    "kind": "borrower_kind",
    "name": "borrower_name",
    **{
        name: name
        for name in (
            "organization_code",
            "organization_id",
            "id_number",
            "phone",
            "beneficiary_organization_id",
            "beneficiary_organization_name",
            "beneficiary_kind",
            "address",
            "commune_code",
            "commune_map",
        )
    },
}
"""Field of a borrower → column's field."""


def loan_of(values: dict[str, Any], *, fund_id: str, borrower_id: str) -> dict[str, Any]:
    """Return the contract that a row describes, as the API takes it; an empty cell says nothing."""
    body: dict[str, Any] = {"fund_id": fund_id, "borrower_id": borrower_id, "terms": {}, "project": {}, "opening": {}}
    if "interval_months" in values:
        body["terms"]["interval"] = {"unit": "months"}
    for field, place in PLACES.items():
        if field in values:
            at = body
            for name in place[:-1]:
                at = at[name]
            at[place[-1]] = rate(values[field]) if field in RATES else values[field]
    return body


def rate(text: str) -> str:
    """Return a rate as the API takes it: offices write a comma and a percent sign."""
    return text.replace("%", "").replace(",", ".").strip()


def borrower_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return the borrower that a row describes, as the API takes it."""
    return {name: values[field] for name, field in BORROWER.items() if field in values}


def loan_field(pointer: str | None) -> str | None:
    """Return the column that an error of the contract at `pointer` is about; None for the row as a whole."""
    if not pointer:
        return None
    if pointer == "/fund_id":
        return "fund"
    # An error of a group of values is shown at its first column.
    first = next((field for place, field in _FIELDS.items() if place.startswith(pointer)), None)
    return _FIELDS.get(pointer, first)


def borrower_field(pointer: str | None) -> str | None:
    """Return the column that an error of the borrower at `pointer` is about."""
    return BORROWER.get((pointer or "").strip("/"), "borrower_name")
