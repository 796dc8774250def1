"""What an inspection is: its table, how it is shown and listed, and what its recommendations must agree with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from kernel.records.attributions import attribution_filter, check_partners
from kernel.records.listing import Filter, code_filter, day_filter, day_range, flag_filter
from services.registry import case_lists, models
from services.registry import code_lists as codes
from services.registry.facts.columns import shown
from services.registry.facts.records import fact_resource, fact_type
from services.registry.facts.service import FactRules
from services.registry.inspections.schemas import (
    Inspection,
    InspectionChange,
    InspectionCreate,
    RecommendationInput,
    check_done,
)
from services.registry.rows import InspectionRow

represent_inspection = shown(
    "kind",
    "inspected_on",
    "findings",
    "decision_number",
    "attribution",
    "reason",
    parsed=("inspectors", "recommendations", "partners"),
)
_RECOMMENDATIONS = TypeAdapter(list[RecommendationInput])

# What the organization was on the day of the inspection; one before it began counts with its first period.
_TYPE_THEN = (
    "(SELECT s.type FROM organization o JOIN organization_state s ON s.organization_id = o.id "
    "AND greatest(r.inspected_on, o.starts_on) >= s.valid_from AND greatest(r.inspected_on, o.starts_on) < s.valid_to "
    "WHERE o.id = r.organization_id)"
)
_OPEN = "jsonb_path_exists(r.recommendations, '$[*] ? (@.done_on == null)')"
_DUE = (
    "EXISTS (SELECT FROM jsonb_to_recordset(r.recommendations) AS d(due_on date, done_on date) "
    "WHERE d.done_on IS NULL AND d.due_on < {0}::date)"
)


def _check_done(row: Mapping[str, Any]) -> None:
    given = row["recommendations"]
    read = _RECOMMENDATIONS.validate_json if isinstance(given, str) else _RECOMMENDATIONS.validate_python
    check_done(row["inspected_on"], read(given))


_FILTERS: tuple[Filter, ...] = (
    code_filter("kind", "r.kind", case_lists.INSPECTION_KINDS, "Of the dossier of founding, or on the spot."),
    attribution_filter(),
    *day_range("inspected_on", "r.inspected_on", "Day of the inspection"),
    code_filter("organization_type", _TYPE_THEN, codes.ORGANIZATION_TYPES, "What the organization was on that day."),
    flag_filter("has_open_recommendations", _OPEN, "Whether any recommendation waits to be followed."),
    day_filter(
        "due_before", _DUE, "Inspections with a recommendation that was due before that day and is not followed"
    ),
)

INSPECTION = fact_type(
    FactRules(
        resource=fact_resource(models.Inspection, InspectionRow, "inspections", represent_inspection),
        day="inspected_on",
        checks={"partners": check_partners, "recommendations": _check_done},
    ),
    plural="inspections",
    create=InspectionCreate,
    change=InspectionChange,
    output=Inspection,
    filters=_FILTERS,
    facets={"kind": "r.kind", "attribution": "r.attribution", "organization_type": _TYPE_THEN},
)
