"""A loan replayed from its entries: agreed installments paid on time, and every way of not doing so."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.funds.engine.days import Interval
from services.funds.engine.schedule import schedule
from services.funds.engine.terms import METHODS, Terms
from services.funds.servicing.replay.replay import replay, replay_over
from services.funds.servicing.replay.state import Contract, Due, Entry, Exact, Installment, Split, State, dues_of
from tests.funds.loans import lives
from tests.funds.loans.lives import basis_of, contract_of

START = date(2023, 1, 31)


def a_loan(**fields: Any) -> tuple[Terms, Contract, Entry]:
    usual: dict[str, Any] = {
        "principal_vnd": 120_000_000,
        "annual_rate_percent": Decimal("7.3"),
        "installments": 12,
        "disbursed_on": START,
    }
    terms = Terms(**{**usual, **fields})
    return terms, contract_of(terms), Entry("out", "disbursement", START, terms.principal_vnd)


def paid(on: date, amount: int, id_: str | None = None) -> Entry:
    return Entry(id_ or f"in-{on}-{amount}", "repayment", on, amount)


METHODS_PAID = tuple(method for method in METHODS if method != "custom")


@settings(max_examples=150, deadline=None)
@given(start=st.dates(date(2023, 1, 1), date(2024, 12, 31)), data=st.data())
def test_installments_paid_on_their_days_are_exactly_those_of_the_schedule(start: date, data: st.DataObject) -> None:
    terms = data.draw(lives.terms(start, rows=40))
    if terms.method == "flat":
        # Rounding may leave last rows without principal: once all is repaid, the ledger asks for no interest there.
        terms = replace(terms, round_installment_to_vnd=None)
    agreed = schedule(terms)
    out = Entry("out", "disbursement", start, terms.principal_vnd)
    of_days: dict[date, int] = defaultdict(int)
    for row in agreed:
        of_days[row.due_on] += row.total_vnd
    entries = [out, *(paid(day, amount) for day, amount in of_days.items() if amount)]
    state = replay(contract_of(terms), entries, agreed[-1].due_on)
    shown = [(row.due_on, row.principal_vnd, row.interest_vnd) for row in state.installments]
    assert shown == [(row.due_on, row.principal_vnd, row.interest_vnd) for row in agreed]
    assert (state.total_owed_vnd, state.held_vnd, state.penalty.rounded()) == (0, 0, 0)
    assert all(row.closed_on == row.due_on for row in state.installments)
    # As agreed it stands there also where nobody has paid.
    unpaid = replay_over(contract_of(terms), [out]).installments
    assert [(row.due_on, row.principal_vnd, row.interest_vnd) for row in unpaid] == shown


def test_two_rows_that_holidays_move_to_one_day_each_ask_for_their_nominal_interest() -> None:
    # The fourth and the fifth row would fall due within Tết 2024 (8 to 14 February).
    terms, contract, _ = a_loan(
        disbursed_on=date(2024, 1, 30),
        interval=Interval(3, "days"),
        holiday_rule="next_working_day",
        day_count="none",
        method="bullet",
    )
    rows = schedule(terms)
    assert [row.days for row in rows].count(0) >= 2
    state = replay_over(contract, [Entry("out", "disbursement", terms.disbursed_on, terms.principal_vnd)])
    # 120 million at 7.3 % for three days of 365: 72,000.
    assert {row.interest_vnd for row in state.installments} == {row.interest_vnd for row in rows} == {72_000}


def test_flat_interest_stays_on_the_first_principal_in_arrears() -> None:
    terms, contract, out = a_loan(method="flat")
    first = schedule(terms)[0]
    state = replay(contract, [out], first.due_on + timedelta(days=15))
    # 24,000 đồng a day on 120 million; the 10 million that are late bear 3,000 a day besides.
    assert (state.interest_accrued_vnd, state.overdue_interest_owed_vnd) == (360_000, 45_000)
    paid_on_time = replay(contract, [out, paid(first.due_on, first.total_vnd)], first.due_on + timedelta(days=15))
    assert paid_on_time.interest_accrued_vnd == 360_000


def test_flat_interest_ends_when_all_is_repaid() -> None:
    _, contract, out = a_loan(method="flat")
    on = START + timedelta(days=10)
    owed = replay(contract, [out], on).total_owed_vnd
    assert owed == 120_000_000 + 240_000
    assert replay(contract, [out, paid(on, owed)], on + timedelta(days=300)).total_owed_vnd == 0


def test_interest_that_is_overdue_bears_its_own_rate_also_when_the_principal_is_repaid() -> None:
    terms = Terms(120_000_000, Decimal("7.3"), 1, START, method="bullet", interval=Interval(100, "days"))
    contract = contract_of(
        terms, overdue_interest_rate_percent=Decimal(10), order=("fee", "principal", "interest", "penalty")
    )
    out, due = Entry("out", "disbursement", START, 120_000_000), START + timedelta(days=100)
    # 2.4 million of interest fell due; at 10 % it bears 240,000 a year.
    state = replay(contract, [out, paid(due, 120_000_000)], due + timedelta(days=73))
    assert (state.outstanding_vnd, state.interest_owed_vnd) == (0, 2_400_000)
    assert state.overdue_interest_owed_vnd == 48_000


def test_after_a_new_schedule_interest_is_counted_by_its_own_terms() -> None:
    _, contract, out = a_loan(method="flat", day_count="actual_360")
    on = START + timedelta(days=10)
    half = paid(on, 60_000_000 + replay(contract, [out], on).interest_accrued_vnd)
    new = Terms(60_000_000, Decimal("7.3"), 6, on)
    anew = Entry(
        "r", "rescheduling", on + timedelta(days=1), dues=dues_of(schedule(new), after=12), basis=basis_of(new)
    )
    # On the balance and by 365 days from then on: 12,000 đồng a day; what was earned before stays.
    before = replay(contract, [out, half, anew], on + timedelta(days=1)).interest_accrued_vnd
    assert replay(contract, [out, half, anew], on + timedelta(days=11)).interest_accrued_vnd == before + 120_000


def test_the_days_to_a_recalls_due_date_are_their_part_of_a_nominal_month() -> None:
    _, contract, out = a_loan(day_count="none", method="bullet")
    on = START + timedelta(days=28)
    due = Due(13, on + timedelta(days=5), 120_000_000)
    state = replay_over(contract, [out, Entry("r", "recall", on + timedelta(days=0), dues=(due,))])
    # A twelfth of the year until the end of February, then five days of the thirty-one of another.
    assert [row.interest_vnd for row in state.installments if row.interest_vnd] == [730_000, 117_742]


def test_a_loan_handled_by_provisions_owes_nothing_more() -> None:
    terms, contract, out = a_loan()
    on = schedule(terms)[2].due_on + timedelta(days=10)
    owed = replay(contract, [out], on)
    assert owed.overdue_interest_owed_vnd > 0
    write_off = Entry("w", "write_off", on, owed.outstanding_vnd)
    assert replay(contract, [out, write_off], on + timedelta(days=100)).total_owed_vnd == 0


def test_a_late_installment_bears_the_overdue_rate_on_its_principal_from_its_due_date() -> None:
    terms, contract, out = a_loan()
    first = schedule(terms)[0]
    late = first.due_on + timedelta(days=20)
    state = replay(contract, [out], late)
    assert (state.days_overdue, state.overdue_since) == (20, first.due_on)
    assert state.overdue_interest_owed_vnd == round(10_000_000 * Fraction("7.3") / 100 * Fraction(3, 2) * 20 / 365)
    # What is not overdue goes on at the agreed rate.
    assert state.interest_accrued_vnd == round(110_000_000 * Fraction("7.3") / 100 * 20 / 365)
    on_the_day = replay(contract, [out], first.due_on)
    assert (on_the_day.days_overdue, on_the_day.principal_due_vnd) == (0, 10_000_000)


def test_money_goes_to_overdue_interest_then_interest_then_the_oldest_principal() -> None:
    terms, contract, out = a_loan()
    first = schedule(terms)[0]
    late = first.due_on + timedelta(days=20)
    owed = replay(contract, [out], late)
    penalty, interest = owed.overdue_interest_owed_vnd, owed.interest_owed_vnd
    state = replay(contract, [out, paid(late, penalty + interest + 4_000_000, "x")], late)
    assert state.splits["x"] == Split(penalty, interest, 4_000_000, 0)
    assert state.principal_due_vnd == 6_000_000


def test_an_early_payment_takes_the_interest_of_the_days_so_far_and_the_next_principal() -> None:
    terms, contract, out = a_loan()
    early = START + timedelta(days=10)
    accrued = replay(contract, [out], early).interest_accrued_vnd
    assert accrued == round(120_000_000 * Fraction("7.3") / 100 * 10 / 365)
    state = replay(contract, [out, paid(early, accrued + 10_000_000, "x")], early)
    assert state.splits["x"] == Split(0, accrued, 10_000_000, 0)
    # At the due date only the interest of the days since is asked for.
    due = replay(contract, [out, paid(early, accrued + 10_000_000)], schedule(terms)[0].due_on)
    assert due.principal_due_vnd == 0
    assert 0 < due.interest_owed_vnd < schedule(terms)[0].interest_vnd


def test_interest_paid_early_twice_is_taken_off_what_falls_due_twice() -> None:
    terms, contract, out = a_loan()
    first = schedule(terms)[0]
    early = [paid(START + timedelta(days=n), 1_000) for n in (10, 11)]
    state = replay(contract, [out, *early], first.due_on)
    assert state.interest_owed_vnd == first.interest_vnd - 2_000
    assert state.installments[0].interest_paid_vnd == state.interest_paid_vnd == 2_000


def test_a_recall_asks_for_the_interest_earned_less_what_was_paid_of_it_before() -> None:
    _, contract, out = a_loan()
    on, due = START + timedelta(days=10), START + timedelta(days=15)
    recall = Entry("r", "recall", on, dues=(Due(13, due, 120_000_000),))
    state = replay(contract, [out, paid(START + timedelta(days=5), 20_000), recall], due)
    # 24,000 đồng a day for fifteen days.
    assert state.interest_owed_vnd == 360_000 - 20_000
    last = state.installments[-1]
    assert (last.number, last.opened_on, last.starts_on, last.due_on) == (13, on, on, due)
    assert [row.replaced for row in state.installments] == [True] * 12 + [False]


def test_a_new_schedule_asks_for_the_interest_earned_less_what_was_paid_of_it_before() -> None:
    _, contract, out = a_loan()
    on = START + timedelta(days=10)
    new = Terms(120_000_000, Decimal("7.3"), 1, on, interval=Interval(30, "days"))
    anew = Entry("r", "rescheduling", on, dues=dues_of(schedule(new), after=12))
    state = replay(contract, [out, paid(START + timedelta(days=5), 20_000), anew], on + timedelta(days=30))
    # 24,000 đồng a day for forty days.
    assert state.interest_owed_vnd == 960_000 - 20_000


def test_principal_paid_early_goes_to_the_next_installments_and_the_last_takes_what_the_others_leave() -> None:
    _, contract, _ = a_loan(installments=3)
    # Ten million more than was agreed on was paid out.
    out = Entry("out", "disbursement", START, 130_000_000)
    first, second = paid(START, 45_000_000), paid(START, 40_000_000, "second")
    last = paid(START, 45_000_000, "third")
    paid_so_far = [
        [row.principal_paid_vnd for row in replay(contract, [out, *payments], START).installments]
        for payments in ([first], [first, second], [first, second, last])
    ]
    assert paid_so_far == [
        [40_000_000, 5_000_000, 0],
        [40_000_000, 40_000_000, 5_000_000],
        [40_000_000, 40_000_000, 50_000_000],
    ]
    assert replay(contract, [out, first, second, last], START).total_owed_vnd == 0


def test_more_than_is_owed_is_told_apart() -> None:
    _, contract, out = a_loan()
    owed = replay(contract, [out], START + timedelta(days=40)).total_owed_vnd
    state = replay(contract, [out, paid(START + timedelta(days=40), owed + 7, "x")], START + timedelta(days=40))
    assert (state.excess_vnd, state.outstanding_vnd, state.total_owed_vnd) == ({"x": 7}, 0, 0)


def test_all_that_was_paid_beyond_a_loan_is_held_for_the_borrower() -> None:
    _, contract, out = a_loan()
    day = START + timedelta(days=40)
    owed = replay(contract, [out], day).total_owed_vnd
    twice = [paid(day, owed + 7, "x"), paid(day + timedelta(days=1), 5, "y")]
    state = replay(contract, [out, *twice], day + timedelta(days=1))
    assert (state.excess_vnd, state.held_vnd) == ({"x": 7, "y": 5}, 12)


def test_a_rescheduling_ends_the_arrears_and_asks_for_their_interest_with_the_first_new_installment() -> None:
    terms, contract, out = a_loan()
    rows = schedule(terms)
    on = rows[2].due_on + timedelta(days=40)
    before = replay(contract, [out], on)
    assert before.days_overdue == (on - rows[0].due_on).days
    new = Terms(before.outstanding_vnd, terms.annual_rate_percent, 6, on)
    after_entries = [out, Entry("r", "rescheduling", on, dues=dues_of(schedule(new), after=12))]
    after = replay(contract, after_entries, on)
    assert (after.days_overdue, after.reschedulings, after.principal_due_vnd) == (0, 1, 0)
    assert after.total_owed_vnd == before.total_owed_vnd
    first = replay(contract, after_entries, schedule(new)[0].due_on)
    assert (
        first.interest_owed_vnd
        == before.interest_owed_vnd + before.interest_accrued_vnd + schedule(new)[0].interest_vnd
    )


@settings(max_examples=150, deadline=None)
@given(
    payments=st.lists(st.tuples(st.integers(0, 500), st.integers(1, 40_000_000)), max_size=12),
    method=st.sampled_from(METHODS_PAID),
    seed=st.integers(0, 1000),
    until=st.integers(0, 600),
)
def test_no_part_is_negative_nothing_is_lost_and_the_order_of_entry_changes_nothing(
    payments: list[tuple[int, int]], method: str, seed: int, until: int
) -> None:
    _, contract, out = a_loan(method=method)
    entries = [out, *(paid(START + timedelta(days=d), amount, f"p{i}") for i, (d, amount) in enumerate(payments))]
    day = START + timedelta(days=until)
    state = replay(contract, entries, day)
    shuffled = list(entries)
    random.Random(seed).shuffle(shuffled)
    assert _money(replay(contract, shuffled, day)) == _money(state)
    for id_, split in state.splits.items():
        assert min(split) >= 0
        assert sum(split) == next(entry.amount_vnd for entry in entries if entry.id == id_)
    assert state.outstanding_vnd == 120_000_000 - state.principal_paid_vnd >= 0
    assert state.outstanding_vnd == state.principal_due_vnd + sum(
        row.agreed_principal_vnd - row.principal_paid_vnd for row in state.installments if not row.is_due
    )
    assert min(state.overdue_interest_owed_vnd, state.interest_accrued_vnd, state.interest_owed_vnd) >= 0


def _money(state: State) -> tuple[object, ...]:
    return (
        state.outstanding_vnd,
        state.interest_owed_vnd,
        state.interest_accrued_vnd,
        state.overdue_interest_owed_vnd,
        state.held_vnd,
        state.overdue_since,
        state.principal_due_vnd,
    )


def test_two_payments_of_one_day_leave_what_one_of_their_sum_leaves() -> None:
    _, contract, out = a_loan()
    day = START + timedelta(days=75)
    together = replay(contract, [out, paid(day, 15_000_000)], day + timedelta(days=100))
    apart = replay(contract, [out, paid(day, 4_000_000, "a"), paid(day, 11_000_000, "b")], day + timedelta(days=100))
    assert _money(apart) == _money(together)


def test_what_is_stored_is_every_installment_to_the_end() -> None:
    terms, contract, out = a_loan()
    first = schedule(terms)[0]
    state = replay_over(contract, [out, paid(first.due_on, first.total_vnd)])
    assert [row.closed_on for row in state.installments] == [first.due_on, *[None] * 11]
    assert sum(row.principal_vnd for row in state.installments) == 120_000_000


def test_tranches_earn_from_their_own_days_and_the_last_installment_takes_what_is_left() -> None:
    _, contract, _ = a_loan(method="bullet", installments=3)
    second = START + timedelta(days=14)
    entries = [Entry("a", "disbursement", START, 70_000_000), Entry("b", "disbursement", second, 30_000_000)]
    state = replay_over(contract, entries)
    first = state.installments[0]
    days = (first.due_on - START).days
    exact = Fraction("7.3") / 100 / 365 * (70_000_000 * days + 30_000_000 * (days - 14))
    assert first.interest_vnd == round(exact)
    assert [row.principal_vnd for row in state.installments] == [0, 0, 100_000_000]


@pytest.mark.parametrize("since", [10, 45, 120])
def test_a_loan_that_ran_before_opens_with_its_arrears(since: int) -> None:
    on = date(2024, 3, 1)
    terms = Terms(50_000_000, Decimal(6), 5, on)
    overdue_since = on - timedelta(days=since)
    opening = Entry(
        "o",
        "opening",
        on,
        50_000_000,
        interest_vnd=900_000,
        overdue_interest_vnd=100_000,
        overdue_principal_vnd=5_000_000,
        overdue_since=overdue_since,
    )
    rest = Terms(45_000_000, Decimal(6), 5, on)
    state = replay(Contract(on, terms.annual_rate_percent, dues_of(schedule(rest))), [opening], on + timedelta(days=5))
    assert (state.days_overdue, state.principal_due_vnd, state.interest_owed_vnd) == (since + 5, 5_000_000, 900_000)
    assert state.overdue_interest_owed_vnd == 100_000 + round(Fraction(5_000_000 * 9 * 5, 36_500))


def test_a_loan_that_ran_before_opens_with_one_overdue_installment_numbered_nought() -> None:
    on, since = date(2024, 3, 1), date(2024, 1, 15)
    dues = dues_of(schedule(Terms(45_000_000, Decimal(6), 3, on)))
    opening = Entry(
        "o", "opening", on, 50_000_000, interest_vnd=900_000, overdue_principal_vnd=5_000_000, overdue_since=since
    )
    state = replay(Contract(on, Decimal(6), dues), [opening], on)
    assert state.installments[0] == Installment(
        number=0,
        opened_on=on,
        starts_on=since,
        due_on=since,
        agreed_principal_vnd=5_000_000,
        principal_vnd=5_000_000,
        interest_vnd=900_000,
        is_due=True,
    )
    assert [row.number for row in state.installments] == [0, 1, 2, 3]
    assert (state.disbursed_vnd, state.outstanding_vnd) == (50_000_000, 50_000_000)


def test_flat_interest_of_a_loan_that_ran_before_is_on_what_was_not_overdue() -> None:
    on, since = date(2024, 3, 1), date(2024, 2, 1)
    terms = Terms(36_500_000, Decimal(10), 2, on, method="flat", interval=Interval(30, "days"))
    opening = Entry("o", "opening", on, 40_000_000, overdue_principal_vnd=3_500_000, overdue_since=since)
    state = replay_over(contract_of(terms), [opening])
    # 10,000 đồng a day on 36.5 million, for thirty days each.
    assert [(row.principal_vnd, row.interest_vnd) for row in state.installments] == [
        (3_500_000, 0),
        (18_250_000, 300_000),
        (18_250_000, 300_000),
    ]
    assert [row.is_due for row in state.installments] == [True, True, True]


def test_with_the_last_due_of_a_recall_falls_due_all_that_is_outstanding() -> None:
    _, contract, out = a_loan()
    on = START + timedelta(days=10)
    due = Due(13, on + timedelta(days=5), 90_000_000)
    # Recalled when 30 million had come in before, which was then reversed.
    state = replay_over(contract, [out, Entry("r", "recall", on, dues=(due,))])
    assert state.principal_due_vnd == state.outstanding_vnd == 120_000_000


def test_interest_earned_before_an_opening_falls_due_with_the_first_installment() -> None:
    on = date(2024, 3, 1)
    terms = Terms(36_500_000, Decimal(10), 2, on, method="bullet", interval=Interval(30, "days"))
    opening = Entry("o", "opening", on, 36_500_000, interest_vnd=70_000)
    state = replay(contract_of(terms), [opening], on + timedelta(days=30))
    # 10,000 đồng a day on 36.5 million.
    assert (state.interest_owed_vnd, state.overdue_since) == (370_000, None)


def test_a_new_schedule_goes_on_counting_and_what_it_replaces_keeps_what_was_paid_on_it() -> None:
    terms, contract, out = a_loan(installments=3)
    first, *_ = schedule(terms)
    on = first.due_on + timedelta(days=10)
    waived = Entry("v", "interest_reduction", first.due_on, interest_vnd=50_000)
    part = paid(first.due_on, 100_000)
    new = Terms(120_000_000, Decimal("7.3"), 2, on)
    anew = Entry("r", "rescheduling", on, dues=dues_of(schedule(new), after=3))
    rows = replay_over(contract, [out, waived, part, anew]).installments
    assert [(row.number, row.opened_on, row.replaced) for row in rows] == [
        (1, START, True),
        (2, START, True),
        (3, START, True),
        (4, on, False),
        (5, on, False),
    ]
    assert all(row.is_due for row in rows)
    assert [(row.principal_vnd, row.interest_vnd, row.closed_on) for row in rows[:3]] == [
        (0, 150_000, on),
        (0, 0, on),
        (0, 0, on),
    ]
    assert (rows[0].interest_paid_vnd, rows[0].interest_waived_vnd) == (100_000, 50_000)


def test_each_new_schedule_is_counted() -> None:
    _, contract, out = a_loan()
    days = [START + timedelta(days=n) for n in (50, 90)]
    entries = [
        Entry(f"r{on}", "rescheduling", on, dues=dues_of(schedule(Terms(120_000_000, Decimal(6), 6, on))))
        for on in days
    ]
    assert replay(contract, [out, *entries], days[-1]).reschedulings == 2


def test_what_is_stored_is_as_of_the_day_after_the_last_thing_that_happens() -> None:
    terms, contract, out = a_loan()
    last = schedule(terms)[-1].due_on
    assert replay_over(contract, [out]).on == last + timedelta(days=1)
    late = last + timedelta(days=30)
    assert replay_over(contract, [out, paid(late, 1)]).on == late + timedelta(days=1)
    due = last + timedelta(days=60)
    recall = Entry("r", "recall", START, dues=(Due(13, due, 120_000_000),))
    assert replay_over(contract, [out, recall]).on == due + timedelta(days=1)


def test_a_flat_loan_of_which_only_interest_is_owed_earns_no_more_at_any_rate() -> None:
    # Rounded up, the principal is due in two of the four years; the interest of both is ten times the loan a year.
    year, thousand_percent = Interval(365, "days"), Decimal(1_000)
    terms = Terms(1_000_000, thousand_percent, 4, START, method="flat", interval=year, round_installment_to_vnd=500_000)
    contract = contract_of(terms, order=("principal",), overdue_percent_of_rate=Decimal(0))
    second = START + timedelta(days=730)
    entries = [Entry("out", "disbursement", START, 1_000_000), paid(second, 1_000_000)]
    state = replay(contract, entries, second + timedelta(days=300))
    assert (state.outstanding_vnd, state.interest_owed_vnd, state.interest_accrued_vnd) == (0, 20_000_000, 0)
    assert state.total_owed_vnd == 20_000_000


@given(
    st.lists(
        st.tuples(st.integers(-(10**12), 10**12), st.sampled_from([1, 360, 365, 365_000, 36_000_000])), max_size=12
    )
)
def test_parts_of_a_dong_add_up_exactly_and_are_rounded_once(parts: list[tuple[int, int]]) -> None:
    summed, added = Exact(), sum((Fraction(*part) for part in parts), Fraction(0))
    for numerator, denominator in parts:
        summed.add(numerator, denominator)
    assert summed.exact() == added
    assert abs(summed.rounded() - added) <= Fraction(1, 2)
