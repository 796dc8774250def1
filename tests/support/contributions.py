"""Whether the records that a figure opens into add up to it, by its indicator's measure: count, sum, distinct, least, quotient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kernel.values import geography

Record = Mapping[str, Any]
Open = Callable[[str], Sequence[Record]]
"""Returns all records behind an address of evidence."""

_PERCENT = 100
_THINGS: Mapping[str, Callable[[Record], Iterable[Hashable]]] = {
    "trade_promotion_product_types": lambda row: (
        (row["organization_id"], product["kind"], product["name"] if product["kind"] == "other" else None)
        for product in row["products"]
    ),
    "market_linkage_cooperatives": lambda row: (row["organization_id"],),
    "trade_promotion_cooperatives": lambda row: (row["organization_id"],),
    "trade_promotion_events": lambda row: (row["trade_event_id"],),
    "training_cooperatives_reached": lambda row: (row["organization_id"],),
    "training_distinct_trainees": lambda row: (row["id"],),
    "training_trainees_law": lambda row: (row["id"],),
    "training_trainees_management": lambda row: (row["id"],),
    "loan_borrowers": lambda row: (row["borrower_id"],),
}
"""What each record stands for, where several may be one thing, so that none of them alone adds to the figure."""


def added_up(rows: Sequence[Record]) -> Decimal:
    """Return the sum of what the records add."""
    return sum((Decimal(str(row["contribution"])) for row in rows), Decimal())


def assert_adds_up(item: Mapping[str, Any], entry: Mapping[str, Any], open_: Open) -> int:
    """Check a figure, asked in đồng, by the records behind it; return how many there are. `entry`: of the catalogue."""
    rows = open_(item["evidence"])
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)), "a record stands behind it twice"
    value, code = item["value"], entry["code"]
    if code in _THINGS:
        assert {row["contribution"] for row in rows} <= {None}
        assert value == len({thing for row in rows for thing in _THINGS[code](row)}) + (item["reported_part"] or 0)
    elif code == "districts_with_effective_model":
        assert value == len({row["district"]["code"] for row in rows})
    elif code == "effective_models_per_district_min":
        counted = Counter(row["district"]["code"] for row in rows)
        there = geography.districts_in_state(geography.districts_on(date.fromisoformat(item["to"])))
        assert value == min(counted[each.code] for each in there if each.province_id == item["province"])
    elif entry["aggregation"] == "min":
        assert value == min(row["ocop_stars"] for row in rows)
        assert added_up(rows) == len(rows)
    elif item["denominator"] is not None:
        assert float(added_up(rows)) == pytest.approx(item["numerator"])
        if item["denominator_evidence"] is not None:
            assert float(added_up(open_(item["denominator_evidence"]))) == pytest.approx(item["denominator"])
        times = _PERCENT if entry["unit"].startswith("percent") else 1
        assert value == pytest.approx(item["numerator"] / item["denominator"] * times, abs=1e-4)
    else:
        assert Decimal(str(value)) == added_up(rows)
    return len(rows)


def assert_grew(item: Mapping[str, Any], now: Mapping[str, Any], before: Mapping[str, Any], open_: Open) -> None:
    """Check a growth by the two averages that it compares: its records are those of the later one."""
    assert item["value"] == pytest.approx((now["value"] / before["value"] - 1) * _PERCENT, abs=1e-4)
    rows, averaged = open_(item["evidence"]), open_(now["evidence"])
    assert {row["id"] for row in rows} == {row["id"] for row in averaged}
    assert float(added_up(averaged)) == pytest.approx(now["numerator"])
