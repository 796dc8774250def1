"""Loans and applications are found by part of their number or of the borrower's name, however it is typed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.database.connections import Database
from kernel.values.text import name_folded
from services.funds.models.folding import folded_sql
from tests.funds.builders import APPLICATIONS, BORROWERS, LOANS, Make
from tests.support.answers import faults, ok
from tests.support.client import ApiClient


@pytest.mark.parametrize(
    "typed", ["HTX Chè Đồng Tâm", "che dong tam", "ĐỒNG", "07/2023/HĐTD", "07 2023 hdtd", "2023/hđtd-ĐT", "hdtd dt"]
)
async def test_a_loan_is_found_by_its_number_or_its_borrower(funds: ApiClient, make: Make, typed: str) -> None:
    fund = await make.rich_fund()
    borrower = await make.borrower(name="HTX Chè Đồng Tâm")
    loan = await make.contract(fund, borrower=borrower, contract_number="07/2023/HĐTD-ĐT")
    await make.contract(fund, borrower=await make.borrower(name="HTX Mía Sơn Tây"), contract_number="81/2024/HĐ")
    page = ok(await funds.get(LOANS, params={"q": typed, "count": "exact"}))
    assert ([item["id"] for item in page["items"]], page["count"]) == ([loan.id], 1)


async def test_an_application_is_found_by_its_number_or_its_borrower(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    borrower = await make.borrower(name="HTX Chè Đồng Tâm")
    numbered = await make.application(fund, borrower, application_number="HS-12/Đ")
    plain = await make.application(fund, borrower, application_number=None)
    for typed, expected in (("hs 12 d", [numbered.id]), ("đồng tâm", [numbered.id, plain.id]), ("sơn tây", [])):
        page = ok(await funds.get(APPLICATIONS, params={"q": typed}))
        assert [item["id"] for item in page["items"]] == expected, typed


async def test_a_borrower_that_was_renamed_is_found_by_both_names(funds: ApiClient, make: Make) -> None:
    borrower = await make.borrower("member_person", name="Trần Văn Khánh")
    loan = await make.contract(await make.rich_fund(), borrower=borrower)
    renamed = await make.client.patch(
        f"{BORROWERS}/{borrower.id}", json={"name": "Trần Văn Thịnh"}, headers={"If-Match": '"1"'}
    )
    ok(renamed)
    for typed in ("van khanh", "van thinh"):
        page = ok(await funds.get(LOANS, params={"q": typed}))
        assert [item["id"] for item in page["items"]] == [loan.id], typed


async def test_a_search_ends_at_the_callers_area_and_needs_a_letter(funds: ApiClient, make: Make) -> None:
    await make.contract(await make.rich_fund(), contract_number="07/2023/HĐTD")
    assert ok(await funds.as_(area="40-2025").get(LOANS, params={"q": "07 2023"}))["items"] == []
    assert faults(await funds.get(LOANS, params={"q": "/%_"})) == {("q", "wrong_format")}


async def test_postgresql_folds_vietnamese_as_we_do(db: Database) -> None:
    async with db.connection() as connection:
        texts: list[str] = []

        @given(st.text("aáàảãạăắâấđĐðÐêếôốơớưứýỲỷQHTX 0129/-.,()·–", max_size=20))
        @settings(max_examples=300)
        def collect(text: str) -> None:
            texts.append(text)

        collect()
        expression = folded_sql("typed")
        rows = await connection.raw.fetch(
            f"SELECT typed, {expression} AS folded FROM unnest($1::text[]) typed",
            texts,
        )
    assert {row["typed"]: row["folded"] for row in rows} == {text: name_folded(text) for text in texts}
