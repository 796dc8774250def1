"""A commune in a row of a file: by its code, or by its name with those of its district and province."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from kernel.problems import FieldError
from kernel.values import geography
from kernel.values.common_lists import COMMUNE_MAPS
from kernel.values.geography import Commune
from kernel.values.text import name_folded, name_sort
from kernel.workbooks.columns import Column
from kernel.workbooks.table import Line

COMMUNE_CELLS = frozenset({"commune_code", "commune_map"})
COMMUNE_NAMES = frozenset({"commune_name", "district_name", "province_name"})
"""Columns that name a commune: where one of these is wrong, the code is missing only because of that."""

_LISTED = 6
"""So many candidates are named; of more than that the number."""
_COMMUNE_KINDS = ("phuong", "xa", "thi tran", "dac khu", "p", "x", "tt")
_DISTRICT_KINDS = ("huyen", "quan", "thi xa", "thanh pho", "h", "q", "tx", "tp")
_PROVINCE_KINDS = ("tinh", "thanh pho", "t", "tp")
_SHORT = {"p": "phuong", "x": "xa", "tt": "thi tran"}


def commune_columns(*, group: str = "", note: str = "Mã 5 số của xã, phường.") -> tuple[Column, ...]:
    """Return the columns that name a commune, by code or by name; with a `group` a row needs one of the two."""
    return (
        Column(field="commune_code", label="Mã xã", digits=(5,), note=note, example="07894", group=group),
        Column(
            field="commune_map",
            label="Địa giới",
            kind="code",
            codes=COMMUNE_MAPS,
            note="Mã xã theo địa giới nào: 2008 (đến 30/6/2025) hay 2025. Bắt buộc khi cả hai địa giới có mã này.",
            example="2025",
        ),
        Column(
            field="commune_name",
            label="Xã/phường",
            note="Tên xã, phường, thị trấn khi không ghi mã xã.",
            example="Xã Hạ Hòa",
            also=("Xã", "Phường", "Tên xã", "Phường/xã", "Xã, phường", "Xã/phường/thị trấn", "Xã, phường, thị trấn"),
            group=group,
        ),
        Column(
            field="district_name",
            label="Huyện",
            note="Tên huyện trước 01/7/2025; cần khi tỉnh có nhiều xã cùng tên.",
            also=("Huyện/thị xã", "Quận/huyện", "Huyện, thị xã, thành phố", "Huyện/thành/thị", "Tên huyện"),
        ),
        Column(
            field="province_name",
            label="Tỉnh",
            note="Tên tỉnh, thành phố; để trống là trong địa bàn của bạn.",
            also=("Tỉnh/thành phố", "Tỉnh, thành phố", "Tên tỉnh"),
        ),
    )


def commune_of(values: Mapping[str, Any], *, alliance: str | None) -> dict[str, str] | tuple[str, FieldError]:
    """Return `commune_code` and `commune_map` that a row's cells name, or the column and what is wrong in it.

    A code that no map has (merged away before March 2025, or 00000 for one that is not known) comes with `commune_name`,
    `district_name` and `province`, as far as the row gives them. A code stands as it is given, and is judged by the body; a name beside it has to be its own. A name is looked for in the
    area of `alliance`, unless the row names a province. Without code and name nothing is returned.
    """
    given = {name: values[name] for name in ("commune_code", "commune_map") if name in values}
    name: str | None = values.get("commune_name")
    if "commune_code" in values:
        return _agreeing(values, given, name)
    if name is None:
        return given
    candidates = _named(name)
    district, province = values.get("district_name"), values.get("province_name")
    if province is not None:
        ids = _provinces_named(province)
        if not ids:
            return "province_name", _unknown("tỉnh, thành phố", "province", province)
        candidates = [one for one in candidates if one.province_id in ids or _today(one) in ids]
    elif alliance is not None:
        candidates = [one for one in candidates if _today(one) == alliance]
    if "commune_map" in values:
        candidates = [one for one in candidates if one.map == values["commune_map"]]
    if district is not None and candidates:
        within = [one for one in candidates if _is_in_district(one, district)]
        if not within:
            return "district_name", _no_such_district(candidates, district)
        candidates = within
    candidates = _closest(candidates, name)
    if len(candidates) == 1:
        return {"commune_code": candidates[0].code, "commune_map": candidates[0].map}
    return "commune_name", _ambiguous(candidates) if candidates else _unknown("xã, phường", "commune", name)


def find_commune(line: Line, *, alliance: str | None) -> bool:
    """Give a row code and map of the commune that it names, or the fault of the cell that names none; say which it was."""
    commune = commune_of(line.values, alliance=alliance)
    if isinstance(commune, tuple):
        line.faults.append(commune)
        return False
    line.values.update({name: commune[name] for name in COMMUNE_CELLS if name in commune})
    return True


def _agreeing(
    values: Mapping[str, Any], given: dict[str, str], name: str | None
) -> dict[str, str] | tuple[str, FieldError]:
    """Return the commune of a code whose name stands beside it: the name says of which map it is, and may not be another's."""
    code = values["commune_code"]
    maps = [values["commune_map"]] if "commune_map" in values else [*COMMUNE_MAPS]
    known = [one for one in (geography.commune(code, map_) for map_ in maps) if one is not None]
    if not known:
        return {**given, **_beside_the_maps(values)}
    if name is None:
        return given
    fitting = [one for one in known if one in _named(name)]
    if len(fitting) > 1:
        return given
    if not fitting:
        labels = [" hoặc ".join(map(_label, known)), " or ".join(map(_label, known))]
        words = (f"Mã này là của {labels[0]}; hãy sửa mã hoặc tên.", f"This is the code of {labels[1]}; correct one.")
        return "commune_name", FieldError("commune_differs", words)
    return {"commune_code": code, "commune_map": fitting[0].map}


def _beside_the_maps(values: Mapping[str, Any]) -> dict[str, str]:
    names = {name: values[name] for name in ("commune_name", "district_name") if name in values}
    provinces = [id_ for id_ in _provinces_named(values.get("province_name", "")) if id_.endswith("-2008")]
    return {**names, **({"province": provinces[0]} if provinces else {})}


def _today(commune: Commune) -> str | None:
    place = geography.place(commune.code, commune.map)
    return None if place is None else place.province_2025


def _bare(folded: str, kinds: Sequence[str]) -> str:
    """Return a folded name without the word for its kind; a name that is nothing else, or a number, keeps it."""
    for kind in kinds:
        rest = folded.removeprefix(f"{kind} ")
        if rest != folded and not rest.isdigit():
            return rest
    return folded


@functools.cache
def _by_name() -> dict[str, list[Commune]]:
    index: dict[str, list[Commune]] = {}
    for commune in geography.communes():
        for name in {name_folded(commune.name), name_folded(commune.full_name)}:
            index.setdefault(_bare(name, _COMMUNE_KINDS), []).append(commune)
    return {name: [*dict.fromkeys(communes)] for name, communes in index.items()}


def _named(name: str) -> list[Commune]:
    """Return the communes of this name on both maps; of the kind that the name says, where it says one."""
    folded = re.sub(r"\b0+(?=\d)", "", name_folded(name))
    bare = _bare(folded, _COMMUNE_KINDS)
    communes = _by_name().get(bare) or _by_name().get(re.sub(r"\b(\d)\b", r"0\1", bare), [])
    kind = folded.removesuffix(bare).strip()
    kind = _SHORT.get(kind, kind)
    of_kind = [one for one in communes if kind and name_folded(one.full_name).startswith(f"{kind} ")]
    return of_kind or communes


def _closest(communes: list[Commune], name: str) -> list[Commune]:
    """Return those of the very letters and marks of `name`, where some are."""
    if len(communes) < 2:
        return communes
    wanted = name_sort(name)
    exact = [one for one in communes if wanted in (name_sort(one.name), name_sort(one.full_name))]
    return exact or communes


def _is_in_district(commune: Commune, name: str) -> bool:
    district = geography.district(commune.district_code or "")
    if district is None:
        return False
    folded = name_folded(name)
    return folded in (name_folded(district.name), name_folded(district.full_name)) or _bare(
        folded, _DISTRICT_KINDS
    ) == name_folded(district.name)


@functools.lru_cache(maxsize=1000)
def _provinces_named(name: str) -> frozenset[str]:
    """Return the ids of the provinces of both maps that have this name."""
    folded = name_folded(name)
    names = {folded, _bare(folded, _PROVINCE_KINDS)}
    return frozenset(one.id for one in geography.provinces() if _bare(name_folded(one.name), _PROVINCE_KINDS) in names)


def _label(commune: Commune) -> str:
    district = geography.district(commune.district_code or "")
    parts = [
        commune.full_name,
        *([district.full_name] if district else []),
        geography.province_name(commune.province_id),
    ]
    return f"{', '.join(parts)} ({commune.code}, {commune.map})"


def _ambiguous(candidates: Sequence[Commune]) -> FieldError:
    listed = "; ".join(_label(one) for one in candidates[:_LISTED])
    more = len(candidates) - _LISTED
    tail = (f"; và {more} nơi khác", f"; and {more} more") if more > 0 else ("", "")
    return FieldError(
        "ambiguous_commune",
        (
            f"Có nhiều nơi tên này: {listed}{tail[0]}. Hãy ghi mã xã, hoặc ghi thêm huyện, tỉnh, địa giới.",
            f"Several places have this name: {listed}{tail[1]}. Give the code, or district, province and map as well.",
        ),
    )


def _no_such_district(candidates: Sequence[Commune], district: str) -> FieldError:
    listed = "; ".join(_label(one) for one in candidates[:_LISTED])
    return FieldError(
        "unknown_commune",
        (
            f"Không có xã này ở “{district}”; xã tên này có ở: {listed}. Hãy sửa huyện hoặc để trống.",
            f"“{district}” has no such commune; there are: {listed}. Correct the district, or leave it empty.",
        ),
    )


def _unknown(vi: str, en: str, name: str) -> FieldError:
    otherwise = ("hoặc ghi mã xã", "or give the code") if en == "commune" else ("hoặc để trống", "or leave it empty")
    words = (
        f"Không có {vi} tên “{name}”; hãy kiểm tra tên, {otherwise[0]}.",
        f"There is no {en} “{name}”; check the name, {otherwise[1]}.",
    )
    return FieldError(f"unknown_{en}", words)
