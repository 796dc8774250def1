"""What nobody has declared complete for a year, so that its figures are left empty: what to declare, and where."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from kernel.database.statements import statement
from kernel.values import geography
from kernel.web.auth import NATION
from kernel.web.calls import Call
from services.reporting import code_lists as codes
from services.reporting.indicators import INDICATORS
from services.reporting.overview.areas import YearAsked
from services.reporting.overview.asking import document, items
from services.reporting.overview.parts import Item, Missing

_LIST_NAMES = {"registry": "record-types", "funds": "record-types", "training": "record_types"}
_MOST = 200


class DeclaredRow(TypedDict):
    """Coverages of reporting's own records: which types, in which provinces of 2008."""

    record_types: list[str]
    provinces_2008: list[str]


# Coverages are a few hundred at most, so all of them are read.
_DECLARED = statement(
    DeclaredRow,
    """
    SELECT record_types, provinces_2008 FROM coverage
     WHERE provinces_2008 && $1::text[] AND covered_from <= $3 AND (covered_to IS NULL OR covered_to >= $2)""",
)


@dataclass(frozen=True)
class _Known:
    """What a service says of coverage: the types by province of 2008, what each indicator needs, and labels of types."""

    declared: dict[str, set[str]]
    needs: dict[str, list[str]]
    labels: dict[str, str]


async def coverage(call: Call, asked: YearAsked, measures: Sequence[Item], missing: Missing) -> list[Item]:
    """Return, for each service, what its figures of the year lack; of the nation nothing, as provinces declare.

    Where a plan has measures, that is what these need. Where it has none, it is every type of a service for which nobody
    declared anything at all.
    """
    if asked.province == NATION or asked.first > asked.on:
        return []
    lacking = {
        service: {item["indicator"] for item in measures if item["source_service"] == service and _is_empty(item)}
        for service in codes.SOURCE_SERVICES
    }
    wanted = [service for service in codes.SOURCE_SERVICES if lacking[service] or not measures]
    answers = await asyncio.gather(
        *(
            missing.listed("coverage", service, _of_service(call, asked, service, lacking[service], not measures))
            for service in wanted
        )
    )
    return [item for each in answers for item in each]


def _is_empty(item: Item) -> bool:
    return item["status"] in ("not_reported", "partial")


async def _of_service(call: Call, asked: YearAsked, service: str, indicators: Iterable[str], whole: bool) -> list[Item]:
    known = await (_of_reporting(call, asked) if service == "reporting" else _of_other(call, asked, service))
    if whole:
        needed = set() if any(known.declared.values()) else set(known.labels)
    else:
        needed = {type_ for code in indicators for type_ in known.needs.get(code, ())}
    old = geography.expand(asked.province)
    lacks = {province: needed - known.declared.get(province, set()) for province in old}
    # One form for the province as it is today, where all that was merged into it lacks the same.
    alike = len({frozenset(types) for types in lacks.values()}) == 1
    by_place = {asked.province: lacks[old[0]]} if alike else lacks
    return [_item(call, asked, service, place, types, known) for place, types in by_place.items() if types]


def _item(call: Call, asked: YearAsked, service: str, place: str, types: set[str], known: _Known) -> Item:
    return {
        "service": service,
        "service_label": codes.SOURCE_SERVICES[service][call.language == "en"],
        "province": place,
        "province_name": geography.province_name(place),
        "record_types": [{"code": code, "label": label} for code, label in known.labels.items() if code in types],
        "covered_from": asked.first,
        "covered_to": asked.through,
        "path": f"/v1/{service}/coverages",
    }


async def _of_other(call: Call, asked: YearAsked, service: str) -> _Known:
    listed, indicators, types = await asyncio.gather(
        items(call, f"/v1/{service}/coverages", {"province": asked.province, "limit": _MOST}),
        items(call, f"/v1/{service}/indicators"),
        document(call, f"/v1/{service}/code-lists/{_LIST_NAMES[service]}"),
    )
    rows: list[DeclaredRow] = [
        {
            "record_types": [str(type_) for type_ in item["record_types"]],
            "provinces_2008": list(geography.expand(str(item["province"]))),
        }
        for item in listed
        if date.fromisoformat(item["covered_from"]) <= asked.last
        and (item["covered_to"] is None or date.fromisoformat(item["covered_to"]) >= asked.first)
    ]
    return _Known(
        _by_province(rows),
        {str(item["code"]): list(item["needs_coverage_of"]) for item in indicators},
        {str(item["code"]): str(item["label"]) for item in types["items"]},
    )


async def _of_reporting(call: Call, asked: YearAsked) -> _Known:
    rows = await call.db.fetch(_DECLARED, list(geography.expand(asked.province)), asked.first, asked.last)
    at = call.language == "en"
    return _Known(
        _by_province(rows),
        {code: list(indicator.needs) for code, indicator in INDICATORS.by_code.items()},
        {code: words[at] for code, words in codes.RECORD_TYPES.items()},
    )


def _by_province(rows: Sequence[DeclaredRow]) -> dict[str, set[str]]:
    declared: dict[str, set[str]] = {}
    for row in rows:
        for province in row["provinces_2008"]:
            declared.setdefault(province, set()).update(row["record_types"])
    return declared
