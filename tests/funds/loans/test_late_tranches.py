"""A tranche that is paid out after a new schedule, in which it has no place: the installments to come share it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.funds.engine.schedule import schedule
from services.funds.engine.terms import Part, Terms
from services.funds.servicing.replay.replay import replay_over
from services.funds.servicing.replay.state import Contract, Entry, dues_of
from tests.funds.loans import lives
from tests.funds.loans.test_prepayment import SIX, out


def rescheduled(new: Terms, *, undrawn: int) -> tuple[Contract, list[Entry]]:
    """Return a loan of six months rescheduled on 10 February, of which so much is not paid out yet."""
    drawn = out(SIX)._replace(amount_vnd=SIX.principal_vnd - undrawn)
    agreed = replace(new, principal_vnd=drawn.amount_vnd, disbursed_on=date(2025, 2, 10))
    dues = dues_of(schedule(agreed), interest_grace=agreed.interest_grace, after=6)
    anew = Entry("20", "rescheduling", date(2025, 2, 10), dues=dues, basis=lives.basis_of(agreed))
    return lives.contract_of(SIX), [drawn, anew]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (replace(SIX, installments=4), [15_000_000 + 15_000_000] * 4),
        (replace(SIX, installments=4, principal_grace=2), [0, 0, 60_000_000, 60_000_000]),
        (replace(SIX, installments=4, method="bullet"), [0, 0, 0, 120_000_000]),
        (
            replace(
                SIX,
                installments=2,
                method="custom",
                parts=(Part(date(2025, 4, 10), 20_000_000), Part(date(2025, 6, 10), 40_000_000)),
            ),
            [40_000_000, 80_000_000],
        ),
    ],
)
@pytest.mark.parametrize("drawn_on", [date(2025, 2, 10), date(2025, 2, 20)])
def test_a_tranche_after_a_new_schedule_is_spread_over_its_installments(
    new: Terms, expected: list[int], drawn_on: date
) -> None:
    contract, entries = rescheduled(new, undrawn=60_000_000)
    state = replay_over(contract, [*entries, Entry("10", "disbursement", drawn_on, 60_000_000)])
    assert [row.principal_vnd for row in state.installments if not row.replaced] == expected


def test_a_tranche_is_spread_in_the_round_amounts_of_the_new_schedule_to_the_last_dong() -> None:
    new = replace(SIX, installments=4, round_installment_to_vnd=1_000_000)
    contract, entries = rescheduled(new, undrawn=60_000_000)
    tranches = [Entry(f"3{part}", "disbursement", date(2025, 2, 20), part) for part in (1, 10_000_000)]
    state = replay_over(contract, [*entries, *tranches])
    # A quarter of 10 million is 2.5 million, so 3 million; the single đồng is in the last one.
    assert [row.principal_vnd for row in state.installments if not row.replaced] == [
        18_000_000,
        18_000_000,
        18_000_000,
        16_000_001,
    ]


def test_a_repayment_that_is_entered_after_a_new_schedule_leaves_its_installments_as_agreed() -> None:
    contract, entries = rescheduled(replace(SIX, installments=4), undrawn=60_000_000)
    # Paid in full before, with the interest of five days: 12,000 đồng a day.
    late = Entry("10", "repayment", date(2025, 2, 5), 20_000_000 + 60_000)
    state = replay_over(contract, [*entries, late])
    assert state.splits["10"].principal_vnd == 20_000_000
    assert [row.principal_vnd for row in state.installments if not row.replaced] == [
        15_000_000,
        15_000_000,
        10_000_000,
        0,
    ]


def test_a_tranche_after_the_last_due_date_of_a_new_schedule_never_falls_due() -> None:
    contract, entries = rescheduled(replace(SIX, installments=4), undrawn=60_000_000)
    state = replay_over(contract, [*entries, Entry("30", "disbursement", date(2025, 7, 1), 60_000_000)])
    assert (state.outstanding_vnd, state.principal_due_vnd) == (120_000_000, 60_000_000)


def test_a_tranche_after_a_new_schedule_of_level_payments_leaves_them_level() -> None:
    new = replace(SIX, installments=4, method="equal_installment", day_count="none")
    contract, entries = rescheduled(new, undrawn=60_000_000)
    first_due = date(2025, 3, 10)
    state = replay_over(contract, [*entries, Entry("30", "disbursement", first_due, 60_000_000)])
    rows = [row for row in state.installments if not row.replaced]
    one, other = [
        schedule(replace(new, principal_vnd=60_000_000, disbursed_on=on, installments=n))
        for on, n in ((date(2025, 2, 10), 4), (first_due, 3))
    ]
    assert rows[0].principal_vnd == one[0].principal_vnd
    payments = [row.principal_vnd + row.interest_vnd for row in rows[1:]]
    assert all(abs(payment - one[1].total_vnd - other[0].total_vnd) <= 3 for payment in payments)
    assert sum(row.principal_vnd for row in rows) == 120_000_000
