"""Principal over the installments that are still to come: spread anew, or paid back sooner.

- `spread`: as the method has it. Equal parts, or the level payment that clears the amount under the same shares, over the
  rows that carry principal; given parts in proportion; the last row takes what is left.
- `shortened`: every installment stays as large as it was for as long as anything is left. Of level payments that is the
  whole payment, so less interest means more principal; else it is the principal part.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from services.funds.engine.rounding import half_up, round_vnd
from services.funds.engine.schedule import level_vnd
from services.funds.engine.terms import Method


class Remaining(NamedTuple):
    """An installment to come. `principal_vnd`: what is still to fall due in it, whole đồng.

    `agreed_vnd`: the principal it was first agreed with; 0: it carries none. `growth`: rate × share of the year from
    today, or from the due date before, numerator and denominator.
    """

    principal_vnd: int
    agreed_vnd: int
    growth: tuple[int, int]


def spread(amount_vnd: int, rows: Sequence[Remaining], method: Method, *, to_vnd: int = 1) -> list[int]:
    """Return the principal of each row when `amount_vnd` is spread over them. `to_vnd`: parts are multiples of it."""
    carrying = [*(row for row in rows[:-1] if row.agreed_vnd), rows[-1]]
    agreed = sum(row.agreed_vnd for row in rows)
    if method == "equal_installment":
        size = level_vnd(amount_vnd, [row.growth for row in carrying], to_vnd=to_vnd)
    else:
        size = half_up(amount_vnd, len(carrying) * to_vnd) * to_vnd
    parts, left = [], amount_vnd
    for row in rows[:-1]:
        if not row.agreed_vnd:
            part = 0
        elif method == "equal_installment":
            numerator, denominator = row.growth
            part = max(size - half_up(left * numerator, denominator), 0)
        elif method == "custom":
            part = half_up(amount_vnd * row.agreed_vnd, agreed)
        else:
            part = size
        parts.append(min(part, left))
        left -= parts[-1]
    return [*parts, left]


def shortened(left_vnd: int, rows: Sequence[Remaining], method: Method, *, earned: Fraction) -> list[int]:
    """Return the principal of each row when `left_vnd`, less than they carry, is left of it.

    `earned`: interest in đồng that the first row asks for besides what it earns from today.
    """
    before, after, parts = sum(row.principal_vnd for row in rows), left_vnd, []
    for row in rows:
        part = row.principal_vnd
        if part and method == "equal_installment":
            part += _interest(before, row, earned) - _interest(after, row, earned)
        parts.append(min(part, after))
        before, after, earned = before - row.principal_vnd, after - parts[-1], Fraction()
    return parts


def _interest(balance_vnd: int, row: Remaining, earned: Fraction) -> int:
    return round_vnd(earned + Fraction(balance_vnd * row.growth[0], row.growth[1]))
