"""What a measure must agree with: the catalogue, its plan's days and area, and its own phases. Every fault at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from kernel.problems import FieldError
from kernel.values import geography
from kernel.values.common_lists import FIGURE_SCOPES, among
from kernel.values.days import day_text
from kernel.values.wording import choice
from services.reporting.catalogue import CATALOGUE, Entry
from services.reporting.code_lists import PLAN_COUNTS
from services.reporting.plans.areas import place_of, provinces_in
from services.reporting.plans.measures.schemas import MeasureCreate
from services.reporting.plans.units import accrues, units_for
from services.reporting.rows import PlanRow


@dataclass(frozen=True)
class Placed:
    """Where and when a measure holds: its own, else the plan's."""

    province: str | None
    place: str
    starts_on: date
    ends_on: date


def placed(body: MeasureCreate, plan: PlanRow) -> Placed:
    """Return where and when a measure of a plan holds."""
    days = (body.starts_on or plan["starts_on"], body.ends_on or plan["ends_on"])
    if body.commune_code is not None:
        return Placed(None, f"{body.commune_code}-{body.commune_map}", *days)
    area = body.province or plan["province"]
    return Placed(area, place_of(area), *days)


def faults_of(body: MeasureCreate, plan: PlanRow, at: Placed) -> list[FieldError]:
    """Return everything in which a measure does not agree with the catalogue, its plan and itself."""
    faults = [*_days(plan, at), *_area(body, plan, at)]
    entry = CATALOGUE.get(body.indicator)
    if entry is None or body.indicator in PLAN_COUNTS:
        return [*faults, _unknown()]
    return [*faults, *_of_catalogue(body, entry, at), *_numbers(body, entry, at)]


def _unknown() -> FieldError:
    known = {code: entry.labels for code, entry in CATALOGUE.items() if code not in PLAN_COUNTS}
    return FieldError("not_allowed", choice(known), pointer="/indicator", allowed=tuple(known))


def _of_catalogue(body: MeasureCreate, entry: Entry, at: Placed) -> Iterator[FieldError]:
    if entry.valid_to is not None and entry.valid_to < at.starts_on:
        words = (
            f"Chỉ tiêu này chỉ dùng đến {day_text(entry.valid_to)}; hãy chọn chỉ tiêu khác hoặc kỳ trước đó.",
            f"This indicator was used until {day_text(entry.valid_to)}; choose another one, or days before that.",
        )
        yield FieldError("indicator_retired", words, pointer="/indicator")
    if entry.valid_from is not None and at.ends_on < entry.valid_from:
        words = (
            f"Chỉ tiêu này dùng từ {day_text(entry.valid_from)}; hãy chọn kỳ từ ngày đó.",
            f"This indicator is used from {day_text(entry.valid_from)} on; choose days from then on.",
        )
        yield FieldError("indicator_not_yet_used", words, pointer="/indicator")
    if body.scope not in entry.scopes:
        allowed = choice(among(FIGURE_SCOPES, entry.scopes))
        yield FieldError("not_allowed", allowed, pointer="/scope", allowed=tuple(entry.scopes))
    units = units_for(entry, at.starts_on, at.ends_on)
    if body.unit not in units:
        yield FieldError("not_allowed", choice(units), pointer="/unit", allowed=tuple(units))


def _days(plan: PlanRow, at: Placed) -> Iterator[FieldError]:
    first, last = plan["starts_on"], plan["ends_on"]
    words = (
        f"Ngày này nằm ngoài kỳ của kế hoạch, {day_text(first)} đến {day_text(last)}.",
        f"This day lies outside the plan's, {day_text(first)} to {day_text(last)}.",
    )
    for name, day in (("starts_on", at.starts_on), ("ends_on", at.ends_on)):
        if not first <= day <= last:
            yield FieldError("outside_plan_period", words, pointer=f"/{name}")
    if at.ends_on < at.starts_on and first <= at.starts_on <= last and first <= at.ends_on <= last:
        words = ("Ngày này phải từ ngày đầu trở đi.", "This day is before the first one.")
        yield FieldError("end_before_start", words, pointer="/ends_on")


def _area(body: MeasureCreate, plan: PlanRow, at: Placed) -> Iterator[FieldError]:
    within = provinces_in(plan["province"])
    if at.province is not None:
        pointer, lies_within = "/province", provinces_in(at.province) <= within
    else:
        place = geography.place(str(body.commune_code), str(body.commune_map))
        assert place is not None, "checked with the body"
        pointer, lies_within = "/commune_code", place.province_2008 in within
    if not lies_within:
        words = (
            "Nơi này nằm ngoài địa bàn của kế hoạch; hãy chọn trong địa bàn đó.",
            "This lies outside the plan's area; choose a place within it.",
        )
        yield FieldError("outside_plan_area", words, pointer=pointer)


def _numbers(body: MeasureCreate, entry: Entry, at: Placed) -> Iterator[FieldError]:
    if Decimal(body.value) == 0 and entry.direction != "less_is_better":
        words = (
            "Kế hoạch bằng 0 chỉ dùng cho chỉ tiêu càng thấp càng tốt.",
            "A plan of 0 is only for what is better when it is less.",
        )
        yield FieldError("plan_of_zero", words, pointer="/value")
    if body.phasing == "linear":
        if body.phases:
            words = ("Phân kỳ đều theo ngày thì không ghi mốc.", "Evenly by day has no phases; leave them out.")
            yield FieldError("phases_of_linear", words, pointer="/phases")
        return
    yield from _phases(body, entry, at)


def _phases(body: MeasureCreate, entry: Entry, at: Placed) -> Iterator[FieldError]:
    if not body.phases or (body.phasing == "by_quarter" and len(body.phases) != 4):
        words = (
            "Hãy ghi đủ các mốc; phân kỳ theo quý cần đúng 4 mốc.",
            "Give the phases; by quarter they are exactly four.",
        )
        yield FieldError("phases_missing", words, pointer="/phases")
        return
    days = [phase.through for phase in body.phases]
    if any(one >= other for one, other in pairwise(days)) or days[0] < at.starts_on:
        words = (
            "Các mốc phải theo thứ tự ngày, trong kỳ của chỉ tiêu.",
            "Phases stand in the order of their days, within the measure's.",
        )
        yield FieldError("phases_out_of_order", words, pointer="/phases")
    values = [Decimal(phase.value) for phase in body.phases]
    if days[-1] != at.ends_on or values[-1] != Decimal(body.value):
        words = (
            "Mốc cuối phải là ngày cuối kỳ, với đúng số kế hoạch.",
            "The last phase is the last day, with the number of the plan.",
        )
        yield FieldError("phases_miss_the_plan", words, pointer="/phases")
    steps = list(pairwise(values))
    rises, falls = all(one <= other for one, other in steps), all(one >= other for one, other in steps)
    # What accrues never falls; a stock may go either way, in one direction.
    if not (rises or (falls and not accrues(entry))):
        words = (
            "Số của các mốc là lũy kế từ đầu kỳ nên không giảm.",
            "The numbers of the phases are counted from the first day on, so they do not fall.",
        )
        yield FieldError("phases_fall", words, pointer="/phases")
