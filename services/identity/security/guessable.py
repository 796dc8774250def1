"""What is guessed first: the 10,000 commonest passwords, and those made of words that stand about here.

Nothing of it is in memory before somebody chooses a password.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from kernel.values import geography
from kernel.values.text import name_folded

# The first 10,000 of zxcvbn's list of leaked passwords, in its order; importing zxcvbn itself costs 14 MB.
_COMMONEST = Path(__file__).parent / "data" / "commonest_passwords.txt"
# Long ones that people here would type, which no list of the world has.
_COMMON_HERE = Path(__file__).parent / "data" / "common_passwords.txt"
_LOOKALIKES = str.maketrans(
    {
        "@": "a",
        "4": "a",
        "8": "b",
        "3": "e",
        "1": "i",
        "!": "i",
        "|": "l",
        "0": "o",
        "5": "s",
        "$": "s",
        "7": "t",
        "+": "t",
    }
)
_FIELD = """
    htx hoptacxa lienminh lienminhhtx lienminhhoptacxa quytindung quytindungnhandan quyhotro tindung tohoptac lienhiep
    lienhiephtx xavien thanhvien quantri quantrivien nguoidung canbo chuyenvien giamdoc chutich ketoan kiemsoat hoidong
    kinhte kinhtetapthe tapthe sodangky dangky daotao xuctien baocao vietnam thanhpho admin administrator root user demo
    matkhau password passwd dangnhap login welcome coop cooperative cooperatives alliance union vca
"""
_ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1q2w3e4r5t6y7u8i9o0p",
    "qazwsxedcrfvtgb",
)
_MOST_BEFORE, _MOST_BEHIND = 4, 10
_RUN, _MOST_DIGITS, _ENOUGH, _LEAST_NAME = 4, 8, 4, 3
_APART = re.compile(r"[^0-9a-z]+")


def is_common(password: str) -> bool:
    """Say whether a password is one of the commonest, but for case, marks, look-alikes and what is put around a word."""
    known, plain = _common(), password.casefold()
    words = {word for part in _within(plain) for word in (_compact(part), _compact(part.translate(_LOOKALIKES)))}
    return any(word in known for word in {plain, *words} if len(word) >= _ENOUGH)


def _within(text: str) -> Iterator[str]:
    """Yield a text and what is left of it without some digits and signs before and behind."""
    first = next((at for at, letter in enumerate(text) if letter.isalpha()), 0)
    last = next((at for at in range(len(text), 0, -1) if text[at - 1].isalpha()), len(text))
    for start in range(min(first, _MOST_BEFORE) + 1):
        for end in range(max(last, len(text) - _MOST_BEHIND), len(text) + 1):
            yield text[start:end]


def is_of_known_words(password: str, own: Iterable[str]) -> bool:
    """Say whether nothing is left of a password without words of the field, provinces, keyboard runs, the person's `own` words,
    years and other short numbers.
    """
    words = {word for text in own for word in (*name_folded(text).split(), _compact(text)) if len(word) >= _LEAST_NAME}
    names = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    left = _compact(password)
    for pattern in (re.compile(names or "$"), _field()):
        left = pattern.sub(" ", left)
    left = _compact(left)
    digits = sum(letter.isdigit() for letter in left)
    return len(left) - min(digits, _MOST_DIGITS) < _ENOUGH


def _compact(text: str) -> str:
    return _APART.sub("", name_folded(text))


@functools.cache
def _common() -> frozenset[str]:
    lines = (*_COMMONEST.read_text(encoding="utf-8").split("\n"), *_COMMON_HERE.read_text(encoding="utf-8").split())
    return frozenset(line for line in lines if line)


@functools.cache
def _field() -> re.Pattern[str]:
    provinces = (_compact(province.name) for province in geography.provinces())
    words = sorted({*_FIELD.split(), *provinces}, key=len, reverse=True)
    runs = sorted(
        {row[at : at + _RUN] for line in _ROWS for row in (line, line[::-1]) for at in range(len(row) - _RUN + 1)}
    )
    alternatives = [*words, *runs, r"(.)\1{2,}"]
    return re.compile("|".join(alternatives))
