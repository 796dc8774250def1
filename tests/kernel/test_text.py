"""Vietnamese names: found without marks, told apart by their distinctive part, sorted as in a dictionary."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.values.text import fold_query, name_distinct, name_folded, name_sort, nfc

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
vietnamese_text = st.text(alphabet=VIETNAMESE + VIETNAMESE.upper() + "  0123456789-/.,&", max_size=60)
any_text = st.one_of(vietnamese_text, st.text(max_size=40))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("hop tac xa dong tam", "Hợp tác xã Đồng Tâm"),
        ("HTX 6-12 đào thịnh", "htx 6/12 Đào Thịnh"),
        ("nong lam nghiep xanh 27 7", "nông lâm nghiệp Xanh 27/7"),
        ("hoa binh", "Hoà Bình"),
        ("hoa binh", "Hòa Bình"),
        ("a b", "A & B"),
        ("dak lak", "Ðắk Lắk"),  # typed with the Icelandic letter
    ],
)
def test_a_name_is_found_without_case_marks_or_punctuation(typed: str, stored: str) -> None:
    assert name_folded(typed) == name_folded(stored)


@given(any_text)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert name_folded(name_folded(text)) == name_folded(text)


@given(any_text)
def test_the_unicode_form_of_the_input_makes_no_difference(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert nfc(decomposed) == nfc(text)
    assert name_folded(decomposed) == name_folded(text)
    assert name_distinct(decomposed) == name_distinct(text)
    assert name_sort(decomposed) == name_sort(text)


@given(any_text)
def test_a_folded_name_holds_nothing_that_a_like_pattern_would_take_for_a_sign(text: str) -> None:
    assert all(letter.isalnum() or letter == " " for letter in fold_query(text))
    assert "  " not in name_folded(text)


@pytest.mark.parametrize(
    ("name", "distinct"),
    [
        ("Hợp tác xã Dịch vụ Nông nghiệp Đồng Tâm", "dong tam"),
        ("HTX DVNN – ĐN Vĩnh Lại", "dn vinh lai"),
        ("Liên hiệp hợp tác xã Sản xuất và Thương mại Tây Bắc", "tay bac"),
        ("HTX SXKD & TMDV Sơn Thủy", "son thuy"),
        ("Quỹ tín dụng nhân dân Gia Cẩm", "gia cam"),
        ("HTX vận tải Đoàn Kết", "van tai doan ket"),
        ("Hợp tác xã", "hop tac xa"),
        ("***", "***"),
    ],
)
def test_generic_words_are_taken_out_of_a_name_but_never_all_of_it(name: str, distinct: str) -> None:
    assert name_distinct(name) == distinct


@given(any_text)
def test_only_a_blank_name_has_no_distinctive_part(text: str) -> None:
    assert bool(name_distinct(text)) == bool(text.strip())


@given(st.sampled_from(["Đồng Tâm", "Vĩnh Lại", "Xanh 27/7", "Tân Tiến"]))
def test_what_is_typed_with_or_without_generic_words_finds_the_same_name(own: str) -> None:
    assert fold_query("hop tac xa " + own) == fold_query(own) == name_distinct("HTX Dịch vụ NN " + own)


def test_the_beginning_of_a_name_finds_it_while_typing() -> None:
    assert fold_query("hợp tác xã đồng t") in name_distinct("Hợp tác xã Đồng Tâm")


def test_names_sort_by_the_vietnamese_alphabet_with_tones_last() -> None:
    in_order = [
        "6/12 Đào Thịnh",
        "An Bình",
        "An Phú",
        "Ang",
        "Ăn",
        "Ân Thi",
        "Bình An",
        "Cam",
        "Dân Chủ",
        "Dương Quang",
        "Đại Đồng",
        "Đồng Tâm",
        "Em",
        "Êm",
        "Lan",
        "Làn",
        "Lản",
        "Lãn",
        "Lán",
        "Lạn",
        "Lan Anh",
        "On",
        "Ôn",
        "Ơn",
        "Un",
        "Ưn",
        "Xuân",
        "Yên",
    ]
    shuffled = in_order[1::2] + in_order[::2]
    assert sorted(shuffled, key=lambda name: name_sort(name).encode()) == in_order


@pytest.mark.parametrize(("one", "other"), [("Hòa Bình", "Hoà Bình"), ("HTX Đồng Tâm", "htx  đồng-tâm")])
def test_the_place_of_a_tone_case_and_punctuation_do_not_move_a_name(one: str, other: str) -> None:
    assert name_sort(one) == name_sort(other)


def _by_the_dictionary(name: str) -> tuple[list[list[int]], list[int]]:
    """Order names slowly and plainly, from the alphabet and the tones as a dictionary lists them."""
    alphabet = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
    tones = ["\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]
    words, word_tones = [], []
    for word in "".join(letter if letter.isalnum() else " " for letter in name.lower()).split():
        places, tone = [], 0
        for letter in word:
            parts = unicodedata.normalize("NFD", letter)
            tone_of_parts = [tones.index(part) + 1 for part in parts if part in tones]
            tone = tone or (tone_of_parts[0] if tone_of_parts else 0)
            bare = nfc("".join(part for part in parts if part not in tones))
            places.append(int(bare) if bare.isdigit() else 10 + alphabet.index(bare))
        words.append(places)
        word_tones.append(tone)
    return words, word_tones


one_tone_words = st.lists(
    st.tuples(
        st.text(alphabet="bcdđghklmnpqrstvx0123456789", max_size=2),
        st.sampled_from("aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵ"),
        st.sampled_from(["", "n", "ng", "t", "i"]),
    ).map("".join),
    max_size=4,
).map(" ".join)


@given(one_tone_words, one_tone_words)
def test_the_key_orders_names_as_a_slow_and_plain_comparison_does(one: str, other: str) -> None:
    by_key = (name_sort(one).encode(), name_sort(other).encode())
    plainly = (_by_the_dictionary(one), _by_the_dictionary(other))
    assert (by_key[0] < by_key[1]) == (plainly[0] < plainly[1])
    assert (by_key[0] == by_key[1]) == (plainly[0] == plainly[1])


@given(any_text)
def test_a_sort_key_can_be_stored_by_postgresql(text: str) -> None:
    assert "\x00" not in name_sort(text)
    assert "\x00" not in name_distinct("a" + text)


def test_the_longest_name_is_keyed_in_a_few_times_what_its_decomposition_takes() -> None:
    """The baseline is of the same run: one pass of the standard library over the same name."""
    name = ("Hợp tác xã Dịch vụ Nông nghiệp Tổng hợp Xuân Đông – Yên Định, Quảng Ngãi " * 5)[:300]
    keys = (name_folded, name_distinct, name_sort)
    taken = [[_seconds_of(key, name) for key in (_decomposed, *keys)] for _ in range(20)]
    baseline, *best = map(min, zip(*taken, strict=True))
    for key, seconds in zip(keys, best, strict=True):
        assert seconds < 20 * baseline, f"{key.__name__} took {seconds / baseline:.0f} times the baseline"


def _decomposed(name: str) -> str:
    return unicodedata.normalize("NFD", name).casefold()


def _seconds_of(key: Callable[[str], str], name: str) -> float:
    start = time.perf_counter()
    for _ in range(50):
        key(name)
    return (time.perf_counter() - start) / 50
