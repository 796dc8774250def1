"""Sheets that a class prints: the signature list and the allowance list, in the layout that offices use."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.values.amount_in_words import amount_words
from kernel.values.money import MAX_VND, number_text
from kernel.workbooks.writing import new_workbook


@dataclass(frozen=True)
class SheetClass:
    """What stands above the list."""

    alliance_name: str
    name: str
    venue: str
    starts_on: date
    ends_on: date
    decision_number: str | None
    sessions: Sequence[date]


@dataclass(frozen=True)
class SheetPerson:
    """One line of the list."""

    name: str
    birth_year: int | None
    id_number: str | None
    organization_name: str | None
    position: str | None
    sessions: int
    allowance_vnd: int | None


def day_text(day: date) -> str:
    """Return a day as offices write it: 06/03/2023."""
    return f"{day:%d/%m/%Y}"


def signature_sheet(of: SheetClass, people: Sequence[SheetPerson]) -> bytes:
    """Return the list that trainees sign, one column a session."""
    signed = [f"Ký nhận buổi {number}\n{day_text(day)}" for number, day in enumerate(of.sessions, 1)] or ["Ký nhận"]
    heads = ["STT", "Họ và tên", "Năm sinh", "Đơn vị", "Chức vụ", *signed, "Ghi chú"]
    rows = [
        [at, person.name, person.birth_year, person.organization_name, person.position, *([""] * (len(signed) + 1))]
        for at, person in enumerate(people, 1)
    ]
    widths = [5, 26, 9, 30, 16, *([16] * len(signed)), 12]
    return _sheet(of, "DANH SÁCH HỌC VIÊN KÝ NHẬN", heads, widths, rows, None)


def allowance_sheet(of: SheetClass, people: Sequence[SheetPerson]) -> bytes:
    """Return the list of allowances, with a column to sign and their sum, in figures and in words."""
    heads = ["STT", "Họ và tên", "Năm sinh", "Số định danh", "Đơn vị", "Số buổi", "Số tiền (đồng)", "Ký nhận"]
    rows = [
        [
            at,
            person.name,
            person.birth_year,
            person.id_number,
            person.organization_name,
            person.sessions,
            person.allowance_vnd or 0,
            "",
        ]
        for at, person in enumerate(people, 1)
    ]
    total = sum(person.allowance_vnd or 0 for person in people)
    return _sheet(of, "DANH SÁCH CHI HỖ TRỢ HỌC VIÊN", heads, [5, 26, 9, 16, 30, 8, 16, 16], rows, total)


def _sheet(
    of: SheetClass,
    title: str,
    heads: Sequence[str],
    widths: Sequence[int],
    rows: Sequence[Sequence[Any]],
    total_vnd: int | None,
) -> bytes:
    out = io.BytesIO()
    with new_workbook(out) as book:
        style = _styles(book)
        sheet = book.add_worksheet("Danh sách")
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        last = len(heads) - 1
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        middle = last // 2
        sheet.merge_range(0, 0, 0, middle, of.alliance_name.upper(), style["bold"])
        sheet.merge_range(0, middle + 1, 0, last, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", style["bold"])
        sheet.merge_range(1, middle + 1, 1, last, "Độc lập - Tự do - Hạnh phúc", style["bold"])
        sheet.merge_range(3, 0, 3, last, title, style["title"])
        sheet.merge_range(4, 0, 4, last, of.name, style["middle"])
        sheet.merge_range(5, 0, 5, last, _when_and_where(of), style["middle"])
        sheet.write_row(7, 0, heads, style["head"])
        for at, row in enumerate(rows, 8):
            sheet.set_row(at, 24)
            for column, value in enumerate(row):
                kind = "money" if heads[column] == "Số tiền (đồng)" else "text" if isinstance(value, str) else "cell"
                sheet.write(at, column, value, style[kind])
        end = 8 + len(rows)
        if total_vnd is not None:
            sheet.merge_range(end, 0, end, last - 2, "Tổng cộng", style["head"])
            sheet.write(end, last - 1, total_vnd, style["sum"])
            sheet.write(end, last, "", style["cell"])
            sheet.write(end + 1, 0, f"Tổng số tiền: {number_text(total_vnd)} đồng.")
            # Absurd sums, each of them allowed, must not keep a list from being printed.
            words = amount_words(total_vnd, capital=True) if total_vnd <= MAX_VND else "…"
            sheet.write(end + 2, 0, f"Bằng chữ: {words}.")
            end += 2
        sheet.write(end + 1, 0, f"Danh sách có {len(rows)} người.")
        sheet.repeat_rows(7)
        for at, who in zip((1, middle + 1, last), ("Người lập", "Giảng viên", "Thủ trưởng đơn vị"), strict=True):
            sheet.write(end + 3, at, who, style["bold"])
    return out.getvalue()


def _when_and_where(of: SheetClass) -> str:
    decision = f"; theo quyết định số {of.decision_number}" if of.decision_number else ""
    return f"Từ ngày {day_text(of.starts_on)} đến ngày {day_text(of.ends_on)}, tại {of.venue}{decision}"


def _styles(book: Any) -> Mapping[str, Any]:
    base = {"font_name": "Times New Roman", "font_size": 12, "valign": "vcenter"}
    lined = {**base, "border": 1, "text_wrap": True}
    return {
        "bold": book.add_format({**base, "bold": True, "align": "center"}),
        "title": book.add_format({**base, "bold": True, "align": "center", "font_size": 14}),
        "middle": book.add_format({**base, "align": "center"}),
        "head": book.add_format({**lined, "bold": True, "align": "center"}),
        "text": book.add_format({**lined, "num_format": "@"}),
        "cell": book.add_format({**lined, "align": "center"}),
        "money": book.add_format({**lined, "num_format": "#,##0"}),
        "sum": book.add_format({**lined, "num_format": "#,##0", "bold": True}),
    }
