"""Makes the .docx templates anew: `python -m services.funds.servicing.documents.make_templates`.

An office may edit the files with a word processor: what stands in {{ }} is put in by `render`.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "templates"
_ROWS = ("number", "due_on", "principal", "interest", "total", "outstanding")
_HEADINGS = ("Kỳ", "Ngày đến hạn", "Gốc (đồng)", "Lãi (đồng)", "Cộng (đồng)", "Dư nợ còn lại (đồng)")

_PARTIES = (
    "Bên cho vay: {{ fund_name }}",
    "Bên vay: {{ borrower_name }}{% if beneficiary_name %} (thành viên {{ beneficiary_name }}){% endif %}",
    "Địa chỉ: {{ address }}",
    "Hợp đồng tín dụng số {{ contract_number }} ký ngày {{ signed_on }}",
)
_AMOUNTS = (
    "Số tiền vay: {{ principal }} đồng",
    "Bằng chữ: {{ principal_words }}.",
    "{%p if changed %}",
    "Căn cứ Quyết định số {{ decision_number }} ngày {{ decided_on }} về việc {{ kind }}, có hiệu lực từ ngày {{ since }}; "
    "lý do: {{ reason }}.",
    "{%p endif %}",
    "Lãi suất trong hạn: {{ rate }}%/năm; lãi suất quá hạn bằng {{ overdue_rate }}% lãi suất trong hạn.",
    "Phương thức trả nợ: {{ method }}",
    "Mục đích: {{ purpose }}",
)
_TOTALS = (
    "Tổng gốc: {{ total_principal }} đồng ({{ total_principal_words }}).",
    "Tổng lãi dự kiến: {{ total_interest }} đồng ({{ total_interest_words }}).",
)
_TEMPLATES: dict[str, tuple[str, tuple[str, ...], bool, tuple[str, ...]]] = {
    "contract-annex": (
        "PHỤ LỤC HỢP ĐỒNG TÍN DỤNG",
        (*_PARTIES, *_AMOUNTS, "Hai bên thống nhất lịch trả nợ sau, tính đến ngày {{ as_of }}:"),
        True,
        (*_TOTALS, "ĐẠI DIỆN BÊN VAY                                        ĐẠI DIỆN BÊN CHO VAY"),
    ),
    "repayment-schedule": (
        "LỊCH TRẢ NỢ",
        (*_PARTIES, *_AMOUNTS, "Tính đến ngày {{ as_of }}:"),
        True,
        (
            "{%p if has_replaced %}",
            "* Kỳ đã được lịch mới thay thế; số tiền là phần đã trả của kỳ đó.",
            "{%p endif %}",
            *_TOTALS,
        ),
    ),
    "overdue-notice": (
        "THÔNG BÁO NỢ QUÁ HẠN",
        (
            "Kính gửi: {{ borrower_name }}",
            "Địa chỉ: {{ address }}",
            "{{ fund_name }} thông báo: theo Hợp đồng tín dụng số {{ contract_number }} ký ngày {{ signed_on }}, đến ngày "
            "{{ as_of }} ông/bà (đơn vị) đã quá hạn {{ days_overdue }} ngày, kể từ ngày {{ overdue_since }}.",
            "Gốc quá hạn: {{ due_principal }} đồng ({{ due_principal_words }}).",
            "Lãi đến hạn chưa trả: {{ due_interest }} đồng ({{ due_interest_words }}).",
            "Lãi quá hạn: {{ overdue_interest }} đồng ({{ overdue_interest_words }}).",
            "Tổng số phải trả ngay: {{ overdue_total }} đồng.",
            "Bằng chữ: {{ overdue_total_words }}.",
            "Dư nợ gốc: {{ outstanding }} đồng.",
            "Đề nghị ông/bà (đơn vị) trả đủ số tiền trên. Lãi quá hạn tiếp tục được tính đến ngày trả.",
        ),
        False,
        ("ĐẠI DIỆN QUỸ",),
    ),
}


def make() -> None:
    """Write every template."""
    import docx

    FOLDER.mkdir(exist_ok=True)
    for name, (title, before, with_rows, after) in _TEMPLATES.items():
        document = docx.Document()
        document.styles["Normal"].font.name = "Times New Roman"
        document.add_heading(title, level=1)
        for line in before:
            document.add_paragraph(line)
        if with_rows:
            table = document.add_table(rows=4, cols=len(_ROWS))
            table.style = "Table Grid"
            for cell, heading in zip(table.rows[0].cells, _HEADINGS, strict=True):
                cell.text = heading
            # The marks of docxtpl: the rows that hold them go, the one between is repeated.
            table.rows[1].cells[0].text = "{%tr for row in rows %}"
            for cell, field in zip(table.rows[2].cells, _ROWS, strict=True):
                cell.text = f"{{{{ row.{field} }}}}"
            table.rows[3].cells[0].text = "{%tr endfor %}"
            document.add_paragraph("")
        for line in after:
            document.add_paragraph(line)
        document.save(str(FOLDER / f"{name}.docx"))


if __name__ == "__main__":
    make()
