"""The 54 ethnic groups of the official list (Decision 121-TCTK/PPCĐ of 1979), as counts of trainees name them.

The list is fixed so that an answer names the same groups whoever was entered: a group that appears would be a person.
"""

from __future__ import annotations

from kernel.values.text import name_folded

OTHER = "other"
GROUPS = (
    "Ba Na",
    "Bố Y",
    "Brâu",
    "Bru - Vân Kiều",
    "Chăm",
    "Chơ Ro",
    "Chu Ru",
    "Chứt",
    "Co",
    "Cống",
    "Cơ Ho",
    "Cơ Lao",
    "Cơ Tu",
    "Dao",
    "Ê Đê",
    "Gia Rai",
    "Giáy",
    "Giẻ Triêng",
    "Hà Nhì",
    "Hoa",
    "Hrê",
    "Kháng",
    "Khmer",
    "Khơ Mú",
    "Kinh",
    "La Chí",
    "La Ha",
    "La Hủ",
    "Lào",
    "Lô Lô",
    "Lự",
    "Mạ",
    "Mảng",
    "Mnông",
    "Mông",
    "Mường",
    "Ngái",
    "Nùng",
    "Ơ Đu",
    "Pà Thẻn",
    "Phù Lá",
    "Pu Péo",
    "Ra Glai",
    "Rơ Măm",
    "Sán Chay",
    "Sán Dìu",
    "Si La",
    "Tà Ôi",
    "Tày",
    "Thái",
    "Thổ",
    "Xinh Mun",
    "Xơ Đăng",
    "Xtiêng",
)
_SPELLED = {
    "Hmông": "Mông",
    "H'Mông": "Mông",
    "Mèo": "Mông",
    "M'Nông": "Mnông",
    "H'rê": "Hrê",
    "Jrai": "Gia Rai",
    "Bahnar": "Ba Na",
    "Rađê": "Ê Đê",
    "Khơ Me": "Khmer",
    "Việt": "Kinh",
    "Vân Kiều": "Bru - Vân Kiều",
    "Cao Lan": "Sán Chay",
    "S'tiêng": "Xtiêng",
    "Raglai": "Ra Glai",
}


def _key(name: str) -> str:
    # Accents tell groups apart (Mạ, Mảng), capitals, hyphens and spaces do not.
    return "".join(letter for letter in name.casefold() if letter.isalpha())


_BY_KEY = {_key(name): name for name in GROUPS} | {_key(spelling): name for spelling, name in _SPELLED.items()}
_BY_FOLDED: dict[str, str | None] = {}
for _name in GROUPS:
    _folded = name_folded(_name).replace(" ", "")
    _BY_FOLDED[_folded] = None if _folded in _BY_FOLDED else _name


def group_of(text: str) -> str:
    """Return the group that somebody wrote down, OTHER where the list has none: "muong" and "MƯỜNG" are Mường."""
    return _BY_KEY.get(_key(text)) or _BY_FOLDED.get(name_folded(text).replace(" ", "")) or OTHER
