"""The rows of the service's tables. Written by `vca rows` from the models; a test compares the two."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict


class AllianceMembershipRow(TypedDict):
    """A row of alliance_membership."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    kind: str
    admitted_on: date
    admission_decision_number: str | None
    certificate_number: str | None
    alliance_label: str | None
    left_on: date | None
    leaving_decision_number: str | None
    leaving_reason: str | None


class CertificateRow(TypedDict):
    """A row of certificate."""

    attribution: str | None
    partners: str
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    scheme: str
    scope: str | None
    area_hectares: Decimal | None
    number: str | None
    certifier: str | None
    valid_from: date
    valid_until: date | None


class CooperativeModelRow(TypedDict):
    """A row of cooperative_model."""

    attribution: str | None
    partners: str
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    kind: str
    recognized_on: date
    valid_until: date | None
    decision_number: str | None
    issuing_authority: str | None
    criteria: str | None


class CoverageRow(TypedDict):
    """A row of coverage."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    province: str
    provinces_2008: list[str]
    record_types: list[str]
    covered_from: date
    covered_to: date | None
    source: str | None


class DissolutionCaseRow(TypedDict):
    """A row of dissolution_case."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    planned_year: int | None
    opened_on: date
    ground: str
    decision_number: str | None
    blockers: str
    steps: str
    outcome: str | None
    outcome_on: date | None
    reason: str | None


class InspectionRow(TypedDict):
    """A row of inspection."""

    attribution: str | None
    partners: str
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    kind: str
    inspected_on: date
    inspectors: str
    findings: str | None
    recommendations: str
    decision_number: str | None
    reason: str | None


class MemberTeamRow(TypedDict):
    """A row of member_team."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    name: str
    name_folded: str
    area: str | None
    district_name: str | None
    commune_codes: str
    commune_map: str | None
    province_2008: str
    province_2025: str
    leader_organization_id: str | None
    leader_name: str | None
    organization_ids: str
    founded_on: date | None
    consolidations: str
    ended_on: date | None
    file_ids: str
    is_synthetic: bool


class MemberTeamConsolidationRow(TypedDict):
    """A row of member_team_consolidation."""

    team_id: str
    consolidated_on: date
    decision_number: str | None


class MemberTeamMemberRow(TypedDict):
    """A row of member_team_member."""

    team_id: str
    organization_id: str


class OfficerRow(TypedDict):
    """A row of officer."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    office: str
    full_name: str
    name_folded: str
    term_from: date
    term_to: date | None
    qualification: str | None
    is_member: bool | None
    decision_number: str | None
    sex: str | None
    birth_year: int | None
    phone: str | None
    erased_on: date | None


class OrganizationRow(TypedDict):
    """A row of organization."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    type: str
    is_credit_fund: bool
    code: str | None
    legacy_number: str | None
    name: str
    name_short: str | None
    name_foreign: str | None
    name_folded: str
    name_distinct: str
    name_sort: str
    commune_code: str
    commune_map: str
    commune_name: str | None
    address: str | None
    province_2008: str
    province_2025: str
    seat_2025_commune_code: str | None
    business_lines: str
    report_sector: str | None
    charter_capital_vnd: int | None
    paid_capital_vnd: int | None
    founded_on: date | None
    founded_precision: str | None
    registered_on: date | None
    founding_attribution: str | None
    founding_partners: str
    legal_representatives: str
    contacts: str
    legal_status: str
    operating_state: str
    governance: str | None
    external_ids: str
    photo_file_ids: str
    is_synthetic: bool
    starts_on: date
    opening_type: str
    opening_legal_status: str
    opening_operating_state: str
    opening_commune_code: str
    opening_commune_map: str
    opening_commune_name: str | None
    opening_address: str | None
    opening_province_2008: str
    opening_province_2025: str
    opening_seat_2025_commune_code: str | None
    merged_into: str | None


class OrganizationDeduplicationRow(TypedDict):
    """A row of organization_deduplication."""

    id: str
    organization_id: str
    into_id: str
    reason: str
    moved: str
    deduplicated_at: datetime
    deduplicated_by: str
    reversed_at: datetime | None
    reversed_by: str | None
    reversal_reason: str | None


class OrganizationExternalIdRow(TypedDict):
    """A row of organization_external_id."""

    system: str
    value: str
    organization_id: str


class OrganizationStateRow(TypedDict):
    """A row of organization_state."""

    organization_id: str
    valid_from: date
    valid_to: date
    type: str
    legal_status: str
    operating_state: str
    commune_code: str
    commune_map: str
    commune_name: str | None
    address: str | None
    province_2008: str
    province_2025: str
    seat_2025_commune_code: str | None
    alliance: str


class OrganizationStatisticRow(TypedDict):
    """A row of organization_statistic."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    period: str
    period_from: date
    period_to: date
    members_official: int | None
    members_affiliate_capital: int | None
    members_affiliate_noncapital: int | None
    members_persons: int | None
    members_households: int | None
    members_legal_entities: int | None
    members_female: int | None
    members_ethnic_minority: int | None
    members_disabled: int | None
    workers_regular: int | None
    workers_members: int | None
    workers_female: int | None
    workers_insured: int | None
    managers_no_qualification: int | None
    managers_elementary: int | None
    managers_intermediate: int | None
    managers_college: int | None
    managers_university_or_higher: int | None
    managers_female: int | None
    revenue_vnd: int | None
    revenue_internal_vnd: int | None
    revenue_external_vnd: int | None
    profit_vnd: int | None
    income_per_worker_vnd: int | None
    income_per: str | None
    charter_capital_vnd: int | None
    paid_capital_vnd: int | None
    assets_vnd: int | None
    indivisible_fund_vnd: int | None
    tax_paid_vnd: int | None
    source: str
    source_document: str | None


class ProductRow(TypedDict):
    """A row of product."""

    attribution: str | None
    partners: str
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    name: str
    name_folded: str
    product_group: str | None
    ocop_stars: int | None
    ocop_score: Decimal | None
    decision_number: str | None
    issuing_authority: str | None
    recognized_on: date | None
    valid_until: date | None
    photo_file_ids: str


class RatingRow(TypedDict):
    """A row of rating."""

    confirmation_state: str | None
    confirmation: str | None
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    scheme: str
    year: int
    year_ends_on: date
    self_score: Decimal | None
    score: Decimal | None
    criterion_scores: str
    rated_on: date | None
    decision_number: str | None
    not_rated_reason: str | None


class SeatChangeRow(TypedDict):
    """A row of seat_change."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    effective_on: date
    commune_code: str
    commune_map: str
    commune_name: str | None
    address: str | None
    to_province_2008: str
    to_province_2025: str
    seat_2025_commune_code: str | None
    decision_number: str | None
    reason: str | None


class StatusChangeRow(TypedDict):
    """A row of status_change."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    kind: str
    status: str
    effective_on: date
    decision_number: str | None
    reason: str | None
    source: str
    basis: str | None


class SuccessionRow(TypedDict):
    """A row of succession."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    kind: str
    effective_on: date
    decision_number: str | None
    predecessors: str
    successors: str
    organization_ids: list[str]


class TypeConversionRow(TypedDict):
    """A row of type_conversion."""

    attribution: str | None
    partners: str
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    province_2008: str
    province_2025: str
    file_ids: str
    is_synthetic: bool
    kind: str
    effective_on: date
    decision_number: str | None
    reason: str | None


class ValueChainRow(TypedDict):
    """A row of value_chain."""

    attribution: str | None
    partners: str
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    name: str
    name_folded: str
    product: str
    lead_organization_id: str
    province_2008: str
    province_2025: str
    started_on: date
    ended_on: date | None
    links: str
    organization_ids: list[str]
    note: str | None
    file_ids: str
    is_synthetic: bool


class ValueChainLinkRow(TypedDict):
    """A row of value_chain_link."""

    value_chain_id: str
    position: int
    role: str
    organization_id: str
    started_on: date
    ended_on: date | None
