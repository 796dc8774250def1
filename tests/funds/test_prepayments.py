"""Principal paid before its time over HTTP: shown before it is booked, the same for every reader, gone when it is reversed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.funds.builders import MILLION, PATH, Make, Record, a_repayment, a_tranche, keyed, terms
from tests.funds.test_in_force import rescheduled
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"
PREPAID_ON = "2023-04-02"
CHOICES = ("keep", "shorten", "lower")


async def schedule(client: ApiClient, loan: Record, on: str = PREPAID_ON) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = ok(await client.get(f"{LOANS}/{loan.id}/schedule?as_of={on}"))["items"]
    return items


async def position(client: ApiClient, loan: Record, on: str = PREPAID_ON) -> dict[str, Any]:
    document: dict[str, Any] = ok(await client.get(f"{LOANS}/{loan.id}/position?as_of={on}"))
    return document


def to_pay(items: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Return number and principal of the installments that are still to pay."""
    return [
        (item["number"], item["principal_vnd"] - item["principal_paid_vnd"]) for item in items if item["unpaid_vnd"]
    ]


async def prepay(make: Make, loan: Record, choice: str, **fields: Any) -> Record:
    """Pay the first installment of 10 million with its interest, and 33 million ahead."""
    body = a_repayment(43_672_658, prepayment=choice, **fields)
    return await make.money(f"loans/{loan.id}/repayments", body)


@pytest.mark.parametrize(
    ("choice", "expected", "last_due_on"),
    [
        ("keep", [0, 0, 0, 7, *[10] * 7], "2024-03-02"),
        ("shorten", [10] * 7 + [7], "2023-12-02"),
        ("lower", [7] * 11, "2024-03-02"),
    ],
)
async def test_the_schedule_after_a_prepayment_is_what_was_chosen(
    choice: str, expected: list[int], last_due_on: str, funds: ApiClient, make: Make, db: Database
) -> None:
    loan = await make.loan()
    before = await schedule(funds, loan, "2023-04-01")
    paid = await prepay(make, loan, choice)
    assert (paid.prepayment, paid.principal_vnd, paid.interest_vnd) == (choice, 43 * MILLION, 672_658)
    after = await schedule(funds, loan)
    assert to_pay(after) == [(number, part * MILLION) for number, part in enumerate(expected, 2)]
    assert sum(item["principal_vnd"] for item in after) == 120 * MILLION
    assert after[0]["paid_on"] == PREPAID_ON
    shown = await make.read("loans", loan.id)
    assert (shown.last_due_on, shown.outstanding_vnd, shown.reschedule_count) == (last_due_on, 77 * MILLION, 0)
    # Schedules of days before are as they were; what is kept beside the loan says the same as the schedule.
    assert await schedule(funds, loan, "2023-04-01") == before
    kept = await db.fetch(
        "SELECT number, principal_vnd, interest_vnd FROM loan_installment WHERE loan_id = $1 AND NOT replaced"
        " ORDER BY number",
        loan.id,
    )
    rows = await schedule(funds, loan, "2024-12-31")
    assert [tuple(row.values()) for row in kept] == [
        (item["number"], item["principal_vnd"], item["interest_vnd"]) for item in rows
    ]
    sheet = ok(await funds.get(f"{PATH}/collection-sheets?month=2023-05&fund_id={loan.fund_id}"))["items"][0]
    (line,) = sheet["loans"]
    assert line["due_principal_vnd"] - line["paid_ahead_principal_vnd"] == expected[0] * MILLION
    assert line["remaining_principal_vnd"] == expected[0] * MILLION
    in_group = await position(funds, loan, "2023-05-01")
    assert (in_group["debt_group"], in_group["reschedule_count"], in_group["cure"]) == (1, 0, None)
    printed = await funds.get(f"{LOANS}/{loan.id}/documents/repayment-schedule?as_of={PREPAID_ON}")
    assert printed.status_code == 200


async def test_without_a_choice_the_next_installments_are_skipped(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    said, unsaid = await make.loan(fund), await make.loan(fund)
    await prepay(make, said, "keep")
    paid = await make.money(f"loans/{unsaid.id}/repayments", a_repayment(43_672_658))
    assert paid.prepayment == "keep"
    assert await schedule(funds, said) == await schedule(funds, unsaid)


@pytest.mark.parametrize("choice", CHOICES)
async def test_a_dry_run_says_what_booking_gives_and_keeps_nothing(choice: str, funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    at, body = f"{LOANS}/{loan.id}/repayments", a_repayment(43_672_658, prepayment=choice)
    head = ok(await funds.get(f"{PATH}/changes?limit=500"))["next_cursor"]
    history = ok(await funds.get(f"{LOANS}/{loan.id}/history"))
    key = keyed()
    foreseen = ok(await funds.post(f"{at}?dry_run=true", json=body, headers=key))
    assert ok(await funds.post(f"{at}?dry_run=true", json=body)).keys() == foreseen.keys()
    assert ok(await funds.get(at))["items"] == []
    assert await make.read("loans", loan.id) == loan
    assert ok(await funds.get(f"{LOANS}/{loan.id}/history")) == history
    assert ok(await funds.get(f"{PATH}/changes?after={head}"))["items"] == []
    assert_problem(await funds.get(f"{PATH}/repayments/{foreseen['id']}"), 404, "not_found")
    # The key is as good as new.
    answer = await funds.post(at, json=body, headers=key)
    booked = ok(answer, 201)
    assert "Idempotency-Replayed" not in answer.headers
    assert (booked["dry_run"], booked["schedule"], booked["position"]) == (False, None, None)
    by_chance = ("id", "created_at", "updated_at", "dry_run", "schedule", "position")
    assert {name: value for name, value in booked.items() if name not in by_chance} == {
        name: value for name, value in foreseen.items() if name not in by_chance
    }
    assert foreseen["schedule"] == ok(await funds.get(f"{LOANS}/{loan.id}/schedule?as_of={PREPAID_ON}"))
    assert foreseen["position"] == await position(funds, loan)


async def test_dry_runs_beside_a_booking_of_the_same_key_book_it_once(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    at, body, key = f"{LOANS}/{loan.id}/repayments", a_repayment(43_672_658, prepayment="lower"), keyed()
    paths = [f"{at}?dry_run=true", at] * 6
    answers = await asyncio.gather(*(funds.post(path, json=body, headers=key) for path in paths))
    assert {answer.status_code for answer in answers[::2]} == {200}
    booked = [ok(answer, 201)["id"] for answer in answers[1::2]]
    assert [row["id"] for row in ok(await funds.get(at))["items"]] == list(dict.fromkeys(booked))
    assert (await make.read("loans", loan.id)).outstanding_vnd == 77 * MILLION


async def test_a_dry_run_is_refused_as_the_booking_would_be(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    at = f"{LOANS}/{loan.id}/repayments"
    refused = await funds.post(f"{at}?dry_run=true", json=a_repayment(500 * MILLION))
    assert_problem(refused, 409, "above_owed")
    wrong = await funds.post(f"{at}?dry_run=maybe", json=a_repayment(prepayment="longer"))
    assert faults(wrong) == {("dry_run", "not_a_boolean"), ("/prepayment", "not_allowed")}
    stranger = await funds.as_(area="40-2025").post(f"{at}?dry_run=true", json=a_repayment())
    assert_problem(stranger, 404, "not_found")
    # Sent again with its id it says what is there.
    body = a_repayment(id=new_id(), prepayment="lower")
    booked = ok(await funds.post(at, json=body), 201)
    again = ok(await funds.post(f"{at}?dry_run=true", json=body))
    assert (again["id"], again["moved"], again["position"]["outstanding_vnd"]) == (
        booked["id"],
        [],
        booked["loan_outstanding_vnd"],
    )
    other = await funds.post(f"{at}?dry_run=true", json={**body, "prepayment": "shorten"})
    assert_problem(other, 409, "id_in_use")


async def test_a_repayment_that_is_reversed_takes_its_choice_with_it(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    first = await make.money(f"loans/{loan.id}/repayments", a_repayment(10_672_658))
    later = await make.money(f"loans/{loan.id}/repayments", a_repayment(20 * MILLION, paid_on="2023-06-20"))
    days = ("2023-04-02", "2023-05-20", "2023-07-02", "2024-06-30")
    before = [(await schedule(funds, loan, on), await position(funds, loan, on)) for on in days]
    for choice in CHOICES:
        one = await make.money(
            f"loans/{loan.id}/repayments", a_repayment(33 * MILLION, paid_on="2023-05-02", prepayment=choice)
        )
        assert [moved["repayment_id"] for moved in one.moved] == [later.id]
        undone = await make.money(f"repayments/{one.id}/reversal", {"reason": "Chuyển nhầm tài khoản"})
        assert (undone.prepayment, undone.dry_run) == (choice, False)
        assert [(await schedule(funds, loan, on), await position(funds, loan, on)) for on in days] == before
    assert first.id != later.id


async def test_a_batch_takes_the_choice_and_a_dry_run_of_it_keeps_nothing(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    loans = [await make.loan(fund) for _ in range(2)]
    items = [
        {"loan_id": loan.id, **a_repayment(43_672_658, prepayment=choice)}
        for loan, choice in zip(loans, ("shorten", "lower"), strict=True)
    ]
    above = {"loan_id": loans[0].id, **a_repayment(100 * MILLION, paid_on="2023-04-03")}
    batch = f"{PATH}/repayments/batch?dry_run=true"
    tried = ok(await funds.post(batch, json={"mode": "each", "items": [*items, above]}), 207)
    # The third sees what the first would have paid.
    assert [(item["status"], item["id"]) for item in tried["items"]] == [(201, None), (201, None), (409, None)]
    assert tried["items"][2]["problem"]["code"] == "above_owed"
    ok(await funds.post(batch, json={"mode": "atomic", "items": items}), 200)
    whole = {"mode": "atomic", "items": [*items, above]}
    assert_problem(await funds.post(batch, json=whole), 409, "above_owed", index=2)
    assert ok(await funds.get(f"{PATH}/repayments?fund_id={fund.id}"))["items"] == []
    ok(await funds.post(f"{PATH}/repayments/batch", json={"mode": "atomic", "items": items}, headers=keyed()), 201)
    fewer, smaller = [to_pay(await schedule(funds, loan)) for loan in loans]
    assert ([len(fewer), len(smaller)], {part for _, part in smaller}) == ([8, 11], {7 * MILLION})


async def test_a_tranche_after_a_new_schedule_is_spread_over_its_installments(funds: ApiClient, make: Make) -> None:
    loan = await make.contract(terms=terms(installments=6))
    await make.money(f"loans/{loan.id}/disbursements", a_tranche(60 * MILLION))
    await rescheduled(funds, make, loan, "31/QĐ", effective_on="2023-03-20", terms=terms(installments=12))
    late = {"amount_vnd": 60 * MILLION, "disbursed_on": "2023-05-25"}
    await make.money(f"loans/{loan.id}/disbursements", late)
    parts = [item["principal_vnd"] for item in await schedule(funds, loan, "2023-05-25") if not item["is_replaced"]]
    # Two of twelve have fallen due; ten take six million more each.
    assert parts == [5 * MILLION] * 2 + [11 * MILLION] * 10
    await make.money(f"loans/{loan.id}/repayments", a_repayment(60 * MILLION, paid_on="2023-05-25", prepayment="lower"))
    lower = await schedule(funds, loan, "2023-05-25")
    assert len({part for _, part in to_pay(lower)[:-1]}) == 1
    assert sum(item["principal_vnd"] for item in lower) == 120 * MILLION
    shown = await position(funds, loan, "2023-05-25")
    assert (shown["debt_group"], shown["reschedule_count"]) == (2, 1)
