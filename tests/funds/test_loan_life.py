"""A loan from its contract to its settlement: what is owed, what money pays, and what the ledger says of it."""

from __future__ import annotations

from typing import Any

from tests.funds.builders import APPLICATIONS, MILLION, PATH, Make, a_contract, a_repayment, a_tranche, keyed, terms
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"


async def position(client: ApiClient, loan: str, on: str) -> dict[str, Any]:
    return ok(await client.get(f"{LOANS}/{loan}/position?as_of={on}"))


async def balances(client: ApiClient, fund: str, on: str = "2030-12-31") -> dict[str, int]:
    trial_balance = ok(await client.get(f"{PATH}/ledger/trial-balance?fund_id={fund}&as_of={on}"))
    assert trial_balance["is_balanced"]
    return {line["account"]: line["debit_vnd"] - line["credit_vnd"] for line in trial_balance["items"]}


async def test_a_contract_takes_the_place_of_the_approval(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    application = await make.approved(fund, requested_amount_vnd=120 * MILLION)
    promised = ok(await funds.get(f"{PATH}/funds/{fund.id}/position"))
    loan = ok(await funds.post(LOANS, json=a_contract(application)), 201)
    assert (loan["state"], loan["principal_vnd"], loan["annual_rate_percent"]) == ("contracted", 120 * MILLION, "6.60")
    assert ok(await funds.get(f"{APPLICATIONS}/{application.id}"))["state"] == "contracted"
    contracted = ok(await funds.get(f"{PATH}/funds/{fund.id}/position"))
    for name in ("commitments_vnd", "free_balance_vnd", "lent_out_vnd"):
        assert contracted[name] == promised[name], name
    again = await funds.post(LOANS, json=a_contract(application))
    assert_problem(again, 409, "application_not_approved", state="contracted")


async def test_money_paid_out_and_back_leaves_a_settled_loan_and_a_ledger_of_its_interest(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    assert (loan.state, loan.outstanding_vnd, loan.starts_on) == ("active", 120 * MILLION, "2023-03-02")
    first = await position(funds, loan.id, "2023-04-02")
    # 31 days at 6.60 % a year on 120 million.
    interest = round(120 * MILLION * 31 * 66 / (1000 * 365))
    assert (first["due_principal_vnd"], first["due_interest_vnd"], first["state"]) == (10 * MILLION, interest, "active")
    paid = await make.money(f"loans/{loan.id}/repayments", a_repayment(10 * MILLION + interest))
    assert (paid.principal_vnd, paid.interest_vnd, paid.overdue_interest_vnd) == (10 * MILLION, interest, 0)
    assert paid.loan_outstanding_vnd == 110 * MILLION
    owed = (await position(funds, loan.id, "2023-05-15"))["total_owed_vnd"]
    last = await make.money(f"loans/{loan.id}/repayments", a_repayment(owed, paid_on="2023-05-15"))
    assert last.loan_outstanding_vnd == 0
    settled = await funds.post(
        f"{LOANS}/{loan.id}/settlement", json={"settled_on": "2023-05-15", "minutes_number": "7/BB"}, headers=keyed()
    )
    assert ok(settled, 201)["state"] == "settled"
    books = await balances(funds, fund.id)
    assert books["loan_principal"] == 0
    assert books["cash"] == 20_000 * MILLION + interest + owed - 110 * MILLION
    assert -books["interest_income"] - books.get("overdue_interest_income", 0) == interest + owed - 110 * MILLION
    statement = ok(await funds.get(f"{LOANS}/{loan.id}/statement"))
    assert (statement["paid_vnd"], statement["outstanding_vnd"]) == (10 * MILLION + interest + owed, 0)


async def test_a_late_loan_is_overdue_in_its_group_and_bears_the_overdue_rate(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    for day, group in (("2023-04-03", 1), ("2023-04-12", 2), ("2023-05-02", 3), ("2023-07-01", 4), ("2023-09-29", 5)):
        loan_position = await position(funds, loan.id, day)
        assert (loan_position["state"], loan_position["debt_group"]) == ("overdue", group), day
    loan_position = await position(funds, loan.id, "2023-05-01")
    assert loan_position["overdue_interest_vnd"] == round(10 * MILLION * 29 * 66 * 3 / (1000 * 365 * 2))
    listed = ok(await funds.get(f"{LOANS}?overdue_on=2023-04-03"))
    assert [one["id"] for one in listed["items"]] == [loan.id]
    assert ok(await funds.get(f"{LOANS}?overdue_on=2023-04-02"))["items"] == []


async def test_an_entry_of_an_earlier_day_splits_later_repayments_anew_and_its_reversal_puts_them_back(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    later = await make.money(f"loans/{loan.id}/repayments", a_repayment(20 * MILLION, paid_on="2023-06-10"))
    before = await position(funds, loan.id, "2023-08-31"), await balances(funds, fund.id)
    earlier = await make.money(f"loans/{loan.id}/repayments", a_repayment(15 * MILLION, paid_on="2023-04-20"))
    (moved,) = earlier.moved
    assert moved["repayment_id"] == later.id
    assert moved["before"]["overdue_interest_vnd"] > moved["after"]["overdue_interest_vnd"]
    assert sum(moved["before"].values()) == sum(moved["after"].values()) == 20 * MILLION
    shown = await make.read("repayments", later.id)
    assert shown.overdue_interest_vnd == moved["after"]["overdue_interest_vnd"]
    books = await balances(funds, fund.id)
    total = ok(await funds.get(f"{LOANS}/{loan.id}/statement"))
    assert books["loan_principal"] == total["outstanding_vnd"]
    assert -books["interest_income"] == total["interest_paid_vnd"]
    assert -books["overdue_interest_income"] == total["overdue_interest_paid_vnd"]
    undone = await make.money(f"repayments/{earlier.id}/reversal", {"reason": "Ghi nhầm khoản vay"})
    assert [one["repayment_id"] for one in undone.moved] == [later.id]
    assert (await position(funds, loan.id, "2023-08-31"), await balances(funds, fund.id)) == before
    again = await funds.post(f"{PATH}/repayments/{earlier.id}/reversal", json={"reason": "x"}, headers=keyed())
    assert_problem(again, 409, "entry_reversed")


async def test_more_than_is_owed_is_refused_with_the_numbers_or_held(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    owed = (await position(funds, loan.id, "2023-04-10"))["total_owed_vnd"]
    body = a_repayment(owed + 7, paid_on="2023-04-10")
    answer = await funds.post(f"{LOANS}/{loan.id}/repayments", json=body, headers=keyed())
    assert_problem(answer, 409, "above_owed", owed_vnd=owed, asked_vnd=owed + 7, over_vnd=7)
    repayment = await make.money(f"loans/{loan.id}/repayments", {**body, "excess": "hold"})
    assert (repayment.held_vnd, repayment.loan_outstanding_vnd) == (7, 0)
    done = ok(
        await funds.post(f"{LOANS}/{loan.id}/settlement", json={"settled_on": "2023-04-10"}, headers=keyed()), 201
    )
    assert (done["settlement"]["held_refunded_vnd"], done["held_vnd"]) == (7, 0)
    late = await funds.post(f"{LOANS}/{loan.id}/repayments", json=a_repayment(1), headers=keyed())
    assert_problem(late, 409, "loan_state_forbids", state="settled")


async def test_tranches_keep_to_the_contract_the_fund_and_the_bad_debt_check(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund(100 * MILLION)
    loan = await make.contract(fund, 15 * MILLION)
    url = f"{LOANS}/{loan.id}/disbursements"
    unchecked = await funds.post(url, json=a_tranche(MILLION, bad_debt_check=None), headers=keyed())
    assert_problem(unchecked, 409, "bad_debt_check_needed", valid_days=30)
    stale = {"checked_on": "2023-01-30", "result": "clean"}
    assert_problem(
        await funds.post(url, json=a_tranche(MILLION, bad_debt_check=stale), headers=keyed()),
        409,
        "bad_debt_check_needed",
    )
    above = await funds.post(url, json=a_tranche(16 * MILLION), headers=keyed())
    assert_problem(above, 409, "above_contract", over_vnd=MILLION)
    assert_problem(await funds.post(url, json=a_tranche(MILLION)), 400, "idempotency_key_missing")
    first = await make.money(f"loans/{loan.id}/disbursements", a_tranche(10 * MILLION))
    assert (first.loan_state, first.undrawn_vnd) == ("disbursing", 5 * MILLION)
    # Money leaves the fund: what is left of it cannot pay the second tranche.
    await make.movement(fund, amount_vnd=86 * MILLION, direction="out", moved_on="2023-03-03")
    short = await funds.post(url, json=a_tranche(5 * MILLION, disbursed_on="2023-03-05"), headers=keyed())
    assert_problem(short, 409, "free_balance_short", free_vnd=4 * MILLION, over_vnd=MILLION)
    closed = await funds.post(f"{LOANS}/{loan.id}/drawing-closure", json={"closed_on": "2023-03-06"})
    assert ok(closed, 201)["state"] == "active"


async def test_a_new_schedule_needs_another_person_and_counts(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    body = {
        "kind": "extension",
        "effective_on": "2023-06-20",
        "request_reason": "Mất mùa",
        "terms": terms(installments=18),
    }
    proposal = ok(await funds.post(f"{LOANS}/{loan.id}/reschedulings", json=body), 201)
    assert (proposal["state"], len(proposal["dues"])) == ("proposed", 18)
    decision = {"decision_number": "3/QĐ", "decided_on": "2023-06-21"}
    url = f"{PATH}/reschedulings/{proposal['id']}/approval"
    same = await funds.as_(scope="funds.approve", sub="fund-officer").post(url, json=decision)
    assert_problem(same, 403, "same_person")
    assert (await position(funds, loan.id, "2023-06-25"))["debt_group"] == 3
    approver = funds.as_(scope="funds.approve", sub="approver")
    decided = ok(await approver.post(url, json=decision), 201)
    assert decided["state"] == "approved"
    after = await position(funds, loan.id, "2023-06-25")
    assert (after["state"], after["debt_group"], after["reschedule_count"]) == ("active", 2, 1)
    assert after["outstanding_vnd"] == 120 * MILLION
    # Before it took effect the loan was what it was.
    assert (await position(funds, loan.id, "2023-06-19"))["debt_group"] == 3
    assert_problem(await approver.post(url, json=decision), 409, "already_decided", state="approved")
    shorter = {**body, "effective_on": "2023-07-01", "kind": "installment_adjustment", "terms": terms(installments=60)}
    assert_problem(await funds.post(f"{LOANS}/{loan.id}/reschedulings", json=shorter), 409, "beyond_the_term")


async def test_a_recalled_loan_falls_due_on_one_day(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    body = {
        "effective_on": "2023-03-20",
        "due_on": "2023-04-20",
        "decision_number": "4/QĐ",
        "decided_on": "2023-03-20",
        "reason": "Sử dụng vốn sai mục đích",
    }
    await make.entered_and_confirmed("early-recall", loan, body)
    due = await position(funds, loan.id, "2023-04-20")
    # 31 days until the first installment, and 18 on what was not due with it.
    interest = round(120 * MILLION * 31 * 66 / (1000 * 365)) + round(110 * MILLION * 18 * 66 / (1000 * 365))
    assert (due["due_principal_vnd"], due["due_interest_vnd"]) == (120 * MILLION, interest)
    late = await position(funds, loan.id, "2023-05-21")
    assert (late["days_overdue"], late["debt_group"], late["reschedule_count"]) == (49, 3, 0)


async def test_a_recall_puts_nothing_off(funds: ApiClient, make: Make) -> None:
    loan = await make.loan(terms=terms(method="flat", installments=3))
    url = f"{LOANS}/{loan.id}/early-recall"
    body = {"decision_number": "4/QĐ", "decided_on": "2023-03-20", "reason": "Sử dụng vốn sai mục đích"}
    late = {**body, "effective_on": "2023-03-20", "due_on": "2023-06-03"}
    told = {"last_due_on": "2023-06-03", "term_ends_on": "2023-06-02"}
    assert_problem(await funds.post(url, json=late), 409, "beyond_the_term", **told)
    # After the term all is due, and a recall would only let flat interest run on.
    over = {**body, "effective_on": "2023-07-01", "due_on": "2023-07-31"}
    assert_problem(await funds.post(url, json=over), 409, "beyond_the_term", term_ends_on="2023-06-02")
    before = await position(funds, loan.id, "2023-08-31")
    assert (before["debt_group"], before["due_principal_vnd"]) == (4, 120 * MILLION)
    assert ok(await funds.get(f"{LOANS}/{loan.id}/reschedulings"))["items"] == []
    await make.entered_and_confirmed("early-recall", loan, {**late, "due_on": "2023-06-02"})


async def test_interest_given_up_is_owed_no_more_and_tells_in_the_group(funds: ApiClient, make: Make) -> None:
    loan = await make.loan()
    owed = await position(funds, loan.id, "2023-04-02")
    body = {
        "kind": "waived",
        "effective_on": "2023-04-02",
        "interest_vnd": owed["due_interest_vnd"] + 1,
        "decision_number": "5/QĐ",
        "decided_on": "2023-04-02",
    }
    url = f"{LOANS}/{loan.id}/interest-reductions"
    too_much = await funds.post(url, json=body, headers=keyed())
    assert_problem(too_much, 409, "more_than_interest_owed", interest_vnd=owed["due_interest_vnd"])
    reduction = await make.entered_and_confirmed(
        "interest-reductions", loan, {**body, "interest_vnd": owed["due_interest_vnd"]}
    )
    after = await position(funds, loan.id, "2023-04-02")
    assert (after["due_interest_vnd"], after["debt_group"]) == (0, 3)
    await make.undone(f"interest-reductions/{reduction['id']}")
    assert await position(funds, loan.id, "2023-04-02") == owed


async def test_a_loan_given_up_leaves_the_balance_and_money_may_still_come(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    url = f"{LOANS}/{loan.id}/write-offs"
    handled = await make.written_off(loan)
    assert handled["amount_vnd"] == 120 * MILLION
    shown = await make.read("loans", loan.id)
    assert (shown.state, shown.outstanding_vnd, shown.written_off_vnd) == ("risk_handled", 0, 120 * MILLION)
    decision = {"decision_number": "8/QĐ", "decided_on": "2024-10-01"}
    early = {**decision, "kind": "derecognized", "effective_on": "2024-10-01"}
    assert_problem(
        await funds.post(url, json=early, headers=keyed()), 409, "too_early_to_derecognize", earliest_on="2028-10-01"
    )
    await make.recovered(loan, 30 * MILLION)
    position = ok(await funds.get(f"{PATH}/funds/{fund.id}/position"))
    assert (position["lent_out_vnd"], position["losses_vnd"]) == (0, 90 * MILLION)
    assert position["free_balance_vnd"] == 20_000 * MILLION - 90 * MILLION
    books = await balances(funds, fund.id)
    assert (books["loan_losses"], books["recovered_income"], books["loan_principal"]) == (
        120 * MILLION,
        -30 * MILLION,
        0,
    )


async def test_a_closed_period_takes_no_entry_and_a_correction_goes_into_the_open_one(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await make.loan(fund)
    paid = await make.money(f"loans/{loan.id}/repayments", a_repayment(20 * MILLION))
    approver = funds.as_(scope="funds.approve", sub="approver")
    ok(await approver.post(f"{PATH}/ledger-closures", json={"fund_id": fund.id, "closed_until": "2023-06-30"}), 201)
    late = await funds.post(f"{LOANS}/{loan.id}/repayments", json=a_repayment(paid_on="2023-06-30"), headers=keyed())
    assert_problem(late, 409, "period_closed", closed_until="2023-06-30", booked_on="2023-06-30")
    before = await balances(funds, fund.id, "2023-06-30")
    await make.money(f"repayments/{paid.id}/reversal", {"reason": "Séc bị trả lại"})
    assert await balances(funds, fund.id, "2023-06-30") == before
    assert (await balances(funds, fund.id, "2023-07-01"))["loan_principal"] == 120 * MILLION
    entries = ok(await funds.get(f"{PATH}/ledger/entries?source_id={paid.id}&kind=reversal"))["items"]
    original = ok(await funds.get(f"{PATH}/ledger/entries?source_id={paid.id}&kind=repayment"))["items"]
    assert {entry["corrects_id"] for entry in entries} == {original[0]["transaction_id"]}
    assert {entry["booked_on"] for entry in entries} == {"2023-07-01"}


async def test_a_tranche_that_was_paid_back_with_interest_is_not_reversed_and_no_amount_told_is_negative(
    funds: ApiClient, make: Make
) -> None:
    loan = await make.contract()
    first = await make.money(f"loans/{loan.id}/disbursements", a_tranche(60 * MILLION))
    second = await make.money(f"loans/{loan.id}/disbursements", a_tranche(60 * MILLION, disbursed_on="2023-03-03"))
    owed = (await position(funds, loan.id, "2023-06-30"))["total_owed_vnd"]
    await make.money(f"loans/{loan.id}/repayments", a_repayment(owed, paid_on="2023-06-30"))
    answer = await funds.post(f"{PATH}/disbursements/{second.id}/reversal", json={"reason": "Nhầm"}, headers=keyed())
    problem = assert_problem(answer, 409, "above_owed", asked_vnd=owed)
    # The tranche and the interest that it earned would be too much.
    assert problem["over_vnd"] > 60 * MILLION
    assert problem["owed_vnd"] == owed - problem["over_vnd"] > 0
    assert "-" not in problem["detail"].replace("excess=hold", "")
    assert first.loan_outstanding_vnd == 60 * MILLION
