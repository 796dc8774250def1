"""A report as .docx, in the layout of administrative documents."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from services.reporting.documents.content import ReportContent
from services.reporting.documents.layout import layout_of
from services.reporting.documents.make_templates import PLAIN, WITH_TABLE

_FOLDER = Path(__file__).parent / "templates"


def docx_of(content: ReportContent) -> bytes:
    """Return the report in its template; with the table as an annex where a section has one."""
    from docxtpl import DocxTemplate

    layout = layout_of(content)
    template = DocxTemplate(_FOLDER / (WITH_TABLE if layout["rows"] else PLAIN))
    template.render(layout, autoescape=True)
    document = io.BytesIO()
    template.save(document)
    return _undated(document)


def _undated(document: io.BytesIO) -> bytes:
    """Return the archive without the instants at which its members were written: what says the same is the same, byte for byte."""
    out = io.BytesIO()
    with zipfile.ZipFile(document) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for member in made.infolist():
            kept.writestr(zipfile.ZipInfo(member.filename), made.read(member), zipfile.ZIP_DEFLATED)
    return out.getvalue()
