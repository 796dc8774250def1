"""Đồng are whole, rates are strings, shares are exact."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from kernel.values.money import (
    MAX_VND,
    Percent,
    Vnd,
    million_vnd_text,
    number_shown,
    number_text,
    quotient,
    share_percent,
    vnd_text,
)

vnd: TypeAdapter[int] = TypeAdapter(Vnd)
percent: TypeAdapter[str] = TypeAdapter(Percent)


@pytest.mark.parametrize("amount", [0, 1, 150_000_000, MAX_VND])
def test_an_amount_is_whole_dong(amount: int) -> None:
    assert vnd.validate_json(str(amount)) == amount


@pytest.mark.parametrize("text", ["0.5", "1.0", '"150000000"', "true", "-1", str(MAX_VND + 1), "null", "1e3"])
def test_what_is_not_whole_dong_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        vnd.validate_json(text)


def test_the_contract_says_what_an_amount_is() -> None:
    assert vnd.json_schema() == {
        "type": "integer",
        "format": "int64",
        "minimum": 0,
        "maximum": MAX_VND,
        "description": "Whole đồng",
    }


@pytest.mark.parametrize("text", ["6.60", "0", "0.4", "20", "100.000001"])
def test_a_rate_stays_as_it_was_agreed(text: str) -> None:
    assert percent.validate_python(text) == text


@pytest.mark.parametrize("value", ["", "-1", "+1", "6,60", "06", ".5", "6.", "1e2", "NaN", "6.6%", 6.6, 6, "٦"])
def test_what_is_no_decimal_string_is_no_rate(value: Any) -> None:
    with pytest.raises(ValidationError):
        percent.validate_python(value)


def test_the_share_of_phu_tho_is_that_of_its_operating_cooperatives() -> None:
    assert share_percent(415, 548) == Decimal("75.7299")


def test_nothing_has_no_share() -> None:
    assert share_percent(5, 0) is None
    assert share_percent(0, 5) == Decimal("0.0000")


@pytest.mark.parametrize(
    ("numerator", "denominator", "average"),
    [
        (7, 2, "3.5000"),
        (1, 3, "0.3333"),
        (2, 3, "0.6667"),
        (1, 20_000, "0.0001"),
        (-1, 20_000, "-0.0001"),
        (0, 5, "0.0000"),
    ],
)
def test_an_average_has_four_decimals_half_up(numerator: int, denominator: int, average: str) -> None:
    assert str(quotient(numerator, denominator)) == average
    assert str(quotient(Decimal(numerator), Decimal(denominator))) == average


def test_nothing_has_no_average() -> None:
    assert quotient(5, 0) is None


def test_a_share_is_rounded_half_up() -> None:
    assert share_percent(1, 16_000_000) == Decimal("0.0000")
    assert share_percent(1, 2_000_000) == Decimal("0.0001")  # 0.00005 %


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_never_off_by_more_than_half_of_its_last_digit(part: int, whole: int) -> None:
    share = share_percent(part, whole)
    assert share is not None
    assert abs(Fraction(share) - Fraction(part * 100, whole)) <= Fraction(1, 20_000)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1_234_567, "1.234.567"), (Decimal("1234567.89"), "1.234.567,89"), (-1200, "-1.200")],
)
def test_numbers_are_written_with_dots_and_a_comma(value: int | Decimal, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize("text", ["6,60", "-1"])
def test_a_refused_rate_is_explained_in_both_languages(text: str) -> None:
    with pytest.raises(ValidationError) as raised:
        percent.validate_python(text)
    (fault,) = raised.value.errors()
    assert fault["type"] == "not_a_percent"
    assert fault["ctx"]["vi"] == "Hãy ghi tỷ lệ phần trăm không âm, dấu chấm trước phần lẻ, ví dụ 6.60."
    assert (
        fault["ctx"]["en"] == "Give a percentage that is not negative, with a point before decimals, for instance 6.60."
    )


@pytest.mark.parametrize(
    ("value", "vietnamese", "english"),
    [
        (1_234_567, "1.234.567", "1,234,567"),
        (Decimal("1234567.89"), "1.234.567,89", "1,234,567.89"),
        (Decimal("1E+7"), "10.000.000", "10,000,000"),
        (-1200, "-1.200", "-1,200"),
    ],
)
def test_a_number_is_written_as_its_readers_write_it(value: int | Decimal, vietnamese: str, english: str) -> None:
    assert number_shown(value, "vi") == vietnamese == number_text(value)
    assert number_shown(value, "en") == english


def test_an_amount_in_a_sentence_has_its_currency() -> None:
    assert vnd_text(1_234_567, "vi") == "1.234.567 đồng"
    assert vnd_text(1_234_567, "en") == "1,234,567 VND"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (13_200_000_000, "13.200 triệu đồng"),
        (1_500_000, "1,5 triệu đồng"),
        (1, "0,000001 triệu đồng"),
        (0, "0 triệu đồng"),
        (MAX_VND, "9.007.199.254,740991 triệu đồng"),
    ],
)
def test_reports_print_millions_without_losing_a_dong(amount: int, text: str) -> None:
    assert million_vnd_text(amount) == text
