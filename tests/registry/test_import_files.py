"""Files that would stop a reader are refused with what to do about it, and the files that offices make are read."""

from __future__ import annotations

import asyncio
import io
import os
from pathlib import Path

import httpx
import pytest
import xlsxwriter
from fastapi import FastAPI

from kernel.runtime import limited_child
from kernel.web import readers
from kernel.web.contract.sharing import unshared
from services.registry.imports.columns import COLUMNS
from tests.registry.builders import PATH
from tests.registry.test_imports import a_row as a_list_row
from tests.registry.test_imports import as_csv, as_xlsx, counts, send
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient
from tests.support.evil_files import EVIL, cells, workbook
from tests.support.waiting import come_about

LABELS = {column.field: column.label for column in COLUMNS}


def children() -> set[int]:
    """Return the processes that this one has started and that still run."""
    pids = set()
    for folder in Path("/proc").iterdir():
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split() if folder.name.isdigit() else []
        except OSError:
            continue
        if stat and int(stat[1]) == os.getpid() and b"workbooks.child" in (folder / "cmdline").read_bytes():
            pids.add(int(folder.name))
    return pids


@pytest.mark.parametrize("name", EVIL)
async def test_a_file_that_asks_for_too_much_is_refused_in_a_sentence(registry: ApiClient, name: str) -> None:
    make, code = EVIL[name]
    document = assert_problem(await send(registry, make()), 422, code)
    assert document["detail"]
    assert children() == set()


async def test_the_cell_that_strayed_is_named_and_told_to_be_cleared(registry: ApiClient) -> None:
    document = assert_problem(await send(registry, cells("A1", "T1048576")), 422, "cell_too_far", cell="T1048576")
    assert document["detail"] == (
        "Ô T1048576 có nội dung, mà bảng chỉ được đọc đến ô IV25000. Hãy xóa ô đó, hoặc chép dữ liệu sang mẫu mới."
    )


async def test_cells_without_a_place_of_their_own_stand_where_they_follow(registry: ApiClient) -> None:
    placed = workbook('<row r="1"><c r="XFC1"/><c><v>1</v></c></row>')
    assert_problem(await send(registry, placed), 422, "cell_too_far", cell="XFD1")


async def test_a_list_whose_formats_reach_far_beyond_its_rows_is_read(registry: ApiClient) -> None:
    row = a_list_row()
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        sheet.write_row(0, 0, [LABELS[name] for name in row])
        sheet.write_row(1, 0, list(row.values()))
        for far in (5000, 1_000_000):
            sheet.write_blank(far, 300, None, bold)
    assert counts(ok(await send(registry, out.getvalue()))) == {"created": 1}


async def test_a_list_between_blank_rows_keeps_its_row_numbers(registry: ApiClient) -> None:
    wrong = a_list_row(code="1")
    lines = as_csv(wrong).splitlines()
    blank = b";".join([b""] * len(wrong))
    data = b"\n".join([lines[0], *[blank] * 9000, lines[1]])
    (error,) = ok(await send(registry, data))["errors"]
    assert (error["row"], error["field"]) == (9002, "code")


async def test_a_reader_that_takes_too_long_is_ended_and_its_sender_told(
    registry: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limited_child, "WALL_SECONDS", 0)
    assert_problem(await send(registry, as_xlsx(a_list_row())), 422, "file_too_complex")
    assert children() == set()


async def test_a_caller_who_leaves_takes_the_reader_along(registry: ApiClient) -> None:
    data = as_xlsx(*(a_list_row() for _ in range(500)))
    sending = asyncio.create_task(send(registry, data))
    await come_about(lambda: bool(children()))
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await come_about(lambda: not children())


async def test_one_subject_has_one_file_read_at_a_time_and_nobody_else_waits_for_it(
    registry: ApiClient, registry_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, at_work, most = asyncio.Event(), 0, 0

    async def slow(module: str, argument: str, data: bytes) -> bytes:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        if b"slow" in data:
            await release.wait()
        at_work -= 1
        return b'{"code":"file_unreadable","members":{}}'

    monkeypatch.setattr(readers, "output_of_child", slow)
    waiting = [asyncio.create_task(send(registry, b"slow")) for _ in range(readers.AT_ONCE + 2)]
    turns = registry_app.state.readers._turns
    await come_about(lambda: sum(count for _, count in turns.values()) == len(waiting) and at_work > 0)
    assert (at_work, most) == (1, 1)
    other = registry.as_(sub="somebody-else")
    assert_problem(await send(other, b"quick"), 422, "file_unreadable")
    release.set()
    answers: list[httpx.Response] = await asyncio.gather(*waiting)
    assert {answer.status_code for answer in answers} == {422}
    assert turns == {}


async def test_a_file_that_waits_too_long_for_its_turn_is_told_when_to_come_again(
    registry: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow(module: str, argument: str, data: bytes) -> bytes:
        begun.set()
        await release.wait()
        return b'{"code":"file_unreadable","members":{}}'

    monkeypatch.setattr(readers, "output_of_child", slow)
    monkeypatch.setattr(readers, "WAIT_SECONDS", 0.05)
    first = asyncio.create_task(send(registry, b"slow"))
    await begun.wait()
    second = await send(registry, b"slow")
    release.set()
    await first
    assert_problem(second, 503, "busy")
    assert second.headers["retry-after"] == "2"


async def test_every_import_of_the_registry_says_that_it_may_refuse_such_a_file(registry: ApiClient) -> None:
    paths = unshared(registry.contract.document)["paths"]
    imports = [path for path in paths if path.startswith(PATH) and path.endswith("/imports")]
    assert len(imports) > 3
    for path in imports:
        response = paths[path]["post"]["responses"]["422"]
        assert {"cell_too_far", "file_too_complex"} <= set(response["x-problems"]), path
