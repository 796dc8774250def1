"""What stands where in a report's documents: plain texts for the templates of both the .docx and the page."""

from __future__ import annotations

from typing import Any

from services.reporting.documents.content import ReportContent, Section
from services.reporting.documents.table import (
    Row,
    clean,
    columns_of,
    number_shown,
    percent_shown,
    period_shown,
    rows_of,
)
from services.reporting.documents.wording.context import long_day_words

_BLANK_DAY = "ngày …… tháng …… năm {year}"
_DEPUTY = "phó "
_UNITS = ("TỈNH", "THÀNH PHỐ")
_NO_BREAK = "\u00a0"


def layout_of(content: ReportContent) -> dict[str, Any]:
    """Return the places of the templates: head, body, table, signature and recipients."""
    rows = rows_of(content) if any(section.table for section in content.sections) else ()
    form, title = signature_lines(content)
    return {
        "parent_name": clean(content.parent_name).upper(),
        "alliance_name": _kept_together(clean(content.alliance_name).upper()),
        "number": clean(content.number or "") or "……/BC-LMHTX",
        "place_and_day": _place_and_day(content),
        "is_draft": content.is_draft,
        "title": clean(content.title),
        "sections": _sections(content),
        "signer_form": form,
        "signer_title": title,
        "signer_name": clean(content.signer_name or ""),
        "recipients": _recipients(content.recipients),
        "annex": f"(Kèm theo Báo cáo số {clean(content.number or '……/BC-LMHTX')} {_day(content)} của {clean(content.alliance_name)})",
        "period": period_shown(content),
        "columns": columns_of(content),
        "rows": [row_texts(row) for row in rows],
    }


def row_texts(row: Row) -> dict[str, str]:
    """Return a row of the table as it is printed."""
    numbers = ("year_before", "plan", "value", "cumulative", "estimate")
    return {
        "number": str(row.number),
        "label": row.label,
        "unit": row.unit,
        **{name: number_shown(getattr(row, name), row.decimals) for name in numbers},
        "percent_of_plan": percent_shown(row.percent_of_plan),
        "percent_of_previous": percent_shown(row.percent_of_previous),
        "note": row.note,
    }


def signature_lines(content: ReportContent) -> tuple[str, str]:
    """Return the lines above the signature: ("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"); the first is "" where the head signs.

    A form that is only KT, TL or TUQ is completed by the office it stands for: that of a deputy's head. TM stands for the alliance.
    """
    title = clean(content.signer_title).strip()
    form = clean(content.signer_form or "").strip()
    short = form.rstrip(".").upper()
    if short == "NONE":
        return "", title.upper()
    if short in ("KT", "TL", "TUQ", "Q"):
        head = title[len(_DEPUTY) :] if title.lower().startswith(_DEPUTY) else "Chủ tịch"
        form = f"{short}. {head}"
    elif short == "TM":
        form = f"TM. {clean(content.alliance_name)}"
    return form.upper(), title.upper()


def _kept_together(name: str) -> str:
    """Return an organ's name that breaks before TỈNH or THÀNH PHỐ, not within what follows."""
    before, unit, after = next((parts for word in _UNITS if (parts := name.partition(f" {word} "))[1]), (name, "", ""))
    return f"{before} {(unit.strip() + ' ' + after).replace(' ', _NO_BREAK)}" if unit else name


def _place_and_day(content: ReportContent) -> str:
    return f"{clean(content.place)}, {_day(content)}"


def _day(content: ReportContent) -> str:
    return _BLANK_DAY.format(year=content.to.year) if content.signed_on is None else long_day_words(content.signed_on)


def _filled(content: ReportContent) -> list[Section]:
    return [
        section
        for section in content.sections
        if section.generated or (section.own_text or "").strip() or section.table
    ]


def _sections(content: ReportContent) -> list[dict[str, Any]]:
    """Return the sections with something in them; the last paragraph ends as administrative texts end: "./."."""
    sections = [_section(number, section) for number, section in enumerate(_filled(content), 1)]
    if sections:
        paragraphs = sections[-1]["paragraphs"]
        paragraphs[-1] = f"{paragraphs[-1].rstrip(' ./')}./."
    return sections


def _section(number: int, section: Section) -> dict[str, Any]:
    generated = " ".join(clean(sentence.text) for sentence in section.generated)
    own = [line.strip() for line in clean(section.own_text or "").splitlines()]
    annex = ["Kết quả thực hiện từng chỉ tiêu được nêu tại Phụ lục kèm theo."] if section.table else []
    paragraphs = [text for text in (generated, *own, *annex) if text]
    return {"heading": f"{number}. {clean(section.title_vi)}", "paragraphs": paragraphs}


def _recipients(recipients: tuple[str, ...]) -> list[str]:
    """Return the lines below "Nơi nhận:", each ended as the decree has it: "- Như trên;", the last one with a full stop."""
    # Decree 30/2020/NĐ-CP, Annex I, II.9: a dash before each, a semicolon behind it, behind the filing line a full stop.
    lines = [text for each in recipients if (text := clean(each).strip(" -;.\n"))]
    lines = [line for line in lines if not line.lower().startswith("lưu")] + [
        line for line in lines if line.lower().startswith("lưu")
    ]
    if not any(line.lower().startswith("lưu") for line in lines):
        lines.append("Lưu: VT")
    return [f"- {line}{'.' if line is lines[-1] else ';'}" for line in lines]
