"""Terms for tests: one valid loan to change, and any loan at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from services.funds.engine.calendar_vn import HOLIDAY_RULES
from services.funds.engine.days import DAY_COUNTS, Interval
from services.funds.engine.terms import METHODS, Part, Terms

A_LOAN = Terms(
    principal_vnd=100_000_000,
    annual_rate_percent=Decimal("12"),
    installments=12,
    disbursed_on=date(2024, 1, 15),
    method="equal_installment",
    day_count="none",
)


def a_loan(**changes: Any) -> Terms:
    """Return 100 million đồng at 12 % over 12 months, by equal installments and nominal months, with `changes`."""
    return replace(A_LOAN, **changes)


def custom(parts: list[tuple[date, int]], **changes: Any) -> Terms:
    """Return a loan whose dates and principal parts are given."""
    drawn_parts = tuple(Part(*part) for part in parts)
    terms = a_loan(method="custom", parts=drawn_parts, installments=len(drawn_parts), day_count="actual_365")
    return replace(terms, **{"principal_vnd": sum(part.principal_vnd for part in drawn_parts), **changes})


RATES = st.one_of(st.integers(0, 36).map(Decimal), st.integers(0, 360_000).map(lambda n: Decimal(n) / 10_000))
"""0 to 36 %, whole or with up to four decimals."""


@st.composite
def any_terms(draw: st.DrawFn, methods: tuple[str, ...] = METHODS) -> Terms:
    """Any terms without contradiction: 0 to 36 %, 1 to 120 installments, any dates, every option."""
    installments = draw(st.integers(1, 120))
    principal = draw(st.one_of(st.integers(1, 500), st.integers(1, 10**10), st.integers(1, 10**14)))
    disbursed_on = draw(st.dates(date(2000, 1, 1), date(2036, 12, 31)))
    interval = draw(
        st.one_of(
            st.just(Interval(1, "months")),
            st.builds(Interval, st.integers(1, 6), st.just("months")),
            st.builds(Interval, st.integers(1, 100), st.just("days")),
        )
    )
    terms = Terms(
        principal_vnd=principal,
        annual_rate_percent=draw(RATES),
        installments=installments,
        disbursed_on=disbursed_on,
        method=draw(st.sampled_from(methods)),
        interval=interval,
        day_count=draw(st.sampled_from(DAY_COUNTS)),
        interest_grace=draw(st.one_of(st.just(0), st.integers(0, installments - 1))),
        interest_free=draw(st.one_of(st.just(0), st.integers(0, installments))),
        round_installment_to_vnd=draw(
            st.one_of(st.none(), st.sampled_from([1, 1_000, 100_000]), st.integers(1, 10**15))
        ),
        holiday_rule=draw(st.sampled_from(HOLIDAY_RULES)),
    )
    if terms.method == "custom":
        return replace(terms, parts=_parts(draw, terms))
    return replace(
        terms,
        principal_every=draw(st.one_of(st.just(1), st.integers(1, installments))),
        principal_grace=draw(st.one_of(st.just(0), st.integers(0, installments - 1))),
        first_due_on=draw(
            st.one_of(st.none(), st.integers(1, 800).map(lambda days: disbursed_on + timedelta(days=days)))
        ),
    )


def _parts(draw: st.DrawFn, terms: Terms) -> tuple[Part, ...]:
    rows = terms.installments
    cuts = sorted(draw(st.lists(st.integers(0, terms.principal_vnd), min_size=rows - 1, max_size=rows - 1)))
    gaps = draw(st.lists(st.integers(1, 180), min_size=rows, max_size=rows))
    parts, day = [], terms.disbursed_on
    for low, high, gap in zip([0, *cuts], [*cuts, terms.principal_vnd], gaps, strict=True):
        day += timedelta(days=gap)
        parts.append(Part(day, high - low))
    return tuple(parts)
