"""Both maps: every commune lies in one province of each, and codes that were reused are never mixed up."""

from __future__ import annotations

import tracemalloc
from datetime import date

import pytest

from kernel.values import geography

OLD = [p for p in geography.provinces() if p.map == "2008"]
NEW = [p for p in geography.provinces() if p.map == "2025"]
OLD_COMMUNES = [c for c in geography.communes() if c.map == "2008"]
NEW_COMMUNES = [c for c in geography.communes() if c.map == "2025"]


def test_the_maps_are_complete() -> None:
    assert (len(OLD), len(NEW)) == (63, 34)
    assert (len(OLD_COMMUNES), len(geography.districts()), len(NEW_COMMUNES)) == (10_035, 696, 3_321)


def test_every_old_province_has_one_successor_and_each_new_one_is_made_of_those() -> None:
    for new in NEW:
        assert set(new.predecessor_ids) == {old.id for old in OLD if old.successor_id == new.id}
    assert sum(len(new.predecessor_ids) for new in NEW) == 63


def test_every_new_commune_lies_in_an_old_province_whose_successor_is_its_own() -> None:
    """A new commune's code alone gives its old province: the two data sets never contradict each other."""
    for commune in NEW_COMMUNES:
        place = geography.place(commune.code, "2025")
        assert place is not None
        old = geography.province(place.province_2008)
        assert old is not None
        assert old.successor_id == place.province_2025 == commune.province_id


def test_five_new_codes_are_older_than_no_commune() -> None:
    unknown = [c for c in NEW_COMMUNES if geography.commune(c.code, "2008") is None]
    placed = {c.name: geography.place(c.code, "2025") for c in unknown}
    assert {name: place.province_2008 for name, place in placed.items() if place} == {
        "Bạch Long Vĩ": "31-2008",
        "Cồn Cỏ": "45-2008",
        "Hoàng Sa": "48-2008",
        "Lý Sơn": "51-2008",
        "Côn Đảo": "77-2008",
    }


def test_every_old_commune_lies_in_a_district_of_its_province() -> None:
    province_of = {d.code: d.province_id for d in geography.districts()}
    assert all(province_of[str(c.district_code)] == c.province_id for c in OLD_COMMUNES)


@pytest.mark.parametrize(
    ("code", "then", "now"),
    [
        ("15", "Yên Bái", "Lào Cai"),
        ("24", "Bắc Giang", "Bắc Ninh"),
        ("44", "Quảng Bình", "Quảng Trị"),
        ("52", "Bình Định", "Gia Lai"),
        ("80", "Long An", "Tây Ninh"),
        ("82", "Tiền Giang", "Đồng Tháp"),
        ("91", "Kiên Giang", "An Giang"),
    ],
)
def test_a_reused_code_names_another_province_on_each_map(code: str, then: str, now: str) -> None:
    assert geography.province_name(f"{code}-2008") == then
    assert geography.province_name(f"{code}-2025") == now


def test_a_place_names_commune_district_and_both_provinces() -> None:
    assert geography.place("08533", "2008") == geography.Place("Vĩnh Lại", "Huyện Lâm Thao", "25-2008", "25-2025")
    assert geography.place("04510", "2008") == geography.Place("Thành Thịnh", "Huyện Trấn Yên", "15-2008", "15-2025")
    new = geography.place("00004", "2025")
    assert new == geography.Place("Ba Đình", None, "01-2008", "01-2025")
    assert geography.seat_names("00004", "2008") == ("Trúc Bạch", "Quận Ba Đình")


def test_leading_zeros_survive() -> None:
    assert geography.commune("4", "2025") is None
    assert geography.province("1-2025") is None
    assert {len(c.code) for c in geography.communes()} == {5}


def test_what_is_on_no_map_is_nowhere() -> None:
    assert geography.place("99999", "2008") is None
    assert geography.place("06978", "2025") is None
    assert geography.place("08533", "1999") is None
    assert geography.seat_names("99999", "2008") == (None, None)


def test_a_province_of_today_holds_the_old_ones_that_were_merged_into_it() -> None:
    assert geography.expand("25-2025") == ("17-2008", "25-2008", "26-2008")
    assert geography.expand("17-2008") == ("17-2008",)
    assert geography.expand("40-2025") == ("40-2008",)


@pytest.mark.parametrize(("area", "is_one"), [("25-2025", True), ("17-2008", False), ("17-2025", False), ("VN", False)])
def test_alliances_are_those_of_todays_provinces(area: str, is_one: bool) -> None:
    assert geography.is_alliance(area) is is_one


def test_the_communes_are_counted_by_kind() -> None:
    kinds = [c.kind for c in NEW_COMMUNES]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"commune": 2_611, "ward": 697, "special_zone": 13}
    assert {c.kind for c in OLD_COMMUNES} == {"commune", "ward", "township"}


def test_both_maps_fit_in_a_few_megabytes() -> None:
    caches = (geography._provinces, geography._districts, geography._communes)
    for cache in caches:
        cache.cache_clear()
    tracemalloc.start()
    geography.communes()
    geography.districts()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 8_000_000, f"{size:,} bytes"


def test_until_december_2024_nghe_an_had_a_district_more() -> None:
    then, later = (geography.districts_on(day) for day in (date(2024, 11, 30), date(2024, 12, 1)))
    assert (geography.districts_on(date(2023, 6, 30)), later) == (then, "2008")
    of_nghe_an = [
        {each.code for each in geography.districts_in_state(state) if each.province_id == "40-2008"}
        for state in (then, later)
    ]
    assert (len(of_nghe_an[0]), of_nghe_an[0] - of_nghe_an[1], len(of_nghe_an[1])) == (21, {"413"}, 20)
    # A ward of Cửa Lò, a commune of Nghi Lộc and a ward that was of Vinh all along.
    lying = {
        code: [each and each.full_name for each in (geography.district_of(code, then), geography.district_of(code))]
        for code in ("16717", "17905", "16669")
    }
    assert lying == {
        "16717": ["Thị xã Cửa Lò", "Thành phố Vinh"],
        "17905": ["Huyện Nghi Lộc", "Thành phố Vinh"],
        "16669": ["Thành phố Vinh", "Thành phố Vinh"],
    }
    assert len(geography.districts_in_state(then)) == len(geography.districts()) + 1
