"""Closed books: nothing is dated into them, and what corrects them stands on the first open day, no other."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.funds.builders import MILLION, PATH, Make, Record, a_repayment, a_tranche, keyed, terms
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"
CLOSED, OPEN = "2023-06-30", "2023-07-01"
DECISION: dict[str, Any] = {"decision_number": "3/QĐ", "decided_on": "2023-07-05"}
PROPOSAL: dict[str, Any] = {"kind": "extension", "request_reason": "Mất mùa", "terms": terms(installments=18)}


async def close(make: Make, fund: str, until: str = CLOSED) -> None:
    body = {"fund_id": fund, "closed_until": until}
    ok(await make.approver.post(f"{PATH}/ledger-closures", json=body), 201)


async def approve(make: Make, proposal: dict[str, Any]) -> httpx.Response:
    return await make.approver.post(f"{PATH}/reschedulings/{proposal['id']}/approval", json=DECISION)


async def dated(what: str, on: str, funds: ApiClient, make: Make, loan: Record) -> httpx.Response:
    """Enter something of this kind on a day."""
    url, head = f"{LOANS}/{loan.id}", keyed()
    match what:
        case "proposal of a new schedule":
            return await funds.post(f"{url}/reschedulings", json={**PROPOSAL, "effective_on": on})
        case "recall":
            body = {**DECISION, "effective_on": on, "due_on": "2023-08-31", "reason": "Sai mục đích"}
            return await funds.post(f"{url}/early-recall", json=body)
        case "waiver":
            body = {**DECISION, "kind": "waived", "effective_on": on, "interest_vnd": 1000}
            return await funds.post(f"{url}/interest-reductions", json=body, headers=head)
        case "reduction of overdue interest":
            body = {**DECISION, "kind": "reduced", "effective_on": on, "overdue_interest_vnd": 1000}
            return await funds.post(f"{url}/interest-reductions", json=body, headers=head)
        case "use of provisions":
            await make.ended(loan, "2023-05-15")
            body = await make.a_write_off(on, ground="dissolved")
            return await funds.post(f"{url}/write-offs", json=body, headers=head)
        case "repayment":
            return await funds.post(f"{url}/repayments", json=a_repayment(paid_on=on), headers=head)
        case "tranche":
            return await funds.post(f"{url}/disbursements", json=a_tranche(MILLION, disbursed_on=on), headers=head)
    raise AssertionError(what)


DATED = (
    "proposal of a new schedule",
    "recall",
    "waiver",
    "reduction of overdue interest",
    "use of provisions",
    "repayment",
    "tranche",
)


@pytest.mark.parametrize("what", DATED)
async def test_nothing_is_dated_into_closed_books_and_the_day_after_is_open(
    what: str, funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.contract(fund)
    await make.money(f"loans/{loan.id}/disbursements", a_tranche(100 * MILLION))
    await close(make, fund.id)
    before = ok(await funds.get(f"{LOANS}/{loan.id}"))
    for on in ("2023-05-15", CLOSED):
        refused = await dated(what, on, funds, make, loan)
        assert_problem(refused, 409, "period_closed", closed_until=CLOSED, booked_on=on)
    assert ok(await funds.get(f"{LOANS}/{loan.id}")) == before
    assert (await dated(what, OPEN, funds, make, loan)).status_code == 201


async def test_a_new_schedule_proposed_before_the_books_closed_is_not_approved_into_them(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    proposals = [
        ok(await dated("proposal of a new schedule", on, funds, make, loan), 201) for on in ("2023-06-20", CLOSED, OPEN)
    ]
    await close(make, fund.id)
    for proposal in proposals[:2]:
        refused = await approve(make, proposal)
        assert_problem(refused, 409, "period_closed", closed_until=CLOSED, booked_on=proposal["effective_on"])
    assert (await make.read("loans", loan.id)).reschedule_count == 0
    assert (await approve(make, proposals[2])).status_code == 201


async def test_a_loan_is_not_settled_in_closed_books(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    owed = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2023-05-15"))["total_owed_vnd"]
    await make.money(f"loans/{loan.id}/repayments", a_repayment(owed, paid_on="2023-05-15"))
    await close(make, fund.id)
    refused = await funds.post(f"{LOANS}/{loan.id}/settlement", json={"settled_on": CLOSED}, headers=keyed())
    assert_problem(refused, 409, "period_closed", closed_until=CLOSED, booked_on=CLOSED)
    ok(await funds.post(f"{LOANS}/{loan.id}/settlement", json={"settled_on": OPEN}, headers=keyed()), 201)


async def entries(funds: ApiClient, **params: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in params.items())
    return list(ok(await funds.get(f"{PATH}/ledger/entries?{query}&limit=200"))["items"])


async def test_what_is_split_anew_is_corrected_on_its_own_day_or_on_the_first_open_one(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    first = await make.money(f"loans/{loan.id}/repayments", a_repayment(15 * MILLION, paid_on="2023-04-20"))
    days = ("2023-06-10", CLOSED, OPEN, "2023-07-02")
    later = [await make.money(f"loans/{loan.id}/repayments", a_repayment(12 * MILLION, paid_on=day)) for day in days]
    await close(make, fund.id)
    undone = await make.money(f"repayments/{first.id}/reversal", {"reason": "Séc bị trả lại"})
    assert [one["repayment_id"] for one in undone.moved] == [one.id for one in later]
    corrected = {one.paid_on: await entries(funds, source_id=one.id, kind="correction") for one in later}
    assert {day: {line["booked_on"] for line in lines} for day, lines in corrected.items()} == {
        "2023-06-10": {OPEN},
        CLOSED: {OPEN},
        OPEN: {OPEN},
        "2023-07-02": {"2023-07-02"},
    }
    assert {line["booked_on"] for line in await entries(funds, source_id=first.id, kind="reversal")} == {OPEN}
    # A new schedule from an open day, and a waiver on one, correct what came after them there as well.
    position = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2026-01-31"))
    books = ok(await funds.get(f"{PATH}/ledger/trial-balance?fund_id={fund.id}&as_of=2026-01-31"))
    lent = next(line for line in books["items"] if line["account"] == "loan_principal")
    assert lent["balance_vnd"] == position["outstanding_vnd"]


@pytest.mark.parametrize(
    ("paid_on", "booked_on"), [("2023-06-29", OPEN), (CLOSED, OPEN), (OPEN, OPEN), ("2023-07-03", "2023-07-03")]
)
async def test_a_reversal_stands_on_the_day_of_what_it_takes_back_or_on_the_first_open_one(
    paid_on: str, booked_on: str, funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    paid = await make.money(f"loans/{loan.id}/repayments", a_repayment(paid_on=paid_on))
    await close(make, fund.id)
    await make.money(f"repayments/{paid.id}/reversal", {"reason": "Nhầm"})
    assert {line["booked_on"] for line in await entries(funds, source_id=paid.id, kind="reversal")} == {booked_on}
