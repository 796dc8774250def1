"""Money is whole đồng, shares are exact decimals: no float anywhere on the way."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import Field

MAX_VND = 9_007_199_254_740_991
"""The largest integer that a browser keeps exactly."""

Vnd = Annotated[
    int,
    Field(strict=True, ge=0, le=MAX_VND, json_schema_extra={"format": "int64"}, description="Whole đồng"),
]


def share_percent(numerator: int | Decimal, denominator: int | Decimal) -> Decimal | None:
    """Return numerator / denominator in percent with four decimals, half up; None for a denominator of 0."""
    if denominator == 0:
        return None
    share = Decimal(numerator) * 100 / Decimal(denominator)
    return share.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
