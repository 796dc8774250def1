"""A report by the provinces of a map: 63 until 30 June 2025, 34 since. What adds up has the same sum on both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from kernel.values import geography
from kernel.web.calls import Call
from kernel.web.replies import dump
from services.reporting.catalogue import CATALOGUE
from services.reporting.figures.answer import figures
from services.reporting.figures.totals import totals
from services.reporting.reports.cells import Cell, Key, ask_of, key_of
from services.reporting.reports.kinds import NATION, series_break
from services.reporting.rows import ReportRow

_KEPT = ("indicator", "scope", "province", "unit", "value", "numerator", "denominator", "status")


def has_provinces(report: Mapping[str, Any]) -> bool:
    """Say whether a report is of several provinces of its map."""
    province = report["province"]
    return province == NATION or (report["geography"] == "2008" and len(geography.expand(province)) > 1)


def groupable(cells: Iterable[Cell]) -> list[Key]:
    """Return the indicators of a report that can be told by province."""
    keys = ((cell["indicator"], cell["scope"]) for cell in cells if cell["value"] is not None)
    return [key for key in keys if key[0] in CATALOGUE and "province" in CATALOGUE[key[0]].group_by]


async def by_province(call: Call, report: ReportRow, cells: Iterable[Cell], map_: str) -> dict[str, Any]:
    """Return a report's figures for each province of a map, with what they come to: a sum, or a ratio of the sums."""
    keys = groupable(cells)
    shown: dict[str, Any] = {
        "geography": map_,
        "series_break": series_break(report["starts_on"], report["ends_on"]),
        "items": [],
        "totals": [],
    }
    if not keys:
        return shown
    ask = ask_of(report, keys, group_by="province", geography=map_, previous=None, plan_id=None)
    items = await figures(call, ask)
    sums = totals(ask, items)
    shown["items"] = [
        {
            **{name: item[name] for name in _KEPT},
            "key": key_of(item),
            "is_additive": CATALOGUE[item["indicator"]].is_additive,
        }
        for item in items
    ]
    shown["totals"] = [
        {**total, "key": key_of(total), "is_additive": CATALOGUE[total["indicator"]].is_additive} for total in sums
    ]
    return dict(orjson.loads(dump(shown)))
