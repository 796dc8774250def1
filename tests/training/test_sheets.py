"""Sheets to print: who signs, who is paid; made for a purpose that is recorded."""

from __future__ import annotations

import io
from typing import Any

import httpx
import python_calamine

from kernel.database.connections import Database
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient
from tests.training.builders import CLASSES, Make, a_person


def _rows(response: httpx.Response) -> list[list[Any]]:
    assert response.status_code == 200, response.text
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    return [[cell for cell in row if cell != ""] for row in book.get_sheet_by_index(0).to_python()]


async def test_the_signature_sheet_has_who_registered_and_who_came_by_given_name(
    training: ApiClient, make: Make
) -> None:
    training_class = await make.training_class(sessions=2, state="open", venue="Hội trường xã")
    await make.registration(training_class, trainee=a_person(name="Nguyễn Thị Vui"))
    ok(await training.post(f"{CLASSES}/{training_class.id}/start", json={}), 201)
    first, _ = await make.sessions(training_class)
    await make.check_in(first, trainee=a_person(name="Vũ Văn Ân"))
    rows = _rows(await training.get(f"{CLASSES}/{training_class.id}/signature-sheet?purpose=in+danh+sach"))
    text = [" ".join(map(str, row)) for row in rows]
    assert text[0] == "LIÊN MINH HỢP TÁC XÃ PHÚ THỌ CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    assert "tại Hội trường xã" in text[5]
    assert text[7].startswith("STT Họ và tên Năm sinh Đơn vị Chức vụ Ký nhận buổi 1\n06/03/2023")
    assert [row[1] for row in rows[8:10]] == ["Vũ Văn Ân", "Nguyễn Thị Vui"]


async def test_the_allowance_sheet_sums_what_was_paid_in_figures_and_in_words(
    training: ApiClient, make: Make, db: Database
) -> None:
    training_class = await make.training_class(state="held")
    for number in ("025080000001", "025080000002"):
        await make.attendance(training_class, trainee=a_person(id_number=number), allowance_vnd=150_000)
    rows = _rows(await training.get(f"{CLASSES}/{training_class.id}/allowance-sheet?purpose=chi+ho+tro"))
    assert {row[3] for row in rows[8:10]} == {"025080000001", "025080000002"}
    assert rows[10] == ["Tổng cộng", 300000.0]
    assert rows[11] == ["Tổng số tiền: 300.000 đồng."]
    assert rows[12] == ["Bằng chữ: Ba trăm nghìn đồng."]
    assert rows[13] == ["Danh sách có 2 người."]
    audits = await db.fetch("SELECT action, resource_id, detail->>'people', detail->>'fields' FROM audit")
    fields = '["name", "id_number"]'
    assert [tuple(row) for row in audits] == [("class.allowance_sheet_made", training_class.id, "2", fields)]


async def test_an_allowance_sheet_of_nothing_paid_says_so_in_words(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held")
    await make.attendance(training_class, trainee=a_person())
    rows = _rows(await training.get(f"{CLASSES}/{training_class.id}/allowance-sheet?purpose=chi+ho+tro"))
    assert ["Bằng chữ: Không đồng."] in rows


async def test_a_sheet_is_for_officers_who_say_what_for(training: ApiClient, make: Make) -> None:
    training_class = await make.training_class(state="held")
    path = f"{CLASSES}/{training_class.id}/signature-sheet"
    assert (await training.get(path)).status_code == 422
    reader = training.as_(scope="training.read")
    assert_problem(await reader.get(f"{path}?purpose=in+danh+sach"), 403, "scope_missing")
