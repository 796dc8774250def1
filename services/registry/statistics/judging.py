"""What figures of one period cannot be, which is refused, and what they hardly are, which is warned of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from kernel.problems import FieldError
from kernel.values.days import day_text
from kernel.values.field_errors import field_errors_within
from kernel.values.money import number_shown, vnd_text
from kernel.values.periods import months_in

Row = Mapping[str, Any]
Words = tuple[str, str]

MEMBERS = ("members_official", "members_affiliate_capital", "members_affiliate_noncapital")
MANAGERS = (
    "managers_no_qualification",
    "managers_elementary",
    "managers_intermediate",
    "managers_college",
    "managers_university_or_higher",
)
INCOME_MONTHS = {"month": 1, "half_year": 6, "year": 12}
"""How many months the income of a worker is for."""

_OF_MEMBERS: Words = ("tổng số thành viên", "all members")
_OF_WORKERS: Words = ("số lao động thường xuyên", "the regular workers")
_OF_MANAGERS: Words = ("tổng số cán bộ quản lý", "all managers")
_PARTS: tuple[tuple[tuple[str, ...], tuple[str, ...], Words], ...] = (
    (("members_persons", "members_households", "members_legal_entities"), MEMBERS, _OF_MEMBERS),
    (("members_female",), MEMBERS, _OF_MEMBERS),
    (("members_ethnic_minority",), MEMBERS, _OF_MEMBERS),
    (("members_disabled",), MEMBERS, _OF_MEMBERS),
    (("workers_members",), ("workers_regular",), _OF_WORKERS),
    (("workers_female",), ("workers_regular",), _OF_WORKERS),
    (("workers_insured",), ("workers_regular",), _OF_WORKERS),
    (("managers_female",), MANAGERS, _OF_MANAGERS),
    (("revenue_internal_vnd",), ("revenue_vnd",), ("tổng doanh thu", "the whole revenue")),
    (("revenue_external_vnd",), ("revenue_vnd",), ("tổng doanh thu", "the whole revenue")),
    (("paid_capital_vnd",), ("charter_capital_vnd",), ("vốn điều lệ", "the charter capital")),
)
"""Parts, the wholes that they are parts of, and what those are called. A whole is known once all of it is."""


def total_of(row: Row, names: tuple[str, ...]) -> int | None:
    """Return the sum of these columns; None where one of them is not known."""
    values = [row[name] for name in names]
    return None if None in values else sum(values)


def known_of(row: Row, names: tuple[str, ...]) -> int | None:
    """Return the sum of those of these columns that are known; None where none is."""
    values = [row[name] for name in names if row[name] is not None]
    return sum(values) if values else None


def _fault(field: str, code: str, vi: str, en: str) -> FieldError:
    return FieldError(code, (vi, en), parameter=field)


def _impossible(row: Row) -> Iterator[FieldError]:
    for parts, wholes, (vi, en) in _PARTS:
        part, whole = known_of(row, parts), total_of(row, wholes)
        if part is not None and whole is not None and part > whole:
            at = next(name for name in parts if row[name] is not None)
            yield _fault(
                at,
                "above_the_whole",
                f"Không thể lớn hơn {vi} ({number_shown(whole, 'vi')}); hãy kiểm tra lại hai số.",
                f"This cannot be above {en} ({number_shown(whole, 'en')}); check both.",
            )
    revenue, inside, outside = (row[f"revenue{name}_vnd"] for name in ("", "_internal", "_external"))
    if None not in (revenue, inside, outside) and inside + outside != revenue and max(inside, outside) <= revenue:
        added = inside + outside
        yield _fault(
            "revenue_vnd",
            "not_the_sum",
            f"Doanh thu trong và ngoài thành viên cộng lại là {vnd_text(added, 'vi')}; hãy kiểm tra lại ba số.",
            f"Internal and external revenue add up to {vnd_text(added, 'en')}; check all three.",
        )
    months = months_in(row["period_from"], row["period_to"])
    if row["income_per"] is not None and months is not None and INCOME_MONTHS[row["income_per"]] > months:
        yield _fault(
            "income_per_worker",
            "longer_than_the_period",
            "Thu nhập này tính cho thời gian dài hơn kỳ báo cáo, tức là ước tính; hãy ghi theo tháng.",
            "This income is for longer than the period, which makes it an estimate; give it per month.",
        )


def refuse_impossible(row: Row) -> None:
    """Raise every fault of figures that cannot be."""
    if faults := [*_impossible(row)]:
        raise field_errors_within(faults)


Unlikely = tuple[str, str, Words]
"""Code, field, words."""


def unlikely(row: Row, previous: Row | None) -> Iterator[Unlikely]:
    """Yield what is worth a look in figures, with the numbers; `previous`: the last period of the same length."""
    managers, workers = known_of(row, MANAGERS), row["workers_regular"]
    if managers is not None and workers is not None and managers > workers:
        yield (
            "managers_above_workers",
            "workers_regular",
            (
                f"Có {number_shown(managers, 'vi')} cán bộ quản lý mà chỉ {number_shown(workers, 'vi')} lao động thường xuyên; "
                "hãy kiểm tra lại.",
                f"There are {number_shown(managers, 'en')} managers and only {number_shown(workers, 'en')} regular workers; "
                "check both.",
            ),
        )
    yield from _income(row)
    if previous is not None:
        yield from _leaps(row, previous)


def _income(row: Row) -> Iterator[Unlikely]:
    income, workers, revenue = row["income_per_worker_vnd"], row["workers_regular"], row["revenue_vnd"]
    months = months_in(row["period_from"], row["period_to"])
    if None in (income, workers, revenue, months):
        return
    paid = income * workers * months // INCOME_MONTHS[row["income_per"]]
    if paid > revenue:
        yield (
            "income_above_revenue",
            "income_per_worker",
            (
                f"Thu nhập của {number_shown(workers, 'vi')} lao động trong kỳ là {vnd_text(paid, 'vi')}, lớn hơn doanh thu "
                f"{vnd_text(revenue, 'vi')}; hãy kiểm tra lại.",
                f"The income of {number_shown(workers, 'en')} workers in the period makes {vnd_text(paid, 'en')}, above the revenue "
                f"of {vnd_text(revenue, 'en')}; check them.",
            ),
        )


_COMPARED: Mapping[str, tuple[tuple[str, ...], Words]] = {
    "members_official": (MEMBERS, ("Số thành viên", "Members")),
    "workers_regular": (("workers_regular",), ("Số lao động", "Workers")),
    "revenue_vnd": (("revenue_vnd",), ("Doanh thu", "The revenue")),
}


def _leaps(row: Row, previous: Row) -> Iterator[Unlikely]:
    for field, (names, (vi, en)) in _COMPARED.items():
        now, then = known_of(row, names), known_of(previous, names)
        if now is None or not then or then <= now * 10 <= then * 100:
            continue
        period = previous["period"]
        yield (
            "unlike_last_period",
            field,
            (
                f"{vi} kỳ này là {number_shown(now, 'vi')}, kỳ {period} là {number_shown(then, 'vi')}: chênh nhau hơn 10 lần; hãy kiểm tra lại.",
                f"{en}: {number_shown(now, 'en')} in this period, {number_shown(then, 'en')} in {period}, more than ten times apart; check them.",
            ),
        )


def not_there(starts_on: date, ended_on: date | None) -> FieldError:
    """Return the fault of a period in which the organization was not there."""
    if ended_on is None:
        words = (
            f"Tổ chức bắt đầu từ ngày {day_text(starts_on)}, sau kỳ này; hãy kiểm tra lại kỳ và tổ chức.",
            f"The organization begins on {day_text(starts_on)}, after this period; check period and organization.",
        )
    else:
        words = (
            f"Tổ chức đã chấm dứt từ ngày {day_text(ended_on)}, trước kỳ này; hãy kiểm tra lại kỳ và tổ chức.",
            f"The organization ended on {day_text(ended_on)}, before this period; check period and organization.",
        )
    return FieldError("organization_not_there", words, pointer="/period")
