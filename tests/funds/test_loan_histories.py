"""Histories entered in any order: the same loan, the same ledger; and what is taken back leaves no trace but itself."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest

from tests.funds.builders import CLEAN, MILLION, PATH, Make, Record, a_tranche, keyed, terms
from tests.support.answers import ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"
START = date(2023, 3, 2)
METHODS = ("equal_principal", "equal_installment", "bullet", "flat")


def a_history(seed: int) -> list[tuple[str, date, int]]:
    """Return tranches of 120 million in all and repayments on days of their own, some of them too much."""
    chance = random.Random(seed)
    cuts = sorted(chance.sample(range(1, 120), chance.randint(0, 2)))
    tranches = [(b - a) * MILLION for a, b in zip([0, *cuts], [*cuts, 120], strict=True)]
    # Tranches on odd days before the last due date, repayments on even ones.
    days = chance.sample(range(1, 360, 2), len(tranches) - 1) + chance.sample(range(2, 420, 2), chance.randint(3, 8))
    first = ("disbursements", START, tranches[0])
    rest = [
        ("disbursements", START + timedelta(days=day), amount) for day, amount in zip(days, tranches[1:], strict=False)
    ]
    paid = [("repayments", START + timedelta(days=day), chance.randint(1, 25 * MILLION)) for day in days[len(rest) :]]
    return [first, *rest, *paid]


CHOICES = ("keep", "shorten", "lower")


async def enter(funds: ApiClient, loan: str, what: str, on: date, amount: int) -> Record:
    """Enter a tranche, or a repayment with a choice that its amount says."""
    name = "disbursed_on" if what == "disbursements" else "paid_on"
    body: dict[str, Any] = {"amount_vnd": amount, name: on.isoformat()}
    body |= {"excess": "hold", "prepayment": CHOICES[amount % 3]} if what == "repayments" else {}
    if what == "disbursements" and on == START:
        body = a_tranche(amount, bad_debt_check=CLEAN)
    return Record(ok(await funds.post(f"{LOANS}/{loan}/{what}", json=body, headers=keyed()), 201))


async def books(funds: ApiClient, fund: str) -> dict[str, int]:
    trial_balance = ok(await funds.get(f"{PATH}/ledger/trial-balance?fund_id={fund}"))
    assert trial_balance["is_balanced"]
    sums = {line["account"]: line["debit_vnd"] - line["credit_vnd"] for line in trial_balance["items"]}
    return {account: balance for account, balance in sums.items() if balance}


async def movements(funds: ApiClient, loan: str) -> list[dict[str, Any]]:
    """Return the lines of a statement without their ids."""
    lines = ok(await funds.get(f"{LOANS}/{loan}/statement"))["items"]
    return [{name: value for name, value in line.items() if name != "id"} for line in lines]


@pytest.mark.parametrize("seed", range(6))
async def test_the_order_in_which_a_history_is_entered_changes_nothing(seed: int, funds: ApiClient, make: Make) -> None:
    method, history = METHODS[seed % 4], a_history(seed)
    shuffled = history[1:]
    random.Random(seed + 100).shuffle(shuffled)
    outcomes = []
    for order in (sorted(history, key=lambda one: (one[1], one[0])), [history[0], *shuffled]):
        fund = await make.rich_fund(1_000 * MILLION)
        loan = await make.contract(fund, 120 * MILLION, terms=terms(method=method))
        for what, on, amount in order:
            await enter(funds, loan.id, what, on, amount)
        position = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2024-12-31"))
        schedule = ok(await funds.get(f"{LOANS}/{loan.id}/schedule?as_of=2024-12-31"))["items"]
        for of_the_loan in ("loan_id", "loan"):
            position.pop(of_the_loan)
        outcomes.append((await books(funds, fund.id), await movements(funds, loan.id), position, schedule))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_entered_and_reversed_leaves_the_loan_and_the_books_as_they_were(
    seed: int, funds: ApiClient, make: Make
) -> None:
    chance, history = random.Random(seed + 50), a_history(seed + 20)
    fund = await make.rich_fund(1_000 * MILLION)
    loan = await make.contract(fund, 120 * MILLION, terms=terms(method=METHODS[seed % 4]))
    for what, on, amount in history:
        await enter(funds, loan.id, what, on, amount)
    before = await books(funds, fund.id), await movements(funds, loan.id)
    entries = []
    for _ in range(3):
        on, amount = START + timedelta(days=chance.randint(1, 400)), chance.randint(1, 20 * MILLION)
        entries.append(await enter(funds, loan.id, "repayments", on, amount))
    chance.shuffle(entries)
    for one in entries:
        ok(await funds.post(f"{PATH}/repayments/{one.id}/reversal", json={"reason": "Nhầm"}, headers=keyed()), 201)
    assert (await books(funds, fund.id), await movements(funds, loan.id)) == before


async def test_every_transaction_of_the_ledger_is_told_by_the_records_and_no_other(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund(1_000 * MILLION)
    loan = await make.contract(fund, 120 * MILLION)
    for what, on, amount in a_history(7):
        await enter(funds, loan.id, what, on, amount)
    entries = ok(await funds.get(f"{PATH}/ledger/entries?loan_id={loan.id}&limit=200"))["items"]
    by_source: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for entry in entries:
        by_source[entry["source_id"]][entry["account"]] += entry["debit_vnd"] - entry["credit_vnd"]
    for item in ok(await funds.get(f"{PATH}/repayments?loan_id={loan.id}"))["items"]:
        booked = by_source.pop(item["id"])
        assert booked["cash"] == item["amount_vnd"]
        assert -booked["loan_principal"] == item["principal_vnd"]
        assert -booked["interest_income"] == item["interest_vnd"]
        assert -booked["overdue_interest_income"] == item["overdue_interest_vnd"]
        assert -booked["repayments_held"] == item["held_vnd"]
    for item in ok(await funds.get(f"{PATH}/disbursements?loan_id={loan.id}"))["items"]:
        assert by_source.pop(item["id"])["loan_principal"] == item["amount_vnd"]
    assert not by_source
