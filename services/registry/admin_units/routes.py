"""Provinces, districts and communes of both maps over HTTP: a look-up resource, from data shipped with the product."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from kernel.problems import CursorMismatch, FieldError, Invalid, NotFound
from kernel.problems.field_labels import Label
from kernel.records.code_lists import cacheable
from kernel.records.cursors import computed_page, last_id
from kernel.values import geography, lineage
from kernel.values.lineage import Succession
from kernel.values.text import fold_query, name_folded
from kernel.web.calls import CurrentCall
from kernel.web.schemas import Output, Page, code, listed, text
from services.registry.code_lists import COMMUNE_MAPS, LINEAGES, SUCCESSION_CONFIDENCES, SUCCESSION_PARTS, UNIT_LEVELS
from services.registry.scopes import NAMES_READ, registry_router

router = registry_router("admin-units")


class AdminUnit(Output):
    """A province, district or commune of one map. Codes were reused in 2025: `id` is code and map."""

    id: str
    code: Annotated[str, Label("Mã đơn vị hành chính")]
    map: str = Field(json_schema_extra=listed(COMMUNE_MAPS))
    level: str = Field(json_schema_extra=listed(UNIT_LEVELS))
    kind: Annotated[str, Label("Loại đơn vị hành chính")] = Field(
        description="province, municipality, ward, commune, township, special_zone, district"
    )
    name: str
    full_name: str
    parent_id: str | None
    province_id: str
    valid_from: date
    valid_to: date | None
    predecessor_ids: list[str] = Field(description="What it was made of, as far as it is known")
    successor_ids: list[str] = Field(description="What it became, as far as it is known")
    lineage: str = Field(
        json_schema_extra=listed(LINEAGES),
        description="complete for provinces; compared for communes: two secondary sources put side by side, no official "
        "concordance, in which small strips at a boundary may be missing; none: not known",
    )


class RelatedUnit(Output):
    """A unit of the other map that shares ground with this one."""

    id: str
    name: str
    full_name: str
    part: Annotated[str, Label("Nhập nguyên hay một phần")] = Field(
        json_schema_extra=listed(SUCCESSION_PARTS),
        description="whole: the unit of 2008 lies in the one of 2025 with all it has; part: it was divided",
    )
    confidence: Annotated[str, Label("Mức đối chiếu")] = Field(
        json_schema_extra=listed(SUCCESSION_CONFIDENCES),
        description="official: by law; two_sources: both say so; one_source: only one has it",
    )


class AdminUnitDetails(AdminUnit):
    """One unit, with what it was made of or went into."""

    predecessors: Annotated[list[RelatedUnit], Label("Các đơn vị trước sắp xếp")] = Field(
        description="Of a unit of 2025: what it was made of, `predecessor_ids` with their names"
    )
    successors: Annotated[list[RelatedUnit], Label("Các đơn vị sau sắp xếp")] = Field(
        description="Of a unit of 2008: what it went into, `successor_ids` with their names"
    )


class AdminUnitPage(Page[AdminUnit]):
    """A page of administrative units."""


def _unit(level: str, **fields: Any) -> dict[str, Any]:
    old = fields["map"] == "2008"
    return {
        "level": level,
        "valid_from": geography.MAP_2008_FROM if old else geography.MAP_2025_FROM,
        "valid_to": geography.MAP_2008_TO if old else None,
        "predecessor_ids": [],
        "successor_ids": [],
        "lineage": "none",
        **fields,
    }


def _all() -> Iterator[dict[str, Any]]:
    for p in geography.provinces():
        yield _unit(
            "province",
            id=p.id,
            code=p.code,
            map=p.map,
            kind=p.type,
            name=p.name,
            full_name=p.name,
            parent_id=None,
            province_id=p.id,
            valid_from=p.valid_from,
            valid_to=p.valid_to,
            predecessor_ids=list(p.predecessor_ids),
            successor_ids=[p.successor_id] if p.successor_id else [],
            lineage="complete",
        )
    for d in geography.districts():
        yield _unit(
            "district",
            id=f"{d.code}-2008",
            code=d.code,
            map="2008",
            kind="district",
            name=d.name,
            full_name=d.full_name,
            parent_id=d.province_id,
            province_id=d.province_id,
        )
    for c in geography.communes():
        before = [f"{pair.old_code}-2008" for pair in lineage.predecessors(c.code)] if c.map == "2025" else []
        after = [f"{pair.new_code}-2025" for pair in lineage.successors(c.code)] if c.map == "2008" else []
        yield _unit(
            "commune",
            id=f"{c.code}-{c.map}",
            code=c.code,
            map=c.map,
            kind=c.kind,
            name=c.name,
            full_name=c.full_name,
            parent_id=f"{c.district_code}-2008" if c.district_code else c.province_id,
            province_id=c.province_id,
            predecessor_ids=before,
            successor_ids=after,
            lineage="compared" if before or after else "none",
        )


@functools.cache
def _units() -> dict[str, dict[str, Any]]:
    units = {unit["id"]: unit for unit in _all()}
    return dict(sorted(units.items()))


@functools.cache
def _folded() -> dict[str, str]:
    return {id_: name_folded(unit["full_name"]) for id_, unit in _units().items()}


@router.operation(
    "GET",
    "/admin-units",
    scopes=NAMES_READ,
    conditional=True,
    response_model=AdminUnitPage,
    problems=(CursorMismatch,),
    summary="List provinces, districts and communes",
)
async def list_admin_units(
    call: CurrentCall,
    ids: Annotated[
        list[Annotated[str, text(20)]] | None,
        Query(alias="id", description="These units alone. Repeat for OR.", max_length=200),
    ] = None,
    map_: Annotated[Annotated[str, code(COMMUNE_MAPS)] | None, Query(alias="map", description="Map")] = None,
    level: Annotated[Annotated[str, code(UNIT_LEVELS)] | None, Query(description="Level")] = None,
    parent_id: Annotated[str | None, Query(description="Unit it lies in, for instance 25-2025", max_length=20)] = None,
    province: Annotated[str | None, Query(description="Province it lies in, 25-2008 or 25-2025", max_length=7)] = None,
    q: Annotated[str | None, Query(description="Search without regard to case or marks", max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Items a page")] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before", max_length=100)] = None,
    count: Annotated[
        Annotated[str, code({"exact": ("Đếm hết", "Count all")})] | None,
        Query(description="exact: count all that match"),
    ] = None,
) -> Response:
    """Page through the units of both maps, by id. The communes of one province (or parent) come whole, uncut by `limit`."""
    if province is not None and geography.province(province) is None:
        words = (
            "Không có tỉnh này; hãy chọn trong danh mục tỉnh.",
            "There is no such province; choose one of the list.",
        )
        raise Invalid(FieldError("unknown_province", words, parameter="province"))
    folded, names = fold_query(q) if q else None, _folded()
    units = [
        unit
        for id_, unit in _units().items()
        if (ids is None or id_ in ids)
        and (map_ is None or unit["map"] == map_)
        and (level is None or unit["level"] == level)
        and (parent_id is None or unit["parent_id"] == parent_id)
        and (province is None or (unit["province_id"] == province and unit["level"] != "province"))
        and (folded is None or folded in names[id_])
    ]
    total = len(units) if count else None
    is_uncut = province is not None or parent_id is not None
    asked = [ids, map_, level, parent_id, province, q]
    if (after := last_id(cursor, asked, _units().__contains__)) is not None:
        units = [unit for unit in units if unit["id"] > after]
    page = units if is_uncut else units[:limit]
    last = page[-1]["id"] if len(page) < len(units) else None
    return cacheable(call, computed_page(call, page, last=last, asked=asked, count=total))


@router.operation(
    "GET",
    "/admin-units/{admin_unit}",
    scopes=NAMES_READ,
    conditional=True,
    response_model=AdminUnitDetails,
    summary="Read an administrative unit",
)
async def read_admin_unit(
    call: CurrentCall, admin_unit: Annotated[str, Path(description="Id of the administrative unit")]
) -> Response:
    """Read a unit by code and map, for instance 25-2008 or 08230-2025, with what it was made of or went into."""
    unit = _units().get(admin_unit)
    if unit is None:
        raise NotFound()
    pairs = {}
    if unit["level"] == "commune":
        either = lineage.predecessors(unit["code"]) if unit["map"] == "2025" else lineage.successors(unit["code"])
        pairs = {f"{pair.old_code}-2008": pair for pair in either} | {f"{pair.new_code}-2025": pair for pair in either}
    details = {
        "predecessors": [_related(id_, pairs.get(id_)) for id_ in unit["predecessor_ids"]],
        "successors": [_related(id_, pairs.get(id_)) for id_ in unit["successor_ids"]],
    }
    return cacheable(call, {**unit, **details})


def _related(id_: str, pair: Succession | None) -> dict[str, str]:
    """Return a unit of the other map; of provinces, which the law put together, there is no pair."""
    unit = _units()[id_]
    return {
        "id": id_,
        "name": unit["name"],
        "full_name": unit["full_name"],
        "part": "whole" if pair is None else pair.part,
        "confidence": "official" if pair is None else pair.confidence,
    }
