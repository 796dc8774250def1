"""The lending report, the collection sheets and the officer's list: every figure from the records, every sum to the đồng."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kernel.values.days import today
from tests.funds.builders import CLEAN, MILLION, PATH, Make, Record, a_repayment, a_tranche, terms
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient

SUMMED = (
    "opening_outstanding_vnd",
    "disbursed_vnd",
    "taken_over_vnd",
    "collected_principal_vnd",
    "handled_vnd",
    "closing_outstanding_vnd",
    "overdue_outstanding_vnd",
    "interest_collected_vnd",
    "projects",
)


async def report(funds: ApiClient, period: str, fund: Record | None = None) -> dict[str, Any]:
    of = "" if fund is None else f"&fund_id={fund.id}"
    document = ok(await funds.get(f"{PATH}/reports/lending?period={period}{of}"))
    for row in [document["total"], *(row for section in document["sections"] for row in section["rows"])]:
        grown = row["opening_outstanding_vnd"] + row["disbursed_vnd"] + row["taken_over_vnd"]
        assert grown - row["collected_principal_vnd"] - row["handled_vnd"] == row["closing_outstanding_vnd"]
    for section in document["sections"]:
        for name in SUMMED:
            assert sum(row[name] for row in section["rows"]) == document["total"][name], (section["by"], name)
    return document


async def test_the_half_years_report_what_was_lent_collected_and_is_left(funds: ApiClient, make: Make) -> None:
    fund, borrower = await make.rich_fund(), await make.borrower()
    await make.opened(fund, borrower, opening={"as_of": "2023-01-15"})
    loan = await make.loan(fund, 120 * MILLION)
    long = await make.loan(fund, 60 * MILLION, terms=terms(installments=72))
    paid = await make.money(f"loans/{loan.id}/repayments", a_repayment(11 * MILLION, paid_on="2023-05-10"))
    await make.money(f"loans/{loan.id}/repayments", a_repayment(5 * MILLION, paid_on="2023-07-10"))
    await make.loan(fund, 30 * MILLION, channel="entrusted_out")
    first = await report(funds, "2023-H1", fund)
    total = first["total"]
    assert (total["disbursed_vnd"], total["taken_over_vnd"], total["projects"]) == (210 * MILLION, 60 * MILLION, 3)
    assert total["collected_principal_vnd"] == paid.principal_vnd
    assert total["interest_collected_vnd"] == paid.interest_vnd + paid.overdue_interest_vnd
    by_term = {row["key"]: row["disbursed_vnd"] for row in first["sections"][0]["rows"]}
    # The loan that ran before was signed in June 2021 and ends in July 2023: medium term.
    assert by_term == {"short": 150 * MILLION, "medium": 0, "long": 60 * MILLION}
    second = await report(funds, "2023-H2", fund)
    assert second["total"]["opening_outstanding_vnd"] == total["closing_outstanding_vnd"]
    year = await report(funds, "2023", fund)
    assert year["total"]["closing_outstanding_vnd"] == second["total"]["closing_outstanding_vnd"]
    assert year["total"]["interest_collected_vnd"] == sum(
        half["total"]["interest_collected_vnd"] for half in (first, second)
    )
    groups = ok(await funds.get(f"{PATH}/funds/{fund.id}/debt-groups?as_of=2023-12-31"))
    assert (year["npl_outstanding_vnd"], year["provision_vnd"]) == (
        groups["npl_outstanding_vnd"],
        groups["provision_vnd"],
    )
    assert long.state == "active"


async def test_the_report_of_an_area_sums_its_funds_and_no_other(funds: ApiClient, make: Make) -> None:
    for _ in range(2):
        await make.loan(await make.rich_fund(), 12 * MILLION)
    here = await report(funds, "2023-H1")
    assert here["total"]["disbursed_vnd"] == 24 * MILLION
    assert len(next(section for section in here["sections"] if section["by"] == "fund")["rows"]) == 2
    elsewhere = await report(funds.as_(area="40-2025"), "2023-H1")
    assert elsewhere["total"]["disbursed_vnd"] == 0
    wrong = await funds.as_(area="40-2025").get(f"{PATH}/reports/lending?period=2023&fund_id={(await make.fund()).id}")
    assert_problem(wrong, 422, "invalid")


async def test_the_collection_sheet_says_what_was_due_what_came_and_what_remains(funds: ApiClient, make: Make) -> None:
    fund, borrower = await make.rich_fund(), await make.borrower()
    loan = await make.loan(fund, 120 * MILLION, borrower=borrower)
    await make.loan(fund, 12 * MILLION)
    april = ok(await funds.get(f"{PATH}/collection-sheets?month=2023-04&fund_id={fund.id}"))["items"]
    line = next(item for item in april if item["borrower_id"] == borrower.id)["loans"][0]
    assert (line["due_principal_vnd"], line["arrears_principal_vnd"]) == (10 * MILLION, 0)
    assert line["remaining_principal_vnd"] == 10 * MILLION
    paid = await make.money(f"loans/{loan.id}/repayments", a_repayment(25 * MILLION, paid_on="2023-05-20"))
    may = ok(await funds.get(f"{PATH}/collection-sheets?month=2023-05&area=25-2025&limit=1"))
    rest = ok(await funds.get(may["next"]))
    sheet = next(item for item in [*may["items"], *rest["items"]] if item["borrower_id"] == borrower.id)
    (line,) = sheet["loans"]
    assert (line["arrears_principal_vnd"], line["due_principal_vnd"]) == (10 * MILLION, 10 * MILLION)
    assert line["collected_principal_vnd"] == paid.principal_vnd
    assert sheet["collected_vnd"] == 25 * MILLION
    position = ok(await funds.get(f"{PATH}/loans/{loan.id}/position?as_of=2023-05-31"))
    assert line["remaining_principal_vnd"] == position["due_principal_vnd"]
    assert sheet["remaining_vnd"] == (
        position["due_principal_vnd"] + position["due_interest_vnd"] + position["overdue_interest_vnd"]
    )
    assert ok(await funds.as_(area="40-2025").get(f"{PATH}/collection-sheets?month=2023-05"))["items"] == []
    for wrong in ("0000-01", "2023-13", "2023"):
        assert_problem(await funds.get(f"{PATH}/collection-sheets?month={wrong}"), 422, "invalid")


async def test_the_officers_list_names_what_is_due_late_owed_and_promised(funds: ApiClient, make: Make) -> None:
    now = today()
    fund = await make.rich_fund()
    fresh = await make.contract(fund, 12 * MILLION, signed_on=str(now - timedelta(days=20)))
    check = {**CLEAN, "checked_on": str(now - timedelta(days=20))}
    await make.money(
        f"loans/{fresh.id}/disbursements",
        a_tranche(12 * MILLION, disbursed_on=str(now - timedelta(days=20)), bad_debt_check=check),
    )
    late = await make.loan(fund, 12 * MILLION)
    await make.create(f"loans/{fresh.id}/use-checks", {"due_on": str(now + timedelta(days=3))})
    promise = {
        "kind": "working_minutes",
        "done_on": str(now - timedelta(days=9)),
        "promised_on": str(now - timedelta(days=2)),
    }
    await make.create(f"loans/{late.id}/collection-actions", promise)
    until = now + timedelta(days=15)
    work_list = ok(await funds.get(f"{PATH}/work-list?until={until}&facets=kind&count=exact"))
    kinds = {(item["kind"], item["loan_id"]) for item in work_list["items"]}
    assert kinds == {
        ("due", fresh.id),
        ("use_check", fresh.id),
        ("overdue", late.id),
        ("promise", late.id),
    }
    unsent = ok(await funds.get(f"{PATH}/work-list?needs_notice=true"))["items"]
    assert [(item["kind"], item["loan_id"]) for item in unsent] == [("overdue", late.id)]
    assert [item["on"] for item in work_list["items"]] == sorted(item["on"] for item in work_list["items"])
    for item in work_list["items"]:
        assert (await funds.get(item["resource"])).status_code == 200
    # The notice goes out, the promise is kept, the check is done: nothing of them is left to do.
    await make.create(f"loans/{late.id}/collection-actions", {"kind": "notice", "done_on": str(now)})
    await make.money(f"loans/{late.id}/repayments", a_repayment(1_000_000, paid_on=str(now)))
    items = ok(await funds.get(f"{PATH}/work-list?until={until}"))["items"]
    assert {item["kind"] for item in items} == {"due", "use_check", "overdue"}
    assert not any(item["needs_notice"] for item in items)
    assert ok(await funds.get(f"{PATH}/work-list?until={until}&kind=due&limit=1"))["items"][0]["loan_id"] == fresh.id
    assert ok(await funds.as_(area="40-2025").get(f"{PATH}/work-list?until={until}"))["items"] == []
    yesterday = now - timedelta(days=1)
    assert_problem(await funds.get(f"{PATH}/work-list?until={yesterday}"), 422, "invalid")


async def test_a_late_loan_stands_once_with_the_amount_of_its_position(funds: ApiClient, make: Make) -> None:
    now = today()
    fund = await make.rich_fund()
    # An installment every thirty days, one of them today: four are late, and today's is not told a second time.
    signed = now - timedelta(days=150)
    every = {"count": 30, "unit": "days"}
    loan = await make.contract(fund, 24 * MILLION, signed_on=str(signed), terms=terms(interval=every))
    check = {**CLEAN, "checked_on": str(signed)}
    await make.money(
        f"loans/{loan.id}/disbursements", a_tranche(24 * MILLION, disbursed_on=str(signed), bad_debt_check=check)
    )
    entrusted = await make.loan(fund, 30 * MILLION, channel="entrusted_out")
    balance = {
        "as_of": "2024-01-31",
        "outstanding_vnd": 25 * MILLION,
        "overdue_principal_vnd": 5 * MILLION,
        "overdue_since": "2024-01-15",
    }
    await make.create(f"loans/{entrusted.id}/balance-statements", balance)
    await make.loan(fund, 12 * MILLION)
    items = ok(await funds.get(f"{PATH}/work-list?until={now}"))["items"]
    assert len(items) == 3
    for item in items:
        position = ok(await funds.get(f"{PATH}/loans/{item['loan_id']}/position"))
        owed = position["due_principal_vnd"] + position["due_interest_vnd"] + position["overdue_interest_vnd"]
        assert (item["kind"], item["amount_vnd"], item["on"]) == ("overdue", owed, position["overdue_since"])
        assert item["needs_notice"] == (item["loan_id"] != entrusted.id)
    schedule = ok(await funds.get(f"{PATH}/loans/{loan.id}/schedule"))["items"]
    assert str(now) in {row["due_on"] for row in schedule}
