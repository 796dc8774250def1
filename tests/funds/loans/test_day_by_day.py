"""The replay beside a loan lived through day by day: every day of a life they say the same, and nothing is negative."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.funds.engine.terms import Terms
from services.funds.loans.replay import replay, replay_over
from services.funds.loans.state import Contract, Entry, State
from tests.funds.loans import lives
from tests.funds.loans.day_by_day import Evening, Happening, Loan, evenings

PARTS = ("fee", "penalty", "interest", "principal")


@st.composite
def lives_of_loans(draw: st.DrawFn) -> tuple[Contract, list[Entry], list[Happening], Loan]:
    agreed: Terms = draw(lives.terms())
    order = draw(st.permutations(PARTS))
    on_interest = draw(st.sampled_from([0, 10]))
    contract = lives.contract_of(agreed, order=tuple(order), overdue_interest_rate_percent=lives.Decimal(on_interest))
    entries, taken = lives.entered(contract, draw(lives.happenings(agreed)))
    loan = Loan(agreed, rate_on_interest=on_interest, order=[part for part in order if part != "fee"])
    return contract, entries, taken, loan


def evening_of(state: State) -> Evening:
    return Evening(
        state.on, state.outstanding_vnd, state.principal_due_vnd, state.interest_owed_vnd, state.interest_accrued_vnd,
        state.overdue_interest_owed_vnd, state.held_vnd, state.overdue_since,
    )  # fmt: skip


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
