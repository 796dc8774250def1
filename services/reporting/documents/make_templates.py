"""Makes the .docx templates anew: `python -m services.reporting.documents.make_templates`.

The layout is that of administrative documents (Decree 30/2020/NĐ-CP, Annex I): A4, margins 20, 20, 30 and 15 mm, Times New Roman,
the state's name and motto, the organ with a line below, number, place and day, name and subject of the document, signature, recipients,
page numbers in the middle of the head from page 2 on. What stands in {{ }} is put in by `word.py`; an office may edit the files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "templates"
PLAIN, WITH_TABLE = "report.docx", "report-with-table.docx"
_LEFT_MM, _RIGHT_MM = 73, 92
_FIELDS = (
    ("number", 10, "center"),
    ("label", 58, "left"),
    ("unit", 22, "center"),
    ("year_before", 21, "right"),
    ("plan", 21, "right"),
    ("value", 21, "right"),
    ("cumulative", 21, "right"),
    ("estimate", 21, "right"),
    ("percent_of_plan", 15, "right"),
    ("percent_of_previous", 15, "right"),
    ("note", 32, "left"),
)


def make(folder: Path = FOLDER) -> None:
    """Write both templates: with and without the table as an annex."""
    folder.mkdir(exist_ok=True)
    for name in (PLAIN, WITH_TABLE):
        _document(with_table=name == WITH_TABLE).save(str(folder / name))


def _document(*, with_table: bool) -> Any:
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt

    document = docx.Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(14)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(_qn(script), "Times New Roman")
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    _page_numbers(section)
    _head(document)
    _text(document.add_paragraph(), "BÁO CÁO", bold=True, align="center", before=12)
    _text(document.add_paragraph(), "{{ title }}", bold=True, align="center")
    _line(document.add_paragraph(), indent_mm=55)
    _body(document)
    _foot(document)
    if with_table:
        from docx.enum.section import WD_SECTION

        annex = document.add_section(WD_SECTION.NEW_PAGE)
        annex.orientation = WD_ORIENT.LANDSCAPE
        annex.page_width, annex.page_height = Mm(297), Mm(210)
        annex.left_margin = annex.right_margin = Mm(20)
        annex.different_first_page_header_footer = False
        _flatten(document.paragraphs[-1])
        _annex(document)
    else:
        _flatten(document.add_paragraph())
    document.core_properties.author = ""
    document.core_properties.title = "Báo cáo"
    return document


def _head(document: Any) -> None:
    """Write the organ and its number on the left, the state's name, motto, place and day on the right."""
    left, right = _two_columns(document)
    left.paragraphs[0].text = "{%p if parent_name %}"
    _text(left.add_paragraph(), "{{ parent_name }}", size=12, align="center")
    left.add_paragraph("{%p endif %}")
    _text(left.add_paragraph(), "{{ alliance_name }}", size=12, bold=True, align="center")
    _line(left.add_paragraph(), indent_mm=25)
    _text(left.add_paragraph(), "Số: {{ number }}", size=13, align="center", before=6)
    left.add_paragraph("{%p if is_draft %}")
    _text(left.add_paragraph(), "DỰ THẢO", size=13, bold=True, align="center", before=4)
    left.add_paragraph("{%p endif %}")
    _text(right.paragraphs[0], "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", size=12, bold=True, align="center")
    _text(right.add_paragraph(), "Độc lập - Tự do - Hạnh phúc", size=13, bold=True, align="center")
    _line(right.add_paragraph(), indent_mm=16)
    _text(right.add_paragraph(), "{{ place_and_day }}", size=13, italic=True, align="center", before=6)


def _body(document: Any) -> None:
    """Write the sections: a heading and its paragraphs each."""
    document.add_paragraph("{%p for section in sections %}")
    heading = _text(document.add_paragraph(), "{{ section.heading }}", bold=True, align="justify", before=6)
    heading.paragraph_format.keep_with_next = True
    _first_line(heading)
    document.add_paragraph("{%p for paragraph in section.paragraphs %}")
    paragraph = _text(document.add_paragraph(), "{{ paragraph }}", align="justify", before=6)
    paragraph.paragraph_format.line_spacing = 1.15
    _first_line(paragraph)
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endfor %}")


def _foot(document: Any) -> None:
    """Write the recipients on the left and the signature on the right, kept on one page."""
    _text(document.add_paragraph(), "", size=8).paragraph_format.keep_with_next = True
    left, right = _two_columns(document, left_mm=80, right_mm=85, keep=True)
    _text(left.paragraphs[0], "Nơi nhận:", size=12, bold=True, italic=True, align="left")
    left.add_paragraph("{%p for recipient in recipients %}")
    _text(left.add_paragraph(), "{{ recipient }}", size=11, align="left")
    left.add_paragraph("{%p endfor %}")
    right.paragraphs[0].text = "{%p if signer_form %}"
    _text(right.add_paragraph(), "{{ signer_form }}", bold=True, align="center")
    right.add_paragraph("{%p endif %}")
    _text(right.add_paragraph(), "{{ signer_title }}", bold=True, align="center")
    for _ in range(3):
        _text(right.add_paragraph(), "", align="center")
    _text(right.add_paragraph(), "{{ signer_name }}", bold=True, align="center")
    for paragraph in right.paragraphs[:-1]:
        paragraph.paragraph_format.keep_with_next = True


def _annex(document: Any) -> None:
    """Write the table on a page of its own, its head repeated on every page."""
    _text(document.add_paragraph(), "Phụ lục", bold=True, align="center")
    _text(document.add_paragraph(), "KẾT QUẢ THỰC HIỆN CÁC CHỈ TIÊU", bold=True, align="center")
    _text(document.add_paragraph(), "{{ annex }}", italic=True, align="center")
    _line(document.add_paragraph(), indent_mm=95)
    _text(document.add_paragraph(), "{{ period }}", size=12, italic=True, align="right", before=6)
    table = document.add_table(rows=4, cols=len(_FIELDS))
    table.style, table.autofit = "Table Grid", False
    _cell_margins(table, 1)
    for at, (field, width, align) in enumerate(_FIELDS):
        _text(table.rows[0].cells[at].paragraphs[0], f"{{{{ columns[{at}] }}}}", size=11, bold=True, align="center")
        _text(table.rows[2].cells[at].paragraphs[0], f"{{{{ row.{field} }}}}", size=11, align=align)
        _widen([row.cells[at] for row in table.rows], width)
    # The marks of docxtpl: the rows that hold them go, the one between is repeated.
    table.rows[1].cells[0].text = "{%tr for row in rows %}"
    table.rows[3].cells[0].text = "{%tr endfor %}"
    _mark_row(table.rows[0], "w:tblHeader")
    for row in table.rows:
        _mark_row(row, "w:cantSplit")


def _two_columns(
    document: Any, left_mm: int = _LEFT_MM, right_mm: int = _RIGHT_MM, *, keep: bool = False
) -> tuple[Any, Any]:
    table = document.add_table(rows=1, cols=2)
    table.autofit = False
    _cell_margins(table, 0)
    left, right = table.rows[0].cells
    _widen([left], left_mm)
    _widen([right], right_mm)
    if keep:
        _mark_row(table.rows[0], "w:cantSplit")
    return left, right


def _text(
    paragraph: Any,
    text: str,
    *,
    size: int | None = None,
    bold: bool = False,
    italic: bool = False,
    align: str = "left",
    before: int = 0,
) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    run = paragraph.add_run(text)
    run.bold, run.italic = bold, italic
    if size is not None:
        run.font.size = Pt(size)
    paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())
    paragraph.paragraph_format.space_before = Pt(before)
    return paragraph


def _first_line(paragraph: Any) -> None:
    from docx.shared import Mm

    paragraph.paragraph_format.first_line_indent = Mm(10)


def _flatten(paragraph: Any) -> None:
    """Give the paragraph that ends the pages before it no height: it would be a page of its own behind a full one."""
    from docx.enum.text import WD_LINE_SPACING
    from docx.shared import Pt

    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(1)


def _line(paragraph: Any, *, indent_mm: int) -> None:
    """Draw a thin line in the middle, so far from either side."""
    from docx.enum.text import WD_LINE_SPACING
    from docx.oxml import OxmlElement
    from docx.shared import Mm, Pt

    shape = paragraph.paragraph_format
    shape.left_indent = shape.right_indent = Mm(indent_mm)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(3)
    borders, line = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
        line.set(_qn(f"w:{name}"), value)
    borders.append(line)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _page_numbers(section: Any) -> None:
    """Number the pages in the middle of the head, and say below of a draft that it is one."""
    from docx.oxml import OxmlElement

    header = section.header
    paragraph = _text(header.paragraphs[0], "", align="center")
    run = paragraph.runs[0]
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(_qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
    header.add_paragraph("{%p if is_draft %}")
    _text(header.add_paragraph(), "DỰ THẢO", size=11, bold=True, align="right")
    header.add_paragraph("{%p endif %}")


def _cell_margins(table: Any, millimetres: float) -> None:
    from docx.oxml import OxmlElement

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        element = OxmlElement(f"w:{side}")
        element.set(_qn("w:w"), str(int(millimetres * 56.7)))
        element.set(_qn("w:type"), "dxa")
        margins.append(element)
    properties = table._tbl.tblPr
    properties.append(margins)
    # The schema has tblLook behind the margins.
    for look in properties.findall(_qn("w:tblLook")):
        properties.append(look)


def _widen(cells: list[Any], millimetres: int) -> None:
    from docx.shared import Mm

    for cell in cells:
        cell.width = Mm(millimetres)
    cells[0]._tc.getparent().getparent().find(_qn("w:tblGrid"))[_place(cells[0])].set(
        _qn("w:w"), str(int(millimetres * 56.7))
    )


def _place(cell: Any) -> int:
    return [each for each in cell._tc.getparent() if each.tag == cell._tc.tag].index(cell._tc)


def _mark_row(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _qn(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))


if __name__ == "__main__":
    make()
