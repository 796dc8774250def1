"""Tables of programs and classes, their sessions and invitations."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, text

from kernel.database.columns import jsonb_field, reference_field, uuid_field
from services.training.models.base import Record


class Program(Record, table=True):
    """A support program or plan that pays for classes and events; the alliance VN owns those of the nation."""

    __tablename__ = "program"
    __table_args__ = (
        Index("ix_program_alliance_id", "alliance", "id"),
        Index("uq_program_code", "alliance", "code", unique=True),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="ends_after_start"),
    )

    code: str
    name: str
    name_folded: str
    plan_line: str | None
    decision_number: str | None
    decided_on: date | None
    valid_from: date
    valid_until: date | None
    budget: str = jsonb_field()
    legal_basis: str | None
    note: str | None


class TrainingClass(Record, table=True):
    """A class, from its plan to its report. It counts on `counted_on`, the day of its last session.

    `session_minutes` follows from the sessions and `registered_count` from the registrations, in the same transactions.
    """

    __tablename__ = "training_class"
    __table_args__ = (
        Index("ix_training_class_alliance_id", "alliance", "id"),
        Index("ix_training_class_counted_on", "counted_on"),
        Index("ix_training_class_province_2008", "province_2008", "counted_on"),
        Index("ix_training_class_province_2025", "province_2025", "counted_on"),
        Index("ix_training_class_program_id", "program_id"),
        Index(
            "uq_training_class_number",
            "alliance",
            "class_number",
            unique=True,
            postgresql_where=text("class_number IS NOT NULL"),
        ),
        # Over all alliances: of those that hold one class together, one leads, and it is counted there alone.
        Index(
            "uq_training_class_joint",
            "joint_key",
            unique=True,
            postgresql_where=text("joint_key IS NOT NULL AND is_counted AND state <> 'cancelled'"),
        ),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("capacity > 0", name="capacity_positive"),
        CheckConstraint("registered_count >= 0", name="registered_not_negative"),
        CheckConstraint("capacity IS NULL OR registered_count <= capacity", name="registered_within_capacity"),
        CheckConstraint("reported_attendance_count > 0", name="reported_attendance_positive"),
    )

    program_id: str | None = reference_field("program", nullable=True)
    plan_line: str | None
    class_number: str | None
    name: str
    name_folded: str
    kind: str
    topic: str
    attribution: str
    lead_alliance: str
    partners: str = jsonb_field()
    is_counted: bool
    joint_key: str | None
    decision_number: str | None
    decided_on: date | None
    budget: str = jsonb_field()
    actual_cost: str = jsonb_field()
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    venue: str | None
    starts_on: date
    ends_on: date
    counted_on: date
    session_minutes: int
    lecturers: str = jsonb_field()
    capacity: int | None
    registered_count: int
    expected_audience: str = jsonb_field()
    expected_attendances: int | None
    reported_attendance_count: int | None
    reported_list_file_id: str | None = uuid_field(nullable=True)
    gives_certificate: bool
    state: str
    cancellation: str | None = jsonb_field(None)
    report: str | None = jsonb_field(None)
    note: str | None
    file_ids: str = jsonb_field()


class ClassSession(Record, table=True):
    """One sitting of a class: a day, how long, on what and by whom."""

    __tablename__ = "class_session"
    __table_args__ = (
        Index("ix_class_session_alliance_id", "alliance", "id"),
        Index("uq_class_session_number", "class_id", "number", unique=True),
        CheckConstraint("minutes > 0", name="minutes_positive"),
    )

    class_id: str = reference_field("training_class")
    number: int
    held_on: date
    start_time: str | None
    minutes: int
    topic: str | None
    lecturer: str | None


class Invitation(Record, table=True):
    """That an organization was asked to send people to a class."""

    __tablename__ = "invitation"
    __table_args__ = (
        Index("ix_invitation_alliance_id", "alliance", "id"),
        Index("ix_invitation_organization_id", "organization_id"),
        Index("uq_invitation_organization", "class_id", "organization_id", unique=True),
        CheckConstraint("seats > 0", name="seats_positive"),
    )

    class_id: str = reference_field("training_class")
    organization_id: str = uuid_field()
    organization_name: str
    seats: int | None
    letter_number: str | None
    invited_on: date
    state: str
    answer_note: str | None
