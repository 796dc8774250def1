"""Having a report's document made by a process of its own, a few at a time."""

from __future__ import annotations

import asyncio

from kernel.problems import Busy
from kernel.web.readers import AT_ONCE, WAIT_SECONDS, output_of_child
from services.reporting.documents.child import as_json
from services.reporting.documents.content import Format, ReportContent

MEDIA_TYPES: dict[Format, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}
_SLOTS = asyncio.Semaphore(AT_ONCE)


class NotRenderedError(Exception):
    """The process made no document: it ran into its limits or failed; its log line says how it ended."""


async def render(content: ReportContent, format: Format) -> bytes:
    """Return the document. Raises Busy after some seconds in the queue, NotRenderedError where none could be made."""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await _SLOTS.acquire()
    except TimeoutError:
        raise Busy() from None
    try:
        document = await output_of_child("services.reporting.documents.child", format, as_json(content))
    finally:
        _SLOTS.release()
    if document is None:
        raise NotRenderedError(format)
    return document
