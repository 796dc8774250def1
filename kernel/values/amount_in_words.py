"""Amounts in Vietnamese words, as contracts and vouchers write them beside the figures."""

from __future__ import annotations

from kernel.values.money import MAX_VND

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES = (("triệu", 1_000_000), ("nghìn", 1_000))
_BILLION = 1_000_000_000


def number_words(number: int) -> str:
    """Return a whole number from 0 to 2⁵³ in Vietnamese words: 1 000 005 000 → "một tỷ không trăm linh năm nghìn".

    Groups of three digits with nghìn, triệu, tỷ; above 999 tỷ the number of tỷ is read as a number itself (nghìn tỷ,
    triệu tỷ). Groups of zeros are silent, the others after the first are read with all three digits. In a group: "linh"
    before a lone unit, "mười", then "mươi" with mốt, tư, lăm for the units 1, 4, 5 (lăm after "mười" too).
    Raises ValueError for a number below 0 or above 2⁵³.
    """
    if not 0 <= number <= MAX_VND + 1:
        raise ValueError("only numbers from 0 to 2⁵³ are read")
    return " ".join(_read(number)) if number else _DIGITS[0]


def amount_words(amount_vnd: int, *, capital: bool = False) -> str:
    """Return an amount in words with its unit: 21 → "hai mươi mốt đồng"; with `capital`, the first letter is large."""
    words = f"{number_words(amount_vnd)} đồng"
    return words[0].upper() + words[1:] if capital else words


def _read(number: int) -> list[str]:
    words: list[str] = []
    billions, rest = divmod(number, _BILLION)
    if billions:
        words += [*_read(billions), "tỷ"]
    for name, scale in _SCALES:
        group, rest = divmod(rest, scale)
        if group:
            words += [*_group(group, full=bool(words)), name]
    if rest:
        words += _group(rest, full=bool(words))
    return words


def _group(group: int, *, full: bool) -> list[str]:
    """Read three digits; `full` says the hundreds even where they are 0."""
    hundreds, tens, units = group // 100, group // 10 % 10, group % 10
    words = [_DIGITS[hundreds], "trăm"] if hundreds or full else []
    if tens == 0:
        if units:
            words += ["linh", _DIGITS[units]] if words else [_DIGITS[units]]
        return words
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if units == 5:
        words.append("lăm")
    elif units == 1 and tens > 1:
        words.append("mốt")
    elif units == 4 and tens > 1:
        words.append("tư")
    elif units:
        words.append(_DIGITS[units])
    return words
