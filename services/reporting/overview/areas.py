"""Which province and which year an overview is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kernel.problems import FieldError, Invalid
from kernel.values import geography
from kernel.values.days import today
from kernel.web.auth import NATION, Caller


@dataclass(frozen=True)
class YearAsked:
    """A year of a province of either map, or of the nation (VN), looked at on a day."""

    province: str
    year: int
    on: date

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, 12, 31)

    @property
    def through(self) -> date:
        """The last day that is looked at."""
        return min(self.on, self.last)

    @property
    def places(self) -> tuple[str, ...]:
        """The province, and where it is one of 2025 those that were merged into it."""
        merged = () if self.province == NATION else geography.expand(self.province)
        return tuple(dict.fromkeys((self.province, *merged)))

    @property
    def alliance(self) -> str | None:
        """The alliance whose records are meant; None: the nation's and everyone's."""
        return None if self.province == NATION else alliance_of(self.province)

    def name(self, language: str) -> str:
        """Return what people call the place."""
        if self.province == NATION:
            return "Nation" if language == "en" else "Cả nước"
        return geography.province_name(self.province)


def alliance_of(province: str) -> str:
    """Return the alliance of today that a known province belongs to."""
    known = geography.province(province)
    assert known is not None, "checked with the question"
    return known.id if known.map == "2025" else str(known.successor_id)


def province_asked(code: str | None, caller: Caller) -> str:
    """Return the province that is meant; left out, it is the caller's own area. Raises Invalid."""
    province = code or caller.area
    if province != NATION and geography.province(province) is None:
        words = (
            "Không có tỉnh này; hãy ghi mã tỉnh kèm bản đồ của nó, hoặc mã của cả nước, như tài liệu nêu.",
            "There is no such province; give its code with its map, or the nation's, as the documentation has them.",
        )
        raise Invalid(FieldError("unknown_province", words, parameter="province"))
    if not caller.holds(NATION if province == NATION else alliance_of(province)):
        words = ("Tỉnh này ngoài địa bàn của bạn.", "This province is outside your area.")
        raise Invalid(FieldError("outside_area", words, parameter="province"))
    return province


def year_asked(province: str, year: int | None, on: date | None, planned: Sequence[int]) -> YearAsked:
    """Return the year that is meant: the one named, else that of `on`, else the newest by today that has a plan."""
    if on is not None:
        return YearAsked(province, year or on.year, on)
    present = today()
    known = [each for each in planned if each <= present.year]
    return YearAsked(province, year or max(known, default=present.year), present)
