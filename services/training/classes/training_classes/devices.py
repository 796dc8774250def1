"""Devices at the door of a class, which may touch that one class and nothing else (identity's class devices)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kernel import problems as kernel_problems
from kernel.records import existing, loaded
from kernel.values.days import today
from kernel.web.auth import CLASS_ROLL, Caller
from kernel.web.calls import Call
from services.training import problems
from services.training.classes.training_classes.records import CLASS
from services.training.rows import TrainingClassRow

ROLL_SCOPES = ("training.write", CLASS_ROLL)
_LATE = timedelta(days=1)
_LOADED = existing(CLASS, "class_id")


def is_elsewhere(by: Caller, class_id: str) -> bool:
    """Say whether a class is none of the caller's business, as it is a device of another."""
    return by.confined_to_class is not None and by.confined_to_class != class_id


def refuse_over(by: Caller, training_class: TrainingClassRow | Mapping[str, Any]) -> None:
    """Raise ClassDeviceEnded for a device whose class ended before yesterday."""
    if by.confined_to_class is not None and today() > training_class["ends_on"] + _LATE:
        raise problems.ClassDeviceEnded(ends_on=training_class["ends_on"])


async def class_of_caller(call: Call, path: dict[str, str]) -> None:
    """Load the class in the path, for an officer or for its device. Raises NotFound, ClassDeviceEnded."""
    await _LOADED(call, path)
    training_class = loaded(call, CLASS)
    if is_elsewhere(call.caller, training_class["id"]):
        raise kernel_problems.NotFound()
    refuse_over(call.caller, training_class)
