"""Terms that contradict themselves, over HTTP: wherever terms are given they are refused, and nothing is kept of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.funds.builders import MILLION, PATH, Make, a_contract, a_quote, a_tranche, an_opening, terms
from tests.support.answers import faults, ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"
Sent = Callable[[ApiClient, Make, dict[str, Any]], Awaitable[httpx.Response]]
"""Gives the terms of a loan of 100 million where they are taken."""


async def quote(funds: ApiClient, make: Make, given: dict[str, Any]) -> httpx.Response:
    body = {**a_quote(), **given}
    if given["method"] == "custom" and "installments" not in given:
        body.pop("installments")
    return await funds.post(f"{PATH}/loan-quotes", json=body)


def like(given: dict[str, Any]) -> dict[str, Any]:
    """Return terms of the same method that an approver can agree to."""
    return parts(30, 30, 40) if given["method"] == "custom" else terms(method=given["method"])


async def contract(funds: ApiClient, make: Make, given: dict[str, Any]) -> httpx.Response:
    appraisal = {"proposed_terms": like(given)}
    application = await make.approved(await make.rich_fund(), requested_amount_vnd=100 * MILLION, appraisal=appraisal)
    return await funds.post(LOANS, json=a_contract(application, terms=given))


async def correction(funds: ApiClient, make: Make, given: dict[str, Any]) -> httpx.Response:
    loan = await make.contract(amount=100 * MILLION, terms=like(given))
    answer = await funds.patch(f"{LOANS}/{loan.id}", json={"terms": given}, headers={"If-Match": '"1"'})
    if answer.status_code == 422:
        assert (await make.read("loans", loan.id)).terms == loan.terms
    return answer


async def new_schedule(funds: ApiClient, make: Make, given: dict[str, Any]) -> httpx.Response:
    loan = await make.loan(amount=100 * MILLION)
    body = {"kind": "extension", "effective_on": "2023-03-20", "request_reason": "Mất mùa", "terms": given}
    answer = await funds.post(f"{LOANS}/{loan.id}/reschedulings", json=body)
    if answer.status_code == 422:
        assert ok(await funds.get(f"{PATH}/reschedulings?loan_id={loan.id}"))["items"] == []
    return answer


async def taken_over(funds: ApiClient, make: Make, given: dict[str, Any]) -> httpx.Response:
    fund, borrower = await make.rich_fund(), await make.borrower()
    opening = {"as_of": "2023-03-01", "principal_vnd": 100 * MILLION}
    body = an_opening(fund, borrower, principal_vnd=200 * MILLION, opening=opening, terms=given)
    return await make.client.post(LOANS, json=body)


WAYS: dict[Sent, str] = {
    quote: "",
    contract: "/terms",
    correction: "/terms",
    new_schedule: "/terms",
    taken_over: "/terms",
}


def parts(*amounts: int, **fields: Any) -> dict[str, Any]:
    drawn = [{"due_on": f"2024-0{at}-15", "principal_vnd": n * MILLION} for at, n in enumerate(amounts, 4)]
    return {"method": "custom", "parts": drawn, **fields}


CONTRADICTORY: dict[str, tuple[dict[str, Any], str, str]] = {
    "parts leave 40 of 100 million never due": (parts(30, 30), "/parts", "parts_do_not_sum"),
    "parts ask for 10 million too much": (parts(60, 50), "/parts", "parts_do_not_sum"),
    "parts not in the order of their days": (
        parts(50, 50) | {"parts": list(reversed(parts(50, 50)["parts"]))},
        "/parts/1/due_on",
        "not_after_previous",
    ),
    "fewer parts than installments": (parts(50, 50, installments=3), "/installments", "differs_from_parts"),
    "grace as long as the loan": (terms(principal_grace=12), "/principal_grace", "not_below_installments"),
    "free of interest for longer": (terms(interest_free=13), "/interest_free", "above_installments"),
    "parts of a method that has none": (terms(parts=parts(100)["parts"]), "/parts", "only_for_custom"),
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", CONTRADICTORY)
async def test_terms_that_contradict_themselves_are_refused_wherever_they_are_given(
    way: Sent, name: str, funds: ApiClient, make: Make
) -> None:
    terms_, pointer, code = CONTRADICTORY[name]
    answer = await way(funds, make, terms_)
    errors = faults(answer)
    assert (f"{WAYS[way]}{pointer}", code) in errors, answer.text


async def test_parts_that_add_up_are_taken_and_all_of_it_falls_due(funds: ApiClient, make: Make) -> None:
    for way in WAYS:
        answer = await way(funds, make, parts(30, 30, 40))
        assert answer.status_code in (200, 201), answer.text
    loan = await make.contract(amount=100 * MILLION, terms=parts(30, 30, 40))
    await make.money(f"loans/{loan.id}/disbursements", a_tranche(100 * MILLION))
    rows = ok(await funds.get(f"{LOANS}/{loan.id}/schedule"))["items"]
    assert [row["principal_vnd"] for row in rows] == [30 * MILLION, 30 * MILLION, 40 * MILLION]


async def test_a_new_schedule_of_parts_has_to_fit_what_is_outstanding_when_it_is_approved(
    funds: ApiClient, make: Make
) -> None:
    loan = await make.loan(amount=100 * MILLION)
    body = {"kind": "extension", "effective_on": "2023-04-20", "request_reason": "Mất mùa", "terms": parts(30, 30, 40)}
    proposal = ok(await funds.post(f"{LOANS}/{loan.id}/reschedulings", json=body), 201)
    await make.money(f"loans/{loan.id}/repayments", {"amount_vnd": 20 * MILLION, "paid_on": "2023-04-10"})
    decision = {"decision_number": "3/QĐ", "decided_on": "2023-04-21"}
    answer = await make.approver.post(f"{PATH}/reschedulings/{proposal['id']}/approval", json=decision)
    assert ("/terms/parts", "parts_do_not_sum") in faults(answer)
    assert (await make.read("loans", loan.id)).reschedule_count == 0
