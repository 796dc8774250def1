"""What the history of a record says of the file and the row that it came from."""

from __future__ import annotations

import re

_LONGEST_REASON = 300
_ORIGIN = re.compile(r"Nhập từ tệp (?P<name>.+), dòng (?P<row>[0-9]+)", re.ASCII)


def origin(file_name: str, row: int, reason: str | None = None) -> str:
    """Return the reason that a record from row `row` of a file has in its history, behind what the row itself gives."""
    words = f"Nhập từ tệp {file_name}, dòng {row}"
    return words if reason is None else f"{reason[:_LONGEST_REASON]} ({words})"


def origin_shown(reason: str | None, language: str) -> str | None:
    """Return a reason of a history as readers of `language` have it: what a person wrote stays, what we wrote is said in it."""
    if reason is None or language != "en":
        return reason
    return _ORIGIN.sub(lambda words: f"Imported from file {words['name']}, row {words['row']}", reason)
