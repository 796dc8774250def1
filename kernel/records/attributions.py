"""The alliance's part in what a record tells of: the fields, the rule and the filter that several types share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import Field, ValidationInfo, field_validator

from kernel.problems.field_labels import Label
from kernel.records.listing import Filter, code_filter
from kernel.values.common_lists import ATTRIBUTIONS
from kernel.values.field_errors import field_error
from kernel.web.schemas import Input, Output, code, listed, text

_LABEL = Label("Vai trò của Liên minh")
_ABOUT = "The alliance's part; null: not known, which is not `none`"
Attribution = Annotated[str, code(ATTRIBUTIONS)]
Partners = Annotated[
    list[Annotated[str, text(200)]], Field(max_length=20, description="Names of those it was done with, where `joint`")
]


class AttributionInput(Input):
    """The alliance's part, in the body of an entry."""

    attribution: Annotated[Attribution | None, _LABEL] = Field(default=None, description=_ABOUT)
    partners: Partners = []

    @field_validator("partners")
    @classmethod
    def _of_joint_work(cls, partners: list[str], info: ValidationInfo) -> list[str]:
        check_partners({"attribution": info.data.get("attribution"), "partners": partners})
        return partners


class AttributionChange(Input):
    """The alliance's part, in a correction."""

    attribution: Annotated[Attribution | None, _LABEL] = Field(default=None, description=_ABOUT)
    partners: Partners | None = None


class AttributionOutput(Output):
    """The alliance's part, in an answer."""

    attribution: Annotated[str | None, _LABEL] = Field(json_schema_extra=listed(ATTRIBUTIONS), description=_ABOUT)
    partners: list[str]


def check_partners(row: Mapping[str, Any]) -> None:
    """Raise the fault `needs_joint` if partners are named for what was not done jointly."""
    named = row["partners"]
    if row["attribution"] != "joint" and (orjson.loads(named) if isinstance(named, str) else named):
        raise field_error(
            "needs_joint",
            "Chỉ ghi đơn vị phối hợp khi vai trò của Liên minh là phối hợp (joint).",
            "Name partners only for what was done jointly (joint).",
        )


def attribution_filter(of: str = "r", *, name: str = "attribution") -> Filter:
    """Return the filter by the alliance's part."""
    return code_filter(name, f"{of}.{name}", ATTRIBUTIONS, "The alliance's part in it.")
