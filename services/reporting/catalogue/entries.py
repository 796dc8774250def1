"""What the catalogue says of an indicator, and all that it holds, read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from kernel.indicators.definitions import Aggregation, Direction

FILE = Path(__file__).parent / "indicators.json"
Service = Literal["registry", "funds", "training", "reporting"]
Words = tuple[str, str]
"""In Vietnamese and in English."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An indicator as the catalogue has it. Of `scopes` the first is the default.

    `numerator` and `denominator`: of a ratio, in words; `denominator_indicator` where that is an indicator of its own.
    `exact`: it is of what was given for exactly the days asked, so that months do not make a year. Reports print it in `display_unit` with `decimals` at most, half up. `version` rises when what is counted changes.
    """

    code: str
    label_vi: str
    label_en: str
    unit: str
    kind: Literal["flow", "stock"]
    direction: Direction
    scopes: tuple[str, ...]
    group_by: tuple[str, ...]
    numerator: Words | None
    denominator: Words | None
    denominator_indicator: str | None
    aggregation: Aggregation
    exact: bool
    display_unit: str
    decimals: int
    service: Service
    source: str
    legal_source: str | None
    valid_from: date | None
    valid_to: date | None
    version: int

    @property
    def default_scope(self) -> str:
        """The scope that is meant when none is named."""
        return self.scopes[0]

    @property
    def labels(self) -> Words:
        """Its name in Vietnamese and in English."""
        return self.label_vi, self.label_en

    def label(self, language: str) -> str:
        """Return its name in a language."""
        return self.labels[language == "en"]

    @property
    def is_additive(self) -> bool:
        """Whether figures of areas add up to that of all of them."""
        return self.aggregation in ("sum", "last")


def _entry(row: Mapping[str, Any]) -> Entry:
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    del given["digest"]
    for name in ("valid_from", "valid_to"):
        given[name] = None if given[name] is None else date.fromisoformat(given[name])
    return Entry(**given)


CATALOGUE: Mapping[str, Entry] = {
    row["code"]: _entry(row) for row in json.loads(FILE.read_text(encoding="utf-8"))["indicators"]
}
