"""What became of the communes of 2008, and where on one map lies what was recorded on the other.

A commune that went whole into one of 2025 lies there for sure; of one that was divided nobody can say without looking. The
pairs are secondary data (kernel/values/data/LICENSE): they have no shares, so nothing is ever split by them.

Units are named by code and map, as everywhere: 07900-2025, 07900-2008, and 227-2008 for a district.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from sys import intern
from typing import Literal, NamedTuple

from kernel.values import geography
from kernel.values.geography import District

Level = Literal["commune", "district"]


class Succession(NamedTuple):
    """A commune of 2008 and one of 2025 that it went into: `whole`, or a part of it."""

    old_code: str
    new_code: str
    part: str
    confidence: str


@functools.cache
def _successions() -> tuple[Mapping[str, tuple[Succession, ...]], Mapping[str, tuple[Succession, ...]]]:
    """Return the pairs by old code, and by new code."""
    by_old: dict[str, list[Succession]] = defaultdict(list)
    by_new: dict[str, list[Succession]] = defaultdict(list)
    for row in geography.read_rows("commune_successors.csv"):
        pair = Succession(
            intern(row["old_code"]), intern(row["new_code"]), intern(row["part"]), intern(row["confidence"])
        )
        by_old[pair.old_code].append(pair)
        by_new[pair.new_code].append(pair)
    return (
        {code: tuple(pairs) for code, pairs in by_old.items()},
        {code: tuple(pairs) for code, pairs in by_new.items()},
    )


def successors(old_code: str) -> tuple[Succession, ...]:
    """Return what a commune of 2008 went into."""
    return _successions()[0].get(old_code, ())


def predecessors(new_code: str) -> tuple[Succession, ...]:
    """Return what a commune of 2025 was made of; nothing for the five island zones."""
    return _successions()[1].get(new_code, ())


def maps_of(code: str) -> tuple[str, ...]:
    """Return the maps that have a commune with `code`: two of them for most codes of 2025."""
    return tuple(map_ for map_ in ("2008", "2025") if geography.commune(code, map_) is not None)


def is_divided(code: str, map_: str) -> bool:
    """Say whether this is a commune of 2008 that was divided between several of 2025."""
    return map_ == "2008" and len(successors(code)) > 1


@functools.cache
def divided() -> tuple[str, ...]:
    """Return the codes of the communes of 2008 that were divided."""
    return tuple(code for code, pairs in _successions()[0].items() if len(pairs) > 1)


@functools.lru_cache(maxsize=20_000)
def commune_today(code: str, map_: str) -> str | None:
    """Return the code of the commune of 2025 that this one lies in for sure; None if it was divided or is not known."""
    if map_ == "2025":
        return code if geography.commune(code, map_) is not None else None
    into = successors(code)
    return into[0].new_code if len(into) == 1 else None


def _district_then(code: str, map_: str, state: str) -> District | None:
    """Return the district of 2008, in a state of them, in which this commune lies for sure, or None."""
    if map_ == "2008":
        return geography.district_of(code, state)
    made_of = predecessors(code)
    districts = {geography.district_of(pair.old_code, state) for pair in made_of}
    if len(districts) == 1:
        return districts.pop()
    new = geography.commune(code, "2025")
    place = geography.place(code, "2025")
    # The island zones were districts without communes, and kept their names.
    return None if made_of or new is None or place is None else geography.district_in(place.province_2008, new.name)


def _lies_in(code: str, map_: str, level: Level, on: str) -> str | None:
    """Return the unit of `level` on the map `on` in which a commune lies for sure."""
    if level == "district":
        district = _district_then(code, map_, _state(on))
        return None if district is None else f"{district.code}-2008"
    if map_ == on:
        return f"{code}-{map_}"
    if on == "2025":
        today = commune_today(code, map_)
        return None if today is None else f"{today}-2025"
    # A commune of 2025 is one of 2008 only where it was made of nothing else.
    made_of = predecessors(code)
    same = len(made_of) == 1 and made_of[0].part == "whole"
    return f"{made_of[0].old_code}-2008" if same else None


def _may_lie_in(code: str, map_: str, level: Level, on: str) -> Iterable[str]:
    """Return the units of `level` on the map `on` that share ground with a commune."""
    if level == "district":
        districts = {geography.district_of(pair.old_code, _state(on)) for pair in predecessors(code)}
        return sorted(f"{district.code}-2008" for district in districts if district is not None)
    if on == "2025":
        return [f"{pair.new_code}-2025" for pair in successors(code)]
    return [f"{pair.old_code}-2008" for pair in predecessors(code)]


class Map(NamedTuple):
    """How communes of both maps lie in the units of one level on one map; communes are named by code and map."""

    unit_of: Mapping[str, str]
    """Commune → the unit that it lies in for sure."""
    members: Mapping[str, tuple[str, ...]]
    """Unit → communes that lie in it for sure."""
    doubtful: Mapping[str, tuple[str, ...]]
    """Unit → communes that lie only partly in it: a record there may belong to it."""


def _state(on: str) -> str:
    """Return the state of the districts that `on` means: they ended with the map of 2008, whatever map is asked for."""
    return "2008" if on == "2025" else on


@functools.cache
def lying_in(level: Level, on: str) -> Map:
    """Return how communes of both maps lie in the communes of the map `on`, or in the districts of 2008.

    Of districts `on` may be an earlier state of theirs (`geography.districts_on`).
    """
    unit_of: dict[str, str] = {}
    members: dict[str, list[str]] = defaultdict(list)
    doubtful: dict[str, list[str]] = defaultdict(list)
    for commune in geography.communes():
        key = f"{commune.code}-{commune.map}"
        unit = _lies_in(commune.code, commune.map, level, on)
        if unit is not None:
            unit_of[key] = unit
            members[unit].append(key)
            continue
        for touched in _may_lie_in(commune.code, commune.map, level, on):
            doubtful[touched].append(key)
    return Map(unit_of, _fixed(members), _fixed(doubtful))


def _fixed(lists: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {unit: tuple(keys) for unit, keys in lists.items()}


@functools.lru_cache(maxsize=128)
def placing(provinces_2008: tuple[str, ...], level: Level, on: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return communes of these provinces and, in the same order, the units they lie in for sure, where those are others.

    A commune that is not known may have the name of its district, with that of its province: `25-2008 Thành phố Việt Trì`.
    """
    within = frozenset(provinces_2008)
    pairs = []
    for key, unit in lying_in(level, on).unit_of.items():
        place = geography.place(key[:5], key[6:])
        if key != unit and place is not None and place.province_2008 in within:
            pairs.append((key, unit))
    if level == "district":
        pairs += [
            (f"{each.province_id} {each.full_name}", f"{each.code}-2008")
            for each in geography.districts_in_state(_state(on))
            if each.province_id in within
        ]
    return tuple(key for key, _ in pairs), tuple(unit for _, unit in pairs)


def units_in(provinces_2008: Iterable[str], level: Level, on: str) -> Iterator[str]:
    """Return the communes of the map `on`, or the districts of 2008, that lie in these provinces of 2008."""
    within = frozenset(provinces_2008)
    if level == "district":
        in_state = geography.districts_in_state(_state(on))
        yield from (f"{each.code}-2008" for each in in_state if each.province_id in within)
        return
    for commune in geography.communes():
        place = geography.place(commune.code, commune.map) if commune.map == on else None
        if place is not None and place.province_2008 in within:
            yield f"{commune.code}-{commune.map}"
