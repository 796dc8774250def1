"""What a loan owed when it was written off, off the balance: nothing is earned of it, recoveries pay it part by part."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.funds.engine.days import Interval
from services.funds.engine.terms import Terms
from services.funds.servicing.replay.allocation import recovered
from services.funds.servicing.replay.replay import replay
from services.funds.servicing.replay.state import Contract, Entry, Split, State
from tests.funds.loans import lives
from tests.funds.loans.lives import contract_of
from tests.funds.loans.test_day_by_day import lives_of_loans

START = date(2023, 1, 31)
OUT = Entry("out", "disbursement", START, 120_000_000)


def a_bullet() -> Contract:
    """Return 120 million, all of it due after 100 days, that earn 24,000 đồng a day."""
    interval = Interval(100, "days")
    return contract_of(Terms(120_000_000, Decimal("7.3"), 1, START, method="bullet", interval=interval))


def off_balance(state: State) -> tuple[int, int, int]:
    return state.off_balance_principal_vnd, state.off_balance_interest_vnd, state.off_balance_overdue_interest_vnd


def test_what_was_owed_when_a_loan_was_written_off_stays_to_be_recovered_and_earns_nothing() -> None:
    contract, on = a_bullet(), START + timedelta(days=300)
    before = replay(contract, [OUT], on)
    assert (before.interest_owed_vnd, before.overdue_interest_owed_vnd) == (2_400_000, 7_200_000)
    assert off_balance(before) == (0, 0, 0)
    write_off = Entry("w", "write_off", on, 120_000_000)
    for later in (0, 1, 4000):
        state = replay(contract, [OUT, write_off], on + timedelta(days=later))
        assert off_balance(state) == (120_000_000, 2_400_000, 7_200_000)
        assert (state.recoverable_vnd, state.total_owed_vnd, state.written_off_vnd) == (129_600_000, 0, 120_000_000)
    back = Entry("r", "recovery", on + timedelta(days=5), 119_999_999, 400_000, 7_000_000)
    eve = replay(contract, [OUT, write_off, back], on + timedelta(days=4))
    assert off_balance(eve) == (120_000_000, 2_400_000, 7_200_000)
    after = replay(contract, [OUT, write_off, back], on + timedelta(days=5))
    assert off_balance(after) == (1, 2_000_000, 200_000)
    assert (after.written_off_vnd, after.recoverable_vnd, after.total_owed_vnd) == (120_000_000, 2_200_001, 0)
    # One that was taken in with an earlier day, as it could be before, counts all the same.
    early = back._replace(on=on - timedelta(days=1))
    assert off_balance(replay(contract, [OUT, write_off, early], on)) == (1, 2_000_000, 200_000)


def test_interest_earned_and_not_due_yet_stays_too_but_what_was_waived_or_paid_on_the_day() -> None:
    on = START + timedelta(days=10)
    waived = Entry("i", "interest_reduction", on, interest_vnd=40_000)
    write_off = Entry("a", "write_off", on, 120_000_000)
    # 240,000 đồng were earned. What comes in on the day of the write-off comes in before it, whatever was entered first.
    some = Entry("p", "repayment", on, 150_000)
    state = replay(a_bullet(), [OUT, write_off, waived, some], on)
    assert state.splits["p"] == Split(0, 150_000, 0, 0)
    assert off_balance(state) == (120_000_000, 50_000, 0)
    # The rest of the interest is paid, and 10,000 đồng of the principal.
    more = some._replace(amount_vnd=210_000)
    state = replay(a_bullet(), [OUT, write_off._replace(amount_vnd=119_990_000), waived, more], on)
    assert state.splits["p"] == Split(0, 200_000, 10_000, 0)
    assert (off_balance(state), state.outstanding_vnd) == ((119_990_000, 0, 0), 0)


@pytest.mark.thorough
@settings(max_examples=100, deadline=None)
@given(life=lives_of_loans(), data=st.data())
def test_on_any_day_what_is_owed_moves_off_the_balance_to_the_dong(life: Any, data: st.DataObject) -> None:
    contract, entries, _, _ = life
    day = data.draw(st.integers(0, 500).map(lambda days: lives.START + timedelta(days=days)))
    until = [entry for entry in entries if entry.on <= day and entry.kind != "write_off"]
    owed = replay(contract, until, day)
    write_off = Entry("~", "write_off", day, owed.outstanding_vnd)
    for later in (0, 1, 700):
        state = replay(contract, [*until, write_off], day + timedelta(days=later))
        assert (state.total_owed_vnd, state.recoverable_vnd) == (0, owed.total_owed_vnd)
        assert off_balance(state) == (
            owed.outstanding_vnd,
            owed.interest_owed_vnd + owed.interest_accrued_vnd,
            owed.overdue_interest_owed_vnd,
        )
        assert (state.held_vnd, state.splits) == (owed.held_vnd, owed.splits)


@given(
    owed=st.tuples(*(st.integers(0, 10**12),) * 3),
    amounts=st.lists(st.integers(1, 10**12), max_size=8),
)
def test_recoveries_pay_principal_then_interest_then_overdue_interest_in_whatever_portions(
    owed: tuple[int, int, int], amounts: list[int]
) -> None:
    principal, interest, overdue_interest = owed
    state, paid = State(START), (0, 0, 0)
    for amount in amounts:
        left = (owed[0] - paid[0], owed[1] - paid[1], owed[2] - paid[2])
        state.off_balance_principal_vnd, state.off_balance_interest_vnd, state.off_balance_overdue_interest_vnd = left
        split = recovered(amount, state)
        assert min(split) >= 0
        assert sum(split) == amount
        assert split.held_vnd == max(0, amount - sum(left))
        paid = (
            paid[0] + split.principal_vnd,
            paid[1] + split.interest_vnd,
            paid[2] + split.overdue_interest_vnd,
        )
        total = min(sum(paid), sum(owed))
        assert paid == (
            min(total, principal),
            min(max(0, total - principal), interest),
            max(0, total - principal - interest),
        )
        assert paid[2] <= overdue_interest
