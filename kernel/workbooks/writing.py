"""Writing for spreadsheets: what somebody entered as text stays text, whatever it begins with.

A name such as `=HYPERLINK("http://…")` would be run by the spreadsheet of whoever opens the file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO, Any

# The wide forms are taken for the plain ones by some spreadsheets; control characters are skipped by them.
_BEGINS_A_FORMULA = re.compile(r"[=+\-@＝＋－＠\x00-\x1f\x7f-\x9f]")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def csv_text(text: str) -> str:
    """Return a cell of a CSV file that a spreadsheet shows as text: with an apostrophe where it would run it.

    A negative number is a number, and stays one.
    """
    return f"'{text}" if _BEGINS_A_FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def new_workbook(out: IO[bytes], *, rows_in: Path | None = None) -> Any:
    """Return an .xlsx to write into `out`: strings become neither formulas nor links nor numbers. Use it with `with`.

    `rows_in`: a folder where rows wait until the end, for a workbook of any length; they are then written in their order.
    """
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    kept = {"in_memory": True} if rows_in is None else {"constant_memory": True, "tmpdir": str(rows_in)}
    return xlsxwriter.Workbook(out, {**options, **kept})
