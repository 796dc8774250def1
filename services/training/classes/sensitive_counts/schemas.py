"""What a caller gets of sensitive attributes: counts, never persons."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.web.schemas import Output


class SensitiveCount(Output):
    """About how many distinct trainees have one value of a sensitive attribute."""

    value: Annotated[str, Label("Giá trị")] = Field(
        description="An ethnic group, `other` for one that is not in the official list; true or false"
    )
    trainees: int | None = Field(description="To the nearest five. null: fewer than five, or nobody")


class SensitiveCounts(Output):
    """Distinct trainees of the classes that count in ended quarters, by one sensitive attribute."""

    attribute: str
    items: list[SensitiveCount] = Field(description="Every value there is, the same ones whoever was entered")
