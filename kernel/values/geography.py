"""Provinces, districts and communes on both maps, and how a seat is placed in both.

Codes were reused in 2025, so a province is named by code and map: 25-2008, 25-2025. A new commune keeps the code of
one merged into it, so its code alone gives the old province (kernel/values/data, joined and checked in the tests).
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from sys import intern

_DATA = Path(__file__).parent / "data"
MAP_2008_FROM, MAP_2008_TO, MAP_2025_FROM = date(2008, 8, 1), date(2025, 6, 30), date(2025, 7, 1)

# The five communes of 2025 whose code no old commune had, all islands: code → old province.
_NEW_CODES = {"11948": "31", "19742": "45", "20333": "48", "21548": "51", "26732": "77"}


@dataclass(frozen=True, slots=True)
class Province:
    """A province of one map. `successor_id`: the province of today it lies in; `predecessor_ids`: what it was made of."""

    id: str
    code: str
    map: str
    name: str
    name_en: str
    type: str
    valid_from: date
    valid_to: date | None
    successor_id: str | None
    predecessor_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class District:
    """A district of the 2008 map; the level ended on 30 June 2025."""

    code: str
    name: str
    full_name: str
    province_id: str


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune, ward or special zone of one map."""

    code: str
    map: str
    name: str
    full_name: str
    kind: str
    district_code: str | None
    province_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a commune lies on both maps."""

    commune_name: str
    district_name: str | None
    province_2008: str
    province_2025: str


UNKNOWN_COMMUNE = "00000"
"""Stands for a commune of the 2008 map that is not known; no commune has it."""


def read_rows(name: str) -> Iterator[dict[str, str]]:
    """Return the rows of a file shipped with the product."""
    with (_DATA / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@functools.cache
def _provinces() -> dict[str, Province]:
    return {
        row["id"]: Province(
            row["id"],
            row["code"],
            row["map"],
            row["name_vi"],
            row["name_en"],
            row["type"],
            date.fromisoformat(row["valid_from"]),
            _day(row["valid_to"]),
            row["successor_id"] or None,
            tuple(row["predecessor_ids"].split()),
        )
        for row in read_rows("provinces.csv")
    }


@functools.cache
def _districts() -> dict[str, District]:
    return {
        row["code"]: District(row["code"], row["name_vi"], row["full_name_vi"], f"{row['province_code']}-2008")
        for row in read_rows("districts_until_2025.csv")
    }


_KINDS = {"Phường": "ward", "Xã": "commune", "Thị trấn": "township", "Đặc khu": "special_zone"}
_KIND_NAMES = {"ward": "Phường", "commune": "Xã", "special_zone": "Đặc khu"}


@functools.cache
def _communes() -> dict[tuple[str, str], Commune]:
    # 14,000 communes share names, districts and provinces: interned they take half the memory.
    known: dict[tuple[str, str], Commune] = {}
    for row in read_rows("communes_until_2025.csv"):
        full = row["full_name_vi"]
        kind = next((kind for word, kind in _KINDS.items() if full.startswith(word)), "commune")
        district = row["district_code"]
        known[row["code"], "2008"] = Commune(
            row["code"],
            "2008",
            intern(row["name_vi"]),
            intern(full),
            kind,
            intern(district) if district else None,
            intern(f"{row['province_code']}-2008"),
        )
    for row in read_rows("communes.csv"):
        full = f"{_KIND_NAMES.get(row['kind'], 'Xã')} {row['name_vi']}"
        known[row["code"], "2025"] = Commune(
            row["code"],
            "2025",
            intern(row["name_vi"]),
            intern(full),
            intern(row["kind"]),
            None,
            intern(f"{row['province_code']}-2025"),
        )
    return known


def provinces() -> tuple[Province, ...]:
    """Return every province of both maps."""
    return tuple(_provinces().values())


def districts() -> tuple[District, ...]:
    """Return every district of the 2008 map."""
    return tuple(_districts().values())


def district(code: str) -> District | None:
    """Return the district of the 2008 map with `code`, or None."""
    return _districts().get(code)


@functools.cache
def _former_districts() -> dict[str, District]:
    return {
        row["code"]: District(row["code"], row["name_vi"], row["full_name_vi"], f"{row['province_code']}-2008")
        for row in read_rows("former_districts.csv")
    }


@functools.cache
def _before() -> dict[str, dict[str, str]]:
    """Return, by the last day of an earlier state of the 2008 map, the districts in which communes lay until then."""
    states: dict[str, dict[str, str]] = {}
    for row in read_rows("former_districts_of_communes.csv"):
        states.setdefault(row["valid_to"], {})[row["commune_code"]] = row["district_code"]
    return dict(sorted(states.items(), reverse=True))


def districts_on(on: date) -> str:
    """Return which districts there were on a day: `2008` as the map ended, else the last day of an earlier state."""
    return min((state for state in _before() if on.isoformat() <= state), default="2008")


def district_of(commune_code: str, state: str = "2008") -> District | None:
    """Return the district of a commune of the 2008 map in a state of its districts, or None."""
    known = commune(commune_code, "2008")
    if known is None:
        return None
    code = known.district_code or ""
    # From the newest change back to the state: what lay elsewhere until then.
    for until, lay_in in _before().items():
        if state != "2008" and until >= state:
            code = lay_in.get(commune_code, code)
    return _districts().get(code) or _former_districts().get(code)


@functools.cache
def districts_in_state(state: str) -> tuple[District, ...]:
    """Return every district of a state of the 2008 map."""
    if state == "2008":
        return districts()
    found = {district_of(each.code, state) for each in communes() if each.map == "2008"}
    # The island zones were districts without communes.
    with_communes = {each.district_code for each in communes()}
    found |= {each for each in districts() if each.code not in with_communes}
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.code))


def former_district(code: str) -> District | None:
    """Return a district that was there before the 2008 map ended and was not any more then, or None."""
    return _former_districts().get(code)


def district_in(province_id: str, name: str) -> District | None:
    """Return the district of a 2008 province by its name, with or without "Huyện"; None if it has none of that name."""
    wanted = name.casefold()
    of_province = (one for one in districts() if one.province_id == province_id)
    return next((one for one in of_province if wanted in (one.name.casefold(), one.full_name.casefold())), None)


def communes() -> tuple[Commune, ...]:
    """Return every commune of both maps."""
    return tuple(_communes().values())


def province(id_: str) -> Province | None:
    """Return the province named `id_` (25-2008, 25-2025), or None."""
    return _provinces().get(id_)


def province_name(id_: str) -> str:
    """Return the name of a known province."""
    return _provinces()[id_].name


def commune(code: str, map_: str) -> Commune | None:
    """Return the commune with `code` on the map `map_` (2008 or 2025), or None."""
    return _communes().get((code, map_))


@functools.lru_cache(maxsize=20_000)
def place(code: str, map_: str) -> Place | None:
    """Return where a commune lies on both maps, or None if that map has no such code."""
    known = commune(code, map_)
    if known is None:
        return None
    if map_ == "2008":
        district = _districts().get(known.district_code or "")
        successor = _provinces()[known.province_id].successor_id
        assert successor is not None
        return Place(known.name, district.full_name if district else None, known.province_id, successor)
    old = commune(code, "2008")
    old_province = old.province_id if old is not None else f"{_NEW_CODES[code]}-2008"
    return Place(known.name, None, old_province, known.province_id)


def seat_names(code: str, map_: str) -> tuple[str | None, str | None]:
    """Return the names of a commune and its district; None for one that was merged away before March 2025."""
    found = place(code, map_)
    return (None, None) if found is None else (found.commune_name, found.district_name)


@functools.cache
def expand(province_id: str) -> tuple[str, ...]:
    """Return the 2008 provinces in `province_id`: those merged into one of 2025, or itself."""
    known = _provinces()[province_id]
    return known.predecessor_ids if known.map == "2025" else (known.id,)


def on_map(province_2008: str, map_: str) -> str:
    """Return a province of 2008, or the one of 2025 that it became part of."""
    known = province(province_2008)
    assert known is not None
    return province_2008 if map_ == "2008" else str(known.successor_id)


def map_in_force(on: date) -> str:
    """Return the map that was in force on the day `on`."""
    return "2025" if on >= MAP_2025_FROM else "2008"


def is_alliance(id_: str) -> bool:
    """Say whether `id_` names one of the 34 alliances of today."""
    return id_ in _provinces() and id_.endswith("-2025")
