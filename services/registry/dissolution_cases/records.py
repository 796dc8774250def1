"""What a dissolution case is: its table, how it is shown and listed, and what refuses it."""

from __future__ import annotations

from kernel.records.listing import Filter, code_filter, day_range, flag_filter, integer_filter
from services.registry import case_lists, models, problems
from services.registry.dissolution_cases import service
from services.registry.dissolution_cases.schemas import (
    DissolutionCase,
    DissolutionCaseChange,
    DissolutionCaseCreate,
)
from services.registry.facts.columns import shown
from services.registry.facts.records import fact_resource, fact_type
from services.registry.facts.service import FactRules
from services.registry.rows import DissolutionCaseRow

represent_case = shown(
    "planned_year",
    "opened_on",
    "ground",
    "decision_number",
    "outcome",
    "outcome_on",
    "reason",
    parsed=("blockers", "steps"),
)
_KINDS = "ARRAY(SELECT each ->> 'kind' FROM jsonb_array_elements(r.blockers) each WHERE each ->> 'resolved_on' IS NULL)"
_BLOCKER = code_filter(
    "blocker", "", case_lists.DISSOLUTION_BLOCKERS, "Cases in whose way this stands, not yet resolved."
)


_FILTERS: tuple[Filter, ...] = (
    integer_filter("planned_year", "r.planned_year", "Year whose plan holds it."),
    code_filter("ground", "r.ground", case_lists.DISSOLUTION_GROUNDS, "Voluntary or compulsory."),
    Filter(
        _BLOCKER.name,
        f"{_KINDS} && {{0}}::text[]",
        _BLOCKER.description,
        _BLOCKER.read,
        _BLOCKER.schema,
        repeated=True,
    ),
    flag_filter("is_open", "(r.outcome IS NULL)", "Cases that are open, or that came to their end."),
    code_filter("outcome", "r.outcome", case_lists.DISSOLUTION_OUTCOMES, "How it came to its end."),
    *day_range("opened_on", "r.opened_on", "Day the case was opened"),
    *day_range("outcome_on", "r.outcome_on", "Day of the outcome"),
)

DISSOLUTION_CASE = fact_type(
    FactRules(
        resource=fact_resource(models.DissolutionCase, DissolutionCaseRow, "dissolution-cases", represent_case),
        day="opened_on",
        checks={"blockers": service.check_row},
        refuse=service.refuse,
    ),
    plural="dissolution-cases",
    create=DissolutionCaseCreate,
    change=DissolutionCaseChange,
    output=DissolutionCase,
    filters=_FILTERS,
    facets={
        "planned_year": "r.planned_year",
        "ground": "r.ground",
        "outcome": "r.outcome",
        # One with several stands in several.
        "blocker": f"unnest({_KINDS})",
    },
    refusals=(problems.DissolutionCaseOpen, problems.BlockersUnresolved, problems.OrganizationNotEnded),
    unique={"uq_dissolution_case_open": service.case_open},
)
