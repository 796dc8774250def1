"""The documents of a loan, read back: figures, words and sums."""

from __future__ import annotations

import io

import docx

from services.funds.servicing.documents.render import DOCX, KINDS
from tests.funds.builders import MILLION, PATH, Make
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient


async def read(funds: ApiClient, loan: str, kind: str, on: str) -> tuple[str, list[list[str]]]:
    answer = await funds.get(f"{PATH}/loans/{loan}/documents/{kind}?as_of={on}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, DOCX), answer.text
    document = docx.Document(io.BytesIO(answer.content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "{{" not in text
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    return text, rows


async def test_the_annex_holds_the_schedule_and_its_sums_in_figures_and_words(funds: ApiClient, make: Make) -> None:
    loan = await make.loan(amount=121 * MILLION)
    text, rows = await read(funds, loan.id, "contract-annex", "2023-03-02")
    assert loan.contract_number in text
    assert "121.000.000 đồng" in text
    assert "Một trăm hai mươi mốt triệu đồng" in text
    schedule = ok(await funds.get(f"{PATH}/loans/{loan.id}/schedule?as_of=2023-03-02"))["items"]
    assert len(rows) == 1 + len(schedule)
    for shown, row in zip(rows[1:], schedule, strict=True):
        assert shown[0] == str(row["number"])
        assert int(shown[2].replace(".", "")) == row["principal_vnd"]
        assert int(shown[3].replace(".", "")) == row["interest_vnd"]
    interest = sum(row["interest_vnd"] for row in schedule)
    assert f"{interest:,}".replace(",", ".") in text
    assert sum(int(shown[2].replace(".", "")) for shown in rows[1:]) == 121 * MILLION


async def test_the_notice_says_what_is_overdue_and_is_refused_where_nothing_is(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    text, _ = await read(funds, loan.id, "overdue-notice", "2023-05-01")
    position = ok(await funds.get(f"{PATH}/loans/{loan.id}/position?as_of=2023-05-01"))
    assert f"quá hạn {position['days_overdue']} ngày" in text
    assert "Mười triệu đồng" in text
    early = await funds.get(f"{PATH}/loans/{loan.id}/documents/overdue-notice?as_of=2023-03-20")
    assert_problem(early, 409, "nothing_overdue", as_of="2023-03-20")


async def test_only_the_documents_there_are_and_only_within_the_area(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    assert_problem(await funds.get(f"{PATH}/loans/{loan.id}/documents/khong-co"), 404, "not_found")
    for kind in KINDS:
        foreign = await funds.as_(area="40-2025").get(f"{PATH}/loans/{loan.id}/documents/{kind}")
        assert_problem(foreign, 404, "not_found")
