"""Indicators of classes: what each counts and where its definition comes from. A class counts on its last session's day."""

from __future__ import annotations

from kernel.indicators.table import Indicator, Relation

CLASSES = Relation(
    name="classes",
    tables="training_class c",
    condition="c.counted_on BETWEEN {from_}::date AND {to}::date AND c.is_counted AND c.state IN ('held', 'reported')",
    id="c.id",
    province="c.province_2008",
    province_2025="c.province_2025",
    alliance="c.alliance",
    groups={
        "commune": "c.commune_code || '-' || c.commune_map",
        "attribution": "c.attribution",
        "topic": "c.topic",
        "kind": "c.kind",
        "program": "c.program_id::text",
        "audience": "c.expected_audience ->> 0",
        "month": "to_char(c.counted_on, 'YYYY-MM')",
    },
)

CLASS_INDICATORS = (
    Indicator(
        "training_classes_alliance", "Lớp tập huấn do Liên minh tổ chức", "Classes led by the alliance", "class",
        "flow", CLASSES, {"alliance_led": "c.attribution = 'alliance_led'"}, ("classes",), "classes",
        "Classes held whose last session lies in the period (báo cáo Phú Thọ 8 tháng 2023: 12 lớp).",
    ),
)  # fmt: skip
