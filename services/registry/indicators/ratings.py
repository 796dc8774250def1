"""Figures of ratings."""

from __future__ import annotations

from kernel.indicators.definitions import Indicator
from services.registry.indicators.relations import RATINGS, STANDING_REPORTER
from services.registry.rating_schemes import GOOD_OR_FAIR, band_sql

# A cooperative that was rated by several schemes in one year counts once, by the lowest of its points.
_ONCE = """NOT EXISTS (
    SELECT FROM rating lower WHERE lower.organization_id = f.organization_id AND lower.year = f.year
       AND lower.confirmation_state = 'confirmed' AND (lower.score, lower.id) < (f.score, f.id))"""
# People's credit funds are rated by the State Bank's rules (Circular 01/2020/TT-BKHĐT, Art. 1(2c)).
_RATED = (
    "f.confirmation_state = 'confirmed' AND f.score IS NOT NULL AND s.type = 'cooperative' AND NOT o.is_credit_fund "
    f"AND {_ONCE}"
)
_BANDS = ", ".join(f"'{band}'" for band in GOOD_OR_FAIR)
_IS_GOOD_OR_FAIR = f"({band_sql('f')} IN ({_BANDS}))::int"

RATING_INDICATORS = (
    Indicator(
        code="cooperatives_good_fair_share",
        label_vi="Tỷ lệ HTX xếp loại tốt, khá",
        label_en="Share of cooperatives rated good or fair",
        unit="percent",
        kind="flow",
        relation=RATINGS,
        scopes={"province": _RATED},
        needs=("ratings",),
        listed="ratings",
        source="Confirmed ratings of the years that end in the period, good or fair in those with points; of several in "
        "a year the lowest; without people's credit funds (kế hoạch 2021–2025: trên 60%).",
        measure=_IS_GOOD_OR_FAIR,
        divisor="count",
        ratio_of=(
            ("HTX xếp loại tốt, khá", "Cooperatives rated good or fair"),
            ("HTX được xếp loại", "Cooperatives rated"),
        ),
        reported_of="cooperatives_without_credit_funds",
        reporter=STANDING_REPORTER,
    ),
)
