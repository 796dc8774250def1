"""The rows of the service's tables. Written by `vca rows` from the models; a test compares the two."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict


class ActivityRow(TypedDict):
    """A row of activity."""

    attribution: str | None
    partners: str
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    kind: str
    title: str
    title_folded: str
    happened_on: date
    commune_code: str | None
    commune_map: str | None
    province_2008: str
    province_2025: str
    organization_id: str | None
    costs: str
    link: str | None
    note: str | None
    file_ids: str
    is_synthetic: bool
    ends_on: date | None
    channel: str | None
    issue: str | None
    quantity: int | None
    support_given: str | None
    out_of_poverty: int | None
    project_lead: str | None
    project_level: str | None
    budget_vnd: int | None
    results: str | None
    document_title: str | None
    document_kind: str | None
    adopted_number: str | None


class ApprovedMeasureRow(TypedDict):
    """A row of approved_measure."""

    plan_id: str
    number: int
    measure_id: str
    task_id: str | None
    indicator: str
    scope: str
    place: str
    province: str | None
    commune_code: str | None
    commune_map: str | None
    starts_on: date
    ends_on: date
    value: str
    unit: str
    comparator: str
    baseline: str | None
    condition: str | None
    is_condition: bool
    implied: bool
    phasing: str
    phases: str
    assignments: str
    note: str | None
    is_synthetic: bool


class ApprovedPlanRow(TypedDict):
    """A row of approved_plan."""

    plan_id: str
    number: int
    decision_number: str
    decided_on: date
    reason: str | None
    adjustment_reason: str | None
    approved_at: datetime
    approved_by: str
    approved_by_name: str
    content: str | None


class ApprovedTaskRow(TypedDict):
    """A row of approved_task."""

    plan_id: str
    number: int
    task_id: str
    ordinal: int
    title: str
    responsible_unit: str | None
    responsible_person: str | None
    due_every_months: int | None
    note: str | None
    is_synthetic: bool


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


class EstimateRow(TypedDict):
    """A row of estimate."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    in_preparation: bool
    plan_id: str
    measure_id: str
    made_on: date
    value: str
    unit: str
    source: str
    document_number: str | None
    note: str | None


class MeasureRow(TypedDict):
    """A row of measure."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    in_preparation: bool
    plan_id: str
    task_id: str | None
    indicator: str
    scope: str
    place: str
    province: str | None
    commune_code: str | None
    commune_map: str | None
    starts_on: date
    ends_on: date
    value: str
    unit: str
    comparator: str
    baseline: str | None
    condition: str | None
    is_condition: bool
    implied: bool
    phasing: str
    phases: str
    assignments: str
    note: str | None
    is_synthetic: bool


class PlanRow(TypedDict):
    """A row of plan."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    in_preparation: bool
    kind: str
    title: str
    title_folded: str
    document_number: str | None
    document_on: date | None
    issuer: str | None
    starts_on: date
    ends_on: date
    province: str
    province_2008: str | None
    province_2025: str | None
    state: str
    version_number: int
    submitted_at: datetime | None
    submitted_by: str | None
    submitted_by_name: str | None
    adjustment_reason: str | None
    note: str | None
    file_ids: str
    is_synthetic: bool


class ReportRow(TypedDict):
    """A row of report."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    kind: str
    calendar: str
    starts_on: date
    ends_on: date
    province: str
    geography: str
    plan_id: str | None
    title: str
    title_folded: str
    state: str
    version_number: int
    supersedes_id: str | None
    revision_reason: str | None
    sections: str
    explanations: str
    included: str | None
    answers: str
    prepared_by: str
    recipients: str
    signer_form: str | None
    signer_title: str | None
    signer_name: str | None
    frozen_at: datetime | None
    submitted_by: str | None
    submitted_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    number: str | None
    issued_on: date | None
    issued_by: str | None
    issued_at: datetime | None
    return_reason: str | None
    returned_by: str | None
    returned_at: datetime | None
    file_ids: str
    signature: str | None


class ReportFreezeRow(TypedDict):
    """A row of report_freeze."""

    report_id: str
    number: int
    frozen_at: datetime
    frozen_by: str
    content: str


class ReportReceiptRow(TypedDict):
    """A row of report_receipt."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    report_id: str
    state: str
    reason: str | None
    receiving_area: str


class ReportedFigureRow(TypedDict):
    """A row of reported_figure."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    indicator: str
    scope: str
    province: str | None
    province_2008: str | None
    province_2025: str
    commune_code: str | None
    commune_map: str | None
    starts_on: date
    ends_on: date
    comparator: str
    value: str
    unit: str
    source: str
    source_folded: str
    document_number: str | None
    document_on: date | None
    note: str | None
    file_ids: str
    is_synthetic: bool


class TaskRow(TypedDict):
    """A row of task."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    in_preparation: bool
    plan_id: str
    ordinal: int
    title: str
    responsible_unit: str | None
    responsible_person: str | None
    due_every_months: int | None
    note: str | None
    is_synthetic: bool


class TaskCompletionRow(TypedDict):
    """A row of task_completion."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    in_preparation: bool
    plan_id: str
    task_id: str
    completed_on: date
    result: str | None
    document_number: str | None
    reported_to: str | None
    file_ids: str
