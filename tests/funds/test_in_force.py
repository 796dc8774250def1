"""After a new schedule: the rate and terms in force on the loan and in its annex, and the decision that brought them."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Database
from tests.funds.builders import MILLION, PATH, Make, Record, a_repayment, terms
from tests.funds.test_documents import read
from tests.support.answers import ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"


async def rescheduled(funds: ApiClient, make: Make, loan: Record, number: str, **fields: Any) -> dict[str, Any]:
    """Propose a new schedule and approve it by the decision of this number."""
    body = {
        "kind": "extension",
        "effective_on": "2023-06-20",
        "request_reason": "Mất mùa do bão số 3.",
        "terms": terms(installments=18),
        **fields,
    }
    proposal = ok(await funds.post(f"{LOANS}/{loan.id}/reschedulings", json=body), 201)
    assert (await make.read("loans", loan.id)).in_force["rescheduling_id"] != proposal["id"]
    decision = {"decision_number": number, "decided_on": "2023-06-21"}
    return ok(await make.approver.post(f"{PATH}/reschedulings/{proposal['id']}/approval", json=decision), 201)


async def test_until_a_new_schedule_the_contract_is_in_force(make: Make) -> None:
    loan = await make.loan()
    assert loan.in_force == {
        "annual_rate_percent": "6.60",
        "terms": loan.terms,
        "since": "2023-03-02",
        "rescheduling_id": None,
        "kind": None,
        "decision_number": None,
        "decided_on": None,
        "reason": None,
    }


async def test_the_newest_rate_and_terms_are_in_force_with_the_decision_that_brought_them(
    funds: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    first = await rescheduled(funds, make, loan, "31/QĐ", annual_rate_percent="5")
    shown = await make.read("loans", loan.id)
    assert (shown.annual_rate_percent, shown.terms) == ("6.60", loan.terms)
    assert shown.in_force == {
        "annual_rate_percent": "5",
        "terms": first["terms"],
        "since": "2023-06-20",
        "rescheduling_id": first["id"],
        "kind": "extension",
        "decision_number": "31/QĐ",
        "decided_on": "2023-06-21",
        "reason": "Mất mùa do bão số 3.",
    }
    assert shown.in_force["terms"]["installments"] == 18
    # A second schedule that says nothing of the rate keeps that of the first; a recall keeps it as well.
    second = await rescheduled(
        funds,
        make,
        loan,
        "32/QĐ",
        kind="installment_adjustment",
        effective_on="2023-07-25",
        terms=terms(installments=3),
    )
    in_force = (await make.read("loans", loan.id)).in_force
    assert (in_force["annual_rate_percent"], in_force["rescheduling_id"], in_force["decision_number"]) == (
        "5",
        second["id"],
        "32/QĐ",
    )
    recall = {
        "effective_on": "2023-08-01",
        "due_on": "2023-08-31",
        "decision_number": "9/QĐ",
        "decided_on": "2023-08-01",
        "reason": "Sử dụng vốn sai mục đích",
    }
    await make.entered_and_confirmed("early-recall", loan, recall)
    in_force = (await make.read("loans", loan.id)).in_force
    assert (in_force["kind"], in_force["annual_rate_percent"], in_force["terms"]) == ("early_recall", "5", None)
    listed = ok(await funds.get(f"{LOANS}?fields=in_force"))["items"]
    assert [one["in_force"] for one in listed if one["id"] == loan.id] == [in_force]


async def test_the_annex_prints_the_rate_terms_and_decision_in_force_on_its_day(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    await make.money(f"loans/{loan.id}/repayments", a_repayment(13 * MILLION, paid_on="2023-04-02"))
    await rescheduled(funds, make, loan, "31/QĐ", annual_rate_percent="5")
    before, rows_before = await read(funds, loan.id, "contract-annex", "2023-06-19")
    assert "Lãi suất trong hạn: 6,60%/năm" in before
    assert "Quyết định" not in before
    assert len(rows_before) == 1 + 12
    text, rows = await read(funds, loan.id, "contract-annex", "2023-06-20")
    assert "Lãi suất trong hạn: 5%/năm" in text
    assert "6,60" not in text
    assert (
        "Căn cứ Quyết định số 31/QĐ ngày 21/06/2023 về việc gia hạn nợ, có hiệu lực từ ngày 20/06/2023; "
        "lý do: Mất mùa do bão số 3."
    ) in text
    assert "Phương thức trả nợ: Gốc chia đều, 18 kỳ, mỗi kỳ 1 tháng" in text
    assert len(rows) == 1 + 18
    outstanding = (await make.read("loans", loan.id)).outstanding_vnd
    assert sum(int(row[2].replace(".", "")) for row in rows[1:]) == outstanding < 120 * MILLION
    assert (rows[1][1], rows[-1][5]) == ("20/07/2023", "0")
    # The whole schedule keeps what was paid before, told apart from what is agreed now.
    text, rows = await read(funds, loan.id, "repayment-schedule", "2023-06-20")
    assert "Lãi suất trong hạn: 5%/năm" in text
    assert sum(int(row[2].replace(".", "")) for row in rows[1:]) == 120 * MILLION
    assert "* Kỳ đã được lịch mới thay thế" in text
    assert [row[0] for row in rows[1:3]] == ["1", "2*"]


async def test_an_installment_that_a_new_schedule_replaced_is_not_shown_as_paid(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    first = ok(await funds.get(f"{LOANS}/{loan.id}/schedule"))["items"][0]
    await make.money(f"loans/{loan.id}/repayments", a_repayment(first["total_vnd"], paid_on="2023-04-02"))
    await make.money(f"loans/{loan.id}/repayments", a_repayment(4 * MILLION, paid_on="2023-05-20"))
    await rescheduled(funds, make, loan, "31/QĐ")
    rows = ok(await funds.get(f"{LOANS}/{loan.id}/schedule?as_of=2023-12-31"))["items"]
    shown = [(row["number"], row["paid_on"], row["is_replaced"], row["is_overdue"]) for row in rows[:3]]
    assert shown == [(1, "2023-04-02", False, False), (2, None, True, False), (13, None, False, True)]
    # What was paid on it stays; it asks for no more. The day before, it was overdue.
    replaced = rows[1]
    assert replaced["principal_vnd"] == replaced["principal_paid_vnd"] > 0
    assert replaced["interest_vnd"] == replaced["interest_paid_vnd"] > 0
    before = ok(await funds.get(f"{LOANS}/{loan.id}/schedule?as_of=2023-06-19"))["items"][1]
    assert (before["paid_on"], before["is_replaced"], before["is_overdue"]) == (None, False, True)
    assert all(row["paid_on"] is None for row in rows[2:])


async def test_loans_rescheduled_before_are_told_the_same_by_the_migration(
    funds: ApiClient, make: Make, db: Database
) -> None:
    import importlib

    loans = [await make.loan() for _ in range(3)]
    await rescheduled(funds, make, loans[0], "31/QĐ", annual_rate_percent="5")
    await rescheduled(
        funds,
        make,
        loans[0],
        "32/QĐ",
        kind="installment_adjustment",
        effective_on="2023-07-25",
        terms=terms(installments=3),
    )
    recall = {
        "effective_on": "2023-08-01",
        "due_on": "2023-08-31",
        "decision_number": "9/QĐ",
        "decided_on": "2023-08-01",
        "reason": "Sử dụng vốn sai mục đích",
    }
    await make.entered_and_confirmed("early-recall", loans[1], recall)
    kept = [(await make.read("loans", loan.id)).in_force for loan in loans]
    await db.execute("UPDATE loan SET in_force = NULL")
    name = "migrations.funds.versions.0009_terms_in_force_and_cash_by_day"
    await db.execute(importlib.import_module(name)._RESCHEDULED)
    assert [(await make.read("loans", loan.id)).in_force for loan in loans] == kept
