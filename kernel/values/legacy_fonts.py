"""Vietnamese text that was typed in fonts of before Unicode: TCVN3 (ABC, .VnTime) and VNI (VNI-Times).

In such a file stand the signs of Latin-1 whose places the font had filled with Vietnamese letters: “Hîp t¸c x·” in TCVN3,
“Hôïp taùc xaõ” in VNI. TCVN 5712:1993 (VN3) gives a letter one sign; it has capitals without tones only, the others come
from a font that shows small letters as capitals (.VnTimeH). VNI puts a sign for the marks behind the letter.
"""

from __future__ import annotations

import re
from typing import Literal

Font = Literal["tcvn3", "vni"]
FONTS: tuple[Font, ...] = ("tcvn3", "vni")

_TCVN3_SIGNS = "µ¶·¸¹ ¨»¼½¾Æ ©ÇÈÉÊË ÌÎÏÐÑ ªÒÓÔÕÖ ×ØÜÝÞ ßáâãä «åæçèé ¬êëìíî ïñòóô \u00adõö÷øù úûüýþ ® ¡¢£¤¥¦§"
_TCVN3_LETTERS = "àảãáạ ăằẳẵắặ âầẩẫấậ èẻẽéẹ êềểễếệ ìỉĩíị òỏõóọ ôồổỗốộ ơờởỡớợ ùủũúụ ưừửữứự ỳỷỹýỵ đ ĂÂÊÔƠƯĐ"
TCVN3 = dict(zip(_TCVN3_SIGNS.replace(" ", ""), _TCVN3_LETTERS.replace(" ", ""), strict=True))
"""Sign → letter."""

_VNI_MARKS = {
    "a": ("ùøûõï êéèúüë âáàåãä", "áàảãạ ăắằẳẵặ âấầẩẫậ"),
    "e": ("ùøûõï âáàåãä", "éèẻẽẹ êếềểễệ"),
    "o": ("ùøûõï âáàåãä", "óòỏõọ ôốồổỗộ"),
    "ô": ("ùøûõï", "ớờởỡợ"),
    "u": ("ùøûõï", "úùủũụ"),
    "ö": ("ùøûõï", "ứừửữự"),
    "y": ("ùøûõ", "ýỳỷỹ"),
}
_VNI_ALONE = {"í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "ô": "ơ", "ö": "ư", "î": "ỵ", "ñ": "đ"}


def _vni() -> dict[str, str]:
    small = {
        base + mark: letter
        for base, (marks, letters) in _VNI_MARKS.items()
        for mark, letter in zip(marks, letters, strict=True)
        if mark != " "
    }
    small |= _VNI_ALONE
    return small | {signs.upper(): letter.upper() for signs, letter in small.items()}


VNI = _vni()
"""Letter and sign → letter; both are capitals for a capital."""
_VNI_SIGNS = VNI | {signs[0].upper() + signs[1:]: letter.upper() for signs, letter in VNI.items()}

_FROM_TCVN3 = str.maketrans(TCVN3)
_FROM_VNI = re.compile("|".join(sorted(map(re.escape, _VNI_SIGNS), key=len, reverse=True)))
_OF_TCVN3 = re.compile("|".join(map(re.escape, TCVN3)))
_WORD = re.compile(r"[^\W\d_]+")


def decoded(text: str, font: Font) -> str:
    """Return what `text`, typed in a font of `font`, says. Plain ASCII stays as it is."""
    if font == "vni":
        return _FROM_VNI.sub(lambda match: _VNI_SIGNS[match.group()], text)
    unicode_text = text.translate(_FROM_TCVN3)
    if _is_all_capitals(text):
        return unicode_text.upper()
    return _WORD.sub(lambda match: _capitals(match.group()), unicode_text)


def is_of(word: str, font: Font) -> bool:
    """Say whether all signs of `word` that are no ASCII have a place in `font`."""
    return (_FROM_VNI if font == "vni" else _OF_TCVN3).sub("", word).isascii()


def _plain_letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isascii() and sign.isalpha())


def _is_all_capitals(text: str) -> bool:
    plain = _plain_letters(text)
    return len(plain) > 1 and plain.isupper()


def _capitals(word: str) -> str:
    """Return a word of capitals whole: the font of capitals had its letters with tones at the places of small ones."""
    return word.upper() if _is_all_capitals(word) else word
