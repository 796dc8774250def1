"""The demo's scenarios as files: which there are, and their rows as JSON values."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import httpx

from vca.errors import Refusal

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
DEFAULT = "phu_tho_2023"
ALL = (DEFAULT, "nghe_an_2023", "hoa_binh_2023", "yen_bai_2020", "kon_tum_2022")
BATCH = 500
"""As many items as a batch of the API may have."""

Row = dict[str, Any]


def records(scenario: str, table: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one file of a scenario; none if it has no such file."""
    path = SCENARIOS / scenario / f"{table}.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


def json_values(row: dict[str, str], *, whole: Collection[str] = (), flags: Collection[str] = ()) -> Row:
    """Return a CSV row as JSON values: empty is absent; amounts in đồng and `whole` are numbers, `flags` true or false."""
    values: Row = {}
    for name, text in row.items():
        if name in flags and text:
            values[name] = text == "true"
        elif text:
            values[name] = int(text) if name.endswith("_vnd") or name in whole else text
    return values


def not_loaded(scenario: str, what: str, answer: httpx.Response) -> Refusal:
    """Return the refusal that says what the platform did not take."""
    reason = f"{scenario}/{what}: {answer.text[:300]}"
    return Refusal(f"Không nạp được {reason}", f"Could not be loaded: {reason}")
