"""Any history with any step undone: every day of it is as if the step had never been, and the books are the same."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from tests.funds.builders import CLEAN, MILLION, PATH, Make, Record, a_coverage, keyed, terms
from tests.funds.test_loan_histories import METHODS, START, a_history, books
from tests.support.answers import ok
from tests.support.client import ApiClient

pytestmark = pytest.mark.thorough

LOANS = f"{PATH}/loans"
DECIDED: dict[str, Any] = {"decision_number": "5/QĐ", "decided_on": "2023-06-21"}
KINDS = ("reduction", "schedule", "recall", "settlement", "bounced payment", "write-off", "recovery")


async def take(kind: str, make: Make, loan: Record, on: date) -> str:
    """Take a step on a day; return the path of what undoes it."""
    day = on.isoformat()
    match kind:
        case "reduction":
            owed = ok(await make.client.get(f"{LOANS}/{loan.id}/position?as_of={day}"))
            interest = owed["due_interest_vnd"] + owed["accrued_interest_vnd"]
            body = {"kind": "reduced", "effective_on": day, "interest_vnd": max(1, interest // 2), **DECIDED}
            step = await make.entered_and_confirmed("interest-reductions", loan, body)
            return f"interest-reductions/{step.id}"
        case "schedule":
            body = {
                "kind": "extension",
                "effective_on": day,
                "request_reason": "Mất mùa",
                "terms": terms(installments=20),
            }
            step = await make.create(f"loans/{loan.id}/reschedulings", body)
            ok(await make.approver.post(f"{PATH}/reschedulings/{step.id}/approval", json=DECIDED), 201)
            return f"reschedulings/{step.id}"
        case "recall":
            due = (on + timedelta(days=30)).isoformat()
            body = {"effective_on": day, "due_on": due, "reason": "Sai mục đích", **DECIDED}
            step = await make.entered_and_confirmed("early-recall", loan, body)
            return f"reschedulings/{step.id}"
        case "write-off":
            return f"write-offs/{(await write_off(make, loan, on)).id}"
        case "recovery":
            owed = ok(await make.client.get(f"{LOANS}/{loan.id}/position?as_of={day}"))
            whole = sum(owed[f"off_balance_{part}_vnd"] for part in ("principal", "interest", "overdue_interest"))
            return f"write-offs/{(await make.recovered(loan, whole - 1000, on=day)).id}"
    owed = ok(await make.client.get(f"{LOANS}/{loan.id}/position?as_of={day}"))["total_owed_vnd"]
    body = {"amount_vnd": owed + MILLION, "paid_on": day, "excess": "hold"}
    paid = await make.money(f"loans/{loan.id}/repayments", body)
    await make.money(f"loans/{loan.id}/settlement", {"settled_on": day})
    return f"repayments/{paid.id}" if kind == "bounced payment" else f"loans/{loan.id}/settlement"


async def write_off(make: Make, loan: Record, on: date) -> Record:
    await make.ended(loan, on.isoformat())
    return await make.written_off(loan, on.isoformat(), ground="dissolved")


async def entered(funds: ApiClient, loan: Record, one: tuple[str, date, int]) -> bool:
    """Enter one thing of a history; return whether it was taken."""
    what, on, amount = one
    name = "disbursed_on" if what == "disbursements" else "paid_on"
    body: dict[str, Any] = {"amount_vnd": amount, name: on.isoformat()}
    body |= {"excess": "hold"} if what == "repayments" else {"bad_debt_check": CLEAN}
    answer = await funds.post(f"{LOANS}/{loan.id}/{what}", json=body, headers=keyed())
    assert answer.status_code == 201 or answer.json()["code"] in ("never_due", "schedule_impossible"), answer.text
    return answer.status_code == 201


async def days_of(funds: ApiClient, loan: Record, days: list[date]) -> list[Any]:
    """Return position, with its debt group, and schedule of each day."""
    said = []
    for day in days:
        for what in ("position", "schedule"):
            answer = ok(await funds.get(f"{LOANS}/{loan.id}/{what}?as_of={day}"))
            said.append({name: value for name, value in answer.items() if name not in ("loan_id", "loan")})
    return said


async def figures(funds: ApiClient, fund: Record) -> dict[str, Any]:
    """Return what every indicator says of one fund's year."""
    query = "from=2023-01-01&to=2023-12-31&province=25-2008&group_by=fund"
    items = ok(await funds.get(f"{PATH}/indicator-values?{query}"))["items"]
    return {item["indicator"]: item["value"] for item in items if item["group"] == fund.id}


async def transactions(funds: ApiClient, loan: Record) -> Counter[str]:
    lines = ok(await funds.get(f"{PATH}/ledger/entries?loan_id={loan.id}&limit=200"))["items"]
    return Counter(kind for _, kind in {(line["transaction_id"], line["kind"]) for line in lines})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
async def test_a_loan_of_which_a_step_was_undone_is_the_loan_that_never_had_it(
    seed: int, kind: str, funds: ApiClient, make: Make
) -> None:
    chance, method = random.Random(f"{seed} {kind}"), METHODS[(seed + KINDS.index(kind)) % 4]
    history = sorted(a_history(chance.randint(0, 10**6)), key=lambda one: (one[1], one[0]))
    on = START + timedelta(days=chance.randint(20, 300))
    before, after = [one for one in history if one[1] < on], [one for one in history if one[1] >= on]
    funds_of = [await make.rich_fund(1_000 * MILLION) for _ in range(2)]
    loan, other = [await make.contract(fund, 120 * MILLION, terms=terms(method=method)) for fund in funds_of]
    for one in before:
        for each in (loan, other):
            assert await entered(funds, each, one)
    if kind == "recovery":
        for each in (loan, other):
            await write_off(make, each, on)
    path = await take(kind, make, loan, on)
    if kind == "settlement":
        (paid,) = [
            item
            for item in ok(await funds.get(f"{PATH}/repayments?loan_id={loan.id}&limit=200"))["items"]
            if item["paid_on"] == on.isoformat()
        ]
        body = {"amount_vnd": paid["amount_vnd"], "paid_on": paid["paid_on"], "excess": "hold"}
        await make.money(f"loans/{other.id}/repayments", body)
    elif kind in ("reduction", "schedule", "recall"):
        for one in after:
            if await entered(funds, loan, one):
                assert await entered(funds, other, one)
    booked = await transactions(funds, loan)
    undone = await make.undone(path)
    days = [START + timedelta(days=day) for day in sorted(chance.sample(range(500), 10))] + [on, date(2026, 1, 31)]
    assert await days_of(funds, loan, days) == await days_of(funds, other, days)
    shown, never = await make.read("loans", loan.id), await make.read("loans", other.id)
    sums = (
        "state",
        "outstanding_vnd",
        "held_vnd",
        "interest_paid_vnd",
        "reschedule_count",
        "drawing_closed_on",
        "last_due_on",
    )
    assert {name: shown[name] for name in sums} == {name: never[name] for name in sums}
    assert await books(funds, funds_of[0].id) == await books(funds, funds_of[1].id)
    await make.create("coverages", a_coverage())
    shown_of, never_of = [await figures(funds, fund) for fund in funds_of]
    assert shown_of == never_of
    assert shown_of["loan_amount_disbursed"]
    added = (await transactions(funds, loan)) - booked
    counter_entries = {"settlement": 1, "bounced payment": 2, "write-off": 1, "recovery": 1}.get(kind, 0)
    assert added == Counter({"reversal": counter_entries, "correction": len(undone.moved["repayments"])})
