"""Writing loans off: on what ground, what moves off the balance, what is recovered of it, and when the loan is closed."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.funds.builders import MILLION, PATH, Make, Record, a_recovery, a_repayment, keyed
from tests.funds.test_loan_races import post, tally
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"
INTEREST, OVERDUE_INTEREST = 3_473_589, 1_722_329
"""What a loan of `make.loan` owes besides its 120 million on 1 October 2023, if nothing was ever paid."""
ALL = 120 * MILLION + INTEREST + OVERDUE_INTEREST


async def write_off(funds: ApiClient, loan: Record, body: dict[str, Any]) -> httpx.Response:
    return await funds.post(f"{LOANS}/{loan.id}/write-offs", json=body, headers=keyed())


async def confirm(make: Make, step: dict[str, Any]) -> httpx.Response:
    return await make.approver.post(f"{PATH}/write-offs/{step['id']}/confirmation", json={"decision": "confirm"})


async def off_balance(funds: ApiClient, loan: Record, on: str) -> tuple[int, int, int]:
    """Return what may be recovered on a day, which position and statement say alike; nothing of it is owed on the balance."""
    position = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of={on}"))
    statement = ok(await funds.get(f"{LOANS}/{loan.id}/statement?as_of={on}"))
    names = tuple(f"off_balance_{part}_vnd" for part in ("principal", "interest", "overdue_interest"))
    assert [position[name] for name in names] == [statement[name] for name in names]
    principal, interest, overdue_interest = (position[name] for name in names)
    return principal, interest, overdue_interest


async def books(funds: ApiClient, fund: Record) -> dict[str, int]:
    trial_balance = ok(await funds.get(f"{PATH}/ledger/trial-balance?fund_id={fund.id}"))
    assert trial_balance["is_balanced"]
    return {line["account"]: line["debit_vnd"] - line["credit_vnd"] for line in trial_balance["items"]}


async def test_a_write_off_says_on_what_ground_and_shows_the_paper(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    whole = await make.a_write_off()
    for name in ("ground", "file_ids"):
        body = {key: value for key, value in whole.items() if key != name}
        assert faults(await write_off(funds, loan, body)) == {(f"/{name}", "required")}
    assert faults(await write_off(funds, loan, {**whole, "ground": "poor"})) == {("/ground", "not_allowed")}
    assert faults(await write_off(funds, loan, {**whole, "file_ids": [new_id()]})) == {("/file_ids/0", "unknown_file")}
    recovery = a_recovery(MILLION, ground="dead")
    assert faults(await write_off(funds, loan, recovery)) == {("/ground", "not_allowed")}
    step = ok(await write_off(funds, loan, whole), 201)
    assert (step["ground"], step["file_ids"]) == ("debt_group_5", whole["file_ids"])
    assert (step["amount_vnd"], step["interest_vnd"]) == (120 * MILLION, None)
    found = ok(await funds.get(f"{PATH}/write-offs?ground=debt_group_5&loan_id={loan.id}"))["items"]
    assert [item["id"] for item in found] == [step["id"]]


async def test_a_debt_is_written_off_from_the_day_it_is_in_group_5(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    for on, group, days in (("2023-04-02", 1, 0), ("2023-09-28", 4, 179)):
        refused = await write_off(funds, loan, await make.a_write_off(on))
        problem = assert_problem(refused, 409, "write_off_not_grounded", on=on, debt_group=group, days_overdue=days)
        assert problem["ground"] == "debt_group_5"
    # A ground that does not hold is refused where another would do.
    refused = await write_off(funds, loan, await make.a_write_off(ground="bankrupt"))
    assert_problem(refused, 409, "write_off_not_grounded", debt_group=5, days_overdue=182)
    step = ok(await write_off(funds, loan, await make.a_write_off("2023-09-29")), 201)
    assert ok(await confirm(make, step), 201)["confirmation_state"] == "confirmed"


async def test_a_loan_of_others_risk_is_judged_by_the_same_groups(funds: ApiClient, make: Make) -> None:
    loan = await make.loan(channel="entrusted_in")
    refused = await write_off(funds, loan, await make.a_write_off("2023-09-28"))
    assert_problem(refused, 409, "write_off_not_grounded", debt_group=4, days_overdue=179)
    assert (await make.written_off(loan)).amount_vnd == 120 * MILLION


async def test_the_ground_is_looked_at_again_when_the_write_off_is_confirmed(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    step = ok(await write_off(funds, loan, await make.a_write_off()), 201)
    paid = await make.money(f"loans/{loan.id}/repayments", a_repayment(50 * MILLION, paid_on="2023-09-30"))
    # What fell due until July is paid, so the oldest due date that is not is 2 August.
    refused = await confirm(make, step)
    assert_problem(refused, 409, "write_off_not_grounded", debt_group=3, days_overdue=60)
    ok(await funds.post(f"{PATH}/repayments/{paid.id}/reversal", json={"reason": "Nhầm"}, headers=keyed()), 201)
    confirmed = ok(await confirm(make, step), 201)
    assert (confirmed["principal_vnd"], confirmed["interest_vnd"]) == (120 * MILLION, INTEREST)
    assert confirmed["overdue_interest_vnd"] == OVERDUE_INTEREST


async def test_a_debt_of_nothing_is_settled_and_not_written_off(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    owed = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2023-09-30"))["total_owed_vnd"]
    await make.money(f"loans/{loan.id}/repayments", a_repayment(owed, paid_on="2023-09-30"))
    await make.ended(loan, "2023-09-30")
    refused = await write_off(funds, loan, await make.a_write_off(ground="dissolved"))
    assert_problem(refused, 409, "loan_state_forbids", action="handle_risk", allowed_actions=["settle"])


async def test_interest_that_is_owed_alone_is_written_off_too(funds: ApiClient, make: Make) -> None:
    loan = await make.loan(repayment_order=["principal", "interest", "penalty"])
    await make.money(f"loans/{loan.id}/repayments", a_repayment(120 * MILLION, paid_on="2024-03-02"))
    owed = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2024-03-03"))
    assert (owed["outstanding_vnd"], owed["days_overdue"], owed["debt_group"]) == (0, 336, None)
    step = await make.written_off(loan, "2024-03-03")
    assert (step.amount_vnd, step.interest_vnd, step.overdue_interest_vnd) == (
        0,
        owed["due_interest_vnd"],
        owed["overdue_interest_vnd"],
    )
    assert min(step.interest_vnd, step.overdue_interest_vnd) > 0
    states = [ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2024-03-0{day}"))["state"] for day in (2, 3)]
    assert states == ["overdue", "risk_handled"]


@pytest.mark.parametrize(
    ("kind", "ended_as", "others"),
    [
        ("member_person", "dead", ("dissolved", "bankrupt")),
        ("cooperative", "dissolved", ("bankrupt", "dead")),
        ("member_organization", "bankrupt", ("dissolved", "dead")),
    ],
)
async def test_a_loan_of_whom_is_no_more_is_written_off_from_that_day(
    kind: str, ended_as: str, others: tuple[str, ...], funds: ApiClient, make: Make
) -> None:
    loan = await make.loan(borrower=await make.borrower(kind))
    await make.ended(loan, "2023-05-10", ended_as)
    for on, ground in (("2023-05-09", ended_as), *(("2023-05-10", other) for other in others)):
        refused = await write_off(funds, loan, await make.a_write_off(on, ground=ground))
        assert_problem(refused, 409, "write_off_not_grounded", ground=ground, on=on, debt_group=3)
    assert (await make.written_off(loan, "2023-05-10", ground=ended_as)).amount_vnd == 120 * MILLION


async def test_of_an_organization_that_the_registry_knows_it_says_whether_it_ended(
    funds: ApiClient, make: Make, db: Database
) -> None:
    loan = await make.loan()
    await make.ended(loan, "2023-04-10", "dissolved")
    await db.execute(
        "INSERT INTO followed_organization (id, version, life, alliance, type, name, legal_status, followed_at) "
        "VALUES ($1::uuid, 1, 1, '25-2025', 'cooperative', 'HTX', 'bankruptcy_in_progress', now())",
        loan.organization_id,
    )
    body = await make.a_write_off("2023-05-10", ground="dissolved")
    assert_problem(await write_off(funds, loan, body), 409, "write_off_not_grounded", debt_group=3, days_overdue=38)
    await db.execute("UPDATE followed_organization SET legal_status = 'ended'")
    refused = await write_off(funds, loan, {**body, "ground": "dead"})
    assert_problem(refused, 409, "write_off_not_grounded", ground="dead")
    step = ok(await write_off(funds, loan, body), 201)
    # Entered again meanwhile, by a correction in the registry: asked once more when it is confirmed.
    await db.execute("UPDATE followed_organization SET legal_status = 'active'")
    assert_problem(await confirm(make, step), 409, "write_off_not_grounded", ground="dissolved")
    await db.execute("UPDATE followed_organization SET legal_status = 'ended'")
    ok(await confirm(make, step), 201)


async def test_how_a_borrower_ended_fits_what_it_is(funds: ApiClient, make: Make) -> None:
    for kind, ending, fault in (
        ("cooperative", {"ended_as": "dead", "ended_on": "2023-05-10"}, ("/ended_as", "not_allowed")),
        ("member_person", {"ended_as": "bankrupt", "ended_on": "2023-05-10"}, ("/ended_as", "not_allowed")),
        ("member_household", {"ended_as": "dead"}, ("/ended_on", "required")),
        ("cooperative", {"ended_on": "2023-05-10"}, ("/ended_as", "required")),
        ("cooperative", {"ended_as": "sold", "ended_on": "2023-05-10"}, ("/ended_as", "not_allowed")),
    ):
        borrower = await make.borrower(kind)
        answer = await funds.patch(f"{PATH}/borrowers/{borrower.id}", json=ending, headers={"If-Match": '"1"'})
        assert faults(answer) == {fault}


async def test_what_is_owed_moves_off_the_balance_and_recoveries_pay_it_part_by_part(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    await make.written_off(loan)
    assert await off_balance(funds, loan, "2023-09-30") == (0, 0, 0)
    assert await off_balance(funds, loan, "2030-01-01") == (120 * MILLION, INTEREST, OVERDUE_INTEREST)
    position = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2030-01-01"))
    assert (position["total_owed_vnd"], position["outstanding_vnd"], position["debt_group"]) == (0, 0, None)
    first = await make.recovered(loan, 119 * MILLION)
    assert (first.principal_vnd, first.interest_vnd, first.overdue_interest_vnd) == (119 * MILLION, 0, 0)
    second = await make.recovered(loan, 3 * MILLION, "2024-02-05")
    assert (second.amount_vnd, second.principal_vnd) == (3 * MILLION, MILLION)
    assert (second.interest_vnd, second.overdue_interest_vnd) == (2 * MILLION, 0)
    third = await make.recovered(loan, 2 * MILLION, "2024-03-05")
    assert (third.principal_vnd, third.interest_vnd, third.overdue_interest_vnd) == (0, 1_473_589, 526_411)
    assert await off_balance(funds, loan, "2024-02-04") == (MILLION, INTEREST, OVERDUE_INTEREST)
    assert await off_balance(funds, loan, "2024-02-05") == (0, 1_473_589, OVERDUE_INTEREST)
    assert await off_balance(funds, loan, "2024-03-05") == (0, 0, 1_195_918)
    shown = await make.read("loans", loan.id)
    assert (shown.written_off_vnd, shown.recovered_vnd, shown.interest_paid_vnd) == (120 * MILLION, 120 * MILLION, 0)
    balances = await books(funds, fund)
    assert (balances["loan_losses"], balances["recovered_income"]) == (120 * MILLION, -120 * MILLION)
    assert (balances["interest_income"], balances["overdue_interest_income"]) == (-INTEREST, -526_411)
    assert balances["cash"] == 20_000 * MILLION + 4 * MILLION
    at = ok(await funds.get(f"{PATH}/funds/{fund.id}/position?as_of=2024-02-04"))
    assert at["losses_vnd"] == MILLION
    assert ok(await funds.get(f"{PATH}/funds/{fund.id}/position?as_of=2024-02-05"))["losses_vnd"] == 0
    statement = ok(await funds.get(f"{LOANS}/{loan.id}/statement"))
    lines = [
        (line["kind"], line["paid_vnd"], line["principal_vnd"], line["interest_vnd"]) for line in statement["items"]
    ]
    assert lines == [
        ("disbursement", 0, 0, 0),
        ("risk_handled", 0, 0, 0),
        ("recovery", 119 * MILLION, 119 * MILLION, 0),
        ("recovery", 3 * MILLION, MILLION, 2 * MILLION),
        ("recovery", 2 * MILLION, 0, 1_473_589),
    ]
    assert [line["overdue_interest_vnd"] for line in statement["items"]] == [0, 0, 0, 0, 526_411]
    assert [line["outstanding_vnd"] for line in statement["items"]] == [120 * MILLION, 0, 0, 0, 0]
    assert (statement["paid_vnd"], statement["interest_paid_vnd"]) == (124 * MILLION, INTEREST)
    report = ok(await funds.get(f"{PATH}/reports/lending?period=2024-H1"))
    assert report["total"]["interest_collected_vnd"] == INTEREST + 526_411


async def test_a_repayment_of_the_day_comes_before_the_write_off(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    step = ok(await write_off(funds, loan, await make.a_write_off()), 201)
    paid = await make.money(f"loans/{loan.id}/repayments", a_repayment(MILLION, paid_on="2023-10-01"))
    ok(await confirm(make, step), 201)
    # To overdue interest first, by the order of the contract.
    assert ok(await funds.get(f"{PATH}/repayments/{paid.id}"))["overdue_interest_vnd"] == MILLION
    assert await off_balance(funds, loan, "2023-10-01") == (120 * MILLION, INTEREST, OVERDUE_INTEREST - MILLION)
    statement = ok(await funds.get(f"{LOANS}/{loan.id}/statement"))
    assert [line["kind"] for line in statement["items"]] == ["disbursement", "repayment", "risk_handled"]


async def test_nothing_is_recovered_before_the_write_off_nor_more_than_is_left(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    await make.written_off(loan)
    early = await write_off(funds, loan, a_recovery(MILLION, effective_on="2023-09-30"))
    assert_problem(early, 409, "before_the_loan", on="2023-09-30", starts_on="2023-10-01")
    await make.recovered(loan, 121 * MILLION)
    refused = assert_problem(await write_off(funds, loan, a_recovery(5 * MILLION)), 409, "recovered_too_much")
    assert (refused["written_off_vnd"], refused["recovered_vnd"]) == (120 * MILLION, 120 * MILLION)
    assert (refused["principal_vnd"], refused["interest_vnd"]) == (0, INTEREST - MILLION)
    assert (refused["overdue_interest_vnd"], refused["asked_vnd"]) == (OVERDUE_INTEREST, 5 * MILLION)
    assert refused["over_vnd"] == 5 * MILLION - (ALL - 121 * MILLION)


async def test_a_loan_is_closed_once_all_was_recovered(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    await make.written_off(loan)
    last = 195_918
    await make.recovered(loan, ALL - last)
    url = f"{LOANS}/{loan.id}/settlement"
    closing = {"settled_on": "2024-06-01", "minutes_number": "3/BB-TL"}
    refused = assert_problem(await funds.post(url, json=closing, headers=keyed()), 409, "still_recoverable")
    assert (refused["recoverable_vnd"], refused["principal_vnd"], refused["interest_vnd"]) == (last, 0, 0)
    assert refused["overdue_interest_vnd"] == last
    rest = await make.money(f"loans/{loan.id}/write-offs", a_recovery(last, effective_on="2024-05-31"))
    # One that waits recovers nothing yet.
    assert_problem(await funds.post(url, json=closing, headers=keyed()), 409, "still_recoverable", recoverable_vnd=last)
    ok(await confirm(make, rest), 201)
    early = {**closing, "settled_on": "2024-05-30"}
    assert_problem(await funds.post(url, json=early, headers=keyed()), 409, "before_the_loan", starts_on="2024-05-31")
    closed = ok(await funds.post(url, json=closing, headers=keyed()), 201)
    assert (closed["state"], closed["settled_on"]) == ("settled", "2024-06-01")
    assert [step["action"] for step in closed["allowed_actions"] if step["allowed"]] == ["reverse_settlement"]
    for on, state in (("2024-05-31", "risk_handled"), ("2024-06-01", "settled")):
        assert ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of={on}"))["state"] == state
    late = await write_off(funds, loan, a_recovery(1, effective_on="2024-06-02"))
    assert_problem(late, 409, "loan_state_forbids", state="settled", action="recover")


async def test_a_derecognized_loan_is_closed_as_well(funds: ApiClient, make: Make) -> None:
    fund, borrower = await make.rich_fund(), await make.borrower()
    opening = {"as_of": "2020-01-31", "principal_vnd": MILLION}
    loan = await make.opened(fund, borrower, signed_on="2019-06-01", annual_rate_percent="0", opening=opening)
    await make.written_off(loan, "2020-10-01")
    decision = {"decision_number": "9/QĐ", "decided_on": "2025-10-01"}
    gone = {"kind": "derecognized", "effective_on": "2025-10-01", **decision}
    step = await make.entered_and_confirmed("write-offs", loan, gone)
    assert (step.ground, step.principal_vnd, step.file_ids) == (None, 0, [])
    await make.recovered(loan, MILLION, "2025-11-01")
    closed = await make.money(f"loans/{loan.id}/settlement", {"settled_on": "2025-11-02"})
    assert closed.state == "settled"


async def test_what_was_written_off_before_stays_recoverable_and_what_waited_needs_its_ground(
    funds: ApiClient, make: Make, db: Database
) -> None:
    loan, waiting = await make.loan(), await make.loan()
    step = await make.written_off(loan)
    back = await make.recovered(loan, 110 * MILLION)
    pending = ok(await write_off(funds, waiting, await make.a_write_off()), 201)
    await db.execute(
        "UPDATE write_off SET ground = NULL, file_ids = '[]', interest_vnd = NULL, overdue_interest_vnd = NULL"
    )
    shown = ok(await funds.get(f"{PATH}/write-offs/{step.id}"))
    assert (shown["principal_vnd"], shown["interest_vnd"], shown["ground"]) == (120 * MILLION, None, None)
    assert ok(await funds.get(f"{PATH}/write-offs/{back.id}"))["principal_vnd"] == 110 * MILLION
    assert await off_balance(funds, loan, "2024-02-01") == (10 * MILLION, INTEREST, OVERDUE_INTEREST)
    refused = await confirm(make, pending)
    assert_problem(refused, 409, "write_off_not_grounded", ground=None, debt_group=5, days_overdue=182)
    await make.recovered(loan, ALL - 110 * MILLION, "2024-02-02")
    assert await off_balance(funds, loan, "2024-02-02") == (0, 0, 0)


async def test_recoveries_confirmed_at_once_never_pass_what_is_left(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    await make.written_off(loan)
    await make.recovered(loan, ALL - 7_500_000)
    waiting = [await make.money(f"loans/{loan.id}/write-offs", a_recovery(MILLION)) for _ in range(10)]
    body = {"decision": "confirm"}
    paths = [f"{PATH}/write-offs/{step.id}/confirmation" for step in waiting]
    answers = await asyncio.gather(*(post(make.approver, path, body, keyed()) for path in paths for _ in range(2)))
    counted = tally(answers)
    assert counted["done"] == 7
    assert set(counted) == {"done", "recovered_too_much", "not_pending"}
    left = sum(await off_balance(funds, loan, "2024-02-01"))
    assert left == 500_000
    balances = await books(funds, fund)
    assert balances["cash"] == 20_000 * MILLION - 120 * MILLION + ALL - left


async def test_a_last_recovery_and_the_closing_at_once_leave_a_closed_loan_or_a_recovery_that_is_refused(
    funds: ApiClient, make: Make
) -> None:
    for last in (MILLION, 0):
        loan = await make.loan()
        await make.written_off(loan)
        await make.recovered(loan, ALL - MILLION)
        steps = [await make.money(f"loans/{loan.id}/write-offs", a_recovery(MILLION)) for _ in range(2)]
        if not last:
            ok(await confirm(make, steps.pop()), 201)
        closing = {"settled_on": "2024-06-01"}
        answers = await asyncio.gather(
            *(
                post(make.approver, f"{PATH}/write-offs/{step.id}/confirmation", {"decision": "confirm"}, keyed())
                for step in steps
            ),
            post(funds, f"{LOANS}/{loan.id}/settlement", closing, keyed()),
        )
        counted = tally(answers)
        assert set(counted) <= {"done", "recovered_too_much", "loan_state_forbids", "still_recoverable"}
        assert sum(await off_balance(funds, loan, "2024-06-02")) == 0
        closed = counted["done"] == (2 if last else 1) and not counted["still_recoverable"]
        assert (await make.read("loans", loan.id)).state == ("settled" if closed else "risk_handled")
