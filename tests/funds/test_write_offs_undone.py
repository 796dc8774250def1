"""A way back from a write-off: its steps are undone one by one, the last one first, and a recovery that bounced."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.funds.builders import MILLION, PATH, Make, Record, keyed
from tests.funds.test_reversals import CONFIRM, REVERSALS, WHY, approver, books, seen
from tests.funds.test_write_offs import ALL, INTEREST, OVERDUE_INTEREST
from tests.support.answers import assert_problem, every_item, ok
from tests.support.client import ApiClient

__all__ = ["approver"]
LOANS = f"{PATH}/loans"


def lines_of(reversal: Record) -> list[tuple[str, int]]:
    """Return account and debit less credit of each line that a reversal booked."""
    return [(line["account"], line["debit_vnd"] - line["credit_vnd"]) for line in reversal.moved["postings"]]


async def derecognized(make: Make, loan: Record, on: str = "2024-02-01") -> Record:
    """Handle a loan five years earlier than it is derecognized."""
    step = {"kind": "derecognized", "effective_on": on, "decision_number": "8/QĐ", "decided_on": on}
    return await make.entered_and_confirmed("write-offs", loan, step)


async def test_a_write_off_is_undone_and_the_loan_runs_as_it_did(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    before = await seen(funds, loan)
    step = await make.written_off(loan)
    undone = await make.undone(f"write-offs/{step.id}")
    assert (undone.kind, undone.effective_on, undone.amount_vnd) == ("risk_handled", "2023-10-01", 120 * MILLION)
    assert lines_of(undone) == [("loan_losses", -120 * MILLION), ("loan_principal", 120 * MILLION)]
    assert {line["kind"] for line in undone.moved["postings"]} == {"reversal"}
    assert len(undone.moved["schedule_rows"]) == 12
    assert await seen(funds, loan) == before
    position = ok(await funds.get(f"{PATH}/funds/{loan.fund_id}/position"))
    assert (position["lent_out_vnd"], position["losses_vnd"]) == (120 * MILLION, 0)
    # It may be given up another time, and that is counted from its own day.
    again = await make.written_off(loan, "2023-11-01")
    assert (await make.read("loans", loan.id)).state == "risk_handled"
    shown = [item["id"] for item in await every_item(funds, f"{PATH}/write-offs?loan_id={loan.id}&is_reversed=false")]
    assert shown == [again.id]
    early = {
        "kind": "recovery",
        "effective_on": "2023-10-15",
        "amount_vnd": 1,
        "decision_number": "1",
        "decided_on": "2023-10-15",
    }
    refused = await funds.post(f"{LOANS}/{loan.id}/write-offs", json=early, headers=keyed())
    assert_problem(refused, 409, "before_the_loan", starts_on="2023-11-01")


async def test_a_loan_that_drew_in_part_may_draw_again_once_its_write_off_is_undone(
    funds: ApiClient, make: Make
) -> None:
    loan = await make.contract()
    tranche: dict[str, Any] = {"amount_vnd": 100 * MILLION, "disbursed_on": "2023-03-02"}
    check = {"bad_debt_check": {"checked_on": "2023-03-01", "result": "clean"}}
    await make.money(f"loans/{loan.id}/disbursements", {**tranche, **check})
    before = await seen(funds, loan)
    step = await make.written_off(loan)
    assert (await make.read("loans", loan.id)).drawing_closed_on == "2023-10-01"
    await make.undone(f"write-offs/{step.id}")
    assert await seen(funds, loan) == before
    assert (await make.read("loans", loan.id)).state == "disbursing"


async def test_a_recovery_is_undone_and_its_money_leaves_the_fund_again(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    await make.written_off(loan)
    before = await seen(funds, loan)
    recovery = await make.recovered(loan, 121 * MILLION)
    undone = await make.undone(f"write-offs/{recovery.id}", effective_on="2024-01-08")
    assert (undone.kind, undone.effective_on, undone.amount_vnd) == ("recovery", "2024-01-08", 121 * MILLION)
    assert lines_of(undone) == [
        ("cash", -121 * MILLION),
        ("recovered_income", 120 * MILLION),
        ("interest_income", MILLION),
    ]
    assert {line["booked_on"] for line in undone.moved["postings"]} == {"2024-01-08"}
    assert await seen(funds, loan) == before
    left = ok(await funds.get(f"{LOANS}/{loan.id}/position"))
    assert [left[f"off_balance_{part}_vnd"] for part in ("principal", "interest", "overdue_interest")] == [
        120 * MILLION,
        INTEREST,
        OVERDUE_INTEREST,
    ]


async def test_steps_of_giving_up_are_undone_the_last_one_first(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    running = await seen(funds, loan)
    handled = await make.written_off(loan)
    off = await seen(funds, loan)
    first = await make.recovered(loan, 10 * MILLION)
    one = await seen(funds, loan)
    second = await make.recovered(loan, 20 * MILLION, on="2024-03-05")
    for step in (handled, first):
        refused = await funds.post(f"{PATH}/write-offs/{step.id}/reversal", json=WHY)
        assert_problem(
            refused, 409, "undo_later_first", later_kind="recovery", later_id=second.id, later_on="2024-03-05"
        )
    await make.undone(f"write-offs/{second.id}")
    assert await seen(funds, loan) == one
    assert_problem(await funds.post(f"{PATH}/write-offs/{second.id}/reversal", json=WHY), 409, "entry_reversed")
    await make.undone(f"write-offs/{first.id}")
    assert await seen(funds, loan) == off
    await make.undone(f"write-offs/{handled.id}")
    assert await seen(funds, loan) == running


async def test_a_recovery_that_was_entered_late_is_undone_before_the_one_that_it_was_computed_from(
    funds: ApiClient, make: Make
) -> None:
    """It paid interest, as another of a later day had paid the principal."""
    loan = await make.loan()
    await make.written_off(loan)
    off = await seen(funds, loan)
    principal = await make.recovered(loan, 120 * MILLION, on="2024-03-05")
    one = await seen(funds, loan)
    interest = await make.recovered(loan, 1000)
    refused = await funds.post(f"{PATH}/write-offs/{principal.id}/reversal", json=WHY)
    assert_problem(refused, 409, "undo_later_first", later_kind="recovery", later_id=interest.id)
    await make.undone(f"write-offs/{interest.id}")
    assert await seen(funds, loan) == one
    await make.undone(f"write-offs/{principal.id}")
    assert await seen(funds, loan) == off


async def test_a_closed_loan_is_opened_before_a_derecognition_of_a_later_day_is_undone(
    funds: ApiClient, make: Make
) -> None:
    opening = {"as_of": "2017-12-31", "overdue_principal_vnd": 60 * MILLION, "overdue_since": "2017-03-01"}
    fund, borrower = await make.rich_fund(), await make.borrower()
    loan = await make.opened(fund, borrower, opening=opening, signed_on="2016-06-01")
    handled = await make.written_off(loan, "2018-01-31")
    await make.recovered(loan, handled.amount_vnd + handled.interest_vnd + handled.overdue_interest_vnd, "2018-06-01")
    before = await seen(funds, loan)
    ended = await derecognized(make, loan)
    await make.money(f"loans/{loan.id}/settlement", {"settled_on": "2018-06-02"})
    refused = await funds.post(f"{PATH}/write-offs/{ended.id}/reversal", json=WHY)
    assert_problem(refused, 409, "undo_later_first", later_kind="settlement", later_id=loan.id)
    await make.undone(f"loans/{loan.id}/settlement")
    assert (await make.read("loans", loan.id)).state == "derecognized"
    await make.undone(f"write-offs/{ended.id}")
    assert await seen(funds, loan) == before


async def test_a_derecognition_is_undone_before_what_it_ended(funds: ApiClient, make: Make) -> None:
    opening = {"as_of": "2017-12-31", "overdue_principal_vnd": 60 * MILLION, "overdue_since": "2017-03-01"}
    fund, borrower = await make.rich_fund(), await make.borrower()
    loan = await make.opened(fund, borrower, opening=opening, signed_on="2016-06-01")
    handled = await make.written_off(loan, "2018-01-31")
    before = await seen(funds, loan)
    ended = await derecognized(make, loan)
    assert (await make.read("loans", loan.id)).state == "derecognized"
    refused = await funds.post(f"{PATH}/write-offs/{handled.id}/reversal", json=WHY)
    assert_problem(refused, 409, "undo_later_first", later_kind="derecognized", later_id=ended.id)
    undone = await make.undone(f"write-offs/{ended.id}")
    assert (undone.kind, undone.amount_vnd) == ("derecognized", None)
    assert undone.moved == {"repayments": [], "schedule_rows": [], "postings": []}
    assert await seen(funds, loan) == before


async def test_a_recovery_that_bounces_after_the_loan_was_closed_opens_it_in_one_confirmation(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    handled = await make.written_off(loan)
    before = await seen(funds, loan)
    recovery = await make.recovered(loan, ALL)
    await make.money(f"loans/{loan.id}/settlement", {"settled_on": "2024-01-05"})
    refused = await funds.post(f"{PATH}/write-offs/{handled.id}/reversal", json=WHY)
    assert_problem(refused, 409, "undo_later_first", later_kind="settlement", later_id=loan.id)
    url = f"{PATH}/write-offs/{recovery.id}/reversal"
    entered = await asyncio.gather(*(funds.post(url, json=WHY) for _ in range(10)))
    assert sorted(answer.status_code for answer in entered) == [201, *[409] * 9]
    (waiting,) = await every_item(funds, REVERSALS)
    done = ok(await approver.post(f"{REVERSALS}/{waiting['id']}/confirmation", json=CONFIRM), 201)
    assert sum(line["credit_vnd"] for line in done["moved"]["postings"]) == ALL
    assert await seen(funds, loan) == before
    assert (await make.read("loans", loan.id)).state == "risk_handled"


async def test_money_that_left_the_fund_since_is_not_given_back_as_a_recovery_that_bounced(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund(1_000 * MILLION)
    loan = await make.loan(fund)
    await make.movement(fund, direction="out", amount_vnd=880 * MILLION, moved_on="2023-03-05")
    await make.written_off(loan)
    recovery = await make.recovered(loan, 30 * MILLION)
    entered = await make.money(f"write-offs/{recovery.id}/reversal", WHY)
    await make.movement(fund, direction="out", amount_vnd=30 * MILLION, moved_on="2024-01-06")
    refused = await approver.post(f"{REVERSALS}/{entered.id}/confirmation", json=CONFIRM)
    assert_problem(refused, 409, "cash_short", first_short_on="2024-01-06", asked_vnd=30 * MILLION, cash_vnd=0)
    assert "cash" not in await books(funds, fund.id)
