"""Text typed in fonts of before Unicode is known, converted and told of; proper text is never touched."""

from __future__ import annotations

import io
import unicodedata

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from kernel.values import geography
from kernel.values.legacy_fonts import FONTS, TCVN3, VNI, Font, decoded
from kernel.values.syllables import is_syllable
from kernel.workbooks.child import rows_of
from kernel.workbooks.legacy_text import convert, text_of_bytes

_BASES = ("aăâeêioôơuưy", ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"))
SMALL = [unicodedata.normalize("NFC", base + tone) for base in _BASES[0] for tone in _BASES[1]] + ["đ"]
LETTERS = [letter for letter in SMALL if not letter.isascii()]
_TABLES: dict[Font, dict[str, str]] = {"tcvn3": TCVN3, "vni": VNI}
SIGNS = {font: {letter: sign for sign, letter in table.items()} for font, table in _TABLES.items()}
_WORDS = sorted({word.lower() for commune in geography.communes() for word in commune.name.split()})
_SYLLABLES = [word for word in _WORDS if is_syllable(word)]


def typed(text: str, font: Font) -> str:
    """Return `text` as it stands in a file typed in `font`; capitals with tones in TCVN3 are those of its capitals' font."""
    signs = SIGNS[font]
    return "".join(signs.get(letter) or signs.get(letter.lower(), letter) for letter in text)


def test_every_letter_has_its_signs_and_no_two_have_the_same() -> None:
    assert len(LETTERS) == 67
    for font in FONTS:
        assert set(LETTERS) <= set(SIGNS[font]), font
        assert len({SIGNS[font][letter] for letter in LETTERS}) == 67, font
        assert all(ord(sign) < 256 for signs in SIGNS[font].values() for sign in signs), font
    assert {letter.upper() for letter in LETTERS} <= set(SIGNS["vni"])
    assert set("ĂÂÊÔƠƯĐ") <= set(SIGNS["tcvn3"])


@pytest.mark.parametrize("font", FONTS)
@given(words=st.lists(st.sampled_from(_SYLLABLES), min_size=1, max_size=6), style=st.sampled_from(["lower", "upper"]))
def test_words_come_back_as_they_were(font: Font, words: list[str], style: str) -> None:
    text = " ".join(["htx", *words])
    text = text.upper() if style == "upper" else text
    assert decoded(typed(text, font), font) == text


@pytest.mark.parametrize("font", FONTS)
@given(st.text(st.characters(max_codepoint=127)))
def test_plain_ascii_stays(font: Font, text: str) -> None:
    assert decoded(text, font) == text


@given(st.lists(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=5), min_size=1, max_size=20))
def test_proper_vietnamese_is_never_taken_for_a_font(cells: list[list[str]]) -> None:
    rows = [[" ".join(words).title()] for words in cells]
    before = [[*row] for row in rows]
    assert convert(rows) is None
    assert rows == before


def test_no_commune_district_or_province_alone_is_taken_for_a_font() -> None:
    communes, districts = geography.communes(), geography.districts()
    names = [*([one.full_name] for one in communes), *([one.full_name] for one in districts)]
    before = [[*row] for row in names]
    assert convert(names) is None
    assert names == before


@pytest.mark.parametrize(
    ("font", "rows"),
    [
        (
            "tcvn3",
            [
                ["STT", "Tªn HTX", "§Þa chØ"],
                [1, "HTX DVNN - §N VÜnh L¹i", "X· VÜnh L¹i"],
                [2, "HîP T¸C X· T©N D¢N", ""],
            ],
        ),
        (
            "vni",
            [
                ["STT", "Teân HTX", "Ñòa chæ"],
                [1, "HTX DVNN - ÑN Vónh Laïi", "Xaõ Vónh Laïi"],
                [2, "HÔÏP TAÙC XAÕ TAÂN DAÂN", ""],
            ],
        ),
    ],
)
def test_a_list_in_a_font_is_read_as_it_was_meant(font: Font, rows: list[list[object]]) -> None:
    assert convert(rows) == font
    assert rows == [
        ["STT", "Tên HTX", "Địa chỉ"],
        [1, "HTX DVNN - ĐN Vĩnh Lại", "Xã Vĩnh Lại"],
        [2, "HỢP TÁC XÃ TÂN DÂN", ""],
    ]


def test_beside_converted_cells_those_in_unicode_stay_and_short_ones_follow_their_column() -> None:
    rows: list[list[object]] = [
        ["Tên", "Địa chỉ", "Có đất", "Ghi chú"],
        [typed("Hợp tác xã Nông nghiệp", "tcvn3"), "Xã Tân Dân, huyện Ba Vì", typed("Có", "tcvn3"), "Tân"],
        [typed("Hợp tác xã Đồng Tâm", "tcvn3"), "thôn Toán", typed("Không", "tcvn3"), "Hòa Bình"],
        [typed("Có", "tcvn3"), "Tân Lập", typed("Có", "tcvn3"), "thuộc dự án"],
    ]
    assert convert(rows) == "tcvn3"
    assert rows[1:] == [
        ["Hợp tác xã Nông nghiệp", "Xã Tân Dân, huyện Ba Vì", "Có", "Tân"],
        ["Hợp tác xã Đồng Tâm", "thôn Toán", "Không", "Hòa Bình"],
        ["Có", "Tân Lập", "Có", "thuộc dự án"],
    ]


@pytest.mark.parametrize(
    "text", ["Nestlé, Citroën, Müller", "10 µm; 25 m²; ½ tấn", "© 2023 · § 5 · ®", "São Tomé, Zürich, Çeşme"]
)
def test_signs_that_are_no_words_of_a_font_stay(text: str) -> None:
    rows = [[text], ["Hòa"], ["toán"]]
    assert convert(rows) is None
    assert rows[0] == [text]


_LIST = "Tên;Xã/phường\nHợp tác xã Đồng Tâm;Xã Tân Dân\nTổ hợp tác Hoà Bình;Phường Gia Cẩm\n"


def test_a_list_in_csv_is_read_in_every_encoding_that_offices_save_it_in() -> None:
    decomposed = unicodedata.normalize("NFD", _LIST)
    # Windows-1258 has letters with their hats, and the five tones by themselves.
    windows = "".join(
        unicodedata.normalize("NFC", part)
        for part in decomposed.replace("\u0302\u0323", "\u0323\u0302").replace("\u0323\u0302", "\u0302\u0323")
    )
    for hat, letter in (("o\u0302", "ô"), ("a\u0302", "â"), ("e\u0302", "ê"), ("o\u031b", "ơ"), ("u\u031b", "ư")):
        windows = windows.replace(hat, letter)
    for data in (
        _LIST.encode(),
        _LIST.encode("utf-8-sig"),
        _LIST.encode("utf-16"),
        b"\xfe\xff" + _LIST.encode("utf-16-be"),
        windows.encode("cp1258"),
    ):
        assert text_of_bytes(data) == _LIST
    for font in FONTS:
        rows = rows_of(typed(_LIST, font).encode("latin-1"), 100)
        assert convert(rows) == font
        assert rows == [line.split(";") for line in _LIST.splitlines()]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x80\x81\x82\x83", "Müller;Zürich".encode("latin-1")])
def test_bytes_that_are_no_text_of_this_country_are_not_read(data: bytes) -> None:
    assert text_of_bytes(data) is None


def test_a_workbook_in_a_font_is_read_whole() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Tên", "Vốn"])
        sheet.write_row(1, 0, [typed("Hợp tác xã Nông nghiệp Đồng Tâm", "vni"), 5])
    rows = rows_of(out.getvalue(), 100)
    assert convert(rows) == "vni"
    assert rows[1] == ["Hợp tác xã Nông nghiệp Đồng Tâm", 5]
