"""The tables of plans: what is edited, and each version as it was approved, which never changes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from kernel.database.columns import instant_field, jsonb_field, reference_field, uuid_field
from services.reporting.models.base import Record, ReportingModel


class Prepared(Record):
    """What the nation prepares is its own until a version of the plan has it (`in_preparation`); then it is everyone's to read."""

    in_preparation: bool = Field(sa_column_kwargs={"server_default": text("false")})


class Plan(Prepared, table=True):
    """A set of tasks and targets of a province, or of the nation (VN), as a document lays them down.

    `version_number`: the newest approved version, 0 before the first. `province` is the one that was given, on either map;
    one of 2025 that was merged from several has no `province_2008`, the nation neither.
    """

    __tablename__ = "plan"
    __table_args__ = (
        Index("ix_plan_alliance_id", "alliance", "id"),
        Index("ix_plan_province_2025", "province_2025", "starts_on"),
        Index("ix_plan_submitted", "submitted_at", postgresql_where=text("submitted_at IS NOT NULL")),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("version_number >= 0", name="version_not_negative"),
        CheckConstraint("(version_number = 0) = (state = 'draft')", name="draft_until_approved"),
        CheckConstraint("submitted_at IS NULL OR state <> 'approved'", name="submitted_until_approved"),
    )

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
    submitted_at: datetime | None = instant_field(nullable=True)
    submitted_by: str | None
    submitted_by_name: str | None
    adjustment_reason: str | None
    note: str | None
    file_ids: str = jsonb_field()
    is_synthetic: bool = Field(sa_column_kwargs={"server_default": text("false")})


class Task(Prepared, table=True):
    """A task of a plan, with the unit or person that it was given to."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_alliance_id", "alliance", "id"),
        Index("ix_task_plan_id", "plan_id", "ordinal"),
        CheckConstraint("due_every_months > 0", name="cycle_positive"),
    )

    plan_id: str = reference_field("plan")
    ordinal: int
    title: str
    responsible_unit: str | None
    responsible_person: str | None
    due_every_months: int | None
    note: str | None
    is_synthetic: bool = Field(sa_column_kwargs={"server_default": text("false")})


class TaskCompletion(Prepared, table=True):
    """That a task was done, once or for one of its cycles."""

    __tablename__ = "task_completion"
    __table_args__ = (
        Index("ix_task_completion_alliance_id", "alliance", "id"),
        Index("ix_task_completion_task_id", "task_id", "completed_on"),
        Index("ix_task_completion_plan_id", "plan_id"),
    )

    plan_id: str = reference_field("plan")
    task_id: str = reference_field("task")
    completed_on: date
    result: str | None
    document_number: str | None
    reported_to: str | None
    file_ids: str = jsonb_field()


class Measure(Prepared, table=True):
    """What a plan wants of an indicator, at a scope, in a place, over days. `place`: how figures name the area that it is of."""

    __tablename__ = "measure"
    __table_args__ = (
        Index("ix_measure_alliance_id", "alliance", "id"),
        Index("ix_measure_task_id", "task_id", postgresql_where=text("task_id IS NOT NULL")),
        # A plan says one thing once.
        Index("uq_measure", "plan_id", "indicator", "scope", "place", "starts_on", "ends_on", unique=True),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
    )

    plan_id: str = reference_field("plan")
    task_id: str | None = reference_field("task", nullable=True)
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
    phases: str = jsonb_field()
    assignments: str = jsonb_field()
    note: str | None
    is_synthetic: bool = Field(sa_column_kwargs={"server_default": text("false")})


class Estimate(Prepared, table=True):
    """What somebody expects on a day that a measure will come to by the end of its period."""

    __tablename__ = "estimate"
    __table_args__ = (
        Index("ix_estimate_alliance_id", "alliance", "id"),
        Index("ix_estimate_measure_id", "measure_id", "made_on"),
        Index("ix_estimate_plan_id", "plan_id"),
    )

    plan_id: str = reference_field("plan")
    measure_id: str = reference_field("measure")
    made_on: date
    value: str
    unit: str
    source: str
    document_number: str | None
    note: str | None


class ApprovedPlan(ReportingModel, table=True):
    """A version of a plan as it was approved, with the decision and who approved it."""

    __tablename__ = "approved_plan"

    plan_id: str = uuid_field(primary_key=True, foreign_key="plan.id", ondelete="RESTRICT")
    number: int = Field(primary_key=True)
    decision_number: str
    decided_on: date
    reason: str | None
    adjustment_reason: str | None
    approved_at: datetime = instant_field()
    approved_by: str
    approved_by_name: str
    content: str = jsonb_field(None)


class ApprovedTask(ReportingModel, table=True):
    """A task as a version of its plan has it."""

    __tablename__ = "approved_task"

    plan_id: str = uuid_field(primary_key=True)
    number: int = Field(primary_key=True)
    task_id: str = uuid_field(primary_key=True)
    ordinal: int
    title: str
    responsible_unit: str | None
    responsible_person: str | None
    due_every_months: int | None
    note: str | None
    is_synthetic: bool


class ApprovedMeasure(ReportingModel, table=True):
    """A measure as a version of its plan has it; figures look for it by what it is of."""

    __tablename__ = "approved_measure"
    __table_args__ = (Index("ix_approved_measure_indicator", "indicator", "scope", "place", "starts_on"),)

    plan_id: str = uuid_field(primary_key=True)
    number: int = Field(primary_key=True)
    measure_id: str = uuid_field(primary_key=True)
    task_id: str | None = uuid_field(nullable=True)
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
    phases: str = jsonb_field()
    assignments: str = jsonb_field()
    note: str | None
    is_synthetic: bool
