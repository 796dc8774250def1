"""A recall beside the same life without it: never less late, and until its day no different."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.funds.servicing.replay.replay import replay, replay_over
from services.funds.servicing.replay.state import Contract, Due, Entry
from tests.funds.loans import lives
from tests.funds.loans.test_day_by_day import evening_of

pytestmark = pytest.mark.thorough


@st.composite
def recalled(draw: st.DrawFn) -> tuple[Contract, list[Entry], Entry]:
    """Any life without a new schedule or a write-off, which would be decided otherwise of a recalled loan; and a recall."""
    agreed = draw(lives.terms())
    lived = [one for one in draw(lives.happenings(agreed)) if one.kind not in ("rescheduling", "recall", "write_off")]
    contract = lives.contract_of(agreed, overdue_percent_of_rate=Decimal(150))
    entries, _ = lives.entered(contract, lived)
    span = (contract.dues[-1].due_on - lives.START).days
    decided = draw(st.integers(0, span))
    due_on = lives.START + timedelta(days=draw(st.integers(decided, span)))
    recall = Entry("zz", "recall", lives.START + timedelta(days=decided), dues=(Due(99, due_on, 0),))
    over = replay_over(contract, [*entries, recall])
    # A tranche that no installment repays is refused, and so is a recall that leaves one behind.
    assume(over.outstanding_vnd == over.principal_due_vnd)
    return contract, entries, recall


@settings(max_examples=150, deadline=None)
@given(life=recalled())
def test_until_its_day_a_recall_changes_nothing_and_then_all_is_due(life: Any) -> None:
    contract, entries, recall = life
    due_on = recall.dues[-1].due_on
    for days in range((due_on - lives.START).days):
        day = lives.START + timedelta(days=days)
        assert evening_of(replay(contract, [*entries, recall], day)) == evening_of(replay(contract, entries, day))
    due, schedule = (replay(contract, each, due_on) for each in ([*entries, recall], entries))
    if all(entry.on < due_on for entry in entries):
        assert due.principal_due_vnd == due.outstanding_vnd == schedule.outstanding_vnd
        assert due.interest_owed_vnd == schedule.interest_owed_vnd + schedule.interest_accrued_vnd
        assert due.interest_accrued_vnd == 0


@settings(max_examples=150, deadline=None)
@given(life=recalled())
def test_a_recall_never_makes_a_loan_less_late(life: Any) -> None:
    contract, entries, recall = life
    last = max([contract.dues[-1].due_on, *(entry.on for entry in entries)])
    for days in range(0, (last - lives.START).days + 60, 3):
        day = lives.START + timedelta(days=days)
        with_it, without = replay(contract, [*entries, recall], day), replay(contract, entries, day)
        # Once all is paid that was recalled, the loan is paid back and earns no more.
        if with_it.total_owed_vnd:
            assert with_it.days_overdue >= without.days_overdue, day
