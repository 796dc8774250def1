"""The files of a report: laid out as administrative documents are, numbers as numbers, and people's text as nothing but text."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import pytest

from kernel.runtime import limited_child
from kernel.values.days import today
from services.reporting.documents import make_templates
from services.reporting.documents.child import as_json, document_of, read_back
from services.reporting.documents.content import ReportContent, Section, Sentence
from services.reporting.documents.render import NotRenderedError, render
from tests.reporting.documents import cells as made

FORMULA, TAGS, TEMPLATE = '=HYPERLINK("http://x.vn","a")', "<script>alert(1)</script>&<b>", "{{ 7*7 }}{% if x %}"
HOSTILE = f"{FORMULA} {TAGS} {TEMPLATE} \x00\x0b\ud800 Nguyễn Văn Ổn"
_SHEET = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_SHARE = re.compile(r'IF\(AND\(ISNUMBER\((\w+)\),ISNUMBER\((\w+)\)\),IF\(\2<>0,\1/\2,""\),""\)')


def paragraphs_of(document: bytes) -> list[str]:
    """Return the texts of a .docx, those of its tables behind."""
    opened = docx.Document(io.BytesIO(document))
    in_tables = [
        each.text for table in opened.tables for row in table.rows for cell in row.cells for each in cell.paragraphs
    ]
    return [each.text for each in opened.paragraphs] + in_tables


def sheet_of(workbook: bytes) -> dict[str, tuple[str | None, str | None, Any]]:
    """Return the cells of the first sheet: place → (type, formula, value)."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        strings = ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))
        texts = ["".join(each.itertext()) for each in strings.findall("s:si", _SHEET)]
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    cells: dict[str, tuple[str | None, str | None, Any]] = {}
    for cell in sheet.iterfind(".//s:c", _SHEET):
        value, formula = cell.findtext("s:v", None, _SHEET), cell.findtext("s:f", None, _SHEET)
        if value is not None:
            shown: Any = texts[int(value)] if cell.get("t") == "s" else Decimal(value)
            cells[cell.attrib["r"]] = (cell.get("t"), formula, shown)
    return cells


def worked_out(formula: str, cells: dict[str, tuple[str | None, str | None, Any]]) -> Decimal | None:
    """Return what a percent's formula makes of the cells it names."""
    match = _SHARE.fullmatch(formula)
    assert match is not None, formula
    value, divisor = (cells[place][2] if place in cells else None for place in match.groups())
    if not isinstance(value, Decimal) or not isinstance(divisor, Decimal) or divisor == 0:
        return None
    return value / divisor


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(content: ReportContent) -> _Tags:
    """Return what stands on a report's page."""
    page = _Tags()
    page.feed(document_of(content, "html").decode())
    return page


def _mm(length: Any) -> int:
    return round(float(length.mm))


def hostile() -> ReportContent:
    """Return a report whose people wrote what does harm."""
    cell = made.cell(
        "cooperatives_new:province",
        label=HOSTILE,
        value=7,
        explanation=HOSTILE,
        reported_elsewhere=[{"value": "7", "comparator": "eq", "source": HOSTILE}],
    )
    section = Section("plan", HOSTILE, (Sentence(HOSTILE, ()),), f"{HOSTILE}\n{HOSTILE}", table=True)
    texts = dict.fromkeys(
        ("title", "number", "place", "signer_form", "signer_title", "signer_name", "alliance_name", "parent_name"),
        HOSTILE,
    )
    return made.content("hoa_binh", **texts, recipients=(HOSTILE,), sections=(section,), cells=(cell,))


def test_what_goes_to_the_process_comes_back_as_it_was() -> None:
    content = made.content("hoa_binh")
    assert read_back(as_json(content)) == content


@pytest.mark.parametrize("format_", ["docx", "xlsx", "html"])
async def test_a_document_is_made_by_another_process(format_: Any) -> None:
    document = await render(made.content("phu_tho"), format_)
    assert document[:4] == b"PK\x03\x04" or b'<html lang="vi">' in document


async def test_a_document_that_takes_too_long_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited_child, "WALL_SECONDS", 0)
    with pytest.raises(NotRenderedError):
        await render(made.content("phu_tho"), "docx")


async def test_several_documents_are_made_at_once() -> None:
    documents = await asyncio.gather(*(render(made.content("yen_bai"), "xlsx") for _ in range(6)))
    assert all(document[:2] == b"PK" for document in documents)


def test_the_docx_has_head_body_signature_and_recipients_in_their_places() -> None:
    texts = paragraphs_of(document_of(made.content("phu_tho", signed_on=date(2023, 9, 5)), "docx"))
    for text in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "LIÊN MINH HỢP TÁC XÃ VIỆT NAM",
        "LIÊN MINH HỢP TÁC XÃ TỈNH\u00a0PHÚ\u00a0THỌ",
        "Số: 86/BC-LMHTX",
        "Phú Thọ, ngày 05 tháng 9 năm 2023",
        "BÁO CÁO",
        "Kết quả hoạt động 8 tháng đầu năm 2023",
        "4. Hoạt động của các Quỹ",
        "Các Quỹ thuộc Liên minh HTX tỉnh quản lý đã giải ngân cho vay 43 dự án của các HTX, THT với tổng số tiền cho vay là 13.200 "
        "triệu đồng.",
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        "Nguyễn Thị Hoa",
        "Nơi nhận:",
        "- UBND tỉnh;",
        "- Lưu: VT, KHTH.",
    ):
        assert text in texts
    assert not any("{" in text or "DỰ THẢO" in text for text in texts)
    assert any(text.endswith("./.") for text in texts)


def test_the_docx_is_a4_with_the_margins_and_the_letters_of_the_decree() -> None:
    opened = docx.Document(io.BytesIO(document_of(made.content("phu_tho"), "docx")))
    first, annex = opened.sections
    assert (_mm(first.page_width), _mm(first.page_height)) == (210, 297)
    assert (_mm(annex.page_width), _mm(annex.page_height)) == (297, 210)
    assert 20 <= _mm(first.top_margin) <= 25
    assert 20 <= _mm(first.bottom_margin) <= 25
    assert 30 <= _mm(first.left_margin) <= 35
    assert 15 <= _mm(first.right_margin) <= 20
    assert opened.styles["Normal"].font.name == "Times New Roman"
    assert opened.styles["Normal"].font.size.pt == 14
    # Numbered in the middle of the head, from the second page on.
    assert first.different_first_page_header_footer
    assert "PAGE" in first.header._element.xml
    assert "PAGE" not in first.first_page_header._element.xml


def test_a_draft_says_so_and_leaves_number_and_day_open() -> None:
    draft = made.content("phu_tho", is_draft=True, number=None, signed_on=None)
    texts = paragraphs_of(document_of(draft, "docx"))
    assert "DỰ THẢO" in texts
    assert "Số: ……/BC-LMHTX" in texts
    assert "Phú Thọ, ngày …… tháng …… năm 2023" in texts
    assert "DỰ THẢO" in page_of(draft).text
    assert "DỰ THẢO" in [value for _, _, value in sheet_of(document_of(draft, "xlsx")).values()]


@pytest.mark.parametrize(
    ("form", "title", "lines"),
    [
        ("KT", "Phó Chủ tịch", ("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")),
        ("KT.", "Phó Giám đốc", ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")),
        ("TM. Ban Thường vụ", "Chủ tịch", ("TM. BAN THƯỜNG VỤ", "CHỦ TỊCH")),
        ("TL", "Chánh Văn phòng", ("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG")),
        ("TM", "Chủ tịch", ("TM. LIÊN MINH HỢP TÁC XÃ TỈNH PHÚ THỌ", "CHỦ TỊCH")),
        (None, "Chủ tịch", ("", "CHỦ TỊCH")),
        ("none", "Chủ tịch", ("", "CHỦ TỊCH")),
    ],
)
def test_who_signs_for_whom_stands_above_the_name(form: str | None, title: str, lines: tuple[str, str]) -> None:
    from services.reporting.documents.layout import signature_lines

    assert signature_lines(made.content("phu_tho", signer_form=form, signer_title=title)) == lines


def test_people_s_own_text_stands_behind_what_was_generated() -> None:
    own = Section(
        "funds", "Hoạt động của các Quỹ", (Sentence("Đã cho vay.", ()),), "Đoạn một.\n\nĐoạn hai.", table=False
    )
    content = made.content("phu_tho", sections=(own,))
    texts = paragraphs_of(document_of(content, "docx"))
    at = texts.index("1. Hoạt động của các Quỹ")
    assert texts[at + 1 : at + 4] == ["Đã cho vay.", "Đoạn một.", "Đoạn hai./."]


def test_a_report_without_table_has_no_annex() -> None:
    sections = tuple(
        Section(each.code, each.title_vi, each.generated, None, table=False)
        for each in made.content("phu_tho").sections
    )
    content = made.content("phu_tho", sections=sections)
    assert len(docx.Document(io.BytesIO(document_of(content, "docx"))).sections) == 1
    assert "Phụ lục" not in page_of(content).text


def test_the_templates_are_what_their_script_makes(tmp_path: Path) -> None:
    make_templates.make(tmp_path)
    for name in (make_templates.PLAIN, make_templates.WITH_TABLE):
        with zipfile.ZipFile(tmp_path / name) as new, zipfile.ZipFile(make_templates.FOLDER / name) as kept:
            for part in ("word/document.xml", "word/styles.xml", "word/header1.xml"):
                assert new.read(part) == kept.read(part)


@pytest.mark.parametrize("name", made.REPORTS)
def test_the_percents_of_the_workbook_are_formulas_that_give_what_stands_in_them(name: str) -> None:
    content = made.content(name)
    cells = sheet_of(document_of(content, "xlsx"))
    formulas = {place: (formula, value) for place, (_, formula, value) in cells.items() if formula is not None}
    planned = [
        each
        for each in content.cells
        if each["plan"] and each["value"] is not None and each["plan"]["percent"] is not None
    ]
    assert len(formulas) == len(planned)
    for formula, value in formulas.values():
        again = worked_out(formula, cells)
        assert again is not None
        assert abs(again - value) < Decimal("1e-12")
    shown = {(value * 100).quantize(Decimal("0.1"), ROUND_HALF_UP) for _, value in formulas.values()}
    assert shown == {Decimal(str(each["plan"]["percent"])).quantize(Decimal("0.1")) for each in planned}


def test_a_formula_follows_its_numbers() -> None:
    cells = sheet_of(document_of(made.content("hoa_binh"), "xlsx"))
    place, formula = next((place, formula) for place, (_, formula, _) in cells.items() if formula is not None)
    row = place[1:]
    cells[f"F{row}"] = (None, None, Decimal(80))
    assert worked_out(formula, cells) == 2
    del cells[f"E{row}"]
    assert worked_out(formula, cells) is None


def test_numbers_of_the_workbook_are_numbers_and_money_is_in_millions() -> None:
    loans = made.cell("loan_amount_disbursed:alliance", unit="vnd", value=13_200_000_000, label="Số tiền giải ngân")
    cells = sheet_of(document_of(made.content("phu_tho", cells=(loans,)), "xlsx"))
    assert cells["F9"] == (None, None, 13200)
    assert cells["C9"][2] == "Triệu đồng"


def test_the_workbook_has_the_columns_of_offices_and_is_ready_to_print() -> None:
    workbook = document_of(made.content("hoa_binh"), "xlsx")
    cells = sheet_of(workbook)
    assert [cells[f"{letter}7"][2] for letter in "ABCDEFGHIJK"] == [
        "STT",
        "Chỉ tiêu",
        "ĐVT",
        "TH năm 2022",
        "KH năm 2023",
        "TH kỳ báo cáo",
        "Lũy kế",
        "Ước TH năm 2023",
        "% so KH",
        "% so cùng kỳ",
        "Ghi chú",
    ]
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        names = parts.read("xl/workbook.xml").decode()
    assert 'state="frozen"' in sheet
    assert 'orientation="landscape"' in sheet
    assert 'paperSize="9"' in sheet
    assert "Print_Titles" in names


def test_why_a_row_has_no_number_stands_beside_it() -> None:
    down = {"service": "funds", "code": "service_down", "detail": ""}
    cells = (
        made.cell("a:province", label="A", status="unavailable", unavailable=down),
        made.cell("b:province", label="B", status="not_reported"),
        made.cell("c:province", label="C", value=3, status="partial", missing_provinces=["17-2008"]),
    )
    table = sheet_of(document_of(made.content("phu_tho", cells=cells), "xlsx"))
    assert [table[f"K{row}"][2] for row in (9, 10, 11)] == [
        "Chưa lấy được số liệu",
        "Chưa có số liệu",
        "Chưa gồm số liệu của Hòa Bình",
    ]
    assert "F9" not in table
    assert "F10" not in table


def test_text_of_people_runs_nowhere_in_the_workbook() -> None:
    cells = sheet_of(document_of(hostile(), "xlsx"))
    assert [formula for _, formula, _ in cells.values() if formula is not None] == []
    written = [value for kind, _, value in cells.values() if kind == "s"]
    assert any(value.startswith("=HYPERLINK") for value in written)
    with zipfile.ZipFile(io.BytesIO(document_of(hostile(), "xlsx"))) as parts:
        assert b"<hyperlink" not in parts.read("xl/worksheets/sheet1.xml")


def test_text_of_people_is_text_on_the_page_and_nothing_is_fetched() -> None:
    page = page_of(hostile())
    assert "<script>alert(1)</script>&<b>" in page.text
    assert TEMPLATE in page.text
    assert not {"script", "b", "img", "link", "iframe"} & {tag for tag, _ in page.tags}
    assert not any(
        name in ("src", "href") or name.startswith("on") for _, attributes in page.tags for name in attributes
    )
    html = document_of(hostile(), "html").decode()
    assert "url(" not in html
    assert "@import" not in html


def test_text_of_people_is_text_in_the_docx() -> None:
    document = document_of(hostile(), "docx")
    with zipfile.ZipFile(io.BytesIO(document)) as parts:
        for part in parts.namelist():
            if part.endswith(".xml"):
                ElementTree.fromstring(parts.read(part))
    texts = "\n".join(paragraphs_of(document))
    assert TAGS in texts
    assert TEMPLATE in texts
    assert "Nguyễn Văn Ổn" in texts
    assert "49" not in texts


def test_the_page_is_vietnamese_has_headed_tables_and_prints_on_a4() -> None:
    page = page_of(made.content("hoa_binh"))
    assert ("html", {"lang": "vi"}) in page.tags
    scopes = [attributes.get("scope") for tag, attributes in page.tags if tag == "th"]
    assert scopes.count("col") == 11
    assert scopes.count("row") == len(made.cells("hoa_binh"))
    style = document_of(made.content("hoa_binh"), "html").decode()
    assert "@page { size: A4;" in style
    assert "table-header-group" in style


def a_quarter() -> ReportContent:
    """Return a report of a quarter: its plan is of the year, and the whole year before stands in the table."""
    plan = {"value": 40, "percent": 75.0, "verdict": "partly_met", "implied": False}
    cell = made.cell(
        "cooperatives_new:province",
        value=12,
        cumulative={"value": 30},
        plan=plan,
        previous={"value": 8},
        change=4,
        change_percent=50.0,
        previous_full_year={"value": 55},
    )
    days = {"kind": "quarter", "from_": date(2023, 4, 1), "to": date(2023, 6, 30)}
    return made.content("hoa_binh", cells=(cell,), **days)


def test_a_part_of_a_year_is_measured_by_the_year_so_far_and_compared_with_the_same_days() -> None:
    cells = sheet_of(document_of(a_quarter(), "xlsx"))
    assert [cells[f"{letter}9"][2] for letter in "DEFGIJL"] == [55, 40, 12, 30, Decimal("0.75"), Decimal("1.5"), 8]
    assert [cells[f"{letter}7"][2] for letter in "DL"] == ["TH năm 2022", "TH cùng kỳ năm 2022"]
    for place in ("I9", "J9"):
        _, formula, value = cells[place]
        assert formula is not None
        assert worked_out(formula, cells) == value


def test_a_plan_in_another_unit_of_time_says_so() -> None:
    cell = made.cell(
        "avg_revenue_per_cooperative:province",
        unit="million_vnd_per_half_year",
        value=1117,
        plan={"value": 2275, "unit": "million_vnd_per_year", "percent": None, "verdict": None, "implied": False},
    )
    table = sheet_of(document_of(made.content("nghe_an", cells=(cell,)), "xlsx"))
    assert table["K9"][2] == "KH tính theo triệu đồng/năm"
    assert "I9" not in table


def test_the_nation_has_no_organ_above_its_own() -> None:
    nation = made.content("phu_tho", parent_name="", alliance_name="Liên minh Hợp tác xã Việt Nam")
    texts = paragraphs_of(document_of(nation, "docx"))
    assert texts.count("LIÊN MINH HỢP TÁC XÃ VIỆT NAM") == 1
    assert not any("parent" in text for text in texts)


def test_the_name_of_the_document_stands_above_its_subject_once() -> None:
    texts = paragraphs_of(document_of(made.content("phu_tho", title="Báo cáo tình hình kinh tế tập thể"), "docx"))
    assert texts[texts.index("BÁO CÁO") + 1] == "Tình hình kinh tế tập thể"


def test_what_others_report_stands_beside_a_figure_that_it_differs_from() -> None:
    told = {"value": 29_378, "unit": "cooperative", "comparator": "approx", "source": "Bộ KH&ĐT"}
    cells = (
        made.cell("a:province", label="A", value=29_021, reported_elsewhere=[told]),
        made.cell("b:province", label="B", value=29_378, reported_elsewhere=[{**told, "comparator": "eq"}]),
    )
    table = sheet_of(document_of(made.content("phu_tho", cells=cells), "xlsx"))
    assert [table[f"K{row}"][2] for row in (9, 10)] == ["Bộ KH&ĐT: khoảng 29.378", ""]


def test_a_year_is_compared_with_the_year_before_where_only_its_days_were_asked_for() -> None:
    cells = (
        made.cell("a:province", label="A", value=518, previous={"value": 470}),
        made.cell("b:province", label="B", value=4, previous={"value": 3}, previous_full_year={"value": 3}),
    )
    table = sheet_of(document_of(made.content("hoa_binh", cells=cells), "xlsx"))
    assert [table[place][2] for place in ("D9", "D10")] == [470, 3]
    for row in (9, 10):
        _, formula, value = table[f"J{row}"]
        assert formula is not None
        again = worked_out(formula, table)
        assert again is not None
        assert abs(again - value) < Decimal("1e-12")
    assert "L7" not in table


@pytest.mark.parametrize("format_", ["docx", "xlsx"])
def test_no_file_says_when_it_was_made_so_that_the_same_report_is_the_same_file(format_: Any) -> None:
    content = made.content("phu_tho")
    with zipfile.ZipFile(io.BytesIO(document_of(content, format_))) as parts:
        assert {each.date_time[0] for each in parts.infolist()} == {1980}
        told = parts.read("docProps/core.xml").decode()
    instants = set(re.findall(r"\d{4}-\d\d-\d\dT", told))
    if format_ == "xlsx":
        assert instants == {f"{content.signed_on or content.to}T"}
    assert f"{today()}T" not in instants
