"""The installments to come, planned anew: after money that came before its time, and after a late tranche."""

from __future__ import annotations

from collections.abc import Sequence

from services.funds.engine.prepayment import Remaining, shortened, spread
from services.funds.servicing.replay.run import Run
from services.funds.servicing.replay.state import Installment


def plan_anew(run: Run, choice: str, *, before_vnd: int, after_vnd: int) -> None:
    """Plan the installments to come for `after_vnd`, which is left of `before_vnd`; the difference stands on the next.

    What was agreed and is not paid out yet stays where it was. Nothing of `before_vnd` is due.
    """
    state = run.state
    rows = state.installments[state.at :]
    remaining, undrawn = _cascade(run, rows, before_vnd)
    basis = run.basis
    if choice == "shorten":
        anew = shortened(after_vnd, remaining, basis.method, earned=state.accruing.exact())
    else:
        # To the last row that repays what is paid out: the last due date stays.
        end = max(place for place, row in enumerate(remaining) if row.principal_vnd) + 1
        anew = spread(after_vnd, remaining[:end], basis.method, to_vnd=basis.round_to_vnd)
        anew += [0 for _ in rows[end:]]
    rows[0].principal_paid_vnd += before_vnd - after_vnd
    for place, row in enumerate(rows):
        row.agreed_principal_vnd = row.principal_paid_vnd + anew[place] + undrawn[place]
    if choice == "shorten":
        _end_empty(run, rows)


def cover(run: Run) -> None:
    """Spread over the installments to come what is outstanding and would fall due in none of them."""
    state = run.state
    rows = state.installments[state.at :]
    uncovered = max(0, state.outstanding_vnd - state.principal_due_vnd - sum(_to_come(row) for row in rows))
    if not (rows and uncovered):
        return
    remaining, _ = _cascade(run, rows, uncovered)
    parts = spread(uncovered, remaining, run.basis.method, to_vnd=run.basis.round_to_vnd)
    for place, row in enumerate(rows):
        row.agreed_principal_vnd = row.principal_paid_vnd + _to_come(row) + parts[place]


def _to_come(row: Installment) -> int:
    """Return the principal that is agreed for a row and was not paid ahead."""
    return max(0, row.agreed_principal_vnd - row.principal_paid_vnd)


def _cascade(run: Run, rows: Sequence[Installment], amount_vnd: int) -> tuple[list[Remaining], list[int]]:
    """Return the rows with what falls due of an amount: each takes what was agreed for it, and the last one the rest.

    Besides, of each row what is agreed for it beyond that, whole đồng.
    """
    remaining, beyond, left = [], [], amount_vnd
    for row in rows:
        to_come = _to_come(row)
        part = left if row is rows[-1] else min(to_come, left)
        remaining.append(Remaining(part, row.first_agreed_vnd, run.growth(row)))
        beyond.append(max(0, to_come - part))
        left -= part
    return remaining, beyond


def _end_empty(run: Run, rows: Sequence[Installment]) -> None:
    """End the rows after the last that asks for anything: principal, or the interest of a grace that goes on till then."""
    state = run.state
    last = max((place for place, row in enumerate(rows) if _to_come(row)), default=0)
    end = next(place for place in range(last, len(rows)) if rows[place].pays_interest) + 1
    empty = [row for row in rows[end:] if not row.principal_paid_vnd]
    run.replace(empty)
    # Before the running one, where what has ended stands.
    state.installments[state.at :] = [*empty, *rows[:end], *(row for row in rows[end:] if row.principal_paid_vnd)]
    state.at += len(empty)
