"""Cells that were typed in fonts of before Unicode, and files in encodings of before UTF-8, read as what they say.

Which font it was is decided for the whole file, by words that are Vietnamese in that font and in no other way. What is
converted is decided cell by cell: proper Unicode is never touched.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kernel.values.legacy_fonts import FONTS, Font, decoded, is_of
from kernel.values.syllables import is_syllable

# ASCII letters and what Latin-1 has beside them; signs of ASCII and the blank of fixed width part words.
_WORD = re.compile("[A-Za-z\x80-\x9f\xa1-\xff]+")
_VIETNAMESE = re.compile("[ăđĩũơưĂĐĨŨƠƯ\u0300-\u0323\u1ea0-\u1ef9]")
_LEAST_WORDS = 2
"""So many different words have to be Vietnamese in one font only: a stray “µm” is none of them."""


class _Kind(enum.Enum):
    """How a cell with signs beyond ASCII reads: as typed in the font, as Unicode, or it may be either."""

    LEGACY = 1
    UNICODE = 2
    EITHER = 3


def _words(text: str) -> Iterator[str]:
    return (word for word in _WORD.findall(text) if not word.isascii())


def _font_of(words: set[str]) -> Font | None:
    """Return the font in which `words` were typed, by those that are Vietnamese in it and not as they stand."""
    counts = dict.fromkeys(FONTS, 0)
    for word in words:
        if is_syllable(word) or not any(sign.isascii() for sign in word):
            continue
        fits = [font for font in FONTS if is_of(word, font) and is_syllable(decoded(word, font))]
        if len(fits) == 1:
            counts[fits[0]] += 1
    font = max(FONTS, key=counts.__getitem__)
    return font if counts[font] >= _LEAST_WORDS and 2 * counts[font] > sum(counts.values()) else None


def _kind(text: str, font: Font) -> _Kind:
    if _VIETNAMESE.search(text):
        return _Kind.UNICODE
    balance, all_fit = 0, True
    for word in _words(text):
        fits = is_of(word, font)
        all_fit = all_fit and fits
        balance += (fits and is_syllable(decoded(word, font))) - is_syllable(word)
    if balance:
        return _Kind.LEGACY if balance > 0 else _Kind.UNICODE
    return _Kind.EITHER if all_fit else _Kind.UNICODE


@dataclass
class _Sheet:
    """How the cells of a sheet read: by their rows and by their columns."""

    kinds: dict[tuple[int, int], _Kind] = field(default_factory=dict)
    first_legacy: dict[int, int] = field(default_factory=dict)
    last_unicode: dict[int, int] = field(default_factory=dict)
    rows: dict[int, set[_Kind]] = field(default_factory=dict)

    def note(self, row: int, column: int, kind: _Kind) -> None:
        self.kinds[row, column] = kind
        self.rows.setdefault(row, set()).add(kind)
        if kind is _Kind.LEGACY:
            self.first_legacy.setdefault(column, row)
        elif kind is _Kind.UNICODE:
            self.last_unicode[column] = row

    def is_legacy(self, row: int, column: int) -> bool:
        """Say whether a cell was typed in the font: one that may be either as its column, else as its row."""
        kind = self.kinds[row, column]
        if kind is not _Kind.EITHER:
            return kind is _Kind.LEGACY
        if column in self.first_legacy:
            # Above it stands the heading of a template, in Unicode, over data of before.
            return self.last_unicode.get(column, -1) < self.first_legacy[column]
        return _Kind.LEGACY in self.rows[row] and _Kind.UNICODE not in self.rows[row]


def convert(rows: list[list[Any]]) -> Font | None:
    """Convert the cells that were typed in a font of before Unicode, in place; return its encoding, None for none."""
    places = [
        (at, column, cell)
        for at, row in enumerate(rows)
        for column, cell in enumerate(row)
        if type(cell) is str and not cell.isascii()
    ]
    words = {word for _, _, cell in places if not _VIETNAMESE.search(cell) for word in _words(cell)}
    font = _font_of(words)
    if font is None:
        return None
    sheet = _Sheet()
    for at, column, cell in places:
        sheet.note(at, column, _kind(cell, font))
    for at, column, cell in places:
        if sheet.is_legacy(at, column):
            rows[at][column] = unicodedata.normalize("NFC", decoded(cell, font))
    return font


def text_of_bytes(data: bytes) -> str | None:
    """Return the text of a .csv file: UTF-8, UTF-16 with its mark, windows-1258, or signs of a font; None for none of them."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    latin = data.decode("latin-1")
    words = set(_words(latin))
    counts = {font: sum(is_syllable(decoded(word, font)) for word in words if is_of(word, font)) for font in FONTS}
    try:
        windows = unicodedata.normalize("NFC", data.decode("cp1258"))
    except UnicodeDecodeError:
        windows = ""
    in_windows = len({word for word in re.findall(r"[^\W\d_]+", windows) if not word.isascii() and is_syllable(word)})
    if in_windows and in_windows >= max(counts.values()):
        return windows
    return latin if any(counts.values()) else None
