"""Whether the records that a figure opens into add up to it, by its indicator's measure: count, sum, distinct, least, quotient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

Record = Mapping[str, Any]
Open = Callable[[str], list[Record]]
"""Returns all records behind an address of evidence."""

_PERCENT = 100


def added_up(rows: Sequence[Record]) -> Decimal:
    """Return the sum of what the records add."""
    return sum((Decimal(str(row["contribution"])) for row in rows), Decimal())


def assert_adds_up(item: Mapping[str, Any], entry: Mapping[str, Any], open_: Open) -> int:
    """Check a figure, asked in đồng, by the records behind it; return how many there are. `entry`: of the catalogue."""
    rows = open_(item["evidence"])
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)), "a record stands behind it twice"
    value, total = item["value"], added_up(rows)
    if entry["code"] == "districts_with_effective_model":
        assert value == len({row["district"]["code"] for row in rows})
    elif entry["code"] == "effective_models_per_district_min":
        assert value == min(Counter(row["district"]["code"] for row in rows).values())
    elif entry["aggregation"] == "min":
        assert value == min(row["ocop_stars"] for row in rows)
        assert total == len(rows)
    elif item["denominator"] is not None:
        assert float(total) == pytest.approx(item["numerator"])
        if item["denominator_evidence"] is not None:
            assert float(added_up(open_(item["denominator_evidence"]))) == pytest.approx(item["denominator"])
        times = _PERCENT if entry["unit"].startswith("percent") else 1
        assert value == pytest.approx(item["numerator"] / item["denominator"] * times, abs=1e-4)
    else:
        assert Decimal(str(value)) == total
    return len(rows)
