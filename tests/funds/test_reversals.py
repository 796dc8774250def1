"""A way back: a step of a loan is undone by one person and another, on a day of its own, and then never was."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.values.days import today
from tests.funds.builders import MILLION, PATH, Make, Record, a_repayment, a_tranche, keyed, terms
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient

LOANS, REVERSALS = f"{PATH}/loans", f"{PATH}/reversals"
CONFIRM = {"decision": "confirm"}
REJECT = {"decision": "reject", "reason": "Chưa có công văn"}
WHY = {"reason": "Nhập nhầm khoản vay"}
DECIDED: dict[str, Any] = {"decision_number": "5/QĐ", "decided_on": "2023-06-21"}
INTEREST = 672_658
"""Of the first row: 120 million × 6.60 % × 31 / 365, rounded."""


@pytest.fixture
async def approver(funds: ApiClient) -> AsyncIterator[ApiClient]:
    """Who decides for the fund of Phú Thọ."""
    async with funds.as_(scope="funds.read funds.approve", sub="approver", name="Hoàng Thị Duyệt") as client:
        yield client


async def position(funds: ApiClient, loan: Record, on: str) -> dict[str, Any]:
    return ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of={on}"))


async def waived(make: Make, loan: Record, **fields: Any) -> Record:
    body = {"kind": "waived", "effective_on": "2023-04-02", "interest_vnd": INTEREST, **DECIDED, **fields}
    return await make.entered_and_confirmed("interest-reductions", loan, body)


async def recalled(make: Make, loan: Record, **fields: Any) -> Record:
    body = {"effective_on": "2023-05-20", "due_on": "2023-06-20", "reason": "Sai mục đích", **DECIDED, **fields}
    return await make.entered_and_confirmed("early-recall", loan, body)


async def extended(make: Make, loan: Record, on: str = "2023-06-20") -> Record:
    body = {"kind": "extension", "effective_on": on, "request_reason": "Mất mùa", "terms": terms(installments=18)}
    proposal = await make.create(f"loans/{loan.id}/reschedulings", body)
    answer = await make.approver.post(f"{PATH}/reschedulings/{proposal.id}/approval", json=DECIDED)
    return Record(ok(answer, 201))


async def settled(make: Make, loan: Record, on: str = "2023-05-10", held: int = 0) -> Record:
    """Repay on a day all that is owed, and `held` more, and settle; return the repayment."""
    owed = Record(ok(await make.client.get(f"{LOANS}/{loan.id}/position?as_of={on}")))
    body = a_repayment(owed.total_owed_vnd + held, paid_on=on, excess="hold")
    paid = await make.money(f"loans/{loan.id}/repayments", body)
    await make.money(f"loans/{loan.id}/settlement", {"settled_on": on, "minutes_number": "9/BB"})
    return paid


async def books(funds: ApiClient, fund: str, on: str = "2026-01-31") -> dict[str, int]:
    trial_balance = ok(await funds.get(f"{PATH}/ledger/trial-balance?fund_id={fund}&as_of={on}"))
    assert trial_balance["is_balanced"]
    sums = {line["account"]: line["debit_vnd"] - line["credit_vnd"] for line in trial_balance["items"]}
    return {account: balance for account, balance in sums.items() if balance}


async def seen(funds: ApiClient, loan: Record) -> list[Any]:
    """Return what is said of a loan on days before and after everything, and what its fund's books say."""
    said: list[Any] = []
    for on in ("2023-04-02", "2023-05-10", "2023-06-25", "2023-09-01", "2024-12-31"):
        said.append(await position(funds, loan, on))
        said.append(ok(await funds.get(f"{LOANS}/{loan.id}/schedule?as_of={on}")))
    loan_now = ok(await funds.get(f"{LOANS}/{loan.id}"))
    said.append({name: value for name, value in loan_now.items() if name not in ("version", "updated_at")})
    statement = ok(await funds.get(f"{LOANS}/{loan.id}/statement"))
    return [*said, statement, await books(funds, loan.fund_id)]


async def test_a_reduction_is_undone_by_one_person_and_another_and_the_interest_is_owed_again(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    before = await seen(funds, loan)
    reduction = await waived(make, loan)
    with_it = await seen(funds, loan)
    officer = funds.as_(sub="fund-officer", name="Lê Thị Quỹ")
    url = f"{PATH}/interest-reductions/{reduction.id}/reversal"
    assert_problem(await approver.post(url, json=WHY), 403, "scope_missing")
    entered = ok(await officer.post(url, json=WHY), 201)
    assert (entered["kind"], entered["reverses_id"], entered["effective_on"], entered["amount_vnd"]) == (
        "interest_reduction",
        reduction.id,
        "2023-04-02",
        INTEREST,
    )
    assert (entered["confirmation_state"], entered["moved"]) == ("pending", None)
    assert await seen(funds, loan) == with_it
    done = ok(await approver.post(f"{REVERSALS}/{entered['id']}/confirmation", json=CONFIRM), 201)
    assert await seen(funds, loan) == before
    assert (done["moved"]["repayments"], done["moved"]["postings"]) == ([], [])
    (row,) = done["moved"]["schedule_rows"]
    assert (row["number"], row["before"]["interest_waived_vnd"], row["after"]["interest_waived_vnd"]) == (
        1,
        INTEREST,
        0,
    )
    detail = done["confirmation"]
    assert (detail["entered_by_name"], detail["decided_by_name"]) == ("Lê Thị Quỹ", "Hoàng Thị Duyệt")
    undone = await make.read("interest-reductions", reduction.id)
    assert (undone.reversed_by, undone.reversal_reason) == ("approver", WHY["reason"])
    assert ok(await funds.get(f"{REVERSALS}/{entered['id']}")) == done


async def test_an_early_recall_is_undone_and_what_was_paid_since_is_split_by_the_contract(
    funds: ApiClient, make: Make
) -> None:
    """Its record and its reversal name what moved: repayments, rows and bookings."""
    fund = await make.rich_fund()
    loan, other = await make.loan(fund), await make.loan(await make.rich_fund())
    recall = await recalled(make, loan)
    payment = a_repayment(40 * MILLION, paid_on="2023-06-25")
    paid = await make.money(f"loans/{loan.id}/repayments", payment)
    as_if = await make.money(f"loans/{other.id}/repayments", payment)
    assert paid.overdue_interest_vnd != as_if.overdue_interest_vnd
    undone = await make.undone(f"reschedulings/{recall.id}")
    assert undone.kind == "early_recall"
    split = ("overdue_interest_vnd", "interest_vnd", "principal_vnd", "held_vnd")
    (moved,) = undone.moved["repayments"]
    assert moved["repayment_id"] == paid.id
    assert moved["before"] == {name: paid[name] for name in split}
    assert moved["after"] == {name: as_if[name] for name in split}
    shown, never = await seen(funds, loan), await seen(funds, other)
    ids = ("id", "loan_id", "contract_number", "borrower_id", "borrower_name", "organization_id", "fund_id")
    names = ("loan", "borrower", "organization", "fund")
    drop = {*ids, *names, "created_at", "loan_application_id", "project"}
    assert strip(shown, drop) == strip(never, drop)
    rows = {row["number"]: (row["before"], row["after"]) for row in undone.moved["schedule_rows"]}
    # The row of the recall is gone, those that it replaced stand again.
    assert (rows[13][0]["principal_vnd"], rows[13][1]) == (90 * MILLION, None)
    assert (rows[12][0]["is_replaced"], rows[12][1]["is_replaced"]) == (True, False)
    changed = Counter[str]()
    for line in undone.moved["postings"]:
        assert (line["kind"], line["booked_on"]) == ("correction", "2023-06-25")
        changed[line["account"]] += line["debit_vnd"] - line["credit_vnd"]
    assert changed["interest_income"] == paid.interest_vnd - as_if.interest_vnd
    assert changed["overdue_interest_income"] == paid.overdue_interest_vnd - as_if.overdue_interest_vnd
    assert changed["loan_principal"] == paid.principal_vnd - as_if.principal_vnd
    gone = await make.read("reschedulings", recall.id)
    assert (gone.state, gone.confirmation_state, gone.reversal_reason) == ("reversed", "confirmed", WHY["reason"])


async def test_a_recall_of_a_day_before_a_new_schedule_is_late_until_that_took_effect(
    funds: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    rescheduled = await extended(make, loan)
    recall = await recalled(make, loan, effective_on="2023-03-10", due_on="2023-03-15")
    recalled_on = await position(funds, loan, "2023-06-19")
    assert (recalled_on["days_overdue"], recalled_on["debt_group"]) == (96, 4)
    refused = await funds.post(f"{PATH}/reschedulings/{recall.id}/reversal", json=WHY)
    assert_problem(refused, 409, "undo_later_first", later_id=rescheduled.id)


def strip(document: Any, names: set[str]) -> Any:
    """Return a document without what differs between two loans of one life."""
    if isinstance(document, dict):
        return {name: strip(value, names) for name, value in document.items() if name not in names}
    return [strip(each, names) for each in document] if isinstance(document, list) else document


async def test_a_new_schedule_is_undone_and_neither_counts_nor_holds_any_more(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    before = await seen(funds, loan)
    rescheduled = await extended(make, loan)
    in_force = (await make.read("loans", loan.id)).in_force
    assert (in_force["rescheduling_id"], (await position(funds, loan, "2023-06-25"))["debt_group"]) == (
        rescheduled.id,
        2,
    )
    undone = await make.undone(f"reschedulings/{rescheduled.id}")
    assert undone.kind == "rescheduling"
    assert await seen(funds, loan) == before
    assert (await position(funds, loan, "2023-06-25"))["debt_group"] == 3
    again = await extended(make, loan)
    assert (await make.read("loans", loan.id)).reschedule_count == 1
    assert again.state == "approved"


async def test_a_settlement_is_undone_and_what_was_paid_back_with_it_is_held_again(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund(1_000 * MILLION)
    loan = await make.contract(fund)
    await make.money(f"loans/{loan.id}/disbursements", a_tranche(100 * MILLION))
    owed = await position(funds, loan, "2023-05-10")
    body = a_repayment(owed["total_owed_vnd"] + 7 * MILLION, paid_on="2023-05-10", excess="hold")
    await make.money(f"loans/{loan.id}/repayments", body)
    before = await seen(funds, loan)
    closing = {"settled_on": "2023-05-12", "minutes_number": "9/BB"}
    await make.money(f"loans/{loan.id}/settlement", closing)
    closed = await make.read("loans", loan.id)
    assert (closed.state, closed.held_vnd, closed.drawing_closed_on) == ("settled", 0, "2023-05-12")
    undone = await make.undone(f"loans/{loan.id}/settlement")
    assert (undone.kind, undone.reverses_id, undone.effective_on) == ("settlement", loan.id, "2023-05-12")
    lines = [(line["account"], line["debit_vnd"], line["credit_vnd"]) for line in undone.moved["postings"]]
    assert lines == [("repayments_held", 0, 7 * MILLION), ("cash", 7 * MILLION, 0)]
    # It may be paid out further again, as it was before.
    assert await seen(funds, loan) == before
    assert (await make.read("loans", loan.id)).state == "disbursing"
    # Settled and undone another time: that settlement's own booking is taken back, not the first one's.
    await make.money(f"loans/{loan.id}/settlement", {**closing, "settled_on": "2023-05-15"})
    again = await make.undone(f"loans/{loan.id}/settlement")
    assert {line["booked_on"] for line in again.moved["postings"]} == {"2023-05-15"}
    assert {line["corrects_id"] for line in again.moved["postings"]}.isdisjoint(
        line["corrects_id"] for line in undone.moved["postings"]
    )
    assert await seen(funds, loan) == before


async def test_a_settled_loan_whose_books_another_lender_keeps_runs_again(funds: ApiClient, make: Make) -> None:
    loan = await make.loan(channel="entrusted_out")
    await make.create(f"loans/{loan.id}/balance-statements", {"as_of": "2023-12-31", "outstanding_vnd": 0})
    before = (await make.read("loans", loan.id)).state, await position(funds, loan, "2024-12-31")
    await make.money(f"loans/{loan.id}/settlement", {"settled_on": "2024-01-10"})
    undone = await make.undone(f"loans/{loan.id}/settlement")
    assert undone.moved == {"repayments": [], "schedule_rows": [], "postings": []}
    assert ((await make.read("loans", loan.id)).state, await position(funds, loan, "2024-12-31")) == before


async def test_a_payment_that_bounces_after_the_settlement_takes_the_settlement_with_it_in_one_confirmation(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    before = await seen(funds, loan)
    paid = await settled(make, loan, held=3 * MILLION)
    closed = await seen(funds, loan)
    url = f"{PATH}/repayments/{paid.id}/reversal"
    answer = ok(await funds.post(url, json={"reason": "Séc bị trả lại"}, headers=keyed()), 201)
    assert (answer["reversed_at"], answer["moved"], answer["loan_state"]) == (None, [], "settled")
    waiting = ok(await funds.get(f"{REVERSALS}/{answer['pending_reversal_id']}"))
    assert (waiting["kind"], waiting["reverses_id"], waiting["amount_vnd"]) == ("repayment", paid.id, paid.amount_vnd)
    assert await seen(funds, loan) == closed
    done = ok(await approver.post(f"{REVERSALS}/{waiting['id']}/confirmation", json=CONFIRM), 201)
    assert await seen(funds, loan) == before
    by_kind = Counter(
        (line["kind"], line["booked_on"]) for line in done["moved"]["postings"] if line["account"] == "cash"
    )
    assert by_kind == {("reversal", "2023-05-10"): 2}
    assert (await make.read("repayments", paid.id)).reversal_reason == "Séc bị trả lại"
    loan_now = await make.read("loans", loan.id)
    assert (loan_now.state, loan_now.settlement, loan_now.settled_on) == ("active", None, None)
    history = ok(await funds.get(f"{LOANS}/{loan.id}/history"))["items"]
    assert [entry["action"] for entry in history][-3:] == ["settled", "reopened", "repayment_reversed"]


async def test_a_payment_that_a_new_schedule_was_computed_from_bounces_no_more_before_that_is_undone(
    funds: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    paid = await make.money(f"loans/{loan.id}/repayments", a_repayment())
    rescheduled = await extended(make, loan)
    await settled(make, loan, on="2023-09-01")
    refused = await funds.post(f"{PATH}/repayments/{paid.id}/reversal", json=WHY, headers=keyed())
    assert_problem(refused, 409, "undo_later_first", later_kind="rescheduling", later_id=rescheduled.id)
    assert (await make.read("loans", loan.id)).state == "settled"


async def test_a_payment_of_a_loan_that_still_runs_is_reversed_at_once_by_one_person(
    funds: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    paid = await make.money(f"loans/{loan.id}/repayments", a_repayment())
    answer = await make.money(f"repayments/{paid.id}/reversal", WHY)
    assert (answer.pending_reversal_id, answer.reversed_by) == (None, "builder")
    assert await every_item(funds, REVERSALS) == []


async def test_what_came_later_is_undone_first_and_the_refusal_names_it(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    first = await seen(funds, loan)
    reduction = await waived(make, loan)
    second = await seen(funds, loan)
    rescheduled = await extended(make, loan)
    third = await seen(funds, loan)
    recall = await recalled(make, loan, effective_on="2023-07-03", due_on="2023-08-01")
    fourth = await seen(funds, loan)
    await settled(make, loan, on="2023-09-01")
    paths = (f"interest-reductions/{reduction.id}", f"reschedulings/{rescheduled.id}", f"reschedulings/{recall.id}")
    for path in paths:
        refused = await funds.post(f"{PATH}/{path}/reversal", json=WHY)
        assert_problem(
            refused, 409, "undo_later_first", later_kind="settlement", later_id=loan.id, later_on="2023-09-01"
        )
    undone = await make.undone(f"loans/{loan.id}/settlement")
    (paid,) = ok(await funds.get(f"{PATH}/repayments?loan_id={loan.id}"))["items"]
    await make.money(f"repayments/{paid['id']}/reversal", WHY)
    assert await seen(funds, loan) == fourth
    for path in paths[:2]:
        refused = await funds.post(f"{PATH}/{path}/reversal", json=WHY)
        assert_problem(refused, 409, "undo_later_first", later_kind="early_recall", later_id=recall.id)
    await make.undone(paths[2])
    assert await seen(funds, loan) == third
    refused = await funds.post(f"{PATH}/{paths[0]}/reversal", json=WHY)
    assert_problem(refused, 409, "undo_later_first", later_kind="rescheduling", later_id=rescheduled.id)
    await make.undone(paths[1])
    assert await seen(funds, loan) == second
    await make.undone(paths[0])
    assert await seen(funds, loan) == first
    kinds = [item["kind"] for item in await every_item(funds, f"{REVERSALS}?loan_id={loan.id}&sort=id")]
    assert kinds == ["settlement", "early_recall", "rescheduling", "interest_reduction"]
    assert undone.kind == "settlement"


async def test_a_later_step_that_is_taken_while_a_reversal_waits_refuses_it(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    reduction = await waived(make, loan)
    waiting = await make.money(f"interest-reductions/{reduction.id}/reversal", WHY)
    rescheduled = await extended(make, loan)
    url = f"{REVERSALS}/{waiting.id}/confirmation"
    refused = await approver.post(url, json=CONFIRM)
    assert_problem(refused, 409, "undo_later_first", later_kind="rescheduling", later_id=rescheduled.id)
    assert (await make.read("reversals", waiting.id)).confirmation_state == "pending"
    await make.undone(f"reschedulings/{rescheduled.id}")
    ok(await approver.post(url, json=CONFIRM), 201)


async def test_nothing_is_undone_twice_nor_while_it_waits_nor_what_never_held(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    reduction = await waived(make, loan)
    url = f"{PATH}/interest-reductions/{reduction.id}/reversal"
    waiting = ok(await funds.post(url, json=WHY), 201)
    assert_problem(await funds.post(url, json=WHY), 409, "reversal_pending", reversal_id=waiting["id"])
    withdrawn = ok(await funds.post(f"{REVERSALS}/{waiting['id']}/withdrawal", json=WHY), 201)
    assert withdrawn["confirmation_state"] == "withdrawn"
    again = ok(await funds.post(url, json=WHY), 201)
    decide = f"{REVERSALS}/{again['id']}/confirmation"
    assert_problem(await funds.as_(scope="funds.approve").post(decide, json=CONFIRM), 403, "same_person")
    system = approver.as_(sub="system", client_id="system")
    assert_problem(await system.post(decide, json=CONFIRM), 403, "person_needed")
    ok(await approver.post(decide, json=CONFIRM), 201)
    assert_problem(await approver.post(decide, json=CONFIRM), 409, "not_pending", confirmation_state="confirmed")
    assert_problem(await funds.post(url, json=WHY), 409, "entry_reversed")
    # What waits, or was rejected, never held.
    body = {"kind": "waived", "effective_on": "2023-04-02", "interest_vnd": 1000, **DECIDED}
    pending = await make.money(f"loans/{loan.id}/interest-reductions", body)
    of_pending = f"{PATH}/interest-reductions/{pending.id}/reversal"
    assert_problem(await funds.post(of_pending, json=WHY), 409, "not_confirmed", confirmation_state="pending")
    ok(await approver.post(f"{PATH}/interest-reductions/{pending.id}/confirmation", json=REJECT), 201)
    assert_problem(await funds.post(of_pending, json=WHY), 409, "not_confirmed", confirmation_state="rejected")
    new_terms = {
        "kind": "extension",
        "effective_on": "2023-06-20",
        "request_reason": "x",
        "terms": terms(installments=18),
    }
    proposal = await make.create(f"loans/{loan.id}/reschedulings", new_terms)
    of_proposal = f"{PATH}/reschedulings/{proposal.id}/reversal"
    assert_problem(await funds.post(of_proposal, json=WHY), 409, "not_in_force", state="proposed")
    of_settlement = f"{LOANS}/{loan.id}/settlement/reversal"
    assert_problem(await funds.post(of_settlement, json=WHY), 409, "loan_state_forbids", action="reverse_settlement")
    stranger = funds.as_(area="40-2025")
    for path in (url, of_proposal, of_settlement, f"{REVERSALS}/{again['id']}/withdrawal"):
        assert_problem(await stranger.post(path, json=WHY), 404, "not_found")


async def test_a_counter_entry_stands_in_an_open_period_and_its_day_is_looked_at_again(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    paid = await settled(make, loan, on="2023-05-10", held=2 * MILLION)
    url = f"{LOANS}/{loan.id}/settlement/reversal"
    early = await funds.post(url, json={**WHY, "effective_on": "2023-05-09"})
    assert faults(early) == {("/effective_on", "end_before_start")}
    entered = ok(await funds.post(url, json=WHY), 201)
    assert entered["effective_on"] == "2023-05-10"
    body = {"fund_id": loan.fund_id, "closed_until": "2023-06-30"}
    ok(await approver.post(f"{PATH}/ledger-closures", json=body), 201)
    decide = f"{REVERSALS}/{entered['id']}/confirmation"
    refused = await approver.post(decide, json=CONFIRM)
    assert_problem(refused, 409, "period_closed", closed_until="2023-06-30", booked_on="2023-05-10")
    ok(await approver.post(decide, json=REJECT), 201)
    closed = await funds.post(url, json={**WHY, "effective_on": "2023-06-30"})
    assert_problem(closed, 409, "period_closed", closed_until="2023-06-30", booked_on="2023-06-30")
    before = await books(funds, loan.fund_id, "2023-06-30")
    undone = await make.undone(f"repayments/{paid.id}")
    assert undone.effective_on == "2023-07-01"
    assert {line["booked_on"] for line in undone.moved["postings"]} == {"2023-07-01"}
    assert await books(funds, loan.fund_id, "2023-06-30") == before
    assert (await books(funds, loan.fund_id))["loan_principal"] == 120 * MILLION


async def test_a_payment_bounces_on_the_first_open_day_where_the_books_are_closed_until_today(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    paid = await settled(make, loan)
    body = {"fund_id": loan.fund_id, "closed_until": today().isoformat()}
    ok(await approver.post(f"{PATH}/ledger-closures", json=body), 201)
    undone = await make.undone(f"repayments/{paid.id}")
    assert undone.effective_on == (today() + timedelta(days=1)).isoformat()
    assert (await make.read("loans", loan.id)).outstanding_vnd == 120 * MILLION


async def test_fifty_reversals_entered_at_once_are_one_and_of_fifty_decisions_one_is_taken(
    funds: ApiClient, make: Make, db: Database
) -> None:
    loan = await make.loan()
    before = await seen(funds, loan)
    paid = await settled(make, loan, held=MILLION)
    url = f"{PATH}/repayments/{paid.id}/reversal"
    entered = await asyncio.gather(*(funds.post(url, json=WHY, headers=keyed()) for _ in range(50)))
    codes = Counter(answer.status_code if answer.status_code == 201 else answer.json()["code"] for answer in entered)
    assert codes == {201: 1, "reversal_pending": 49}
    (waiting,) = await every_item(funds, REVERSALS)
    decide = f"{REVERSALS}/{waiting['id']}/confirmation"
    deciders = [funds.as_(scope="funds.approve", sub=f"approver-{number}") for number in range(50)]
    decided = await asyncio.gather(*(one.post(decide, json=CONFIRM) for one in deciders))
    assert Counter(answer.status_code for answer in decided) == {201: 1, 409: 49}
    assert await seen(funds, loan) == before
    entries = ok(await funds.get(f"{PATH}/ledger/entries?loan_id={loan.id}&kind=reversal&account=cash"))["items"]
    assert sorted(entry["debit_vnd"] - entry["credit_vnd"] for entry in entries) == [-paid.amount_vnd, MILLION]


async def test_two_reversals_that_each_were_possible_do_not_both_take_effect(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    """The settlement's own, and that of the payment which bounced: the second finds the loan open and reverses the payment."""
    loan = await make.loan()
    before = await seen(funds, loan)
    paid = await settled(make, loan)
    of_payment = ok(await funds.post(f"{PATH}/repayments/{paid.id}/reversal", json=WHY, headers=keyed()), 201)
    of_settlement = ok(await funds.post(f"{LOANS}/{loan.id}/settlement/reversal", json=WHY), 201)
    urls = [f"{REVERSALS}/{id_}/confirmation" for id_ in (of_payment["pending_reversal_id"], of_settlement["id"])]
    first, second = await asyncio.gather(*(approver.post(url, json=CONFIRM) for url in urls))
    ok(first, 201)
    if second.status_code != 201:
        assert_problem(second, 409, "loan_state_forbids", action="reverse_settlement")
    assert await seen(funds, loan) == before


async def test_what_is_to_be_undone_stands_in_the_inbox_and_the_feed_tells_of_it(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    loan = await make.loan()
    reduction = await waived(make, loan)
    entered = await make.money(f"interest-reductions/{reduction.id}/reversal", WHY)
    (item,) = await every_item(approver, f"{PATH}/approvals")
    assert (item["resource_type"], item["resource_id"], item["amount_vnd"]) == ("reversal", entered.id, INTEREST)
    assert item["title"] == f"{loan.contract_number} · {loan.borrower_name} · {WHY['reason']}"
    assert await every_item(approver.as_(sub="builder"), f"{PATH}/approvals") == []
    ok(await approver.post(item["decision_path"], json=CONFIRM), 201)
    history = ok(await funds.get(f"{item['path']}/history"))["items"]
    assert [(entry["action"], entry["recorded_by"]) for entry in history] == [
        ("created", "builder"),
        ("confirmed", "approver"),
        ("reversed", "approver"),
    ]
    assert [each["id"] for each in await every_item(funds, f"{LOANS}/{loan.id}/reversals")] == [entered.id]
    (one,) = await every_item(funds, f"{REVERSALS}?reverses_id={reduction.id}&confirmation_state=confirmed")
    assert one["id"] == entered.id
