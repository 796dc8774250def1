"""Of which days and whose work a report tells, and the words for both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from kernel.values import geography
from kernel.values.periods import months_in

Area = Literal["province", "city", "nation"]
PlanManner = Literal["reached", "exceeded_by"]
_WORDS: dict[Area, str] = {"province": "tỉnh", "city": "thành phố", "nation": "Việt Nam"}
_QUARTERS = {1: "I", 4: "II", 7: "III", 10: "IV"}


@dataclass(frozen=True, kw_only=True)
class ReportContext:
    """What sentences need to know beside the figures.

    `plan_manner`: say a plan that was surpassed always as "đạt 175% kế hoạch" or always as "vượt 75% kế hoạch"; None: as the
    published reports do, see `plan_words`. `compared`: what `previous` of the cells stands for.
    """

    kind: str
    from_: date
    to: date
    province_name: str
    area: Area = "province"
    compared: Literal["year", "period"] = "year"
    plan_manner: PlanManner | None = None

    @property
    def alliance(self) -> str:
        """The alliance as it is called after it was named once."""
        return f"Liên minh HTX {_WORDS[self.area]}"

    @property
    def named_alliance(self) -> str:
        """The alliance with the name of its province."""
        return self.alliance if self.area == "nation" else f"{self.alliance} {self.province_name}"

    @property
    def whole(self) -> str:
        """All of the area, as a subject."""
        return "cả nước" if self.area == "nation" else f"toàn {_WORDS[self.area]}"

    @property
    def in_area(self) -> str:
        """Where things lie."""
        return "trên cả nước" if self.area == "nation" else f"trên địa bàn {_WORDS[self.area]}"

    @property
    def of_area(self) -> str:
        """Whose a newspaper or a portal is, with a space before it."""
        return "" if self.area == "nation" else f" {_WORDS[self.area]}"

    @property
    def period(self) -> str:
        """The days of the report: 8 tháng đầu năm 2023."""
        return period_words(self.from_, self.to, is_year=self.kind == "year")

    @property
    def period_short(self) -> str:
        """The same where the period was said before: 8 tháng đầu năm; trong năm, trong quý, trong tháng, trong kỳ."""
        full, year = self.period, f" {self.to.year}"
        if full.endswith(f"tháng đầu năm{year}"):
            return full.removesuffix(year)
        return next((f"trong {word}" for word in ("năm", "quý", "tháng") if full.startswith(f"{word} ")), "trong kỳ")

    @property
    def last_day(self) -> str:
        """The day that stocks are of."""
        return f"đến ngày {day_words(self.to)}"

    @property
    def before(self) -> str:
        """What the figures are compared with: cùng kỳ năm 2022; of a whole year năm 2022."""
        if self.compared == "period":
            return "kỳ trước"
        return f"{'' if months_in(self.from_, self.to) == 12 else 'cùng kỳ '}năm {self.to.year - 1}"


def context_of(province: str | None, kind: str, from_: date, to: date) -> ReportContext:
    """Return the context of a report of a province on either map (25-2008, 25-2025), or of the nation (None, VN)."""
    if province is None or province == "VN":
        return ReportContext(kind=kind, from_=from_, to=to, province_name="Việt Nam", area="nation")
    known = geography.province(province)
    assert known is not None, "the caller has checked it"
    area: Area = "city" if known.type == "municipality" else "province"
    return ReportContext(kind=kind, from_=from_, to=to, province_name=known.name, area=area)


def day_words(day: date) -> str:
    """Return a day as administrative texts write it: 05/8/2023, 01/02/2023 (a zero before days and before months 1 and 2)."""
    # Decree 30/2020/NĐ-CP, Annex I, II.4: days below 10 and the months 1 and 2 have a zero before them.
    return f"{day:%d}/{_month(day)}/{day.year}"


def long_day_words(day: date) -> str:
    """Return a day as the head of a document writes it: ngày 05 tháng 8 năm 2023."""
    return f"ngày {day:%d} tháng {_month(day)} năm {day.year}"


def _month(day: date) -> str:
    return f"{day.month:02d}" if day.month < 3 else str(day.month)


def period_words(first: date, last: date, *, is_year: bool = False) -> str:
    """Return the days of a report in words; `is_year`: it stands for its year, though it was cut off early."""
    months = months_in(first, last)
    if (first.month, first.day) == (12, 15) and months == 12:
        return f"năm thống kê {last.year} (từ ngày {day_words(first)} đến ngày {day_words(last)})"
    begins_year = (first.month, first.day) == (1, 1) and first.year == last.year
    if begins_year and months == 12:
        return f"năm {last.year}"
    if begins_year and is_year:
        return f"năm {last.year} (đến ngày {day_words(last)})"
    if months is not None and first.year == last.year:
        if months == 1:
            return f"tháng {last.month}/{last.year}"
        if months == 3 and first.month in _QUARTERS:
            return f"quý {_QUARTERS[first.month]}/{last.year}"
        if begins_year:
            return f"{months} tháng đầu năm {last.year}"
        if last.month == 12:
            return f"{months} tháng cuối năm {last.year}"
    if begins_year:
        return f"từ đầu năm {last.year} đến ngày {day_words(last)}"
    return f"từ ngày {day_words(first)} đến ngày {day_words(last)}"
