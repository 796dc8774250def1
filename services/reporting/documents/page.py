"""A report as a page that prints on A4: everything in one file, nothing fetched from elsewhere."""

from __future__ import annotations

from pathlib import Path

from services.reporting.documents.content import ReportContent
from services.reporting.documents.layout import layout_of

_FOLDER = Path(__file__).parent / "templates"


def html_of(content: ReportContent) -> bytes:
    """Return the report as HTML in UTF-8; what people wrote is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("report.html").render(layout_of(content)).encode()
