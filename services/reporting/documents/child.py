"""The process that makes one document of a report: `python -m services.reporting.documents.child <docx|xlsx|html>`.

The content comes in at standard input as JSON; the file goes out. It holds no secret and no connection, may take so much memory and
time and no more, and the memory that a document takes is given back with it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import orjson

from kernel.runtime.limited_child import hold_ourselves
from services.reporting.documents.content import Format, ReportContent, Section, Sentence


def document_of(content: ReportContent, format_: Format) -> bytes:
    """Return the document; what makes it is imported here, since its start is paid for with every file."""
    maker: Callable[[ReportContent], bytes]
    if format_ == "docx":
        from services.reporting.documents.word import docx_of as maker
    elif format_ == "xlsx":
        from services.reporting.documents.workbook import xlsx_of as maker
    else:
        from services.reporting.documents.page import html_of as maker
    return maker(content)


def as_json(content: ReportContent) -> bytes:
    """Return a content for another process; decimals go as the strings that figures are read from."""
    return orjson.dumps(content, default=str)


def read_back(data: bytes) -> ReportContent:
    """Return the content that `as_json` wrote."""
    members: dict[str, Any] = orjson.loads(data)
    for name in ("from_", "to", "signed_on"):
        members[name] = None if members[name] is None else date.fromisoformat(members[name])
    return ReportContent(
        **{
            **members,
            "recipients": tuple(members["recipients"]),
            "cells": tuple(members["cells"]),
            "sections": tuple(_section(section) for section in members["sections"]),
        }
    )


def _section(members: Mapping[str, Any]) -> Section:
    generated = tuple(Sentence(each["text"], tuple(each["cells"])) for each in members["generated"])
    return Section(**{**members, "generated": generated})


def main() -> None:
    """Make the document of the content at standard input. Where that fails the error ends the process, and nothing comes out."""
    hold_ourselves()
    format_: Any = sys.argv[1]
    sys.stdout.buffer.write(document_of(read_back(sys.stdin.buffer.read()), format_))


if __name__ == "__main__":
    main()
