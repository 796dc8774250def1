"""The documents of a loan as .docx: plain values in, bytes out, amounts beside them in Vietnamese words."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from kernel.values.amount_in_words import amount_words
from kernel.values.money import number_text
from services.funds.code_lists import INTERVAL_UNITS, METHODS
from services.funds.servicing.positions.service import InstallmentLine

KINDS: Mapping[str, tuple[str, str]] = {
    "contract-annex": ("Phụ lục hợp đồng", "Contract annex"),
    "repayment-schedule": ("Lịch trả nợ", "Repayment schedule"),
    "overdue-notice": ("Thông báo nợ quá hạn", "Notice of overdue debt"),
}
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_FOLDER = Path(__file__).parent / "templates"


def day_text(day: date | None) -> str:
    """Return a day as Vietnamese documents write it, 31/01/2025; "" for none."""
    return "" if day is None else f"{day:%d/%m/%Y}"


def money(name: str, amount_vnd: int) -> dict[str, str]:
    """Return an amount in figures and, as <name>_words, in words."""
    return {name: number_text(amount_vnd), f"{name}_words": amount_words(amount_vnd, capital=True)}


def method_text(terms: Mapping[str, Any] | None) -> str:
    """Return terms as people say them: "Gốc chia đều, 18 kỳ, mỗi kỳ 1 tháng"; all at once where there are none."""
    if terms is None:
        return "Trả toàn bộ nợ chưa đến hạn trong một kỳ"
    texts = [METHODS[terms["method"]][0]]
    if terms["method"] == "custom":
        texts.append(f"{len(terms['parts'])} kỳ")
    elif terms["installments"] is not None:
        unit = INTERVAL_UNITS[terms["interval"]["unit"]][0].lower()
        texts.append(f"{terms['installments']} kỳ, mỗi kỳ {terms['interval']['count']} {unit}")
    graces = (
        ("principal_grace", "{} kỳ đầu chưa trả gốc"),
        ("interest_grace", "{} kỳ đầu chưa trả lãi"),
        ("interest_free", "{} kỳ đầu không tính lãi"),
    )
    texts += [text.format(terms[name]) for name, text in graces if terms[name]]
    return ", ".join(texts)


def installment_texts(lines: Sequence[InstallmentLine]) -> list[dict[str, str]]:
    """Return the installments of a schedule as the table prints them; a star marks those that were replaced."""
    texts = []
    for line in lines:
        outstanding = line["opening_principal_vnd"] - line["principal_vnd"]
        texts.append(
            {
                "number": f"{line['number']}{'*' if line['is_replaced'] else ''}",
                "due_on": day_text(line["due_on"]),
                "principal": number_text(line["principal_vnd"]),
                "interest": number_text(line["interest_vnd"]),
                "total": number_text(line["total_vnd"]),
                "outstanding": number_text(outstanding),
            }
        )
    return texts


def render(kind: str, values: Mapping[str, Any]) -> bytes:
    """Return the document of one of KINDS with `values` in the places of its template."""
    from docxtpl import DocxTemplate

    template = DocxTemplate(_FOLDER / f"{kind}.docx")
    template.render(dict(values), autoescape=True)
    document = io.BytesIO()
    template.save(document)
    return document.getvalue()
