"""The columns of a template, and what stands in a cell of each."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from kernel.problems import FieldError
from kernel.values.common_lists import ABBREVIATIONS
from kernel.values.text import name_folded
from kernel.values.wording import choice


@dataclass(frozen=True)
class Column:
    """A column of a template. `field` names it in answers; `label` is its heading. Empty cells say nothing.

    `codes` are accepted by code, by label in either language or by official abbreviation (HTX); `digits` is the length of a number that is a code,
    whose leading zeros a spreadsheet drops; `secret` cells are never said back; `also` are other headings that offices give
    it; of the columns of one `group` a row needs at least one.
    """

    field: str
    label: str
    kind: Literal["text", "day", "whole", "decimal", "code"] = "text"
    required: bool = False
    codes: Mapping[str, tuple[str, str]] | None = None
    digits: tuple[int, ...] = ()
    note: str = ""
    example: str = ""
    secret: bool = False
    also: tuple[str, ...] = ()
    group: str = ""
    by_label: Mapping[str, str] = attribute(init=False)
    """Label in either language, as it stands and folded, and abbreviation → code."""

    def __post_init__(self) -> None:
        labels = [(label, code) for code, each in (self.codes or {}).items() for label in each]
        short = {name_folded(word): code for code in self.codes or {} for word in ABBREVIATIONS.get(code, ())}
        by_label = short | {name_folded(label): code for label, code in labels} | dict(labels)
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


_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})( 00:00(:00)?)?", re.ASCII)
_DAY_YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})( 00:00(:00)?)?", re.ASCII)
_WHOLE = re.compile(r"-?(\d+|\d{1,3}([.,\u00a0 ]\d{3})+)", re.ASCII)
_DECIMAL = re.compile(
    r"(?P<sign>-?)(?:(?P<dots>[1-9]\d{0,2}(?:\.\d{3})+)|(?P<commas>[1-9]\d{0,2}(?:(?:,\d{3}){2,}|,\d{3}(?=\.)))"
    r"|(?P<blanks>[1-9]\d{0,2}(?:[\u00a0 ]\d{3})+)|(?P<plain>\d+))(?P<rest>[.,]\d+)?",
    re.ASCII,
)
# A spreadsheet counts days since 1899-12-30. A smaller number is a year or a mistake: 20,000 is 3 October 1954.
_DAY_ZERO, _FIRST_SERIAL, _LAST_SERIAL = date(1899, 12, 30), 20_000, 73_050


def read_cell(cell: Any, text: str, column: Column) -> Any:
    match column.kind:
        case "day":
            return _day(cell, text)
        case "whole":
            return _whole(cell, text)
        case "decimal":
            return _decimal(cell, text)
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


def _day(cell: Any, text: str) -> str | FieldError:
    if isinstance(cell, (date, datetime)):
        return text[:10]
    if text.isascii() and text.isdigit() and len(text) == 5 and _FIRST_SERIAL <= int(text) <= _LAST_SERIAL:
        return (_DAY_ZERO + timedelta(days=int(text))).isoformat()
    if day_match := _DAY.fullmatch(text):
        day, month, year = day_match.groups()[:3]
    elif day_match := _DAY_YEAR_FIRST.fullmatch(text):
        year, month, day = day_match.groups()[:3]
    else:
        return _NOT_A_DAY
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return _NOT_A_DAY


_NOT_A_DAY = _fault(
    "not_a_date",
    "Hãy ghi ngày theo thứ tự ngày/tháng/năm, ví dụ 31/08/2023.",
    "Give a day as day/month/year, for instance 31/08/2023.",
)


def _whole(cell: Any, text: str) -> int | FieldError:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        whole = math.isfinite(cell) and float(cell).is_integer()
    else:
        whole = _WHOLE.fullmatch(text) is not None
        text = re.sub(r"[.,\u00a0 ]", "", text)
    if not whole:
        return _fault("not_an_integer", "Hãy ghi một số nguyên.", "Give a whole number.")
    return int(text)


def _decimal(cell: Any, text: str) -> str | FieldError:
    """Return a number as the API takes it: 1.234,5 and 1,234.5 are both 1234.5, and 13.200 has its thousands parted.

    What could be two numbers (13,200) is none.
    """
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if not math.isfinite(cell):
            return _NOT_A_NUMBER
        # Ten places are all that a spreadsheet keeps true of a sum.
        return _plain(f"{Decimal(repr(round(cell, 10))):f}")
    parts = _DECIMAL.fullmatch(text)
    if parts is None:
        return _ambiguous(text) or _NOT_A_NUMBER
    whole, rest = parts["dots"] or parts["commas"] or parts["blanks"] or parts["plain"], parts["rest"] or ""
    own = {"dots": ".", "commas": ","}
    if any(parts[name] and rest.startswith(sign) for name, sign in own.items()):
        return _NOT_A_NUMBER
    if rest.startswith(",") and len(rest) == 4 and parts["plain"] and len(whole) <= 3 and whole != "0":
        return _ambiguous(text) or _NOT_A_NUMBER
    return _plain(parts["sign"] + re.sub(r"[.,\u00a0 ]", "", whole) + rest.replace(",", "."))


def _plain(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


_NOT_A_NUMBER = _fault(
    "not_a_number",
    "Hãy ghi một số, ví dụ 1.234,5; không ghi đơn vị.",
    "Give a number, such as 1234.5, without its unit.",
)


def _ambiguous(text: str) -> FieldError | None:
    if re.fullmatch(r"-?\d{1,3},\d{3}", text, re.ASCII) is None:
        return None
    whole, decimal = text.replace(",", ""), text.rstrip("0").rstrip(",")
    return _fault(
        "ambiguous_number",
        f"Có thể là {whole} hoặc {decimal}; hãy ghi lại theo một trong hai cách đó.",
        f"This may be {whole} or {decimal.replace(',', '.')}; write it in one of these ways.",
    )
