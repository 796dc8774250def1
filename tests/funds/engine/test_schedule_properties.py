"""What holds for every schedule: any method, 0 to 36 %, 1 to 120 installments, any dates and options."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.funds.engine import schedule as schedule_module
from services.funds.engine.contradictions import contradictions
from services.funds.engine.schedule import (
    exact_level,
    growth_parts,
    level_installment_vnd,
    schedule,
    totals,
)
from services.funds.engine.terms import Terms
from tests.funds.engine import oracle
from tests.funds.engine.loans import a_loan, any_terms


@settings(max_examples=100, deadline=None)
@given(terms=any_terms())
def test_every_schedule_is_the_one_computed_another_way(terms: Terms) -> None:
    assert contradictions(terms) == []
    assert [tuple(row) for row in schedule(terms)] == oracle.rows(terms)


@settings(max_examples=100, deadline=None)
@given(terms=any_terms())
def test_every_schedule_repays_exactly_the_principal_and_nothing_is_negative(terms: Terms) -> None:
    rows = schedule(terms)
    assert len(rows) == terms.installments
    assert [row.number for row in rows] == list(range(1, terms.installments + 1))
    assert totals(rows).principal_vnd == terms.principal_vnd
    assert rows[0].opening_principal_vnd == terms.principal_vnd
    assert rows[-1].outstanding_principal_vnd == 0
    before = terms.disbursed_on
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        assert row.principal_vnd >= 0
        assert row.interest_vnd >= 0
        assert row.total_vnd == row.principal_vnd + row.interest_vnd
        assert row.outstanding_principal_vnd == row.opening_principal_vnd - row.principal_vnd >= 0
        assert row.due_on >= before
        assert row.days == (row.due_on - before).days
        assert following is None or following.opening_principal_vnd == row.outstanding_principal_vnd
        before = row.due_on


@settings(max_examples=100, deadline=None)
@given(terms=any_terms())
def test_interest_is_the_closed_formula_within_one_dong_a_row(terms: Terms) -> None:
    rate = Fraction(terms.annual_rate_percent) / 100
    start, earned = terms.disbursed_on, Fraction(0)
    for row in schedule(terms):
        base = terms.principal_vnd if terms.method == "flat" else row.opening_principal_vnd
        if row.number > terms.interest_free:
            earned += base * rate * oracle.share_of_year(start, row.due_on, terms)
        start = row.due_on
        if row.number <= terms.interest_grace:
            assert row.interest_vnd == 0
            continue
        assert abs(row.interest_vnd - earned) <= Fraction(1, 2)
        earned = Fraction(0)


def exactly_level(terms: Terms, growths: list[tuple[int, int]]) -> Fraction:
    carrying = [growth for number, growth in enumerate(growths, 1) if terms.carries_principal(number)]
    return exact_level(terms.principal_vnd, carrying)


@settings(max_examples=100, deadline=None)
@given(terms=any_terms(("equal_installment",)))
def test_the_level_payment_is_the_exact_one_rounded_once(terms: Terms) -> None:
    due = [row.due_on for row in schedule(terms)]
    growths = growth_parts(terms, due)
    exact = exactly_level(terms, growths)
    assert exact == oracle.level_payment(terms)
    assert level_installment_vnd(terms, growths) == oracle.nearest(exact, terms.round_installment_to_vnd or 1)


def test_a_payment_near_a_rounding_boundary_is_computed_in_fractions(monkeypatch: pytest.MonkeyPatch) -> None:
    # With coarse integers the doubtful cases come often, and each must still be the exact one rounded.
    monkeypatch.setattr(schedule_module, "_SCALE", 1 << 20)
    monkeypatch.setattr(schedule_module, "_NEAR", 1 << 4)
    plain = a_loan(annual_rate_percent=Decimal("11.3"))
    growths = growth_parts(plain, [row.due_on for row in schedule(plain)])
    for principal in range(1_000, 4_000):
        terms = replace(plain, principal_vnd=principal)
        assert level_installment_vnd(terms, growths) == oracle.nearest(exactly_level(terms, growths))


def test_an_ordinary_level_payment_is_not_computed_in_fractions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(schedule_module, "exact_level")
    assert schedule(a_loan())[0].total_vnd == 8_884_879


@settings(max_examples=100, deadline=None)
@given(terms=any_terms(("equal_installment",)))
def test_equal_installments_are_equal_until_the_last(terms: Terms) -> None:
    plain = replace(
        terms, interest_grace=0, principal_grace=0, principal_every=1, day_count="none", round_installment_to_vnd=None
    )
    level = oracle.nearest(oracle.level_payment(plain))
    for row in schedule(plain)[:-1]:
        # A payment rounded up may clear a small loan early; one that is below a đồng of interest pays that interest.
        assert row.total_vnd in (level, row.interest_vnd) or row.outstanding_principal_vnd == 0


@settings(max_examples=50, deadline=None)
@given(
    installments=st.integers(121, 600),
    rate=st.integers(0, 100).map(Decimal),
    method=st.sampled_from(["equal_principal", "equal_installment", "flat", "bullet"]),
)
def test_schedules_of_up_to_600_rows_are_sound(installments: int, rate: Decimal, method: str) -> None:
    terms = a_loan(installments=installments, annual_rate_percent=rate, method=method, day_count="actual_365")
    assert contradictions(terms) == []
    rows = schedule(terms)
    assert totals(rows).principal_vnd == terms.principal_vnd
    assert all(row.principal_vnd >= 0 and row.outstanding_principal_vnd >= 0 for row in rows)
