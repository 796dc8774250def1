"""A commune is found by its name as well as by its code; what may be two places is asked about, with what there is."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.values import geography
from kernel.workbooks.communes import commune_of

PHU_THO = "25-2025"


def _found(alliance: str | None = PHU_THO, **values: str) -> tuple[str | None, str | None]:
    found = commune_of(values, alliance=alliance)
    assert isinstance(found, dict), found
    return found.get("commune_code"), found.get("commune_map")


def _fault(alliance: str | None = PHU_THO, **values: str) -> tuple[str, str, str]:
    fault = commune_of(values, alliance=alliance)
    assert isinstance(fault, tuple), fault
    return fault[0], fault[1].code, fault[1].detail[0]


@pytest.mark.parametrize("name", ["Gia Cẩm", "Phường Gia Cẩm", "P. Gia Cẩm", "phuong gia cam", "GIA CẨM"])
def test_a_name_is_enough_where_the_area_has_one_of_it(name: str) -> None:
    assert _found(commune_name=name) == ("07900", "2008")


def test_district_province_and_map_tell_communes_of_one_name_apart() -> None:
    assert _found(None, commune_name="Tân Dân", district_name="TP Việt Trì", province_name="Tỉnh Phú Thọ") == (
        "07897",
        "2008",
    )
    assert _found(None, commune_name="Phường 1", district_name="Quận 3", province_name="TP. Hồ Chí Minh") == (
        "27160",
        "2008",
    )
    field, code, words = _fault(None, commune_name="Tân Dân")
    assert (field, code) == ("commune_name", "ambiguous_commune")
    assert words.count("Tân Dân") == 6
    assert "hãy ghi mã xã, hoặc ghi thêm huyện, tỉnh, địa giới" in words.lower()


def test_an_ambiguous_name_lists_the_places_with_their_codes() -> None:
    both = next(
        one
        for one in geography.communes()
        if one.map == "2025"
        and one.kind == "commune"
        and sum(
            other.full_name == one.full_name and other.province_id[:2] == one.province_id[:2]
            for other in geography.communes()
        )
        == 2
        and f"{one.province_id[:2]}-2008"
        == next((o.province_id for o in geography.communes() if o.map == "2008" and o.full_name == one.full_name), "")
    )
    alliance = both.province_id
    field, code, words = _fault(alliance, commune_name=both.full_name)
    assert (field, code) == ("commune_name", "ambiguous_commune")
    assert f"({both.code}, 2025)" in words
    assert _found(alliance, commune_name=both.full_name, commune_map="2025") == (both.code, "2025")


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"commune_name": "Xã Không Có"}, "commune_name", "unknown_commune"),
        ({"commune_name": "Tân Dân", "district_name": "Huyện Ba Vì"}, "district_name", "unknown_commune"),
        ({"commune_name": "Tân Dân", "province_name": "Pú Thọ"}, "province_name", "unknown_province"),
        ({"commune_name": "Tân Dân", "commune_code": "07900"}, "commune_name", "commune_differs"),
    ],
)
def test_what_names_no_place_is_said_at_its_cell(values: dict[str, Any], field: str, code: str) -> None:
    assert _fault(**values)[:2] == (field, code)


def test_a_name_beside_a_code_says_of_which_map_it_is() -> None:
    assert _found(commune_code="07900", commune_name="Gia Cẩm") == ("07900", "2008")
    assert _found(commune_code="07900", commune_name="Việt Trì") == ("07900", "2025")
    assert _found(commune_code="07900") == ("07900", None)
    assert _found() == (None, None)


def test_a_code_of_no_map_comes_with_the_names_beside_it() -> None:
    values = {"commune_code": "00000", "district_name": "Huyện Hạ Hoà", "province_name": "Phú Thọ"}
    assert commune_of(values, alliance=PHU_THO) == {
        "commune_code": "00000",
        "district_name": "Huyện Hạ Hoà",
        "province": "25-2008",
    }
