"""Amounts in Vietnamese words, and read back by a reader written on its own."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.values.amount_in_words import amount_words, number_words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (1, "một"),
        (4, "bốn"),
        (5, "năm"),
        (10, "mười"),
        (11, "mười một"),
        (14, "mười bốn"),
        (15, "mười lăm"),
        (20, "hai mươi"),
        (21, "hai mươi mốt"),
        (24, "hai mươi tư"),
        (25, "hai mươi lăm"),
        (31, "ba mươi mốt"),
        (44, "bốn mươi tư"),
        (55, "năm mươi lăm"),
        (91, "chín mươi mốt"),
        (99, "chín mươi chín"),
        (100, "một trăm"),
        (101, "một trăm linh một"),
        (104, "một trăm linh bốn"),
        (105, "một trăm linh năm"),
        (110, "một trăm mười"),
        (111, "một trăm mười một"),
        (115, "một trăm mười lăm"),
        (121, "một trăm hai mươi mốt"),
        (555, "năm trăm năm mươi lăm"),
        (1_000, "một nghìn"),
        (1_001, "một nghìn không trăm linh một"),
        (1_010, "một nghìn không trăm mười"),
        (1_100, "một nghìn một trăm"),
        (15_015, "mười lăm nghìn không trăm mười lăm"),
        (1_000_000, "một triệu"),
        (1_000_021, "một triệu không trăm hai mươi mốt"),
        (307_000_000, "ba trăm linh bảy triệu"),
        (1_000_005_000, "một tỷ không trăm linh năm nghìn"),
        (13_200_000_000, "mười ba tỷ hai trăm triệu"),
        (20_000_000_000, "hai mươi tỷ"),
        (1_234_567_891, "một tỷ hai trăm ba mươi tư triệu năm trăm sáu mươi bảy nghìn tám trăm chín mươi mốt"),
        (1_000_000_000_000, "một nghìn tỷ"),
        (1_005_000_000_001, "một nghìn không trăm linh năm tỷ không trăm linh một"),
        (2_000_000_000_000_000, "hai triệu tỷ"),
        (
            2**53 - 1,
            "chín triệu không trăm linh bảy nghìn một trăm chín mươi chín tỷ"
            " hai trăm năm mươi tư triệu bảy trăm bốn mươi nghìn chín trăm chín mươi mốt",
        ),
    ],
)
def test_numbers_are_read_as_vietnamese_reads_them(number: int, words: str) -> None:
    assert number_words(number) == words


def test_amounts_have_their_unit_and_a_capital_where_documents_want_one() -> None:
    assert amount_words(1_000_005_000) == "một tỷ không trăm linh năm nghìn đồng"
    assert amount_words(21, capital=True) == "Hai mươi mốt đồng"
    assert amount_words(0, capital=True) == "Không đồng"


@pytest.mark.parametrize("number", [-1, 2**53 + 1])
def test_a_number_outside_the_exact_integers_is_not_read(number: int) -> None:
    with pytest.raises(ValueError, match="0 to 2"):
        number_words(number)


UNITS = dict(
    zip(
        ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mốt", "tư", "lăm"],
        [*range(10), 1, 4, 5],
        strict=True,
    )
)
MAGNITUDES = {"trăm": 100, "mươi": 10, "nghìn": 10**3, "triệu": 10**6, "tỷ": 10**9}


def heard(words: str) -> int:
    """Return the number that a listener hears: each word from the left either adds or multiplies what came before."""
    number, group, digit = 0, 0, 0
    for word in words.split():
        if word in UNITS:
            digit = UNITS[word]
        elif word == "mười":
            group += 10
        elif word in ("trăm", "mươi"):
            group, digit = group + digit * MAGNITUDES[word], 0
        elif word in ("nghìn", "triệu"):
            number, group, digit = number + (group + digit) * MAGNITUDES[word], 0, 0
        elif word == "tỷ":
            number, group, digit = (number + group + digit) * MAGNITUDES[word], 0, 0
        else:
            assert word == "linh", word
            assert digit == 0
    return number + group + digit


@given(number=st.one_of(st.integers(0, 2**53), st.integers(0, 10**6), st.integers(0, 10**6).map(lambda n: n * 1_000)))
@example(2**53)
@example(1_000_000_001)
@example(10_010_010_010_010)
def test_what_is_read_out_is_heard_as_the_same_number(number: int) -> None:
    assert heard(number_words(number)) == number


def test_every_number_up_to_ten_thousand_is_heard_as_itself_and_none_twice() -> None:
    read = [number_words(number) for number in range(10_001)]
    assert [heard(words) for words in read] == list(range(10_001))
    assert len(set(read)) == 10_001


@given(number=st.integers(0, 2**53))
def test_the_small_words_stand_only_where_they_may(number: int) -> None:
    words = number_words(number).split()
    for before, word in zip(["", *words], words, strict=False):
        if word in ("mốt", "tư"):
            assert before == "mươi"
        if word == "lăm":
            assert before in ("mươi", "mười")
        if word == "năm":
            assert before not in ("mươi", "mười")
        if word == "linh":
            assert before == "trăm"
        if word == "mươi":
            assert before in ("hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
