"""Vietnamese labels by field name, from one file, for the contract's `x-label-vi`."""

from __future__ import annotations

import csv
import functools
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "field_labels.csv"


@functools.cache
def _labels() -> dict[str, str]:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return {row["field"]: row["label_vi"] for row in csv.DictReader(lines)}


def label_vi(field: str) -> str | None:
    """Return the Vietnamese label of `field`, or None if the file names none."""
    return _labels().get(field)
