"""Rounding, always half up and always on exact numbers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def half_up(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded half up (towards plus infinity); `denominator` is positive."""
    return (2 * numerator + denominator) // (2 * denominator)


def round_vnd(amount: Fraction, *, to: int = 1) -> int:
    """Return `amount` rounded half up to a multiple of `to` đồng."""
    return half_up(amount.numerator, amount.denominator * to) * to


def rate_parts(annual_rate_percent: Decimal) -> tuple[int, int]:
    """Return a rate in percent a year as numerator and denominator: 6.60 → 33 / 500."""
    numerator, denominator = annual_rate_percent.as_integer_ratio()
    return numerator, denominator * 100
