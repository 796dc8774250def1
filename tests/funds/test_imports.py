"""Going live: an office's running loans with their opening state, from its own list, and the list sent again."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from typing import Any

import httpx
import pytest
import python_calamine
import xlsxwriter

from kernel.database.connections import Database
from kernel.values.ids import new_id
from services.funds.imports.columns import COLUMNS
from tests.funds.builders import BORROWERS, GIA_CAM, LE_LOI, MILLION, PATH, Make, a_repayment
from tests.support.answers import assert_problem, every_item, ok
from tests.support.client import ApiClient
from tests.support.plans import recorded

IMPORTS, LOANS = f"{PATH}/imports", f"{PATH}/loans"
LABELS = {column.field: column.label for column in COLUMNS}


def a_row(**fields: Any) -> dict[str, Any]:
    """Return a loan of 200 million of which 120 are left, due in twelve months of equal principal."""
    mark = time.time_ns()
    return {
        "contract_number": f"{mark}/2021/HĐTD",
        "signed_on": "01/06/2021",
        "borrower_kind": "Hợp tác xã",
        "borrower_name": f"HTX Chè Minh Khai {mark}",
        "commune_code": GIA_CAM,
        "commune_map": "2008",
        "purpose": "Mua máy sấy chè",
        "total_cost_vnd": "300.000.000",
        "own_capital_vnd": 100 * MILLION,
        "principal_vnd": 200 * MILLION,
        "annual_rate_percent": "6,6",
        "method": "Gốc chia đều",
        "installments": 12,
        "opening_as_of": "31/12/2022",
        "opening_principal_vnd": 120 * MILLION,
        **fields,
    }


def as_csv(*rows: dict[str, Any]) -> bytes:
    fields = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    sheet = csv.writer(out, delimiter=";")
    sheet.writerow([LABELS.get(name, name) for name in fields])
    sheet.writerows([row.get(name, "") for name in fields] for row in rows)
    return out.getvalue().encode()


def as_xlsx(*rows: dict[str, Any]) -> bytes:
    fields = list(dict.fromkeys(name for row in rows for name in row))
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [LABELS[name] for name in fields])
        for at, row in enumerate(rows, 1):
            sheet.write_row(at, 0, [row.get(name, "") for name in fields])
    return out.getvalue()


async def send(client: ApiClient, data: bytes, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
    params = {name: str(value).lower() for name, value in query.items()}
    response: httpx.Response = await client.post(
        IMPORTS, params=params, files={"file": ("khoan-vay.xlsx", data)}, headers=headers or {}
    )
    return response


async def confirmed(make: Make, report: dict[str, Any]) -> dict[str, Any]:
    """Let another person confirm what an import entered; return its report."""
    ok(await make.approver.post(f"{IMPORTS}/{report['import_id']}/confirmation", json={"decision": "confirm"}), 201)
    return report


def counts(report: dict[str, Any]) -> dict[str, int]:
    return {name: report[name] for name in ("created", "unchanged", "different", "failed") if report[name]}


async def loan_of(client: ApiClient, row: dict[str, Any]) -> dict[str, Any]:
    loan: dict[str, Any]
    (loan,) = ok(await client.get(LOANS, params={"contract_number": row["contract_number"]}))["items"]
    return loan


async def balances(client: ApiClient, fund: str) -> dict[str, int]:
    trial_balance = ok(await client.get(f"{PATH}/ledger/trial-balance?fund_id={fund}&as_of=2030-12-31"))
    assert trial_balance["is_balanced"]
    return {line["account"]: line["debit_vnd"] - line["credit_vnd"] for line in trial_balance["items"]}


async def test_the_template_in_both_forms_can_be_sent_back_filled(funds: ApiClient, make: Make) -> None:
    await make.rich_fund()
    workbook = await funds.get(f"{IMPORTS}/template")
    assert workbook.headers["content-disposition"] == 'attachment; filename="khoan-vay.xlsx"'
    sheets = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook.content))
    assert sheets.get_sheet_by_index(0).to_python() == [[column.label for column in COLUMNS]]
    assert sheets.sheet_names == ["Khoản vay", "Hướng dẫn", "Danh mục"]
    sheet = await funds.get(f"{IMPORTS}/template", params={"format": "csv"})
    row = a_row(annual_rate_percent="6.6")
    filled = sheet.content + ",".join(str(row.get(column.field, "")) for column in COLUMNS).encode()
    assert counts(ok(await send(funds, filled))) == {"created": 1}


async def test_a_dry_run_is_the_default_and_keeps_nothing(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    row = a_row()
    report = ok(await send(funds, as_xlsx(row)))
    assert (report["dry_run"], counts(report)) == (True, {"created": 1})
    assert (report["borrowers_created"], report["outstanding_vnd"]) == (1, 120 * MILLION)
    assert report["items"][0]["loan_id"] is None
    assert ok(await funds.get(LOANS))["items"] == []
    assert ok(await funds.get(BORROWERS))["items"] == []
    assert "loan_principal" not in await balances(funds, fund.id)


async def test_loans_come_over_with_what_is_owed_on_them_and_the_ledger_opens_with_it(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    sound = a_row(first_due_on="31/01/2023", interval_months=3, installments=4, jobs=12)
    late = a_row(
        opening_overdue_principal_vnd=20 * MILLION,
        opening_overdue_since="15/10/2022",
        opening_accrued_interest_vnd=2 * MILLION,
        opening_overdue_interest_vnd=300_000,
        opening_reschedule_count=1,
        annual_rate_percent=7.2,
    )
    report = await confirmed(make, ok(await send(funds, as_xlsx(sound, late), dry_run=False)))
    assert (counts(report), report["outstanding_vnd"]) == ({"created": 2}, 240 * MILLION)
    one = await loan_of(funds, sound)
    assert (one["state"], one["starts_on"], one["outstanding_vnd"]) == ("active", "2022-12-31", 120 * MILLION)
    assert (one["annual_rate_percent"], one["project"]["jobs"], one["fund_id"]) == ("6.6", 12, fund.id)
    schedule = ok(await funds.get(f"{LOANS}/{one['id']}/schedule?as_of=2022-12-31"))["items"]
    assert [item["due_on"] for item in schedule] == ["2023-01-31", "2023-04-30", "2023-07-31", "2023-10-31"]
    other = await loan_of(funds, late)
    there = ok(await funds.get(f"{LOANS}/{other['id']}/position?as_of=2022-12-31"))
    assert (there["state"], there["overdue_since"], there["days_overdue"]) == ("overdue", "2022-10-15", 77)
    assert (there["due_principal_vnd"], there["overdue_interest_vnd"]) == (20 * MILLION, 300_000)
    assert there["due_interest_vnd"] + there["accrued_interest_vnd"] == 2 * MILLION
    assert (there["reschedule_count"], there["debt_group"]) == (1, 4)
    books = await balances(funds, fund.id)
    assert (books["loan_principal"], books["cash"]) == (240 * MILLION, (20_000 - 240) * MILLION)
    paid = await make.money(f"loans/{other['id']}/repayments", a_repayment(25 * MILLION, paid_on="2023-01-10"))
    assert paid.overdue_interest_vnd > 300_000
    assert paid.principal_vnd + paid.interest_vnd + paid.overdue_interest_vnd == 25 * MILLION


async def test_a_file_sent_again_changes_nothing(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    member = a_row(
        borrower_kind="Thành viên là cá nhân",
        id_number="025088001234",
        phone="0912345678",
        beneficiary_organization_id=new_id(),
        beneficiary_kind="Tổ hợp tác",
    )
    data = as_csv(a_row(organization_code="2600123456"), member, a_row(opening_reschedule_count=2))
    first = ok(await send(funds, data, dry_run=False))
    assert (counts(first), first["borrowers_created"]) == ({"created": 3}, 3)
    books = await balances(funds, fund.id)
    again = ok(await send(funds, data, dry_run=False))
    assert (counts(again), again["borrowers_created"]) == ({"unchanged": 3}, 0)
    assert [item["loan_id"] for item in again["items"]] == [item["loan_id"] for item in first["items"]]
    assert [item["version"] for item in again["items"]] == [item["version"] for item in first["items"]]
    assert await balances(funds, fund.id) == books
    assert len(await every_item(funds, BORROWERS)) == 3


async def test_other_content_under_a_known_number_is_told_field_by_field_and_left(funds: ApiClient, make: Make) -> None:
    await make.rich_fund()
    row = a_row()
    ok(await send(funds, as_csv(row), dry_run=False))
    same = {**row, "annual_rate_percent": "6,60 %", "opening_principal_vnd": "120.000.000"}
    assert counts(ok(await send(funds, as_csv(same), dry_run=False))) == {"unchanged": 1}
    other = {
        **row,
        "annual_rate_percent": "7",
        "opening_principal_vnd": 110 * MILLION,
        "installments": 10,
        "borrower_name": "HTX Rau sạch Vĩnh Lại",
        "purpose": "Trả nợ",
    }
    report = ok(await send(funds, as_csv(other), dry_run=False))
    assert counts(report) == {"different": 1}
    assert set(report["items"][0]["differences"]) == {
        "annual_rate_percent",
        "opening_principal_vnd",
        "installments",
        "borrower_name",
        "purpose",
    }
    assert (await loan_of(funds, row))["annual_rate_percent"] == "6.6"
    assert len(await every_item(funds, BORROWERS)) == 1


async def test_a_borrower_is_found_by_code_by_identity_number_or_by_name_and_commune(
    funds: ApiClient, make: Make, db: Database
) -> None:
    await make.rich_fund()
    coded = await make.borrower(name="Hợp tác xã Chè Thanh Ba", organization_code="2600987654")
    named = await make.borrower(name="Hợp tác xã Bưởi Đoan Hùng")
    number = "025188000777"
    group = new_id()
    person = {
        "borrower_kind": "member_person",
        "beneficiary_organization_id": group,
        "id_number": number,
        "borrower_name": "Nguyễn Thị Hoa",
    }
    rows = [
        a_row(organization_code="2600987654", borrower_name="HTX chè Thanh Ba"),
        a_row(borrower_name="HỢP TÁC XÃ BƯỞI ĐOAN HÙNG"),
        a_row(**person),
        a_row(**person),
    ]
    report = ok(await send(funds, as_csv(*rows), dry_run=False))
    assert (counts(report), report["borrowers_created"]) == ({"created": 4}, 1)
    who = [(await loan_of(funds, row))["borrower_id"] for row in rows]
    assert who[:2] == [coded.id, named.id]
    assert who[2] == who[3]
    hoa = ok(await funds.get(f"{BORROWERS}/{who[2]}"))
    assert (hoa["id_number"], hoa["id_number_last4"]) == (None, "0777")
    kept = await db.fetchrow("SELECT * FROM borrower WHERE id = $1::uuid", who[2])
    assert kept is not None
    assert number not in str(dict(kept))


async def test_a_number_of_somebody_else_is_refused_and_identity_numbers_are_never_said_back(
    funds: ApiClient, make: Make
) -> None:
    await make.rich_fund()
    await make.borrower(name="Hợp tác xã Chè Thanh Ba", organization_code="2600987654")
    taken = a_row(organization_code="2600987654", borrower_name="HTX Vận tải Việt Trì")
    short = a_row(borrower_kind="member_person", beneficiary_organization_id=new_id(), id_number="02508800")
    report = ok(await send(funds, as_csv(taken, short)))
    errors = {(error["row"], error["field"]): error for error in report["errors"]}
    assert errors[2, "borrower_name"]["code"] == "another_borrower"
    assert "Chè Thanh Ba" in errors[2, "borrower_name"]["detail"]
    assert (errors[3, "id_number"]["code"], errors[3, "id_number"]["value"]) == ("wrong_format", None)
    assert "02508800" not in str(report)


async def test_every_bad_cell_is_named_by_row_and_column_in_vietnamese(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    right = a_row()
    wrong = a_row(
        contract_number="",
        signed_on="30/02/2020",
        borrower_kind="Tổ hợp tác",
        annual_rate_percent="sáu",
        opening_principal_vnd="5,5",
        installments=0,
    )
    member = a_row(borrower_kind="Thành viên là hộ gia đình")
    overdue = a_row(opening_overdue_principal_vnd=130 * MILLION)
    backwards = a_row(first_due_on="30/12/2022")
    dear = a_row(overdue_rate_percent_of_rate="200")
    elsewhere = a_row(commune_code=LE_LOI)
    nowhere = a_row(fund="Quỹ không có")
    twice = a_row(contract_number=right["contract_number"])
    rows = [right, wrong, member, overdue, backwards, dear, elsewhere, nowhere, twice]
    refused = await send(funds, as_xlsx(*rows), dry_run=False)
    document = assert_problem(refused, 422, "import_refused", rows=9, failed=8)
    codes = {(error["row"], error["field"], error["code"]) for error in document["errors"]}
    assert codes == {
        (3, "contract_number", "required"),
        (3, "signed_on", "not_a_date"),
        (3, "borrower_kind", "not_allowed"),
        (3, "annual_rate_percent", "not_a_percent"),
        (3, "opening_principal_vnd", "not_an_integer"),
        (3, "installments", "too_small"),
        (4, "beneficiary_organization_id", "required"),
        (5, "opening_overdue_principal_vnd", "too_large"),
        (6, "first_due_on", "schedule_impossible"),
        (7, "overdue_rate_percent_of_rate", "overdue_rate_too_high"),
        (8, "commune_code", "outside_area"),
        (9, "fund", "unknown_fund"),
        (10, "contract_number", "given_twice"),
    }
    errors = {(error["row"], error["field"]): error for error in document["errors"]}
    assert (
        errors[3, "signed_on"]["detail"]
        == "Dòng 3, cột B (Ngày ký hợp đồng): Hãy ghi ngày theo thứ tự ngày/tháng/năm, ví dụ 31/08/2023."
    )
    assert errors[3, "signed_on"]["value"] == "30/02/2020"
    assert errors[10, "contract_number"]["detail"].endswith("Trùng với dòng 2; hãy bỏ một dòng.")
    assert ok(await funds.get(LOANS))["items"] == []
    assert ok(await funds.get(BORROWERS))["items"] == []
    assert "loan_principal" not in await balances(funds, fund.id)


async def test_the_commune_of_a_project_is_found_by_its_name(funds: ApiClient, make: Make) -> None:
    await make.rich_fund()
    by_name = {"commune_code": "", "commune_map": "", "commune_name": "Phường Gia Cẩm"}
    row = a_row(**by_name)
    ok(await send(funds, as_xlsx(row), dry_run=False))
    loan = await loan_of(funds, row)
    assert (loan["project"]["commune_code"], loan["project"]["commune_map"]) == (GIA_CAM, "2008")
    assert counts(ok(await send(funds, as_xlsx(row), dry_run=False))) == {"unchanged": 1}
    nowhere, nameless = a_row(**{**by_name, "commune_name": "Xã Không Có"}), a_row(**{**by_name, "commune_name": ""})
    report = ok(await send(funds, as_xlsx(nowhere, nameless)))
    assert {(error["row"], error["field"], error["code"]) for error in report["errors"]} == {
        (2, "commune_name", "unknown_commune"),
        (3, "commune_code", "required"),
    }


async def test_rows_that_are_right_can_be_written_without_the_others(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    right, wrong = a_row(), a_row(opening_as_of="01/01/2099")
    report = await confirmed(make, ok(await send(funds, as_csv(wrong, right), dry_run=False, mode="each"), 207))
    assert (counts(report), report["outstanding_vnd"]) == ({"created": 1, "failed": 1}, 120 * MILLION)
    assert [(error["row"], error["field"], error["code"]) for error in report["errors"]] == [
        (2, "opening_as_of", "in_the_future")
    ]
    assert (await balances(funds, fund.id))["loan_principal"] == 120 * MILLION
    assert len(await every_item(funds, BORROWERS)) == 1


async def test_the_fund_is_named_chosen_or_the_only_one(funds: ApiClient, make: Make) -> None:
    first = await make.rich_fund()
    row = a_row()
    assert counts(ok(await send(funds, as_csv(row), dry_run=False))) == {"created": 1}
    second = await make.rich_fund(name="Quỹ việc làm")
    (error,) = ok(await send(funds, as_csv(a_row())))["errors"]
    assert error["code"] == "required"
    chosen, named = a_row(), a_row(fund="quy viec lam")
    ok(await send(funds, as_csv(chosen), dry_run=False, fund_id=first.id))
    ok(await send(funds, as_csv(named), dry_run=False, fund_id=first.id))
    assert [(await loan_of(funds, one))["fund_id"] for one in (row, chosen, named)] == [first.id, first.id, second.id]
    moved = ok(await send(funds, as_csv({**chosen, "fund": second.id}), dry_run=False))
    assert moved["items"][0]["differences"] == ["fund"]
    planned = await make.fund(name="Quỹ mới", state="planned", licence_number=None, licensed_on=None)
    (error,) = ok(await send(funds, as_csv(a_row()), fund_id=planned.id))["errors"]
    assert (error["code"], error["field"]) == ("fund_not_operating", "fund")


async def test_funds_and_loans_of_another_area_are_not_there(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    row = a_row(fund=fund.id)
    ok(await send(funds, as_csv(row), dry_run=False))
    (error,) = ok(await send(funds.as_(area="40-2025"), as_csv(row)))["errors"]
    assert (error["code"], error["field"]) == ("unknown_fund", "fund")
    assert_problem(await send(funds.as_(scope="funds.read"), as_csv(row)), 403, "scope_missing")


async def test_a_day_within_closed_books_takes_no_opening(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    approver = funds.as_(scope="funds.approve", sub="approver")
    ok(await approver.post(f"{PATH}/ledger-closures", json={"fund_id": fund.id, "closed_until": "2023-06-30"}), 201)
    (error,) = ok(await send(funds, as_csv(a_row())))["errors"]
    assert (error["code"], error["field"]) == ("period_closed", "opening_as_of")
    assert counts(ok(await send(funds, as_csv(a_row(opening_as_of="31/07/2023"))))) == {"created": 1}


async def test_loans_that_another_lender_books_stay_out_of_the_ledger(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    row = a_row(channel="Ủy thác cho tổ chức khác cho vay")
    await confirmed(make, ok(await send(funds, as_csv(row), dry_run=False)))
    loan = await loan_of(funds, row)
    assert (loan["channel"], loan["own_risk"], loan["outstanding_vnd"]) == ("entrusted_out", False, 120 * MILLION)
    assert "loan_principal" not in await balances(funds, fund.id)
    assert counts(ok(await send(funds, as_csv(row)))) == {"unchanged": 1}


async def test_a_replayed_import_answers_the_same_and_another_file_under_its_key_is_refused(
    funds: ApiClient, make: Make
) -> None:
    await make.rich_fund()
    data, key = as_csv(a_row()), {"Idempotency-Key": f"import-{time.time_ns()}"}
    first = await send(funds, data, key, dry_run=False)
    again = await send(funds, data, key, dry_run=False)
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert_problem(await send(funds, as_csv(a_row()), key, dry_run=False), 422, "idempotency_key_reused")


async def test_two_officers_sending_the_same_list_at_once_enter_it_once(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    rows = [a_row() for _ in range(10)]
    answers = await asyncio.gather(*(send(funds, as_csv(*rows), dry_run=False) for _ in range(5)))
    for response in answers:
        if response.status_code == 409:
            assert_problem(response, 409, "import_in_progress")
    assert any(response.status_code == 200 for response in answers)
    assert len(await every_item(funds, LOANS)) == len(await every_item(funds, BORROWERS)) == 10
    reports = [response.json() for response in answers if response.status_code == 200]
    assert len({report["import_id"] for report in reports if report["import_id"]}) == 1
    await confirmed(make, next(report for report in reports if report["import_id"]))
    assert (await balances(funds, fund.id))["loan_principal"] == 1200 * MILLION


@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"\xff\xfe\x00", "file_unreadable"), (b"", "no_rows"), (b"Ghi ch\xc3\xba\nx\n", "wrong_columns")],
)
async def test_files_that_are_no_list_are_refused_with_what_is_wrong(
    funds: ApiClient, data: bytes, problem: str
) -> None:
    assert_problem(await send(funds, data), 422, problem)


@pytest.mark.thorough
async def test_an_office_with_eighty_loans_is_live_by_one_file(
    funds: ApiClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund = await make.rich_fund()
    few, rows = ([a_row(opening_principal_vnd=(50 + at) * MILLION) for at in range(count)] for count in (8, 80))
    with recorded(monkeypatch) as for_few:
        first = ok(await send(funds, as_xlsx(*few), dry_run=False))
    with recorded(monkeypatch) as for_many:
        report = ok(await send(funds, as_xlsx(*rows), dry_run=False))
    assert len(for_many) <= 10 * len(for_few), "a loan costs no more statements the more loans a file has"
    total = sum(row["opening_principal_vnd"] for row in rows)
    before = sum(row["opening_principal_vnd"] for row in few)
    assert (report["created"], report["outstanding_vnd"]) == (80, total)
    for entered in (first, report):
        await confirmed(make, entered)
    assert ok(await funds.get(f"{PATH}/funds/{fund.id}/position?as_of=2022-12-31"))["lent_out_vnd"] == before + total
    many = as_csv(a_row()) + b"x\n" * 1000
    assert_problem(await send(funds, many), 422, "too_many_rows", rows=1001, limit_rows=1000)


async def test_history_of_loan_and_borrower_says_from_which_file_and_row(funds: ApiClient, make: Make) -> None:
    await make.rich_fund()
    row = a_row(organization_code="2600123456")
    ok(await send(funds, as_xlsx(row), dry_run=False))
    loan = await loan_of(funds, row)
    for path in (f"{LOANS}/{loan['id']}", f"{PATH}/borrowers/{loan['borrower_id']}"):
        history = ok(await funds.get(f"{path}/history"))["items"]
        assert history[0]["reason"] == "Nhập từ tệp khoan-vay.xlsx, dòng 2", path
