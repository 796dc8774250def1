"""The classes that take registrations, as cooperatives see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.records.listing import Listing, SortKey, Source, code_filter, day_range
from services.training import code_lists as codes
from services.training.classes.training_classes.records import CLASS
from services.training.classes.training_classes.schemas import OpenClass
from services.training.filters import NAME_FILTER


def _represent_open(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a cooperative sees of a class that takes registrations."""
    seats_left = None if row["capacity"] is None else row["capacity"] - row["registered_count"]
    shown = {"seats_left": seats_left, "expected_audience": orjson.Fragment(row["expected_audience"])}
    return {name: shown[name] if name in shown else row[name] for name in OpenClass.model_fields}


_OPEN = Source(
    ", ".join(f"r.{name}" for name in CLASS.columns), "training_class r", ("r.state = 'open'",), "r.alliance", dated="r"
)
OPEN_LISTING = Listing(
    name="open_class",
    filters=(
        NAME_FILTER,
        code_filter("topic", "r.topic", codes.TOPICS, "Topic."),
        *day_range("starts_on", "r.starts_on", "First day"),
    ),
    sorts={"id": SortKey("r.id", "uuid"), "starts_on": SortKey("r.starts_on", "date")},
    default_sort="starts_on",
    source=lambda given: _OPEN,
    represent=_represent_open,
    fields=tuple(OpenClass.model_fields),
    id_key=SortKey("r.id", "uuid"),
)
