"""The catalogue of all indicators, services/reporting/catalogue/indicators.json, as the services' own tables make it.

Its versions rise by themselves: each entry keeps a digest of what it counts, and a new digest is a new version.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Iterator
from typing import Any

from kernel.indicators.definitions import Indicator
from kernel.indicators.table import IndicatorTable
from kernel.indicators.units import printed_in
from services.reporting.code_lists.figures import PLAN_COUNTS
from vca.openapi import ROOT

FILE = ROOT / "services" / "reporting" / "catalogue" / "indicators.json"

_TABLES = {
    "registry": "services.registry.indicators",
    "funds": "services.funds.indicators",
    "training": "services.training.indicators",
    "reporting": "services.reporting.indicators",
}
_PLANNED = "Tasks of the plan asked for, or of the one that covers the days and the place, by the verdict of their worst measure."


def _counted(table: IndicatorTable, indicator: Indicator) -> tuple[Any, ...]:
    """Return all that decides what an indicator counts; what it divides by and grows from included."""
    relation = indicator.relation
    others = [table.by_code[code] for code in (indicator.denominator, indicator.growth_of) if code is not None]
    return (
        (relation.tables, relation.condition, relation.id, sorted(relation.apart.items())),
        (indicator.unit, indicator.kind, sorted(indicator.scopes.items()), indicator.default_scope, indicator.needs),
        (indicator.measure, indicator.distinct_of, indicator.divisor, indicator.least, indicator.by_district),
        (indicator.exact, sorted(indicator.scope_needs.items())),
        [_counted(table, other) for other in others],
    )


def _digest(counted: Any) -> str:
    return hashlib.sha256(repr(counted).encode()).hexdigest()[:16]


def _of_table(service: str, table: IndicatorTable) -> Iterator[dict[str, Any]]:
    for indicator in table.by_code.values():
        display_unit, decimals = printed_in(indicator.unit)
        above, below = indicator.ratio_of or (None, None)
        yield {
            "code": indicator.code,
            "label_vi": indicator.label_vi,
            "label_en": indicator.label_en,
            "unit": indicator.unit,
            "kind": indicator.kind,
            "direction": indicator.direction,
            "scopes": list(indicator.scopes),
            "group_by": list(indicator.groups),
            "numerator": above if indicator.growth_of is None else None,
            "denominator": below if indicator.growth_of is None else None,
            "denominator_indicator": indicator.denominator,
            "aggregation": indicator.aggregation,
            "exact": indicator.exact,
            "display_unit": display_unit,
            "decimals": decimals,
            "service": service,
            "source": indicator.source,
            "legal_source": indicator.legal_source,
            "valid_from": indicator.valid_from and indicator.valid_from.isoformat(),
            "valid_to": indicator.valid_to and indicator.valid_to.isoformat(),
            "digest": _digest(_counted(table, indicator)),
        }


def _of_plans() -> Iterator[dict[str, Any]]:
    worse = ("plan_indicators_partly_met", "plan_indicators_missed")
    for code, (vi, en) in PLAN_COUNTS.items():
        direction = "less_is_better" if code in worse else "neither" if code.endswith("_assigned") else "more_is_better"
        yield {
            "code": code,
            "label_vi": vi,
            "label_en": en,
            "unit": "indicator",
            "kind": "flow",
            "direction": direction,
            "scopes": ["province"],
            "group_by": [],
            "numerator": None,
            "denominator": None,
            "denominator_indicator": None,
            "aggregation": "recompute",
            "exact": True,
            "display_unit": "indicator",
            "decimals": 0,
            "service": "reporting",
            "source": _PLANNED,
            "legal_source": None,
            "valid_from": None,
            "valid_to": None,
            "digest": _digest((code, _PLANNED)),
        }


def written(before: str | None) -> str:
    """Return what the file should hold, its versions counted on from `before`, the text that it holds now."""
    known = {} if before is None else {row["code"]: row for row in json.loads(before)["indicators"]}
    rows = [
        row
        for service, module in _TABLES.items()
        for row in _of_table(service, importlib.import_module(module).INDICATORS)
    ]
    rows += _of_plans()
    for row in rows:
        old = known.get(row["code"])
        row["version"] = 1 if old is None else old["version"] + (old["digest"] != row["digest"])
    return json.dumps({"indicators": rows}, ensure_ascii=False, indent=1) + "\n"


def _now() -> str | None:
    return FILE.read_text(encoding="utf-8") if FILE.exists() else None


def is_stale() -> bool:
    """Say whether the file is not what the tables make."""
    return written(before := _now()) != before


def write() -> bool:
    """Write the file; say whether it changed."""
    text = written(before := _now())
    if text != before:
        FILE.write_text(text, encoding="utf-8")
    return text != before
