"""The arithmetic of a row in words: what it says is what the row holds."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings

from services.funds.engine.explain import explanations
from services.funds.engine.schedule import schedule
from services.funds.engine.terms import Terms
from tests.funds.engine import oracle
from tests.funds.engine.loans import a_loan, any_terms, custom


def test_a_row_of_equal_installments_is_explained_in_both_languages() -> None:
    rows = schedule(a_loan())
    assert explanations(a_loan(), rows, "en")[1] == (
        "Interest: 92,115,121 × 12%/year × 1/12 = 921,151 VND. "
        "Principal: level payment 8,884,879 - interest earned 921,151 = 7,963,728 VND. "
        "To pay: 8,884,879 VND; outstanding 84,151,393 VND."
    )
    assert explanations(a_loan(), rows, "vi")[1] == (
        "Lãi: 92.115.121 × 12%/năm × 1/12 = 921.151 đồng. "
        "Gốc: tiền trả đều 8.884.879 - lãi phát sinh 921.151 = 7.963.728 đồng. "
        "Phải trả: 8.884.879 đồng; dư nợ gốc còn 84.151.393 đồng."
    )


def test_shares_are_written_by_their_convention() -> None:
    def share(terms: Terms) -> str:
        return explanations(terms, schedule(terms), "en")[0].split("year × ")[1].split(" = ")[0]

    over_new_year = {"disbursed_on": date(2023, 12, 15), "method": "bullet", "annual_rate_percent": Decimal("6.60")}
    assert share(a_loan(**over_new_year, day_count="actual_365")) == "31/365"
    assert share(a_loan(**over_new_year, day_count="actual_actual")) == "(17/365 + 14/366)"
    assert share(a_loan(**over_new_year, day_count="30e_360")) == "30/360"


def test_grace_freedom_rounding_and_the_last_row_are_named() -> None:
    terms = a_loan(
        method="equal_principal", installments=4, interest_free=1, interest_grace=2, round_installment_to_vnd=1_000
    )
    first, second, third, last = explanations(terms, schedule(terms), "en")
    assert first.startswith("Interest: none is earned in this row. Principal: 100,000,000 / 4 (rounded to 1,000) =")
    assert second.startswith("Interest: not yet due, 75,000,000 × 12%/year × 1/12 moves to row 3.")
    assert third.startswith(
        "Interest (with that of the rows of grace): 75,000,000 × 12%/year × 1/12 + 50,000,000 × 12%/year × 1/12"
        " = 1,250,000 VND."
    )
    assert "the last row pays what is left, 25,000,000 VND" in last
    agreed = custom([(date(2024, 6, 30), 100)])
    assert "theo thỏa thuận 100 đồng" in explanations(agreed, schedule(agreed), "vi")[0]


def _worked_out(product: str) -> Fraction:
    """Work out "75,000,000 × 12%/year × 1/12 + …" as a reader would."""
    plain = product.replace(",", "").replace("%/year", "/100")
    total = Fraction(0)
    for base, rate, share in re.findall(r"(\d+) × ([\d.]+)/100 × (\([^)]*\)|\d+/\d+)", plain):
        parts = (Fraction(part) for part in share.strip("()").split(" + "))
        total += int(base) * Fraction(rate) / 100 * sum(parts, Fraction(0))
    return total


@settings(max_examples=100, deadline=None)
@given(terms=any_terms())
def test_whoever_works_out_the_words_finds_the_row(terms: Terms) -> None:
    rows = schedule(terms)
    for row, words in zip(rows, explanations(terms, rows, "en"), strict=True):
        interest, rest = words.split(" Principal: ")
        if " = " in interest:
            product, due = interest.removesuffix(" VND.").rsplit(" = ", 1)
            assert int(due.replace(",", "")) == row.interest_vnd == oracle.nearest(_worked_out(product))
        else:
            assert row.interest_vnd == 0
        principal = rest.split(" To pay: ")[0]
        if principal.startswith("none"):
            assert row.principal_vnd == 0
        else:
            assert f"{row.principal_vnd:,} VND." in principal
        if subtraction := re.search(r"payment ([\d,]+).* - interest earned ([\d,]+) =", principal):
            level, earned = (int(text.replace(",", "")) for text in subtraction.groups())
            assert level - earned == row.principal_vnd
        assert f"To pay: {row.total_vnd:,} VND; outstanding {row.outstanding_principal_vnd:,} VND." in words
