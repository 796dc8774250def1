"""The terms that appraisal, approval and contract agree on: the product's where nobody names others, within the term."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from kernel.problems import FieldError, Invalid
from services.funds.engine.commitment import Spans, months_until, spans, whole_months
from services.funds.engine.days import MONTHLY, shifted
from services.funds.lending.schedule_terms import ScheduleTerms, checked, engine_terms
from services.funds.rows import LoanProductRow

_PRODUCT_TERMS = (
    "method",
    "day_count",
    "principal_every",
    "principal_grace",
    "interest_grace",
    "interest_free",
    "round_installment_to_vnd",
    "holiday_rule",
)
_ANY_DAY = date(2001, 1, 1)
"""Where no day is known yet: intervals are counted from the first of a January that no leap year is near to."""


def default_terms(product: LoanProductRow | None, months: int) -> ScheduleTerms:
    """Return the product's terms, else monthly parts of the principal, over as many installments as the term holds."""
    terms: dict[str, Any] = {}
    if product is not None and product["method"] not in (None, "custom"):
        agreed: Mapping[str, Any] = product
        terms = {name: agreed[name] for name in _PRODUCT_TERMS}
        if product["interval"] is not None:
            terms["interval"] = orjson.loads(product["interval"])
    installments = _installments(terms.get("interval") or {"count": 1, "unit": "months"}, months)
    if not installments:
        # A term shorter than the product's interval is paid at its end.
        terms["interval"], installments = {"count": months, "unit": "months"}, 1
    terms["installments"] = installments
    return ScheduleTerms(**terms)


def _installments(interval: Mapping[str, Any], months: int) -> int:
    """Return how many intervals lie within so many months."""
    if interval["unit"] == "months":
        return months // int(interval["count"])
    return (shifted(_ANY_DAY, MONTHLY, months) - _ANY_DAY).days // int(interval["count"])


def shortened(terms: ScheduleTerms, months: int) -> ScheduleTerms:
    """Return terms that were proposed for a longer term within a shorter one; those of given dates stay as they are."""
    if terms.method == "custom" or terms.first_due_on is not None or terms.installments is None:
        return terms
    within = max(1, min(terms.installments, _installments(terms.interval.model_dump(), months)))
    return terms.model_copy(update={"installments": within})


def term_of(terms: ScheduleTerms, starts_on: date) -> int:
    """Return the months that terms last, a begun month counted; 1 at the least, where they contradict themselves."""
    try:
        last_due_on = engine_terms(terms.model_dump(), 1, Decimal(0), starts_on).nominal_due_dates()[-1]
    except (IndexError, OverflowError):
        return 1
    return min(600, max(1, months_until(starts_on, last_due_on)))


def spans_of(document: Mapping[str, Any], starts_on: date) -> Spans:
    """Return the spans of kept terms for a loan that begins on a day; sums and rates do not matter to them."""
    return spans(engine_terms(document, 1, Decimal(0), starts_on))


def check_terms(
    terms: ScheduleTerms, *, principal_vnd: int, annual_rate_percent: str, months: int, starts_on: date, at: str
) -> None:
    """Raise Invalid where terms contradict themselves, or last longer than the term, pointing below `at`."""
    agreed = engine_terms(terms.model_dump(), principal_vnd, Decimal(annual_rate_percent), starts_on)
    checked(agreed, at=at)
    last_due_on = agreed.nominal_due_dates()[-1]
    if (lasts := whole_months(starts_on, last_due_on)) > months:
        words = (
            f"Lịch trả nợ này kéo dài {lasts} tháng, kỳ hạn là {months} tháng; hãy giảm số kỳ hoặc tăng kỳ hạn.",
            f"These terms last {lasts} months and the term is {months}; ask for fewer installments or a longer term.",
        )
        raise Invalid(FieldError("longer_than_term", words, pointer=f"{at}/installments"))
