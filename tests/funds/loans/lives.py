"""Lives of loans for tests: any terms with any grace, and anything that may happen to a loan, in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from services.funds.engine.calendar_vn import HOLIDAY_RULES
from services.funds.engine.days import DAY_COUNTS, Interval
from services.funds.engine.schedule import schedule
from services.funds.engine.terms import METHODS, Part, Terms
from services.funds.servicing.replay.replay import replay
from services.funds.servicing.replay.state import Basis, Contract, Due, Entry, State, dues_of
from tests.funds.loans.day_by_day import ORDER, Happening

START = date(2023, 1, 31)
INTERVALS = (
    Interval(1, "months"),
    Interval(2, "months"),
    Interval(3, "months"),
    Interval(12, "months"),
    Interval(7, "days"),
    Interval(30, "days"),
)
RATES = st.sampled_from([Decimal(0), Decimal("4.8"), Decimal("6.60"), Decimal("7.3"), Decimal(36)])


@st.composite
def terms(draw: st.DrawFn, start: date = START, rows: int = 8) -> Terms:
    """Any terms of a few rows: every method, interval, day count and holiday rule, and graces of any lengths."""
    installments = draw(st.integers(1, rows))
    grace = st.integers(0, installments - 1)
    principal = draw(st.sampled_from([7, 999_983, 120_000_000, 1_200_000_000]))
    drawn = Terms(
        principal_vnd=principal,
        annual_rate_percent=draw(RATES),
        installments=installments,
        disbursed_on=start,
        method=draw(st.sampled_from(METHODS)),
        interval=draw(st.sampled_from(INTERVALS)),
        day_count=draw(st.sampled_from(DAY_COUNTS)),
        interest_grace=draw(grace),
        interest_free=draw(st.one_of(st.just(0), st.integers(0, installments))),
        holiday_rule=draw(st.sampled_from(HOLIDAY_RULES)),
    )
    if drawn.method == "custom":
        cuts = sorted(draw(st.lists(st.integers(0, principal), min_size=installments - 1, max_size=installments - 1)))
        sizes = [high - low for low, high in zip([0, *cuts], [*cuts, principal], strict=True)]
        gaps = draw(st.lists(st.integers(1, 100), min_size=installments, max_size=installments))
        days = [start + timedelta(days=sum(gaps[: n + 1])) for n in range(installments)]
        return replace(drawn, parts=tuple(Part(*part) for part in zip(days, sizes, strict=True)))
    return replace(
        drawn,
        principal_grace=draw(grace),
        principal_every=draw(st.integers(1, installments)),
        round_installment_to_vnd=draw(st.sampled_from([None, 1_000, 1_000_000])) if principal > 10**6 else None,
        first_due_on=draw(st.one_of(st.none(), st.integers(1, 200).map(lambda days: start + timedelta(days=days)))),
    )


def contract_of(agreed: Terms, **fields: Any) -> Contract:
    """Return the contract of `agreed` as the replay takes it."""
    dues = dues_of(schedule(agreed), interest_free=agreed.interest_free, interest_grace=agreed.interest_grace)
    return Contract(agreed.disbursed_on, agreed.annual_rate_percent, dues, basis_of(agreed), **fields)


def basis_of(agreed: Terms) -> Basis:
    return Basis(agreed.day_count, agreed.method, agreed.interval.share, agreed.round_installment_to_vnd or 1)


@st.composite
def happenings(draw: st.DrawFn, agreed: Terms) -> list[Happening]:
    """Tranches or an opening, repayments of any size, waivers, at most one new schedule, one recall and one write-off."""
    last = schedule(agreed)[-1].due_on
    span = (last - START).days
    inside, ever = st.integers(1, max(1, span - 1)), st.integers(0, span + 60)
    amounts = st.one_of(st.integers(1, agreed.principal_vnd), st.integers(1, 1 + agreed.principal_vnd // 50))
    cut = draw(st.one_of(st.just(0), st.integers(0, agreed.principal_vnd - 1)))
    lived = [Happening(START, "disbursement", agreed.principal_vnd - cut)]
    if draw(st.integers(0, 4)) == 0:
        lived, cut = [draw(_openings(agreed, amounts))], 0
    elif cut and span > 1:
        lived.append(Happening(START + timedelta(days=draw(inside)), "disbursement", cut))
    for days, amount in draw(st.lists(st.tuples(ever, amounts), max_size=6)):
        choice = draw(st.sampled_from(["keep", "shorten", "lower"]))
        lived.append(Happening(START + timedelta(days=days), "repayment", amount, prepayment=choice))
    for days, amount, late in draw(st.lists(st.tuples(ever, amounts, amounts), max_size=2)):
        lived.append(
            Happening(START + timedelta(days=days), "interest_reduction", interest=amount, overdue_interest=late)
        )
    if draw(st.integers(0, 2)) == 0:
        on = START + timedelta(days=draw(ever))
        rate = draw(st.one_of(st.none(), RATES))
        lived.append(Happening(on, "rescheduling", terms=draw(terms(on, rows=4)), rate=rate))
    if draw(st.integers(0, 3)) == 0:
        on = START + timedelta(days=draw(ever))
        lived.append(Happening(on, "recall", due_on=on + timedelta(days=draw(st.integers(0, 40)))))
    if draw(st.integers(0, 3)) == 0:
        lived.append(Happening(max(one.on for one in lived) + timedelta(days=draw(ever)), "write_off"))
    return [one._replace(id=f"{number:02d}") for number, one in enumerate(lived)]


@st.composite
def _openings(draw: st.DrawFn, agreed: Terms, amounts: st.SearchStrategy[int]) -> Happening:
    """A loan that ran before: its terms are those of what is not overdue."""
    since = draw(st.one_of(st.none(), st.integers(1, 200).map(lambda days: START - timedelta(days=days))))
    overdue = 0 if since is None else draw(amounts)
    penalty = 0 if since is None else draw(amounts)
    whole = agreed.principal_vnd + overdue
    return Happening(START, "opening", whole, draw(amounts), penalty, overdue_principal=overdue, due_on=since)


def entered(contract: Contract, lived: list[Happening]) -> tuple[list[Entry], list[Happening]]:
    """Return the entries that the service makes of `lived`, and `lived` as it then is.

    New schedules are computed from what is outstanding; one without anything outstanding is refused, a recall too.
    """
    entries: list[Entry] = []
    taken: list[Happening] = []
    for one in sorted(lived, key=lambda what: (what.on, ORDER.index(what.kind), what.id)):
        state = replay(contract, entries, one.on)
        if one.kind == "rescheduling":
            if not state.outstanding_vnd or any(entry.kind == "recall" for entry in entries):
                continue
            assert one.terms is not None
            fitting = _fitting(one.terms, state)
            one = one._replace(terms=fitting)
            rate = one.rate if one.rate is not None else contract.annual_rate_percent
            agreed = replace(fitting, annual_rate_percent=rate)
            dues = dues_of(
                schedule(agreed),
                interest_free=agreed.interest_free,
                interest_grace=agreed.interest_grace,
                after=max(row.number for row in state.installments),
            )
            entries.append(
                Entry(one.id, one.kind, one.on, dues=dues, annual_rate_percent=one.rate, basis=basis_of(agreed))
            )
        elif one.kind == "recall":
            if not state.outstanding_vnd:
                continue
            assert one.due_on is not None
            number = max(row.number for row in state.installments) + 1
            due = Due(number, one.due_on, state.outstanding_vnd - state.principal_due_vnd)
            entries.append(Entry(one.id, one.kind, one.on, dues=(due,)))
        elif one.kind == "disbursement" and state.running is None and entries:
            continue
        elif one.kind == "opening":
            opening = Entry(
                one.id,
                one.kind,
                one.on,
                one.amount,
                one.interest,
                one.overdue_interest,
                one.overdue_principal,
                one.due_on,
            )
            entries.append(opening)
        elif one.kind == "write_off":
            one = one._replace(amount=state.outstanding_vnd)
            entries.append(Entry(one.id, one.kind, one.on, one.amount))
        else:
            entries.append(
                Entry(
                    one.id,
                    one.kind,
                    one.on,
                    one.amount,
                    one.interest,
                    one.overdue_interest,
                    prepayment=one.prepayment,
                )
            )
        taken.append(one)
    return entries, taken


def _fitting(given: Terms, state: State) -> Terms:
    """Return the terms over what is outstanding; given parts are cut to it."""
    principal = state.outstanding_vnd
    if given.method != "custom":
        return replace(given, principal_vnd=principal)
    remaining, parts = principal, []
    for part in given.parts[:-1]:
        size = min(part.principal_vnd, remaining)
        parts.append(Part(part.due_on, size))
        remaining -= size
    return replace(given, principal_vnd=principal, parts=(*parts, Part(given.parts[-1].due_on, remaining)))
