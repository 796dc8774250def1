"""Checking a question for figures: every fault is a sentence in both languages, at its parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from kernel.indicators.spans import MAX_SPANS, MONTHS
from kernel.indicators.units import PER_PERSON, is_as_long
from kernel.problems import FieldError, Invalid
from kernel.values import geography
from kernel.values.common_lists import (
    COMMUNE_MAPS,
    FIGURE_COMPARISONS,
    FIGURE_GROUPS,
    FIGURE_SCOPES,
    INCOME_PERIODS,
    MONEY_UNITS,
    among,
)
from kernel.values.days import day_text
from kernel.values.ids import is_id
from kernel.values.wording import Labels, choice
from kernel.web.auth import NATION, Caller
from services.reporting.catalogue import CATALOGUE, Entry
from services.reporting.figures.ask import FigureAsk, Previous
from services.reporting.figures.items import Key

SCOPES = among(FIGURE_SCOPES, dict.fromkeys(scope for entry in CATALOGUE.values() for scope in entry.scopes))
GROUPS = among(FIGURE_GROUPS, dict.fromkeys(group for entry in CATALOGUE.values() for group in entry.group_by))
_LONGEST_DAYS = 366 * 50


@dataclass(frozen=True, kw_only=True)
class Given:
    """A question as it was sent."""

    indicators: str | None
    from_: date
    to: date
    province: str | None
    scope: str | None
    group_by: str | None
    geography: str | None
    plan: str | None
    plan_version: int | None
    previous: str | None
    per: str | None
    money: str | None
    cut_off: bool


def _fault(parameter: str, code: str, vi: str, en: str, **more: Any) -> FieldError:
    return FieldError(code, (vi, en), parameter=parameter, **more)


def checked(given: Given, caller: Caller) -> FigureAsk:
    """Return the question that was sent. Raises Invalid with all that is wrong with it."""
    faults = [*_days(given), *_choices(given), *_plan(given)]
    province, wrong = _province(given.province, caller)
    keys, wrong_keys = _keys(given)
    faults += [*wrong, *wrong_keys]
    ask = FigureAsk(
        indicators=keys,
        from_=given.from_,
        to=given.to,
        province=province,
        group_by=given.group_by,
        geography=given.geography,
        plan_id=given.plan,
        plan_version=given.plan_version,
        previous=cast(Previous | None, given.previous),
        per=given.per,
        money=given.money,
        closed=given.cut_off,
    )
    faults = faults or [*_spans(ask, given), *_per(ask)]
    if faults:
        raise Invalid(*faults)
    return ask


def _days(given: Given) -> Iterator[FieldError]:
    if given.to < given.from_:
        yield _fault(
            "to", "end_before_start", "Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first."
        )
    elif (given.to - given.from_).days > _LONGEST_DAYS:
        yield _fault("to", "too_long", "Tối đa 50 năm.", "At most 50 years.")


def _choices(given: Given) -> Iterator[FieldError]:
    for parameter, value, known in (
        ("scope", given.scope, SCOPES),
        ("group_by", given.group_by, GROUPS),
        ("geography", given.geography, COMMUNE_MAPS),
        ("previous", given.previous, FIGURE_COMPARISONS),
        ("per", given.per, INCOME_PERIODS),
        ("money", given.money, MONEY_UNITS),
    ):
        if value is not None and value not in known:
            yield FieldError("not_allowed", choice(known), parameter=parameter, allowed=tuple(known))


def _plan(given: Given) -> Iterator[FieldError]:
    if given.plan is not None and not is_id(given.plan):
        yield _fault("plan", "wrong_format", "Hãy chọn một kế hoạch đã có.", "Choose a plan that there is.")
    if given.plan_version is not None and given.plan is None:
        yield _fault(
            "plan_version",
            "needs_plan",
            "Phiên bản là của một kế hoạch; hãy nêu cả kế hoạch.",
            "A version is one of a plan; name the plan as well.",
        )


def _province(code: str | None, caller: Caller) -> tuple[str | None, list[FieldError]]:
    """Return the province that is asked for, None for the caller's whole area, and what is wrong with it."""
    if code is None or geography.province(code) is not None:
        return code, []
    if code == NATION and caller.alliance is None:
        return None, []
    if code == NATION:
        words = (
            "Địa bàn của bạn là một tỉnh, không phải cả nước; hãy chọn tỉnh, hoặc để trống.",
            "Your area is a province, not the nation; choose a province, or leave this out.",
        )
        return None, [_fault("province", "outside_area", *words)]
    meant = [found for map_ in COMMUNE_MAPS if (found := geography.province(f"{code}-{map_}")) is not None]
    if not meant:
        words = (
            "Không có tỉnh này; hãy chọn trong danh mục tỉnh.",
            "There is no such province; choose one of the list.",
        )
        return None, [_fault("province", "unknown_province", *words)]
    ids = tuple(each.id for each in meant)
    vi, en = choice({each.id: (f"{each.id} ({each.name})", f"{each.id} ({each.name_en})") for each in meant})
    words = (f"Mã tỉnh phải kèm bản đồ. {vi}", f"A province is named with its map. {en}")
    return None, [_fault("province", "province_ambiguous", *words, allowed=ids)]


def _keys(given: Given) -> tuple[tuple[Key, ...], list[FieldError]]:
    """Return the indicators with their scopes, and what is wrong with them.

    Of all indicators those are meant that offer the scope and the grouping, and that stand on the first day.
    """
    if given.indicators is None:
        entries = [entry for entry in CATALOGUE.values() if not _retired(entry, given)]
        offered = [
            entry
            for entry in entries
            if (given.scope is None or given.scope in entry.scopes)
            and (given.group_by is None or given.group_by in entry.group_by)
        ]
        return tuple((entry.code, given.scope or entry.default_scope) for entry in offered), []
    keys: dict[Key, None] = {}
    faults: list[FieldError] = []
    for place, name in enumerate(given.indicators.split(","), start=1):
        code, _, own = name.strip().partition(":")
        entry = CATALOGUE.get(code)
        if entry is None:
            faults.append(_unknown(place))
            continue
        scope = own or given.scope or entry.default_scope
        wrong = [*_not_offered(entry, scope, "indicators" if own else "scope", given), *_retired(entry, given)]
        faults += wrong
        if not wrong:
            keys[code, scope] = None
    return tuple(keys), faults


def _unknown(place: int) -> FieldError:
    words = (
        f"Chỉ tiêu thứ {place} được nêu không có trong danh mục chỉ tiêu; hãy chọn một chỉ tiêu của danh mục.",
        f"Number {place} of the indicators named is not in the catalogue; choose one that is.",
    )
    return FieldError("unknown_indicator", words, parameter="indicators")


def _not_offered(entry: Entry, scope: str, at: str, given: Given) -> Iterator[FieldError]:
    for parameter, value, known, offered in (
        (at, scope, FIGURE_SCOPES, entry.scopes),
        ("group_by", given.group_by, FIGURE_GROUPS, entry.group_by),
    ):
        if value is None or value in offered or (parameter != at and value not in GROUPS):
            continue
        labels: Labels = among(known, offered)
        vi, en = choice(labels) if labels else ("", "")
        words = (
            f"Chỉ tiêu “{entry.label_vi}” không có lựa chọn này. {vi}".rstrip(),
            f"The indicator “{entry.label_en}” does not offer this. {en}".rstrip(),
        )
        yield FieldError("not_allowed", words, parameter=parameter, allowed=tuple(offered))


def _retired(entry: Entry, given: Given) -> list[FieldError]:
    if entry.valid_to is None or given.from_ <= entry.valid_to:
        return []
    words = (
        f"Chỉ tiêu “{entry.label_vi}” chỉ dùng đến {day_text(entry.valid_to)}; hãy hỏi kỳ bắt đầu từ ngày đó trở về trước.",
        f"The indicator “{entry.label_en}” ended on {day_text(entry.valid_to)}; ask for days that begin by then.",
    )
    return [FieldError("retired_indicator", words, parameter="indicators")]


def _spans(ask: FigureAsk, given: Given) -> Iterator[FieldError]:
    """Refuse more months than a stock, or what is compared, is counted in (kernel/indicators/spans.py)."""
    if ask.group_by not in MONTHS or len(ask.spans) <= MAX_SPANS:
        return
    if ask.previous or any(_is_counted_anew(CATALOGUE[code]) for code, _ in ask.indicators):
        words = (
            f"Chỉ tiêu cuối kỳ, hoặc khi so sánh, chỉ nhóm được tối đa {MAX_SPANS} kỳ; hãy chọn kỳ dài hơn hoặc ít năm hơn.",
            f"Figures at the end of periods, or compared, take at most {MAX_SPANS} of them; choose longer ones or fewer years.",
        )
        yield FieldError("too_many", words, parameter="group_by")


def _is_counted_anew(entry: Entry) -> bool:
    return entry.kind == "stock" or entry.exact


def _per(ask: FigureAsk) -> Sequence[FieldError]:
    of_persons = any(CATALOGUE[code].unit == PER_PERSON for code, _ in ask.indicators)
    if ask.per is None or not of_persons or all(is_as_long(span, ask.per) for span in ask.spans):
        return ()
    words = (
        "Kỳ được hỏi ngắn hơn thời gian tính thu nhập; hãy hỏi kỳ dài hơn, hoặc thu nhập theo tháng.",
        "The days asked are shorter than what the income is for; ask for longer ones, or for income per month.",
    )
    return (FieldError("longer_than_the_period", words, parameter="per"),)
