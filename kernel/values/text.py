"""Vietnamese text: one form to store, one to search, one to compare, one to sort by.

The embedded PostgreSQL has no ICU and libc collations differ between hosts, so the application makes these keys.
They run once a name on every write and every line of an import, hence the detour over bytes: all that is special
about Vietnamese is gone once a text is decomposed, and what is left is ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import product

_LETTER_MARKS = re.compile("[\u0300-\u036f]+")
_NEITHER_ASCII_NOR_MARK = re.compile("[^\x00-\x7f\u0300-\u036f]")
_APART = re.compile(r"[\W_]+")
_ASCII_FOLD = bytes(ord(chr(byte).lower()) if byte < 128 and chr(byte).isalnum() else 32 for byte in range(256))


def nfc(text: str) -> str:
    """Return `text` in the form it is stored in (Unicode NFC)."""
    return unicodedata.normalize("NFC", text)


def name_folded(text: str) -> str:
    """Return `text` in lower case, without marks, đ as d, everything but letters and digits as one space.

    Two spellings that a person would type for each other come out equal: "HTX 6/12 Đào Thịnh" and
    "htx 6-12 dao thinh". May be empty, for a text without letters and digits. Idempotent.
    """
    # Names from old encodings carry the Icelandic eth (ð), which looks like đ.
    plain = unicodedata.normalize("NFKD", text).replace("đ", "d").replace("Đ", "D").replace("ð", "d").replace("Ð", "D")
    plain = _NEITHER_ASCII_NOR_MARK.sub(_space_unless_letter, plain)
    if _NEITHER_ASCII_NOR_MARK.search(plain) is None:
        return b" ".join(plain.encode("ascii", "ignore").translate(_ASCII_FOLD).split()).decode("ascii")
    return _APART.sub(" ", _LETTER_MARKS.sub("", unicodedata.normalize("NFKD", plain.lower()))).strip()


def _space_unless_letter(match: re.Match[str]) -> str:
    character = match.group()
    return character if character.isalnum() else " "


# Words that say what an organization is or does rather than which one it is, as name_folded writes them. "Và" and
# "&" count as nothing, as in Decree 92/2024/NĐ-CP, Art. 17. Kinds of farming and trade that people search for
# (lâm nghiệp, vận tải, thủy sản) are not here.
_GENERIC_PHRASES = (
    "hop tac xa",
    "lien hiep hop tac xa",
    "lien hiep",
    "lien hiep htx",
    "lhhtx",
    "to hop tac",
    "tht",
    "quy tin dung nhan dan",
    "quy tin dung",
    "qtdnd",
    "quy tdnd",
    "dich vu",
    "nong nghiep",
    "tong hop",
    "san xuat",
    "thuong mai",
    "kinh doanh",
    "xay dung",
    "va",
    "cong ty",
    "trach nhiem huu han",
    "tnhh",
    "co phan",
    "cp",
    "mot thanh vien",
    "mtv",
)
# Real names write these alone and run together: DVNN, SXKD, TMDV, DVNNTH.
_ABBREVIATIONS = ("htx", "dv", "nn", "th", "sx", "tm", "kd", "xd")


def _by_first_word() -> dict[str, list[tuple[str, ...]]]:
    """Index the generic phrases by their first word, the longest first, so that the longest match wins."""
    phrases = [tuple(phrase.split()) for phrase in _GENERIC_PHRASES]
    phrases += [("".join(parts),) for count in (1, 2, 3) for parts in product(_ABBREVIATIONS, repeat=count)]
    index: dict[str, list[tuple[str, ...]]] = {}
    for words in phrases:
        index.setdefault(words[0], []).append(words)
    for candidates in index.values():
        candidates.sort(key=len, reverse=True)
    return index


_GENERIC = _by_first_word()


def name_distinct(name: str) -> str:
    """Return the part of `name` that tells it from others: folded, generic words taken out.

    "Hợp tác xã Dịch vụ Nông nghiệp Đồng Tâm" gives "dong tam". A name of nothing but generic words stays whole
    (folded), and one without letters stays as it was typed, so that only a blank name gives "".
    """
    folded = name_folded(name)
    words = folded.split(" ")
    kept: list[str] = []
    at = 0
    while at < len(words):
        for phrase in _GENERIC.get(words[at], ()):
            if len(phrase) == 1 or tuple(words[at : at + len(phrase)]) == phrase:
                at += len(phrase)
                break
        else:
            kept.append(words[at])
            at += 1
    return " ".join(kept) or folded or nfc(name).strip().lower()


def fold_query(query: str) -> str:
    """Return what a person typed into a name search in the form of `name_distinct`.

    Holds letters, digits and single spaces only, so it needs no escaping in a LIKE pattern; "" when neither was
    typed. "hợp tác xã đồng t" gives "dong t"; generic words alone stay as they are.
    """
    folded = name_folded(query)
    return name_distinct(folded) if folded else ""


_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # Dictionaries order them huyền, hỏi, ngã, sắc, nặng, after no tone.
_TONE_SIGNS = '"#$%&'
_WORD_GAP = "!"
_KEY_GAP = " "


class _SortLetters(dict[int, str | None]):
    """Code point → its sign in the key; what is not listed falls back to its base letter, to itself or to a gap."""

    def __missing__(self, code_point: int) -> str | None:
        letter = chr(code_point)
        if unicodedata.combining(letter):
            return None
        base = unicodedata.normalize("NFD", letter)[0]
        if base != letter and ord(base) in self:
            return self[ord(base)]
        return letter if letter.isalnum() else _WORD_GAP


def _sort_letters() -> _SortLetters:
    """Give the 33 letters "A" and the 32 characters after it, so that digits and gaps, as they are, come before.

    A letter with a tone gives two signs, the letter's and the tone's; name_sort parts them again.
    """
    signs = _SortLetters({ord(digit): digit for digit in "0123456789"})
    for place, letter in enumerate(_ALPHABET):
        sign = chr(ord("A") + place)
        signs[ord(letter)] = sign
        for tone, tone_sign in zip(_TONES, _TONE_SIGNS, strict=True):
            toned = nfc(letter + tone)
            if letter in "aăâeêioôơuưy" and len(toned) == 1:
                signs[ord(toned)] = sign + tone_sign
    signs[ord("ð")] = signs[ord("đ")]
    signs.update({ord(other): _WORD_GAP for other in map(chr, range(128)) if not other.isalnum()})
    return signs


_SORT_LETTERS = _sort_letters()
_SORT_TONES = str.maketrans("", "", _TONE_SIGNS)
_SORT_NO_LETTERS = re.compile(f"[^{_WORD_GAP}{_TONE_SIGNS}]+")
_ASCII_TONES = _TONE_SIGNS.encode("ascii")
_ASCII_NO_TONES = bytes(byte for byte in range(128) if chr(byte) not in _WORD_GAP + _TONE_SIGNS)


def name_sort(name: str) -> str:
    """Return a key whose byte order (`COLLATE "C"`) is the Vietnamese alphabet's.

    Digits come before letters, words are compared one after the other, a ă â … d đ e ê … o ô ơ … u ư are letters of
    their own. Tones decide only between names that are equal without them, word by word, so that the two ways to
    place a mark (hòa, hoà) are one. Case and punctuation do not count.
    """
    mixed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).lower()).translate(_SORT_LETTERS)
    mixed = _WORD_GAP.join(filter(None, mixed.split(_WORD_GAP)))
    if mixed.isascii():
        signs = mixed.encode("ascii")
        letters, tones = signs.translate(None, _ASCII_TONES), signs.translate(None, _ASCII_NO_TONES)
        return (letters + b" " + tones).decode("ascii")
    return mixed.translate(_SORT_TONES) + _KEY_GAP + _SORT_NO_LETTERS.sub("", mixed)
