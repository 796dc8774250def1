"""Files as offices make them."""

from __future__ import annotations

import io
from typing import Any

import httpx
import xlsxwriter

from kernel.values.legacy_fonts import TCVN3, VNI, Font
from tests.registry.builders import PATH
from tests.support.client import ApiClient

_SIGNS: dict[str, dict[str, str]] = {
    "tcvn3": {letter: sign for sign, letter in TCVN3.items()},
    "vni": {letter: sign for sign, letter in VNI.items()},
}


def typed(text: str, font: Font) -> str:
    """Return `text` as it stands in a file that was typed in a font of before Unicode."""
    signs = _SIGNS[font]
    return "".join(signs.get(letter) or signs.get(letter.lower(), letter) for letter in text)


def sheet(*rows: list[Any], merged: tuple[str, ...] = ()) -> bytes:
    """Return a workbook with `rows`, and the ranges of `merged` cells, whose text is that of their first."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            page.write_row(at, 0, row)
        for each in merged:
            row, column, *_ = xlsxwriter.utility.xl_cell_to_rowcol(each.split(":")[0])
            page.merge_range(each, rows[row][column])
    return out.getvalue()


async def send(
    client: ApiClient, plural: str, data: bytes, *, name: str = "danh-sach.xlsx", headers: Any = None, **query: Any
) -> httpx.Response:
    """Send a file to the import of `plural`; without one to that of organizations."""
    params = {key: str(value).lower() for key, value in query.items()}
    path = f"{PATH}/{plural}/imports" if plural else f"{PATH}/imports"
    response: httpx.Response = await client.post(
        path, params=params, files={"file": (name, data)}, headers=headers or {}
    )
    return response


def counts(report: dict[str, Any]) -> dict[str, int]:
    """Return how many rows came to each result that any came to."""
    names = ("created", "changed", "unchanged", "different", "failed")
    return {name: report[name] for name in names if report[name]}


def faults(report: dict[str, Any]) -> set[tuple[int, str | None, str]]:
    """Return the errors of a report: row, field, code."""
    return {(error["row"], error["field"], error["code"]) for error in report["errors"]}
