"""Money that comes before its time: the next installments skipped, fewer of them, or smaller ones; to the đồng."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.funds.engine.schedule import schedule
from services.funds.engine.terms import Method, Terms
from services.funds.servicing.replay.replay import replay, replay_over
from services.funds.servicing.replay.state import Contract, Entry, Installment, State
from tests.funds.loans import lives
from tests.funds.loans.day_by_day import Happening, Loan, evenings
from tests.funds.loans.test_day_by_day import evening_of
from tests.funds.test_docs import DOC

START = lives.START
CHOICES = ("keep", "shorten", "lower")
SIX = Terms(120_000_000, Decimal("7.3"), 6, date(2025, 1, 31))
"""Six months of 20 million; a million earns 200 đồng a day."""


def out(terms: Terms) -> Entry:
    return Entry("00", "disbursement", terms.disbursed_on, terms.principal_vnd)


def on_time(contract: Contract, entries: list[Entry], rows: int) -> list[Entry]:
    """Return the entries with what falls due next in so many rows paid on its day."""
    paid = list(entries)
    for _ in range(rows):
        running = replay(contract, paid, max(entry.on for entry in paid)).running
        if running is None:
            break
        state = replay(contract, paid, running.due_on)
        owed = state.principal_due_vnd + state.interest_owed_vnd
        paid.append(Entry(f"{len(paid):02d}", "repayment", running.due_on, max(1, owed)))
    return paid


def prepaid(terms: Terms, choice: str, amount: int, *, after: int = 2, days: int = 0) -> State:
    """Return the loan as it is kept: so many rows paid on their days, then money of which so much is principal ahead."""
    contract = lives.contract_of(terms)
    entries = on_time(contract, [out(terms)], after)
    on = max(entry.on for entry in entries) + timedelta(days=days)
    earned = replay(contract, entries, on).interest_accrued_vnd
    return replay_over(contract, [*entries, Entry("99", "repayment", on, amount + earned, prepayment=choice)])


def to_pay(state: State) -> list[tuple[int, int, int]]:
    """Return the installments that are still to pay: number, principal, interest."""
    return [
        (row.number, row.principal_vnd - row.principal_paid_vnd, row.interest_vnd - row.interest_paid_vnd)
        for row in state.installments
        if not row.replaced and (row.principal_owed_vnd or row.interest_owed_vnd)
    ]


# Two of six rows are paid, then 40 million of the 80 that are left.
EXAMPLES: dict[tuple[Method, str], list[tuple[int, int, int]]] = {
    ("equal_principal", "keep"): [(3, 0, 240_000), (4, 0, 248_000), (5, 20_000_000, 240_000), (6, 20_000_000, 124_000)],
    ("equal_principal", "shorten"): [(3, 20_000_000, 240_000), (4, 20_000_000, 124_000)],
    ("equal_principal", "lower"): [
        (3, 10_000_000, 240_000),
        (4, 10_000_000, 186_000),
        (5, 10_000_000, 120_000),
        (6, 10_000_000, 62_000),
    ],
    # Flat interest stays on the first 120 million for as long as anything is outstanding.
    ("flat", "keep"): [(3, 0, 720_000), (4, 0, 744_000), (5, 20_000_000, 720_000), (6, 20_000_000, 744_000)],
    ("flat", "shorten"): [(3, 20_000_000, 720_000), (4, 20_000_000, 744_000)],
    ("flat", "lower"): [
        (3, 10_000_000, 720_000),
        (4, 10_000_000, 744_000),
        (5, 10_000_000, 720_000),
        (6, 10_000_000, 744_000),
    ],
    # All of the principal is in the last row: there is nothing to skip, to leave out or to spread.
    ("bullet", "keep"): [(3, 0, 480_000), (4, 0, 496_000), (5, 0, 480_000), (6, 80_000_000, 496_000)],
}


@pytest.mark.parametrize(("method", "choice"), EXAMPLES)
def test_the_worked_examples_are_exact(method: Method, choice: str) -> None:
    choices = CHOICES if method == "bullet" else (choice,)
    for chosen in choices:
        state = prepaid(replace(SIX, method=method), chosen, 40_000_000)
        assert to_pay(state) == EXAMPLES[method, choice]
        assert sum(row.principal_vnd for row in state.installments) == 120_000_000
    cells = [f"{principal} + {interest}" for _, principal, interest in EXAMPLES[method, choice]]
    words = ["any" if method == "bullet" else f"`{choice}`", *cells, *[""] * (4 - len(cells))]
    assert re.sub(" +", " ", f"| `{method}` | {' | '.join(words)} |\n") in DOC.read_text(encoding="utf-8")


def test_level_payments_stay_as_large_as_they_were_and_are_fewer() -> None:
    level = replace(SIX, method="equal_installment", annual_rate_percent=Decimal(12), day_count="none")
    # 1 % a month: 120 million are six payments of 20,705,804.
    assert [row.total_vnd for row in schedule(level)] == [20_705_804] * 6
    rows = to_pay(prepaid(level, "shorten", 40_000_000))
    # Of 80,793,334 after two payments 40,793,334 are left: two payments more, in place of four, the last of what is left.
    assert rows == [(3, 20_297_871, 407_933), (4, 20_495_463, 204_955)]
    assert sum(rows[0][1:]) == 20_705_804


def test_level_payments_become_smaller_and_stay_level() -> None:
    level = replace(SIX, method="equal_installment", annual_rate_percent=Decimal(12), day_count="none")
    rows = to_pay(prepaid(level, "lower", 40_000_000))
    # A loan of what is left, over the four months that are left.
    left = 120_000_000 - 40_000_000 - sum(row.principal_vnd for row in schedule(level)[:2])
    anew = schedule(replace(level, principal_vnd=left, installments=4, disbursed_on=date(2025, 3, 31)))
    assert [(principal, interest) for _, principal, interest in rows] == [
        (row.principal_vnd, row.interest_vnd) for row in anew
    ]


def test_in_months_free_of_interest_a_level_payment_is_all_principal() -> None:
    level = replace(SIX, method="equal_installment", annual_rate_percent=Decimal(12), day_count="none", interest_free=3)
    before = schedule(level)
    left = 120_000_000 - sum(row.principal_vnd for row in before[:2]) - 30_000_000
    # The one free month discounts nothing, the three after it 1 % each.
    worth = sum(Fraction(100, 101) ** month for month in range(4))
    payment = round(left / worth)
    rows = to_pay(prepaid(level, "lower", 30_000_000))
    assert [principal + interest for _, principal, interest in rows[:3]] == [payment] * 3
    assert next(interest for _, _, interest in rows) == 0
    assert sum(principal for _, principal, _ in rows) == left


def test_between_two_due_dates_the_next_payment_is_whole_with_the_interest_that_was_paid_of_it() -> None:
    level = replace(SIX, method="equal_installment")
    payment = schedule(level)[0].total_vnd
    state = prepaid(level, "shorten", 30_000_000, days=11)
    third, *_ = (row for row in state.installments if row.number == 3)
    assert third.principal_vnd + third.interest_vnd - 30_000_000 == payment
    assert third.interest_paid_vnd > 0
    last = max(row.due_on for row in state.installments if not row.replaced)
    assert last < schedule(level)[-1].due_on


def test_the_installments_in_a_grace_of_principal_stay_without() -> None:
    grace = replace(SIX, principal_grace=3)
    assert [part for _, part, _ in to_pay(prepaid(grace, "keep", 60_000_000, after=1))] == [
        0,
        0,
        0,
        20_000_000,
        40_000_000,
    ]
    assert [part for _, part, _ in to_pay(prepaid(grace, "shorten", 60_000_000, after=1))] == [
        0,
        0,
        40_000_000,
        20_000_000,
    ]
    assert [part for _, part, _ in to_pay(prepaid(grace, "lower", 60_000_000, after=1))] == [0, 0] + [20_000_000] * 3


def test_the_interest_of_a_grace_falls_due_when_it_was_agreed_to_where_the_principal_ends_before() -> None:
    grace = replace(SIX, interest_grace=4)
    state = prepaid(grace, "shorten", 60_000_000, after=1)
    # Rows 2 and 3 repay what is left; the interest that they earn falls due with row 5, and there is no row 6.
    assert to_pay(state) == [(2, 20_000_000, 0), (3, 20_000_000, 0), (5, 0, 368_000)]
    assert [row.number for row in state.installments if row.replaced] == [6]


def test_a_second_choice_plans_what_the_first_one_left() -> None:
    contract = lives.contract_of(SIX)
    entries = on_time(contract, [out(SIX)], 1)
    on = max(entry.on for entry in entries)
    first = Entry("97", "repayment", on, 30_000_000, prepayment="keep")
    second = Entry("98", "repayment", on, 10_000_000, prepayment="lower")
    third = Entry("99", "repayment", on, 12_000_000, prepayment="shorten")
    # Skipped by the first, rows 2 and half of 3 carry their part again once all is spread.
    parts = [
        [part for _, part, _ in to_pay(replay_over(contract, [*entries, *paid]))]
        for paid in ([first], [first, second], [first, second, third])
    ]
    assert parts == [
        [0, 10_000_000, 20_000_000, 20_000_000, 20_000_000],
        [12_000_000] * 5,
        [12_000_000] * 4,
    ]


def test_what_is_not_paid_out_yet_stays_in_the_last_installments() -> None:
    contract = lives.contract_of(SIX)
    first = out(SIX)._replace(amount_vnd=70_000_000)
    paid = Entry("50", "repayment", SIX.disbursed_on, 20_000_000, prepayment="lower")
    rest = Entry("60", "disbursement", date(2025, 3, 1), 50_000_000)
    due = schedule(SIX)
    state = replay_over(contract, [first, paid])
    # 50 of the 70 million over the four rows that they are agreed in.
    assert [part for _, part, _ in to_pay(state)] == [12_500_000] * 4
    whole = replay_over(contract, [first, paid, rest])
    assert [part for _, part, _ in to_pay(whole)] == [12_500_000] * 3 + [22_500_000, 20_000_000, 20_000_000]
    assert max(row.due_on for row in whole.installments) == due[-1].due_on


@st.composite
def paid_lives(draw: st.DrawFn) -> tuple[Terms, Contract, list[Entry], list[Entry]]:
    """Any terms, some rows paid on their days, and one or two payments ahead with a choice: without these, and with."""
    agreed = draw(lives.terms(rows=6).filter(lambda terms: terms.interval.unit == "days" or terms.interval.count == 1))
    contract = lives.contract_of(agreed)
    entries = on_time(contract, [out(agreed)], draw(st.integers(0, agreed.installments - 1)))
    prepayments: list[Entry] = []
    for number in range(draw(st.integers(1, 2))):
        on = max(entry.on for entry in [*entries, *prepayments]) + timedelta(days=draw(st.integers(0, 20)))
        owed = replay(contract, [*entries, *prepayments], on)
        due = owed.total_owed_vnd - owed.outstanding_vnd + owed.principal_due_vnd
        ahead = draw(st.integers(0, max(0, owed.outstanding_vnd - owed.principal_due_vnd)))
        choice = draw(st.sampled_from(CHOICES))
        prepayments.append(Entry(f"8{number}", "repayment", on, max(1, due + ahead), prepayment=choice))
    return agreed, contract, entries, [*entries, *prepayments]


@pytest.mark.thorough
@settings(max_examples=80, deadline=None)
@given(life=paid_lives())
def test_every_day_after_a_prepayment_is_what_living_through_it_makes_it(life: Any) -> None:
    agreed, contract, _, entries = life
    entries = on_time(contract, entries, agreed.installments)
    lived = [
        Happening(entry.on, entry.kind, entry.amount_vnd, id=entry.id, prepayment=entry.prepayment) for entry in entries
    ]
    until = max(*(entry.on for entry in entries), schedule(agreed)[-1].due_on) + timedelta(days=2)
    days = {row.due_on for row in replay_over(contract, entries).installments} | {entry.on for entry in entries}
    for evening in evenings(Loan(agreed), lived, until):
        if evening.on in days or evening.on == until:
            assert evening_of(replay(contract, entries, evening.on)) == evening


def last_to_pay(rows: Sequence[Installment]) -> date:
    return max(
        (row.due_on for row in rows if not row.replaced and row.principal_vnd > row.principal_paid_vnd), default=START
    )


@settings(max_examples=120, deadline=None)
@given(life=paid_lives(), choice=st.sampled_from(["shorten", "lower"]))
def test_a_prepayment_loses_no_dong_and_neither_lengthens_nor_ends_what_it_lowers(life: Any, choice: str) -> None:
    agreed, contract, entries, _ = life
    on = max(entry.on for entry in entries) + timedelta(days=3)
    owed = replay(contract, entries, on)
    ahead = (owed.outstanding_vnd - owed.principal_due_vnd) // 3
    due = owed.total_owed_vnd - owed.outstanding_vnd + owed.principal_due_vnd
    prepayment = Entry("90", "repayment", on, max(1, due + ahead), prepayment=choice)
    before, after = (replay_over(contract, paid) for paid in (entries, [*entries, prepayment]))
    for state in (before, after):
        assert sum(row.principal_vnd for row in state.installments) == agreed.principal_vnd
        assert min(row.principal_vnd - row.principal_paid_vnd for row in state.installments) >= 0
        assert min(row.interest_vnd - row.interest_paid_vnd for row in state.installments) >= 0
    assert len(after.installments) == len(before.installments)
    assert sorted(row.number for row in after.installments) == [row.number for row in before.installments]
    if choice == "shorten":
        assert last_to_pay(after.installments) <= last_to_pay(before.installments)
    else:
        assert not any(row.replaced for row in after.installments)
    # On the day itself the choice changes nothing: what is owed, what it pays, since when anything is late.
    kept = replay(contract, [*entries, prepayment._replace(prepayment="keep")], on)
    chosen = replay(contract, [*entries, prepayment], on)
    assert evening_of(kept) == evening_of(chosen)
    assert kept.splits == chosen.splits
    assert chosen.reschedulings == 0
