"""How values stand in sentences for people, in Vietnamese and English: labels for codes, days, money, numbers, lists.

Programs get codes and ISO days as members of a problem; what a person reads is made here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kernel.values import geography
from kernel.values.days import VIETNAM, day_text
from kernel.values.money import number_shown, vnd_text

Labels = Mapping[str, tuple[str, str]]
"""Code → (Vietnamese label, English label)."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\S+", re.ASCII)
_OPEN_END = ("khi có thông báo mới", "further notice")
_NOTHING = ("không có", "none")
_LISTED = 8
"""So many labels of a list are read in a sentence; of a longer one the first and how many more there are."""


def title_of(name: str) -> str:
    """Return a resource's name as people say it: loan_product is a loan product, check_in a check-in."""
    return re.sub(r" (in|off)\b", r"-\1", name.replace("_", " "))


def labels_shown(*lists: Labels) -> dict[str, dict[str, str]]:
    """Return the labels of lists as the contract shows them: code → {vi, en}."""
    return {code: {"vi": vi, "en": en} for each in lists for code, (vi, en) in each.items()}


def said(name: str, value: Any, language: str, labels: Labels | None = None) -> str:
    """Return `value` of the member `name` as a sentence in `language` has it."""
    at = 1 if language == "en" else 0
    if value is None:
        return (_OPEN_END if name.endswith(("_until", "_to")) else _NOTHING)[at]
    if labels is not None:
        codes = list(value) if isinstance(value, list | tuple) else str(value).split(" | ")
        return one_of(labels, codes, language)
    if isinstance(value, list | tuple):
        return joined([said(name, each, language) for each in value], language)
    if isinstance(value, bool):
        return (("không", "no"), ("có", "yes"))[value][at]
    if isinstance(value, int | Decimal):
        return _number(name, value, language)
    if isinstance(value, date | datetime):
        return _moment(value, language)
    return _text(name, str(value), language)


def _number(name: str, value: int | Decimal, language: str) -> str:
    if name.endswith("_vnd"):
        return vnd_text(int(value), language)
    if name.endswith("_bytes"):
        return f"{number_shown(value // 1_048_576, language)} MB" if value >= 1_048_576 else f"{value} byte"
    return number_shown(value, language)


def _moment(value: date | datetime, language: str) -> str:
    if not isinstance(value, datetime):
        return day_text(value)
    here = value.astimezone(VIETNAM)
    return f"{here:%H:%M} {'on' if language == 'en' else 'ngày'} {day_text(here.date())}"


def _text(name: str, value: str, language: str) -> str:
    if name.endswith("alliance") and geography.province(value) is not None:
        return geography.province_name(value)
    if name.endswith("_percent"):
        return value if language == "en" else value.replace(".", ",")
    if _DAY.fullmatch(value):
        return day_text(date.fromisoformat(value))
    if _INSTANT.fullmatch(value):
        return _moment(datetime.fromisoformat(value), language)
    return value


def quoted(labels: Labels, code: str, language: str) -> str:
    """Return the label of `code` in quotes, so that it reads as the name that it is."""
    return f"“{labels[code][1 if language == 'en' else 0] if code in labels else code}”"


def one_of(labels: Labels, codes: Sequence[str], language: str) -> str:
    """Return the labels of `codes` as a choice: “A”, “B” or “C”; of many the first ones and how many more there are."""
    at = 1 if language == "en" else 0
    if not codes:
        return ("không có việc nào", "nothing")[at]
    shown = [quoted(labels, code, language) for code in codes[:_LISTED]]
    if len(codes) > _LISTED:
        more = len(codes) - _LISTED
        return f"{', '.join(shown)} " + (f"và {more} giá trị khác trong danh mục", f"and {more} more of the list")[at]
    return joined(shown, language, last=("hoặc", "or")[at])


def joined(parts: Sequence[str], language: str, *, last: str | None = None) -> str:
    """Return a list as a sentence has it: a, b and c."""
    if not parts:
        return _NOTHING[1 if language == "en" else 0]
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} {last or ('and' if language == 'en' else 'và')} {parts[-1]}"


ANOTHER = (
    "Giá trị này không có ở đây; hãy chọn một giá trị nêu trong tài liệu.",
    "This value is not offered here; choose one that the documentation lists.",
)
"""What is said of a value that is none of a list whose codes have no labels, such as the fields that a list sorts by."""


def choice(labels: Labels) -> tuple[str, str]:
    """Return what is said of a value that is none of a closed list, in both languages."""
    codes = list(labels)
    return (
        f"Hãy chọn một trong các giá trị: {one_of(labels, codes, 'vi')}.",
        f"Choose one of: {one_of(labels, codes, 'en')}.",
    )
