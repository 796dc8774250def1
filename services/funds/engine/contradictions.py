"""Terms that contradict themselves, result all at once before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from kernel.values.money import MAX_VND
from kernel.values.wording import said
from services.funds.code_lists import METHODS
from services.funds.engine.calendar_vn import FIRST_YEAR, LAST_YEAR
from services.funds.engine.contradiction_texts import CONTRADICTION_TEXTS
from services.funds.engine.schedule import schedule, totals
from services.funds.engine.terms import Terms

MAX_INSTALLMENTS = 600
MAX_RATE_PERCENT = 1000
MAX_INTERVAL = 3660
"""The longest interval, in days or months: far beyond any loan, and short enough for the calendar."""

FIRST_MOVED_DUE_DATE = date(FIRST_YEAR + 1, 1, 1)
LAST_MOVED_DUE_DATE = date(LAST_YEAR - 1, 12, 31)


class Contradiction(NamedTuple):
    """A contradiction in terms: where (JSON Pointer), a stable code, and the numbers needed to act."""

    pointer: str
    code: str
    numbers: dict[str, int | str]

    @property
    def detail(self) -> tuple[str, str]:
        """The contradiction in Vietnamese and English, with its numbers."""
        vi, en = (
            words.format_map(
                {
                    name: said(
                        name,
                        abs(value) if name == "difference_vnd" and isinstance(value, int) else value,
                        language,
                        METHODS if name == "method" else None,
                    )
                    for name, value in self.numbers.items()
                }
            )
            for words, language in zip(CONTRADICTION_TEXTS[self.code], ("vi", "en"), strict=True)
        )
        return vi, en


def contradictions(terms: Terms) -> list[Contradiction]:
    """Return all that is contradictory in `terms`; empty when and only when `schedule` can be computed.

    Pointers name the fields of `Terms`; of a custom part they are /parts/0/due_on and /parts/0/principal_vnd. Codes are
    those of `CONTRADICTION_TEXTS`. Limits of a product (its highest rate, its longest term) are not looked at here.
    """
    result = list(_ranges(terms))
    result += _rows(terms)
    result += _custom(terms) if terms.method == "custom" else _regular(terms)
    if not result:
        result += _calendar(terms)
    if not result:
        result += _largest(terms)
    return result


def _ranges(terms: Terms) -> Iterator[Contradiction]:
    rounding = 1 if terms.round_installment_to_vnd is None else terms.round_installment_to_vnd
    checks: tuple[tuple[str, int, int, int], ...] = (
        ("/principal_vnd", terms.principal_vnd, 1, MAX_VND),
        ("/installments", terms.installments, 1, MAX_INSTALLMENTS),
        ("/interval/count", terms.interval.count, 1, MAX_INTERVAL),
        ("/round_installment_to_vnd", rounding, 1, MAX_VND),
    )
    for pointer, value, least, most in checks:
        if not least <= value <= most:
            yield Contradiction(pointer, "out_of_range", {"value": value, "min": least, "max": most})
    rate: Decimal = terms.annual_rate_percent
    if not rate.is_finite() or not 0 <= rate <= MAX_RATE_PERCENT:
        numbers: dict[str, int | str] = {"value": str(rate), "min": 0, "max": MAX_RATE_PERCENT}
        yield Contradiction("/annual_rate_percent", "out_of_range", numbers)


def _rows(terms: Terms) -> Iterator[Contradiction]:
    rows = terms.installments
    checks: tuple[tuple[str, int, int, int, str], ...] = (
        ("/principal_every", terms.principal_every, 1, rows, "above_installments"),
        ("/principal_grace", terms.principal_grace, 0, rows - 1, "not_below_installments"),
        ("/interest_grace", terms.interest_grace, 0, rows - 1, "not_below_installments"),
        ("/interest_free", terms.interest_free, 0, rows, "above_installments"),
    )
    for pointer, value, least, most, code in checks:
        if value < least:
            yield Contradiction(pointer, "out_of_range", {"value": value, "min": least, "max": max(most, least)})
        elif value > most and rows >= 1:
            yield Contradiction(pointer, code, {"value": value, "installments": rows})


def _regular(terms: Terms) -> Iterator[Contradiction]:
    if terms.parts:
        yield Contradiction("/parts", "only_for_custom", {"method": terms.method})
    if terms.first_due_on is not None and terms.first_due_on <= terms.disbursed_on:
        yield _not_after_disbursement("/first_due_on", terms.first_due_on, terms)


def _custom(terms: Terms) -> Iterator[Contradiction]:
    fields = {
        "/first_due_on": terms.first_due_on is not None,
        "/principal_every": terms.principal_every > 1,
        "/principal_grace": terms.principal_grace > 0,
    }
    for pointer, present in fields.items():
        if present:
            yield Contradiction(pointer, "not_with_custom", {})
    if not terms.parts:
        yield Contradiction("/parts", "parts_required", {})
        return
    if len(terms.parts) != terms.installments:
        numbers: dict[str, int | str] = {"installments": terms.installments, "parts": len(terms.parts)}
        yield Contradiction("/installments", "differs_from_parts", numbers)
    previous = None
    for index, part in enumerate(terms.parts):
        if not 0 <= part.principal_vnd <= MAX_VND:
            numbers = {"value": part.principal_vnd, "min": 0, "max": MAX_VND}
            yield Contradiction(f"/parts/{index}/principal_vnd", "out_of_range", numbers)
        if previous is not None and part.due_on <= previous:
            numbers = {"due_on": part.due_on.isoformat(), "previous_due_on": previous.isoformat()}
            yield Contradiction(f"/parts/{index}/due_on", "not_after_previous", numbers)
        elif part.due_on <= terms.disbursed_on:
            yield _not_after_disbursement(f"/parts/{index}/due_on", part.due_on, terms)
        previous = part.due_on
    sum_vnd = sum(part.principal_vnd for part in terms.parts)
    if sum_vnd != terms.principal_vnd:
        numbers = {
            "sum_vnd": sum_vnd,
            "principal_vnd": terms.principal_vnd,
            "difference_vnd": sum_vnd - terms.principal_vnd,
        }
        yield Contradiction("/parts", "parts_do_not_sum", numbers)


def _calendar(terms: Terms) -> Iterator[Contradiction]:
    try:
        due = terms.nominal_due_dates()
    except OverflowError:
        yield Contradiction("/installments", "date_out_of_range", {})
        return
    if terms.holiday_rule != "none" and (due[0] < FIRST_MOVED_DUE_DATE or due[-1] > LAST_MOVED_DUE_DATE):
        numbers: dict[str, int | str] = {
            "first": FIRST_MOVED_DUE_DATE.isoformat(),
            "last": LAST_MOVED_DUE_DATE.isoformat(),
        }
        yield Contradiction("/holiday_rule", "holidays_not_known", numbers)


def _largest(terms: Terms) -> Iterator[Contradiction]:
    years = (terms.nominal_due_dates()[-1] - terms.disbursed_on).days // 360 + 2
    nominal, year = terms.interval.share
    rate = Fraction(terms.annual_rate_percent) / 100
    if terms.principal_vnd * (1 + rate * max(nominal * terms.installments // year + 1, years)) <= MAX_VND:
        return
    total_vnd = totals(schedule(terms)).total_vnd
    if total_vnd > MAX_VND:
        yield Contradiction("/principal_vnd", "amount_too_large", {"total_vnd": total_vnd, "max": MAX_VND})


def _not_after_disbursement(pointer: str, day: date, terms: Terms) -> Contradiction:
    numbers: dict[str, int | str] = {"due_on": day.isoformat(), "disbursed_on": terms.disbursed_on.isoformat()}
    return Contradiction(pointer, "not_after_disbursement", numbers)
