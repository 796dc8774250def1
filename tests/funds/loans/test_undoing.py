"""What is undone never was: every day of the loan is what living through it without the step makes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.funds.servicing.loans.account import waives_less
from services.funds.servicing.replay.replay import replay, replay_over
from services.funds.servicing.reversals.order import Step, last_after
from tests.funds.loans import lives
from tests.funds.loans.day_by_day import Happening, evenings
from tests.funds.loans.test_day_by_day import evening_of, lives_of_loans

KINDS = {
    "interest_reduction": "interest_reduction",
    "rescheduling": "rescheduling",
    "recall": "early_recall",
    "repayment": "repayment",
    "write_off": "risk_handled",
}
"""Kind of what happened → kind of the step that undoes it."""


def step_of(one: Happening) -> Step:
    return {"id": one.id, "kind": KINDS[one.kind], "on": one.on, "taken_at": None}


@pytest.mark.thorough
@settings(max_examples=120, deadline=None)
@given(life=lives_of_loans(), data=st.data())
def test_a_loan_of_which_a_step_is_undone_is_the_loan_that_never_had_it(life: Any, data: st.DataObject) -> None:
    contract, entries, taken, loan = life
    steps = [one for one in taken if one.kind in KINDS]
    assume(steps)
    undone = data.draw(st.sampled_from(steps))
    standing = [step_of(one) for one in steps if one.kind not in ("interest_reduction", "repayment")]
    first = last_after(standing, step_of(undone))
    if first is not None:
        # Whatever is to be undone first comes later, and nothing comes after it.
        assert first["on"] >= undone.on
        assert last_after(standing, first) is None
        return
    left = [entry for entry in entries if entry.id != undone.id]
    with_it, without_it = replay_over(contract, entries), replay_over(contract, left)
    assume(without_it.outstanding_vnd == without_it.principal_due_vnd)  # Else refused: never due.
    assume(undone.kind in ("interest_reduction", "write_off") or not waives_less(with_it, without_it))
    again, lived = lives.entered(contract, [one for one in taken if one.id != undone.id])
    assert sorted(again) == sorted(left)
    last = max([lives.START, *(row.due_on for row in without_it.installments), *(one.on for one in taken)])
    days = {(one.on - lives.START).days + more for one in taken for more in (-1, 0, 1)}
    days |= data.draw(st.sets(st.integers(0, (last - lives.START).days + 40), max_size=8))
    for evening in evenings(loan, lived, last + timedelta(days=40)):
        if (evening.on - lives.START).days in days:
            assert evening_of(replay(contract, left, evening.on)) == evening
