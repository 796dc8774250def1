"""The states of a class, and the steps that each allows."""

from __future__ import annotations

from services.training import problems
from services.training.steps import Steps

# What is known late is still entered after the report, and its history kept: change, attend and certify go on.
CLASS_STEPS = Steps(
    allowed_in={
        "change": ("planned", "open", "running", "held", "reported"),
        "open": ("planned",),
        "register": ("open",),
        "start": ("open",),
        "attend": ("running", "held", "reported"),
        "complete": ("running",),
        "report": ("held",),
        "certify": ("held", "reported"),
        "cancel": ("planned", "open", "running"),
    },
    refusal=problems.ClassStateForbids,
)
