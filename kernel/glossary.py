"""What a field name means: its Vietnamese label and its description, from one file, for the contract."""

from __future__ import annotations

import csv
import functools
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "field_labels.csv"


@functools.cache
def _words() -> dict[str, tuple[str, str]]:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return {row["field"]: (row["label_vi"], row["description"]) for row in csv.DictReader(lines)}


def label_vi(field: str) -> str | None:
    """Return the Vietnamese label of `field`, or None if the file does not name it."""
    words = _words().get(field)
    return words[0] if words else None


def description(field: str) -> str | None:
    """Return what `field` means wherever its schema says nothing nearer, with unit and format; or None."""
    words = _words().get(field)
    return words[1] or None if words else None
