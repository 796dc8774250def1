"""Money is whole đồng, rates are decimal strings, shares are exact decimals: no float anywhere on the way."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from kernel.values.field_errors import field_error

MAX_VND = 9_007_199_254_740_991
"""The largest integer that a browser keeps exactly."""

Vnd = Annotated[
    int,
    Field(strict=True, ge=0, le=MAX_VND, json_schema_extra={"format": "int64"}, description="Whole đồng"),
]
"""An amount of money: whole đồng, never negative. Refuses 0.5, "150000000" and true."""

_PERCENT = re.compile(r"(0|[1-9]\d{0,5})(\.\d{1,6})?", re.ASCII)


def _is_percent(text: str) -> str:
    if not _PERCENT.fullmatch(text):
        raise field_error(
            "not_a_percent",
            "Hãy ghi tỷ lệ phần trăm không âm, dấu chấm trước phần lẻ, ví dụ 6.60.",
            "Give a percentage that is not negative, with a point before decimals, for instance 6.60.",
        )
    return text


Percent = Annotated[
    str,
    StringConstraints(strict=True, max_length=13),
    AfterValidator(_is_percent),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,6})?$",
            "description": "A rate in percent as people agreed on it, a decimal string.",
            "examples": ["6.60"],
        }
    ),
]
"""A rate in percent that people agree on: a decimal string, kept as it was written ("6.60" is not "6.6")."""


def share_percent(numerator: int | Decimal, denominator: int | Decimal) -> Decimal | None:
    """Return numerator / denominator in percent with four decimals, half up; None for a denominator of 0."""
    if denominator == 0:
        return None
    share = Decimal(numerator) * 100 / Decimal(denominator)
    return share.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def quotient(numerator: int | Decimal, denominator: int | Decimal) -> Decimal | None:
    """Return numerator / denominator with four decimals, half up; None for a denominator of 0."""
    if denominator == 0:
        return None
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def number_text(value: int | Decimal) -> str:
    """Return a number as Vietnamese documents write it: dots group thousands, a comma leads decimals (1.234.567,89)."""
    return f"{value:,f}".translate(_SEPARATORS) if isinstance(value, Decimal) else f"{value:,}".translate(_SEPARATORS)


def number_shown(value: int | Decimal, language: str) -> str:
    """Return a number as people of `language` write it: 1.234.567,89 in Vietnamese, 1,234,567.89 in English."""
    if language != "en":
        return number_text(value)
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def vnd_text(amount_vnd: int, language: str) -> str:
    """Return an amount of whole đồng in a sentence: "1.234.567 đồng", in English "1,234,567 VND"."""
    return f"{amount_vnd:,} VND" if language == "en" else f"{number_text(amount_vnd)} đồng"


_SEPARATORS = str.maketrans(",.", ".,")
_MILLION = Decimal(1_000_000)


def million_vnd_text(amount_vnd: int) -> str:
    """Return an amount of whole đồng as reports print it: "13.200 triệu đồng"; no digit is rounded away."""
    millions = Decimal(amount_vnd) / _MILLION
    return f"{number_text(millions.normalize())} triệu đồng"
