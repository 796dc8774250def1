"""Figures of ratings."""

from __future__ import annotations

from kernel.indicators.definitions import Direction, Indicator
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


def _share_of(
    bands: tuple[str, ...],
    *,
    code: str,
    label_vi: str,
    label_en: str,
    numerator: tuple[str, str],
    source: str,
    direction: Direction = "more_is_better",
) -> Indicator:
    """Return the share of the cooperatives rated in the years that end in the period whose band is one of these."""
    listed = ", ".join(f"'{band}'" for band in bands)
    return Indicator(
        code=code,
        label_vi=label_vi,
        label_en=label_en,
        unit="percent",
        kind="flow",
        relation=RATINGS,
        scopes={"province": _RATED},
        needs=("ratings",),
        listed="ratings",
        source=source,
        measure=f"({band_sql('f')} IN ({listed}))::int",
        divisor="count",
        ratio_of=(numerator, ("HTX được xếp loại", "Cooperatives rated")),
        reported_of="cooperatives_without_credit_funds",
        reporter=STANDING_REPORTER,
        direction=direction,
    )


RATING_INDICATORS = (
    _share_of(
        GOOD_OR_FAIR,
        code="cooperatives_good_fair_share",
        label_vi="Tỷ lệ HTX xếp loại tốt, khá",
        label_en="Share of cooperatives rated good or fair",
        numerator=("HTX xếp loại tốt, khá", "Cooperatives rated good or fair"),
        source="Confirmed ratings of the years that end in the period, good or fair in those with points; of several in "
        "a year the lowest; without people's credit funds (kế hoạch 2021–2025: trên 60%).",
    ),
    _share_of(
        ("weak",),
        code="cooperatives_weak_share",
        label_vi="Tỷ lệ HTX xếp loại yếu",
        label_en="Share of cooperatives rated weak",
        numerator=("HTX xếp loại yếu", "Cooperatives rated weak"),
        direction="less_is_better",
        source="Among the same ratings as cooperatives_good_fair_share those in the weak band (mục tiêu Hòa Bình đến 2030: "
        "dưới 2%).",
    ),
)
