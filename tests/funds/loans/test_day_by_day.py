"""The replay beside a loan lived through day by day: every day of a life they say the same, and nothing is negative."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.funds.engine.terms import Terms
from services.funds.servicing.replay.replay import replay, replay_over
from services.funds.servicing.replay.state import Contract, Entry, State
from tests.funds.loans import lives
from tests.funds.loans.day_by_day import Evening, Happening, Loan, evenings

pytestmark = pytest.mark.thorough

PARTS = ("fee", "penalty", "interest", "principal")


@st.composite
def lives_of_loans(draw: st.DrawFn) -> tuple[Contract, list[Entry], list[Happening], Loan]:
    agreed: Terms = draw(lives.terms())
    order = draw(st.permutations(PARTS))
    on_interest, overdue = draw(st.sampled_from([0, 10])), draw(st.sampled_from([150, 130, 100]))
    contract = lives.contract_of(
        agreed,
        order=tuple(order),
        overdue_interest_rate_percent=Decimal(on_interest),
        overdue_percent_of_rate=Decimal(overdue),
    )
    entries, taken = lives.entered(contract, draw(lives.happenings(agreed)))
    loan = Loan(agreed, overdue, rate_on_interest=on_interest, order=[part for part in order if part != "fee"])
    return contract, entries, taken, loan


def evening_of(state: State) -> Evening:
    return Evening(
        state.on,
        state.outstanding_vnd,
        state.principal_due_vnd,
        state.interest_owed_vnd,
        state.interest_accrued_vnd,
        state.overdue_interest_owed_vnd,
        state.held_vnd,
        state.overdue_since,
    )


@settings(max_examples=150, deadline=None)
@given(life=lives_of_loans(), data=st.data())
def test_every_day_of_any_loan_is_what_living_through_it_makes_it(life: Any, data: st.DataObject) -> None:
    contract, entries, taken, loan = life
    ends = [row.due_on for row in replay_over(contract, entries).installments]
    lived = list(evenings(loan, taken, max([*ends, *(one.on for one in taken)]) + timedelta(days=40)))
    days = data.draw(
        st.sets(st.integers(0, len(lived) - 1), min_size=10, max_size=25) if len(lived) > 25 else st.none()
    )
    for evening in lived if days is None else (lived[day] for day in sorted(days)):
        state = replay(contract, entries, evening.on)
        assert evening_of(state) == evening
        assert state.total_owed_vnd == evening.owed
        assert min(evening[1:7]) >= 0


@settings(max_examples=60, deadline=None)
@given(life=lives_of_loans())
def test_nothing_that_is_kept_of_a_loan_is_negative_and_no_more_is_paid_than_is_asked(life: Any) -> None:
    contract, entries, _, _ = life
    state = replay_over(contract, entries)
    for row in state.installments:
        amounts = (row.interest_paid_vnd, row.interest_waived_vnd, row.principal_paid_vnd)
        assert min(amounts) >= 0
        assert row.interest_paid_vnd + row.interest_waived_vnd <= row.interest_vnd
        assert row.principal_paid_vnd <= row.principal_vnd
    for entry in entries:
        if entry.kind == "repayment":
            assert min(state.splits[entry.id]) >= 0
            assert sum(state.splits[entry.id]) == entry.amount_vnd
    assert sum(row.principal_vnd for row in state.installments) == state.disbursed_vnd - state.written_off_vnd
    assert sum(row.interest_paid_vnd for row in state.installments) == state.interest_paid_vnd
    assert sum(row.interest_waived_vnd for row in state.installments) == state.interest_waived_vnd
    assert all(row.closed_on >= contract.starts_on for row in state.installments if row.closed_on)


@settings(max_examples=60, deadline=None)
@given(life=lives_of_loans(), data=st.data())
def test_what_is_owed_on_any_day_closes_the_loan_for_ever(life: Any, data: st.DataObject) -> None:
    contract, entries, _, _ = life
    day = data.draw(st.integers(0, 500).map(lambda days: lives.START + timedelta(days=days)))
    until_then = [entry for entry in entries if entry.on <= day]
    owed = replay(contract, until_then, day).total_owed_vnd
    paid = [*until_then, Entry("zz", "repayment", day, owed)] if owed else until_then
    for later in (0, 1, 40, 4000):
        state = replay(contract, paid, day + timedelta(days=later))
        assert (state.total_owed_vnd, state.overdue_since) == (0, None)
        assert state.held_vnd == replay(contract, until_then, day).held_vnd


@settings(max_examples=60, deadline=None)
@given(life=lives_of_loans(), data=st.data())
def test_what_is_reversed_never_was(life: Any, data: st.DataObject) -> None:
    contract, entries, taken, loan = life
    reversed_id = data.draw(
        st.sampled_from([one.id for one in taken if one.kind in ("repayment", "interest_reduction")] or [""])
    )
    if any(one.kind in ("rescheduling", "write_off", "recall") for one in taken):
        return  # What they are computed from changes with it: told apart over HTTP.
    remaining = [one for one in taken if one.id != reversed_id]
    *_, evening = evenings(loan, remaining, lives.START + timedelta(days=400))
    assert evening_of(replay(contract, [one for one in entries if one.id != reversed_id], evening.on)) == evening
