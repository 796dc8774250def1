"""Indicators of classes: what each counts and where its definition comes from.

A class counts on the day of its last session, once it was held; a joint one counts with the alliance that leads it.
Classes, lượt, distinct persons, cooperatives and hours are measures of their own: none is printed as another.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from kernel.indicators.definitions import Indicator, Relation

_COUNTED = "c.counted_on BETWEEN {from_}::date AND {to}::date AND c.is_counted AND c.state IN ('held', 'reported')"
_GROUPS = {
    "commune": "c.commune_code || '-' || c.commune_map",
    "attribution": "c.attribution",
    "topic": "c.topic",
    "kind": "c.kind",
    "program": "c.program_id::text",
    "month": "to_char(c.counted_on, 'YYYY-MM')",
}


def _of_attendances(name: str, id_: str) -> Relation:
    return Relation(
        name=name,
        tables="training_class c JOIN attendance f ON f.class_id = c.id",
        condition=_COUNTED,
        id=id_,
        province="c.province_2008",
        province_2025="c.province_2025",
        alliance="c.alliance",
        groups={**_GROUPS, "audience": "f.audience"},
    )


CLASSES = Relation(
    name="classes",
    tables="training_class c",
    condition=_COUNTED,
    id="c.id",
    province="c.province_2008",
    province_2025="c.province_2025",
    alliance="c.alliance",
    # The main audience that a class was made for; who came is known of its attendances.
    groups={**_GROUPS, "audience": "(c.expected_audience ->> 0)"},
)
ATTENDANCES = _of_attendances("attendances", "f.id")
# One person once, also where it waits to be joined: entered by several organizations, with one number.
_PERSON = "coalesce(p.alliance || '/' || p.id_number_mark, f.trainee_id::text)"
TRAINEES = replace(
    _of_attendances("trainees", "f.trainee_id"),
    tables="training_class c JOIN attendance f ON f.class_id = c.id LEFT JOIN trainee p ON p.id = f.trainee_id",
)

_LED, _JOINT, _SUPPORTED = (f"c.attribution = '{name}'" for name in ("alliance_led", "joint", "supported"))
_LAW, _MANAGEMENT = "c.topic = 'law'", "c.topic = 'management'"
_LISTS = "f.counted * (f.trainee_id IS NULL)::int"
_CLASSES, _ALL = ("classes",), ("classes", "attendances")


def _scopes(condition: str = "TRUE", first: str = "province") -> dict[str, str]:
    """Return a condition at every attribution and over all, the default first."""
    attributions = {"province": "TRUE", "alliance_led": _LED, "joint": _JOINT, "supported": _SUPPORTED}
    order = sorted(attributions, key=lambda scope: scope != first)
    return {
        scope: " AND ".join(c for c in (condition, attributions[scope]) if c != "TRUE") or "TRUE" for scope in order
    }


_classes = partial(Indicator, unit="class", kind="flow", relation=CLASSES, needs=_CLASSES, listed="classes")
_attendances = partial(
    Indicator,
    unit="attendance",
    kind="flow",
    relation=ATTENDANCES,
    needs=_ALL,
    listed="attendances",
    measure="f.counted",
    reported_part=_LISTS,
)
_trainees = partial(
    Indicator,
    unit="trainee",
    kind="flow",
    relation=TRAINEES,
    needs=_ALL,
    listed="trainees",
    measure="distinct",
    distinct_of=_PERSON,
    reported_part=_LISTS,
)

_PHU_THO, _NAMELESS = "báo cáo Phú Thọ 8 tháng 2023", "báo cáo một tỉnh năm 2022"
CLASS_INDICATORS = (
    _classes(
        code="training_classes",
        label_vi="Lớp đã tổ chức",
        label_en="Classes held",
        scopes=_scopes(),
        source="Classes held whose last session lies in the period; a joint one counts with its lead.",
    ),
    _classes(
        code="training_classes_alliance",
        label_vi="Lớp tập huấn do Liên minh tổ chức",
        label_en="Classes led by the alliance",
        scopes={"alliance_led": _LED},
        source=f"training_classes at scope alliance_led ({_PHU_THO}: 12 lớp).",
    ),
    _classes(
        code="training_classes_joint",
        label_vi="Lớp bồi dưỡng phối hợp tổ chức",
        label_en="Classes held jointly",
        scopes={"joint": _JOINT},
        source=f"training_classes at scope joint ({_PHU_THO}: 3 lớp).",
    ),
    _classes(
        code="training_classes_law",
        label_vi="Lớp tập huấn Luật HTX và chủ trương, chính sách",
        label_en="Classes on law and policy",
        scopes=_scopes(_LAW, "alliance_led"),
        source=f"Classes whose topic is law ({_NAMELESS}: 12 lớp).",
    ),
    _classes(
        code="training_classes_management",
        label_vi="Lớp bồi dưỡng nghiệp vụ quản lý",
        label_en="Classes on management",
        scopes=_scopes(_MANAGEMENT, "alliance_led"),
        source=f"Classes whose topic is management ({_NAMELESS}: 5 lớp).",
    ),
    _attendances(
        code="training_attendances",
        label_vi="Lượt học viên",
        label_en="Attendances",
        scopes=_scopes(),
        source="One person at one class is one, however many sessions (lượt học viên); a signed list counts by its number.",
    ),
    _attendances(
        code="training_attendances_alliance",
        label_vi="Lượt học viên các lớp do Liên minh tổ chức",
        label_en="Attendances of classes led by the alliance",
        scopes={"alliance_led": _LED},
        source=f"training_attendances at scope alliance_led ({_PHU_THO}: 695 lượt).",
    ),
    _attendances(
        code="training_attendances_joint",
        label_vi="Lượt cán bộ HTX dự lớp phối hợp",
        label_en="Attendances of joint classes",
        scopes={"joint": _JOINT},
        source=f"training_attendances at scope joint ({_PHU_THO}: 205 lượt).",
    ),
    _trainees(
        code="training_distinct_trainees",
        label_vi="Số người được học",
        label_en="Distinct trainees",
        scopes=_scopes(),
        source="Persons who attended at least one class of the period, each once; never printed as lượt.",
    ),
    _trainees(
        code="training_trainees_law",
        label_vi="Học viên các lớp tập huấn Luật HTX",
        label_en="Trainees of classes on law",
        scopes=_scopes(_LAW, "alliance_led"),
        source=f"Distinct persons at classes whose topic is law ({_NAMELESS}: 600 đoàn viên, thanh niên).",
    ),
    _trainees(
        code="training_trainees_management",
        label_vi="Cán bộ quản lý, người lao động được bồi dưỡng",
        label_en="Trainees of classes on management",
        scopes=_scopes(_MANAGEMENT, "alliance_led"),
        source=f"Distinct persons at classes whose topic is management ({_NAMELESS}: 200).",
    ),
    Indicator(
        code="training_cooperatives_reached",
        label_vi="Số đơn vị có người được học",
        label_en="Organizations reached",
        unit="organization",
        kind="flow",
        relation=ATTENDANCES,
        scopes=_scopes("f.organization_id IS NOT NULL"),
        needs=_ALL,
        listed="attendances",
        source="Distinct organizations that somebody who attended came from; the evidence is their attendances.",
        measure="distinct",
        distinct_of="f.organization_id",
    ),
    Indicator(
        code="training_hours",
        label_vi="Số giờ học",
        label_en="Hours taught",
        unit="hour",
        kind="flow",
        relation=CLASSES,
        scopes=_scopes(),
        needs=_CLASSES,
        listed="classes",
        source="Hours of the sessions of the classes held; not multiplied by who sat in them.",
        measure="c.session_minutes / 60.0",
    ),
)
