"""Numbers, days and amounts as people write them: 13.200 and 75,7 % in Vietnamese, 13,200 and 75.7% in English."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def number(value: Any, language: str, *, decimals: int = 2) -> str:
    """Return a number with at most so many decimals, half up; a dash for none."""
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        return "–"
    if not exact.is_finite():
        return "–"
    text = f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    text = "0" if text == "-0" else text
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def percent(value: Any, language: str) -> str:
    """Return a percentage with its sign, one decimal at most."""
    return f"{number(value, language, decimals=1)}{'%' if language == 'en' else ' %'}"


def unit(label: str) -> str:
    """Return what a unit is called, behind its number: "triệu đồng", "million VND", "HTX"."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def day(text: Any) -> str:
    """Return a day, or the day of an instant in Vietnam, as dd/mm/yyyy; what is none as it is."""
    if not isinstance(text, str) or len(text) < 10:
        return "–" if text in (None, "") else str(text)
    try:
        if len(text) == 10:
            return f"{date.fromisoformat(text):%d/%m/%Y}"
        return f"{datetime.fromisoformat(text).astimezone(_VIETNAM):%d/%m/%Y}"
    except ValueError:
        return text
