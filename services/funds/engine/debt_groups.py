"""Debt groups 1-5 and specific provisions by the State Bank's rules for microfinance institutions.

The funds classify and provision by them for loans whose risk they bear (Decree 45/2021/NĐ-CP art. 28 (1)). They are not
the rules of banks: group 2 begins at 10 days and provisions are 0, 2, 25, 50 and 100 %. Data, because they change.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.funds.engine.rounding import half_up, rate_parts

FIRST_NPL_GROUP = 3
"""Groups 3 to 5 are non-performing (Decree 45/2021/NĐ-CP art. 2 (4))."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """The rules that hold from `valid_from` (None: from the beginning) until the next scheme.

    `day_bounds`: overdue days at which groups 2, 3, 4 and 5 begin, half-open: the day itself is in the worse group.
    `first_reschedule`: the same on the new term for a debt rescheduled once, as (days, group): a debt that is not
    overdue on it is in the first group named. `second_reschedule`: the group in term, and the group when overdue.
    `further_reschedules`: the group from the third on. `interest_reduced`: the best group of a debt whose interest was
    waived or reduced because the borrower could not pay. `provision_percent`: of groups 1 to 5.
    """

    valid_from: date | None
    source: str
    day_bounds: tuple[int, int, int, int]
    first_reschedule: tuple[tuple[int, int], ...]
    second_reschedule: tuple[int, int]
    further_reschedules: int
    interest_reduced: int
    provision_percent: tuple[Decimal, Decimal, Decimal, Decimal, Decimal]


_PROVISIONS = (Decimal(0), Decimal(2), Decimal(25), Decimal(50), Decimal(100))
_FIRST_RESCHEDULE = ((0, 2), (1, 3), (30, 4), (90, 5))

SCHEMES: tuple[Scheme, ...] = (
    Scheme(
        valid_from=None,
        source="Circular 15/2010/TT-NHNN",
        day_bounds=(10, 30, 90, 180),
        first_reschedule=_FIRST_RESCHEDULE,
        second_reschedule=(4, 5),
        further_reschedules=5,
        interest_reduced=3,
        provision_percent=_PROVISIONS,
    ),
    Scheme(
        valid_from=date(2024, 8, 12),
        source="Circular 14/2024/TT-NHNN art. 5; Decree 86/2024/NĐ-CP",
        day_bounds=(10, 30, 90, 180),
        first_reschedule=_FIRST_RESCHEDULE,
        second_reschedule=(4, 5),
        further_reschedules=5,
        interest_reduced=3,
        provision_percent=_PROVISIONS,
    ),
)
"""In the order of their days. That the bounds of 2010 were those of 2024 is to be confirmed with the circular's text."""


def scheme_on(day: date | None = None) -> Scheme:
    """Return the scheme that holds on `day`; the newest without one."""
    return next(
        scheme for scheme in reversed(SCHEMES) if day is None or scheme.valid_from is None or scheme.valid_from <= day
    )


@functools.lru_cache(maxsize=10_000)
def debt_group(
    days_overdue: int,
    reschedule_count: int = 0,
    days_overdue_on_new_term: int = 0,
    interest_reduced: bool = False,
    *,
    on: date | None = None,
) -> int:
    """Return the debt group 1-5, the worst that any of the rules gives.

    `days_overdue`: of the oldest amount that is not paid, 0 when none is. `days_overdue_on_new_term`: the same counted
    on the term as it was last rescheduled; it says nothing of a debt that was never rescheduled. `interest_reduced`:
    waived or reduced because the borrower could not pay in full. `on`: the day whose rules apply, the newest without.
    Raises ValueError for a negative number.
    """
    if min(days_overdue, reschedule_count, days_overdue_on_new_term) < 0:
        raise ValueError("days and counts are not negative")
    scheme = scheme_on(on)
    groups = [1 + bisect_right(scheme.day_bounds, days_overdue)]
    if reschedule_count == 1:
        groups += [group for days, group in scheme.first_reschedule if days_overdue_on_new_term >= days]
    elif reschedule_count == 2:
        groups.append(scheme.second_reschedule[days_overdue_on_new_term > 0])
    elif reschedule_count > 2:
        groups.append(scheme.further_reschedules)
    if interest_reduced:
        groups.append(scheme.interest_reduced)
    return max(groups)


def is_npl(group: int) -> bool:
    """Return whether debts of `group` are non-performing."""
    return group >= FIRST_NPL_GROUP


def provision_percent(group: int, *, on: date | None = None) -> Decimal:
    """Return the rate of the specific provision of `group` in percent. Raises ValueError for a group outside 1-5."""
    if not 1 <= group <= 5:
        raise ValueError("debt groups are 1 to 5")
    return scheme_on(on).provision_percent[group - 1]


@functools.lru_cache(maxsize=1_000)
def _provision_parts(group: int, on: date | None) -> tuple[int, int]:
    return rate_parts(provision_percent(group, on=on))


@functools.lru_cache(maxsize=1_000)
def provision_step_vnd(*, on: date | None = None) -> int:
    """Return the smallest amount of which the provision is whole đồng in every group.

    So provisions of many debts of one group are added up without rounding anew: of n whole steps and a rest the
    provision is n times that of a step, and that of the rest.
    """
    return math.lcm(*(_provision_parts(group, on)[1] for group in range(1, 6)))


def provision(principal_vnd: int, deductible_collateral_vnd: int, group: int, *, on: date | None = None) -> int:
    """Return the specific provision: max(0, principal - deductible collateral) × the group's rate, half up.

    `deductible_collateral_vnd` is the deductible value, not the market value, of what secures the debt.
    """
    uncovered = max(0, principal_vnd - deductible_collateral_vnd)
    numerator, denominator = _provision_parts(group, on)
    return half_up(uncovered * numerator, denominator)
