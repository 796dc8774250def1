"""The demo's scenarios as files: which there are, and their rows as JSON values."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from kernel.values.days import today
from vca.errors import Refusal

_FOLDER = Path(__file__).resolve().parent.parent
SANDBOX = "sandbox"
"""What a sandbox begins with (vca/sandbox): its days count from the sandbox's own."""
DEFAULT = "phu_tho_2023"
FIRST = (DEFAULT, "hoa_binh_2023")
"""What a home begins with: both lie in the Phú Thọ of today."""
ALL = (*FIRST, "nghe_an_2023", "yen_bai_2020", "kon_tum_2022")
BATCH = 500
"""As many items as a batch of the API may have."""

Row = dict[str, Any]
_FROM_TODAY = re.compile(r"T([+-]\d+)")


def folder(scenario: str) -> Path:
    """Return where the files of a scenario are."""
    return _FOLDER / "sandbox" / "records" if scenario == SANDBOX else _FOLDER / "scenarios" / scenario


def records(scenario: str, table: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one file of a scenario, `T-30` as the day 30 days before today; none if it has no such file."""
    path = folder(scenario) / f"{table}.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                yield {name: _day(text) for name, text in row.items()}


def _day(text: str) -> str:
    relative = _FROM_TODAY.fullmatch(text)
    return text if relative is None else str(today() + timedelta(days=int(relative[1])))


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
    return Refusal(f"Không nạp được: {reason}", f"Could not be loaded: {reason}")
