"""Many people at once on one loan, one fund and one limit: nothing is passed, nothing is lost, nothing is twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx

from kernel.database.connections import Database
from tests.funds.builders import (
    APPLICATIONS,
    MILLION,
    PATH,
    Make,
    a_repayment,
    a_tranche,
    an_approval,
    keyed,
)
from tests.support.answers import ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"
DONE = (200, 201)


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any], key: dict[str, str]) -> httpx.Response:
    """Post as a client does that keeps its key: it comes again while the service is busy, or a lock or its own calls are."""
    for _ in range(200):
        response = await client.post(path, json=body, headers=key)
        if response.status_code not in (429, 503) and response.json().get("code") != "idempotency_key_in_progress":
            return response
        await asyncio.sleep(0.05)
    return response


def tally(responses: list[httpx.Response]) -> Counter[str]:
    return Counter("done" if r.status_code in DONE else r.json()["code"] for r in responses)


async def books(client: ApiClient, fund: str) -> dict[str, int]:
    trial_balance = ok(await client.get(f"{PATH}/ledger/trial-balance?fund_id={fund}"))
    assert trial_balance["is_balanced"]
    return {line["account"]: line["debit_vnd"] - line["credit_vnd"] for line in trial_balance["items"]}


async def test_fifty_tranches_at_once_never_pass_the_contract(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    loan = await make.contract(fund, 100 * MILLION)
    path = f"{LOANS}/{loan.id}/disbursements"
    answers = await asyncio.gather(*(post(funds, path, a_tranche(7 * MILLION), keyed()) for _ in range(50)))
    # Once the rest is too small for a tranche the contract refuses.
    assert tally(answers) == {"done": 14, "above_contract": 36}
    shown = await make.read("loans", loan.id)
    assert shown.disbursed_vnd == 98 * MILLION
    assert (await books(funds, fund.id))["loan_principal"] == 98 * MILLION


async def test_fifty_loans_drawn_at_once_never_take_more_than_the_fund_has(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund(1_000 * MILLION)
    loans = [await make.contract(fund, 50 * MILLION) for _ in range(12)]
    await make.movement(fund, amount_vnd=700 * MILLION, direction="out", moved_on="2023-03-01")
    tries = [(loan, keyed()) for loan in loans for _ in range(4)]
    answers = await asyncio.gather(
        *(post(funds, f"{LOANS}/{loan.id}/disbursements", a_tranche(50 * MILLION), key) for loan, key in tries)
    )
    counted = tally(answers)
    assert counted["done"] == 6
    assert set(counted) <= {"done", "free_balance_short", "above_contract", "loan_state_forbids"}
    position = ok(await funds.get(f"{PATH}/funds/{fund.id}/position"))
    assert position["lent_out_vnd"] == 300 * MILLION == position["capital_vnd"]
    assert (await books(funds, fund.id))["cash"] == 0


async def test_fifty_repayments_at_once_are_each_in_the_ledger_once_and_never_more_than_is_owed(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    owed = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2023-04-10"))["total_owed_vnd"]
    path, keys = f"{LOANS}/{loan.id}/repayments", [keyed() for _ in range(50)]
    body = a_repayment(3 * MILLION, paid_on="2023-04-10")
    # Each is sent twice with its key, as after a lost answer.
    answers = await asyncio.gather(*(post(funds, path, body, key) for key in keys for _ in range(2)))
    fit = owed // (3 * MILLION)
    assert tally(answers) == {"done": 2 * fit, "above_owed": 100 - 2 * fit}
    kept = ok(await funds.get(f"{PATH}/repayments?loan_id={loan.id}&count=exact"))
    assert kept["count"] == fit
    entries = ok(await funds.get(f"{PATH}/ledger/entries?loan_id={loan.id}&account=cash&kind=repayment&limit=200"))
    assert Counter(entry["source_id"] for entry in entries["items"]) == {item["id"]: 1 for item in kept["items"]}
    assert sum(entry["debit_vnd"] for entry in entries["items"]) == fit * 3 * MILLION
    shown = await make.read("loans", loan.id)
    assert shown.outstanding_vnd == (await books(funds, fund.id))["loan_principal"]
    assert shown.outstanding_vnd == 120 * MILLION - sum(item["principal_vnd"] for item in kept["items"])


async def test_approvals_at_once_never_pass_a_borrowers_limit_together(funds: ApiClient, make: Make) -> None:
    # 15 % of 20 billion is 3 billion: of twelve applications of 500 million six fit.
    fund, borrower = await make.rich_fund(), await make.borrower()
    waiting = [await make.appraised(fund, borrower) for _ in range(12)]
    answers = await asyncio.gather(
        *(post(make.approver, f"{APPLICATIONS}/{one.id}/approval", an_approval(), keyed()) for one in waiting)
    )
    assert tally(answers) == {"done": 6, "single_borrower_limit_exceeded": 6}


async def test_paying_out_paying_in_and_closing_the_books_at_once_leave_books_that_agree(
    funds: ApiClient, make: Make, db: Database
) -> None:
    fund = await make.rich_fund()
    loans = [await make.contract(fund, 60 * MILLION) for _ in range(4)]
    for loan in loans:
        await make.money(f"loans/{loan.id}/disbursements", a_tranche(20 * MILLION))

    async def work(loan: Any, number: int) -> list[httpx.Response]:
        base, of_one_loan = f"{LOANS}/{loan.id}", []
        of_one_loan.append(await post(funds, f"{base}/disbursements", a_tranche(10 * MILLION), keyed()))
        of_one_loan.append(
            await post(funds, f"{base}/repayments", a_repayment(2 * MILLION, paid_on="2023-05-10"), keyed())
        )
        if of_one_loan[-1].status_code == 201 and number % 2:
            url = f"{PATH}/repayments/{of_one_loan[-1].json()['id']}/reversal"
            of_one_loan.append(await post(funds, url, {"reason": "Nhầm"}, keyed()))
        return of_one_loan

    closing = make.approver.post(f"{PATH}/ledger-closures", json={"fund_id": fund.id, "closed_until": "2023-03-31"})
    worked = asyncio.gather(*(work(loan, n) for n in range(6) for loan in loans))
    closed, replies = await asyncio.gather(closing, worked)
    ok(closed, 201)
    answers = [response for of_one in replies for response in of_one]
    assert {r.status_code for r in answers} <= {200, 201, 409}, [r.text for r in answers if r.status_code >= 500]
    assert set(tally(answers)) <= {"done", "above_contract", "period_closed", "loan_state_forbids"}
    shown = [await make.read("loans", loan.id) for loan in loans]
    balances_then = await books(funds, fund.id)
    assert balances_then["loan_principal"] == sum(loan.outstanding_vnd for loan in shown)
    position = ok(await funds.get(f"{PATH}/funds/{fund.id}/position"))
    assert position["lent_out_vnd"] == balances_then["loan_principal"]
    unbalanced = await db.fetchval(
        "SELECT count(*) FROM (SELECT 1 FROM ledger_entry GROUP BY transaction_id HAVING sum(debit_vnd) <> sum(credit_vnd)) u"
    )
    assert unbalanced == 0
