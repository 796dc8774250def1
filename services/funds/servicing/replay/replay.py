"""What a loan is on any day, replayed from its contract and its entries: pure functions over whole days.

Entries are taken by their day, so one that is entered late changes what came after it, and one that is reversed was
never there. On a day: what falls due falls due, money is paid out, interest is reduced, the schedule changes, money
comes in, and what is then left may be written off. Interest runs from a day to the next on the balance at the end of the day; what is overdue bears the overdue
rate in its place. The interest of a row is rounded half up once, when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby

from services.funds.servicing.replay.allocation import repay
from services.funds.servicing.replay.happenings import (
    disburse,
    recall,
    recover,
    reduce_interest,
    reschedule,
    take_over,
    write_off,
)
from services.funds.servicing.replay.run import Run
from services.funds.servicing.replay.state import Contract, Entry, State

_HAPPENINGS: Mapping[str, Callable[[Run, Entry], None]] = {
    "opening": take_over,
    "disbursement": disburse,
    "interest_reduction": reduce_interest,
    "rescheduling": reschedule,
    "recall": recall,
    "repayment": repay,
    "write_off": write_off,
    "recovery": recover,
}
"""Kind of an entry → what it does, in the order in which entries of one day happen."""

_ORDER = {kind: place for place, kind in enumerate(_HAPPENINGS)}


def replay(contract: Contract, entries: Iterable[Entry], until: date) -> State:
    """Return the loan at the end of the day `until`. The order of `entries` changes nothing but their own splits."""
    ordered = sorted(
        (entry for entry in entries if entry.on <= until),
        key=lambda entry: (entry.on, _ORDER[entry.kind], entry.id),
    )
    run = Run(contract)
    for day, of_day in groupby(ordered, key=lambda entry: entry.on):
        run.go_to(day)
        # All of one day happens before anything that it made due on that day.
        for entry in of_day:
            _HAPPENINGS[entry.kind](run, entry)
    run.go_to(until)
    return run.state


def replay_over(contract: Contract, entries: Iterable[Entry]) -> State:
    """Return the loan with every installment fallen due, as if nothing more were ever paid: what is stored of it."""
    history = list(entries)
    ends = [due.due_on for due in contract.dues] + [due.due_on for entry in history for due in entry.dues]
    last = max([contract.starts_on, *ends, *(entry.on for entry in history)])
    return replay(contract, history, last + timedelta(days=1))
