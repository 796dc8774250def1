"""Making the file of a report."""

from __future__ import annotations

from services.reporting.documents.content import Format, ReportContent


async def render(content: ReportContent, format: Format) -> bytes:
    """Return the report as a file."""
    return f"{'DỰ THẢO ' if content.is_draft else ''}{content.title}".encode()
