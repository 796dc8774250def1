"""A bank statement's repayments in one call: each as if it came alone, all of them once, and none in another's way."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.funds.builders import MILLION, PATH, Make, Record, a_repayment, keyed
from tests.funds.test_loan_races import books
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient

BATCH = f"{PATH}/repayments/batch"


def a_batch(*items: dict[str, Any], mode: str = "each") -> dict[str, Any]:
    return {"mode": mode, "items": list(items)}


def of(loan: Record, amount: int = 10 * MILLION, **given: Any) -> dict[str, Any]:
    return {"loan_id": loan.id, **a_repayment(amount, **given)}


@pytest.fixture
async def fund(make: Make) -> Record:
    return await make.rich_fund()


async def repayments(funds: ApiClient, loan: Record) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = ok(await funds.get(f"{PATH}/loans/{loan.id}/repayments?limit=200"))["items"]
    return listed


async def test_each_is_split_as_one_sent_alone(funds: ApiClient, make: Make, fund: Record) -> None:
    alone, first, second = [await make.loan(fund) for _ in range(3)]
    for day in ("2023-04-02", "2023-05-02"):
        await make.money(f"loans/{alone.id}/repayments", a_repayment(paid_on=day))
    days = [of(loan, paid_on=day) for loan in (first, second) for day in ("2023-04-02", "2023-05-02")]
    answer = ok(await funds.post(BATCH, json=a_batch(*days, mode="atomic"), headers=keyed()), 201)
    assert [item["status"] for item in answer["items"]] == [201] * 4
    parts = ("paid_on", "overdue_interest_vnd", "interest_vnd", "principal_vnd", "held_vnd")
    splits = [
        [tuple(row[part] for part in parts) for row in await repayments(funds, one)] for one in (alone, first, second)
    ]
    assert splits[0] == splits[1] == splits[2]
    assert (await make.read("loans", first.id)).outstanding_vnd == (await make.read("loans", alone.id)).outstanding_vnd


async def test_with_each_a_refused_one_leaves_the_others_and_with_atomic_none_stands(
    funds: ApiClient, make: Make, fund: Record
) -> None:
    loan, stranger = await make.loan(fund, 120 * MILLION), new_id()
    wrong = {"loan_id": stranger, **a_repayment()}
    mixed = [of(loan), of(loan, 500 * MILLION), wrong, {**of(loan), "amount_vnd": "10"}]
    refused = await funds.post(BATCH, json=a_batch(*mixed, mode="atomic"), headers=keyed())
    assert faults(refused) == {("/items/2/loan_id", "unknown_loan"), ("/items/3/amount_vnd", "not_an_integer")}
    above = await funds.post(BATCH, json=a_batch(*mixed[:2], mode="atomic"), headers=keyed())
    assert assert_problem(above, 409, "above_owed")["index"] == 1
    assert await repayments(funds, loan) == []
    cash = (await books(funds, fund.id))["cash"]
    answer = ok(await funds.post(BATCH, json=a_batch(*mixed), headers=keyed()), 207)
    assert [(item["status"], (item["problem"] or {}).get("code")) for item in answer["items"]] == [
        (201, None),
        (409, "above_owed"),
        (422, "invalid"),
        (422, "invalid"),
    ]
    (stands,) = await repayments(funds, loan)
    assert stands["id"] == answer["items"][0]["id"]
    assert (await books(funds, fund.id))["cash"] - cash == 10 * MILLION


async def test_sent_again_by_key_or_by_id_it_is_in_the_books_once(funds: ApiClient, make: Make, fund: Record) -> None:
    loan, other = await make.loan(fund), await make.loan(fund)
    unkeyed = await funds.post(BATCH, json=a_batch(of(loan)))
    assert_problem(unkeyed, 400, "idempotency_key_missing")
    by_key, key = a_batch(of(loan)), keyed()
    first, again = [ok(await funds.post(BATCH, json=by_key, headers=key), 207) for _ in range(2)]
    assert first == again
    by_id = of(loan, paid_on="2023-05-02", id=new_id())
    statuses = [ok(await funds.post(BATCH, json=a_batch(by_id)), 207)["items"][0]["status"] for _ in range(2)]
    assert statuses == [201, 200]
    alone = {name: value for name, value in by_id.items() if name != "loan_id"}
    assert (await funds.post(f"{PATH}/loans/{loan.id}/repayments", json=alone)).status_code == 200
    assert len(await repayments(funds, loan)) == 2
    # The id of one loan's repayment is no repayment of another.
    assert_problem(await funds.post(f"{PATH}/loans/{other.id}/repayments", json=alone), 409, "id_in_use")
    elsewhere = ok(await funds.post(BATCH, json=a_batch({**by_id, "loan_id": other.id})), 207)
    assert elsewhere["items"][0]["problem"]["code"] == "id_in_use"
    assert await repayments(funds, other) == []


async def test_batches_of_the_same_loans_in_any_order_wait_for_each_other(
    funds: ApiClient, make: Make, fund: Record
) -> None:
    loans = [await make.loan(fund, 120 * MILLION) for _ in range(6)]
    batches = [
        a_batch(
            *(of(loan, MILLION) for loan in (loans if at % 2 else reversed(loans))), of(Record(id=new_id()), MILLION)
        )
        for at in range(8)
    ]
    answers = await asyncio.gather(*(funds.post(BATCH, json=batch, headers=keyed()) for batch in batches))
    for answer in answers:
        assert [item["status"] for item in ok(answer, 207)["items"]] == [201] * 6 + [422]
    for loan in loans:
        assert len(await repayments(funds, loan)) == 8
    before = 6 * 120 * MILLION
    principal = sum([(await make.read("loans", loan.id)).outstanding_vnd for loan in loans])
    assert (await books(funds, fund.id))["loan_principal"] == principal < before


async def test_a_loan_of_another_alliance_is_as_good_as_none(funds: ApiClient, make: Make, fund: Record) -> None:
    loan = await make.loan(fund)
    answer = ok(await funds.as_(area="40-2025").post(BATCH, json=a_batch(of(loan)), headers=keyed()), 207)
    (error,) = answer["items"][0]["problem"]["errors"]
    assert (error["code"], error["detail"]) == ("unknown_loan", "Không có khoản vay này trong địa bàn của bạn.")
    assert await repayments(funds, loan) == []
