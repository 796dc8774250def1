"""What a province's registry holds completely."""

from __future__ import annotations

from kernel.records.coverages import coverages, happened, stood
from services.registry import code_lists, models, rows
from services.registry.scopes import PREFIX, READ, WRITE


def _standing(condition: str) -> str:
    return stood("organization_state", "valid_from", "valid_to", condition)


def _registered(condition: str) -> str:
    return happened("organization", "registered_on", condition, province="opening_province_2008")


RECORDS = {
    "cooperatives": _standing("type = 'cooperative'"),
    "cooperative_registrations": _registered("opening_type = 'cooperative'"),
    "founding_supports": _registered("founding_attribution IS NOT NULL"),
    "cooperative_groups": _standing("type = 'cooperative_group'"),
    "cooperative_group_registrations": _registered("opening_type = 'cooperative_group'"),
    "cooperative_unions": _standing("type = 'cooperative_union'"),
    "cooperative_union_registrations": _registered("opening_type = 'cooperative_union'"),
    "operating_states": _standing("operating_state <> 'unknown'"),
    "status_changes": happened("status_change", "effective_on"),
    "type_conversions": happened("type_conversion", "effective_on"),
    "alliance_memberships": stood("alliance_membership", "admitted_on", "left_on"),
    "certificates": happened("certificate", "valid_from"),
    "products": happened("product", "recognized_on"),
    "statistics": happened("organization_statistic", "period_to"),
    "officers": stood("officer", "term_from", "term_to"),
    "ratings": happened("rating", "year_ends_on", "confirmation_state = 'confirmed'"),
    "inspections": happened("inspection", "inspected_on"),
    "dissolution_cases": happened("dissolution_case", "opened_on"),
    "member_teams": stood("member_team", "coalesce(founded_on, '-infinity')", "ended_on"),
    "models": stood("cooperative_model", "recognized_on", "valid_until"),
    "value_chains": happened("value_chain", "started_on"),
}
"""Record type (code_lists.RECORD_TYPES) → the condition that there are records of it."""

COVERAGE, router = coverages(
    PREFIX, models.Coverage, rows.CoverageRow, code_lists.RECORD_TYPES, READ, WRITE, records_exist=RECORDS
)
