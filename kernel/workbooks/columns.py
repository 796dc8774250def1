"""The columns of a template, and what stands in a cell of each."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime
from typing import Any, Literal

from kernel.problems import FieldError
from kernel.values.text import name_folded
from kernel.values.wording import choice


@dataclass(frozen=True)
class Column:
    """A column of a template. `field` names it in answers; `label` is its heading. Empty cells say nothing.

    `codes` are accepted by code or by label in either language; `digits` is the length of a number that is a code,
    whose leading zeros a spreadsheet drops; `secret` cells are never said back.
    """

    field: str
    label: str
    kind: Literal["text", "day", "whole", "code"] = "text"
    required: bool = False
    codes: Mapping[str, tuple[str, str]] | None = None
    digits: tuple[int, ...] = ()
    note: str = ""
    example: str = ""
    secret: bool = False
    by_label: Mapping[str, str] = attribute(init=False)
    """Label in either language, as it stands and folded → code."""

    def __post_init__(self) -> None:
        labels = [(label, code) for code, each in (self.codes or {}).items() for label in each]
        by_label = {name_folded(label): code for label, code in labels} | dict(labels)
        object.__setattr__(self, "by_label", by_label)


def text_of(cell: Any) -> str:
    if type(cell) is str:
        return cell.strip()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell).strip()


def _fault(code: str, vi: str, en: str) -> FieldError:
    return FieldError(code, (vi, en))


_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_WHOLE = re.compile(r"-?(\d+|\d{1,3}([.,\u00a0 ]\d{3})+)", re.ASCII)


def read_cell(cell: Any, text: str, column: Column) -> Any:
    match column.kind:
        case "day":
            if isinstance(cell, (date, datetime)):
                return text[:10]
            if day_match := _DAY.fullmatch(text):
                day, month, year = day_match.groups()
                text = f"{year}-{month:0>2}-{day:0>2}"
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                return _fault(
                    "not_a_date",
                    "Hãy ghi ngày theo thứ tự ngày/tháng/năm, ví dụ 31/08/2023.",
                    "Give a day as day/month/year, for instance 31/08/2023.",
                )
        case "whole":
            if isinstance(cell, (int, float)) and not isinstance(cell, bool):
                whole = math.isfinite(cell) and float(cell).is_integer()
            else:
                whole = _WHOLE.fullmatch(text) is not None
                text = re.sub(r"[.,\u00a0 ]", "", text)
            if not whole:
                return _fault("not_an_integer", "Hãy ghi một số nguyên.", "Give a whole number.")
            return int(text)
        case "code":
            assert column.codes is not None
            if text in column.codes:
                return text
            if (code := column.by_label.get(text) or column.by_label.get(name_folded(text))) is not None:
                return code
            return _fault("not_allowed", *choice(column.codes))
    if column.digits and isinstance(cell, (int, float)):
        return text.zfill(next((length for length in column.digits if length >= len(text)), 0))
    return text
