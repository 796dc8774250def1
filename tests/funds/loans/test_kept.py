"""What is kept of a loan besides its sums says on any day from its last entry on what a replay until that day says."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.funds.engine.terms import Terms
from services.funds.servicing.loans.kept import kept_of
from services.funds.servicing.replay.replay import replay, replay_over
from services.funds.servicing.replay.state import State
from tests.funds.loans import lives
from tests.funds.loans.lives import contract_of, entered


@settings(max_examples=300, deadline=None)
@given(agreed=lives.terms(), data=st.data())
def test_a_day_after_the_last_entry_is_what_that_left_and_the_day(agreed: Terms, data: st.DataObject) -> None:
    contract = contract_of(agreed)
    entries, _ = entered(contract, data.draw(lives.happenings(agreed)))
    whole = replay_over(contract, entries)
    kept = kept_of(whole, entries)
    last, since = kept["kept_from"], kept["unpaid_since"]
    assert last is not None
    for days in sorted({0, 1, *data.draw(st.lists(st.integers(0, 900), max_size=12))}):
        day = last + timedelta(days=days)
        state = replay(contract, entries, day)
        assert state.overdue_since == (since if since is not None and since < day else None), day
        assert state.outstanding_vnd == whole.outstanding_vnd
        assert state.disbursed_vnd == whole.disbursed_vnd
        assert state.off_balance_principal_vnd == whole.off_balance_principal_vnd


def test_nothing_is_kept_of_a_loan_without_entries() -> None:
    assert kept_of(State(on=lives.START), []) == {"kept_from": None, "unpaid_since": None}
