"""Numbers of plans: decimal strings that are kept as they were written."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.field_errors import field_error
from kernel.web.schemas import Checked

_NUMBER = re.compile(r"(0|[1-9]\d{0,14})(\.\d{1,6})?", re.ASCII)


def _is_number(value: str) -> str:
    if not _NUMBER.fullmatch(value):
        raise field_error(
            "wrong_format",
            "Hãy ghi một số không âm, không chấm ngăn hàng nghìn, dấu chấm trước phần lẻ, ví dụ 269080 hoặc 58.5.",
            "Give a number of 0 or more without thousands separators and with a point before decimals, for instance 269080 or 58.5.",
        )
    return value


Number = Annotated[str, Checked(_is_number, {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$"})]
"""A number of 0 or more, as it was written."""
PlanValue = Annotated[Number, Label("Số kế hoạch"), Field(description="A decimal string, in `unit`")]
