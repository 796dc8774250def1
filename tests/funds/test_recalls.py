"""A recall asks for what is not due by its day; what the schedule makes due before that day stays due on its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.funds.builders import LOANS, MILLION, PATH, Make, Record, a_repayment, terms
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient

DECIDED = {"decision_number": "4/QĐ", "decided_on": "2023-03-20"}


async def recalled(make: Make, loan: Record, **fields: Any) -> Record:
    """Recall a loan of twelve months on 20 March 2023 for 20 June: its installments of April, May and June fall due before."""
    body = {"effective_on": "2023-03-20", "due_on": "2023-06-20", "reason": "Sai mục đích", **DECIDED, **fields}
    return await make.entered_and_confirmed("early-recall", loan, body)


async def position(funds: ApiClient, loan: Record, on: str) -> dict[str, Any]:
    document: dict[str, Any] = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of={on}"))
    return {name: value for name, value in document.items() if name not in ("loan_id", "loan")}


async def rows(funds: ApiClient, loan: Record, on: str) -> dict[int, dict[str, Any]]:
    items = ok(await funds.get(f"{LOANS}/{loan.id}/schedule?as_of={on}"))["items"]
    return {row["number"]: row for row in items}


async def test_a_recall_for_a_later_day_leaves_a_loan_as_late_as_its_schedule_says(
    funds: ApiClient, make: Make
) -> None:
    loan, other = await make.loan(), await make.loan()
    await recalled(make, loan)
    for on in ("2023-04-02", "2023-05-10", "2023-05-31", "2023-06-19"):
        assert await position(funds, loan, on) == await position(funds, other, on), on
    late = await position(funds, loan, "2023-06-19")
    assert (late["overdue_since"], late["days_overdue"], late["debt_group"]) == ("2023-04-02", 78, 3)
    due, schedule = await position(funds, loan, "2023-06-20"), await position(funds, other, "2023-06-20")
    # All is due, the interest of the eighteen days since the third installment too.
    assert (due["overdue_since"], due["days_overdue"], due["due_principal_vnd"]) == ("2023-04-02", 79, 120 * MILLION)
    assert due["due_interest_vnd"] == schedule["due_interest_vnd"] + schedule["accrued_interest_vnd"]
    assert due["accrued_interest_vnd"] == 0
    assert due["total_owed_vnd"] == schedule["total_owed_vnd"]


async def test_a_recall_has_a_due_for_each_day_on_which_something_falls_due(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    recall = await recalled(make, loan, effective_on="2023-04-10")
    # What fell due on 2 April is due already.
    assert [(due["number"], due["due_on"], due["principal_vnd"]) for due in recall.dues] == [
        (2, "2023-05-02", 10 * MILLION),
        (3, "2023-06-02", 10 * MILLION),
        (13, "2023-06-20", 90 * MILLION),
    ]
    shown = await rows(funds, loan, "2023-04-15")
    assert [(number, row["due_on"], row["principal_vnd"]) for number, row in shown.items()] == [
        (1, "2023-04-02", 10 * MILLION),
        (2, "2023-05-02", 10 * MILLION),
        (3, "2023-06-02", 10 * MILLION),
        (13, "2023-06-20", 90 * MILLION),
    ]
    assert ok(await funds.get(f"{LOANS}/{loan.id}"))["last_due_on"] == "2023-06-20"
    asked = f"{PATH}/work-list?loan_id={loan.id}&kind=overdue"
    assert [item["on"] for item in ok(await funds.get(asked))["items"]] == ["2023-04-02"]


async def test_money_paid_before_the_day_of_a_recall_pays_the_installments_before_it(
    funds: ApiClient, make: Make
) -> None:
    loan, other = await make.loan(), await make.loan()
    await recalled(make, loan)
    for choice, on in (("lower", "2023-04-12"), ("shorten", "2023-05-12"), ("keep", "2023-05-20")):
        paid = [
            await make.money(f"loans/{each.id}/repayments", a_repayment(25 * MILLION, paid_on=on, prepayment=choice))
            for each in (loan, other)
        ]
        split = ("overdue_interest_vnd", "interest_vnd", "principal_vnd", "loan_outstanding_vnd")
        assert [paid[0][name] for name in split] == [paid[1][name] for name in split], choice
        assert await position(funds, loan, "2023-06-19") == await position(funds, other, "2023-06-19"), choice
    shown = await rows(funds, loan, "2023-06-20")
    assert sum(row["principal_vnd"] for row in shown.values()) == 120 * MILLION
    left = await position(funds, loan, "2023-06-20")
    assert left["due_principal_vnd"] == left["outstanding_vnd"] == shown[13]["principal_vnd"]


async def test_a_new_schedule_takes_the_place_of_a_recall_that_is_not_due_yet(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    recall = await recalled(make, loan)
    # The term ends with the recall: what goes beyond is an extension, also while the recall is not due yet.
    body = {"effective_on": "2023-05-10", "request_reason": "Mất mùa", "terms": terms(installments=6)}
    url = f"{LOANS}/{loan.id}/reschedulings"
    shorter = await funds.post(url, json={**body, "kind": "installment_adjustment"})
    assert_problem(shorter, 409, "beyond_the_term", term_ends_on="2023-06-20", last_due_on="2023-11-10")
    proposal = await make.create(f"loans/{loan.id}/reschedulings", {**body, "kind": "extension"})
    ok(await make.approver.post(f"{PATH}/reschedulings/{proposal.id}/approval", json=DECIDED), 201)
    after = await position(funds, loan, "2023-06-21")
    assert (after["overdue_since"], after["due_principal_vnd"]) == ("2023-06-10", 20 * MILLION)
    assert after["reschedule_count"] == 1
    refused = await funds.post(f"{PATH}/reschedulings/{recall.id}/reversal", json={"reason": "Nhập nhầm"})
    assert_problem(refused, 409, "undo_later_first", later_id=proposal.id)
    await make.undone(f"reschedulings/{proposal.id}")
    again = await position(funds, loan, "2023-06-21")
    assert (again["overdue_since"], again["due_principal_vnd"]) == ("2023-04-02", 120 * MILLION)


@pytest.mark.parametrize("due_on", ["2023-06-02", "2024-03-02"])
async def test_a_recall_for_the_day_of_an_installment_leaves_that_installment_its_place(
    due_on: str, funds: ApiClient, make: Make
) -> None:
    loan, other = await make.loan(), await make.loan()
    recall = await recalled(make, loan, due_on=due_on)
    rest = {"2023-06-02": 90 * MILLION, "2024-03-02": 0}[due_on]
    assert (recall.dues[-1]["due_on"], recall.dues[-1]["principal_vnd"]) == (due_on, rest)
    shown, agreed = await rows(funds, loan, "2023-04-01"), await rows(funds, other, "2023-04-01")
    until = [number for number, row in agreed.items() if row["due_on"] <= due_on]
    assert [shown[number] for number in until] == [agreed[number] for number in until]
    assert (await position(funds, loan, due_on))["due_principal_vnd"] == 120 * MILLION
