"""What nobody has declared complete for a year, so that its figures are left empty: what to declare, and where."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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
    """A coverage: which types, in which provinces of 2008, through which days."""

    record_types: list[str]
    provinces_2008: list[str]
    covered_from: date
    covered_to: date | None


# Coverages are a few hundred at most, so all of them are read.
_DECLARED = statement(
    DeclaredRow,
    """
    SELECT record_types, provinces_2008, covered_from, covered_to FROM coverage
     WHERE provinces_2008 && $1::text[] AND covered_from <= $3 AND (covered_to IS NULL OR covered_to >= $2)""",
)


@dataclass(frozen=True)
class _Known:
    """What a service says of coverage: what was declared of the year, what each indicator needs, and labels of types."""

    declared: list[DeclaredRow]
    needs: dict[str, list[str]]
    labels: dict[str, str]

    def covers(self, type_: str, province: str, first: date, through: date) -> bool:
        """Say whether one coverage declares a type for a province of 2008 and all of these days."""
        return any(
            type_ in row["record_types"]
            and province in row["provinces_2008"]
            and row["covered_from"] <= first
            and (row["covered_to"] is None or row["covered_to"] >= through)
            for row in self.declared
        )


async def coverage(call: Call, asked: YearAsked, measures: Sequence[Item], missing: Missing) -> list[Item]:
    """Return, for each service, what its figures of the year lack; of the nation nothing, as provinces declare.

    Where a plan has measures, that is what these need in their own provinces. Where it has none, it is every type of a
    service for which nobody declared anything at all.
    """
    if asked.province == NATION or asked.first > asked.on:
        return []
    lacking = {
        service: [item for item in measures if item["source_service"] == service and _is_empty(item)]
        for service in codes.SOURCE_SERVICES
    }
    wanted = [service for service in codes.SOURCE_SERVICES if lacking[service] or not measures]
    answers = await asyncio.gather(
        *(
            missing.listed("coverage", service, _of_service(call, asked, service, lacking[service]))
            for service in wanted
        )
    )
    return [item for each in answers for item in each]


def _is_empty(item: Item) -> bool:
    return item["status"] in ("not_reported", "partial")


async def _of_service(call: Call, asked: YearAsked, service: str, empty: Sequence[Item]) -> list[Item]:
    known = await (_of_reporting(call, asked) if service == "reporting" else _of_other(call, asked, service))
    old = geography.expand(asked.province)
    lacks: dict[str, set[str]] = {province: set() for province in old}
    if not empty and not known.declared:
        lacks = {province: set(known.labels) for province in old}
    for item in empty:
        for province in geography.expand(item["province"] or asked.province):
            for type_ in known.needs.get(item["indicator"], ()):
                if not known.covers(type_, province, item["from"], min(item["to"], asked.through)):
                    lacks.setdefault(province, set()).add(type_)
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
            "covered_from": date.fromisoformat(item["covered_from"]),
            "covered_to": None if item["covered_to"] is None else date.fromisoformat(item["covered_to"]),
        }
        for item in listed
    ]
    return _Known(
        [
            row
            for row in rows
            if row["covered_from"] <= asked.last and (row["covered_to"] is None or row["covered_to"] >= asked.first)
        ],
        {str(item["code"]): list(item["needs_coverage_of"]) for item in indicators},
        {str(item["code"]): str(item["label"]) for item in types["items"]},
    )


async def _of_reporting(call: Call, asked: YearAsked) -> _Known:
    rows = await call.db.fetch(_DECLARED, list(geography.expand(asked.province)), asked.first, asked.last)
    at = call.language == "en"
    return _Known(
        rows,
        {code: list(indicator.needs) for code, indicator in INDICATORS.by_code.items()},
        {code: words[at] for code, words in codes.RECORD_TYPES.items()},
    )
