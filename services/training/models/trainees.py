"""Tables of trainees: who they are, where they have a place, what they attended and what they were given for it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, text
from sqlmodel import Field

from kernel.database.columns import jsonb_field, reference_field, uuid_field, vnd_field
from services.training.models.base import Record, TrainingModel


class Trainee(Record, table=True):
    """One person once, found again by ID number, else by name, birth year and organization.

    Numbers are sealed. Of one who was erased nothing is left but the row that attendances count. One whom an
    organization's own user entered is `unconfirmed` until an officer has looked: its number may be another's as well.
    """

    __tablename__ = "trainee"
    __table_args__ = (
        Index("ix_trainee_alliance_id", "alliance", "id"),
        Index("ix_trainee_organization_id", "organization_id"),
        Index("ix_trainee_person_key", "alliance", "person_key"),
        Index("ix_trainee_name", "alliance", "name_folded"),
        # Persons by part of their name.
        Index(
            "ix_trainee_name_folded_trgm",
            "name_folded",
            postgresql_using="gin",
            postgresql_ops={"name_folded": "gin_trgm_ops"},
        ),
        # Whoever has the number, confirmed or not; those who wait for an officer may share it.
        Index(
            "ix_trainee_id_number", "alliance", "id_number_mark", postgresql_where=text("id_number_mark IS NOT NULL")
        ),
        Index(
            "uq_trainee_id_number",
            "alliance",
            "id_number_mark",
            unique=True,
            postgresql_where=text("id_number_mark IS NOT NULL AND state = 'confirmed'"),
        ),
        Index("ix_trainee_unconfirmed", "alliance", "id", postgresql_where=text("state = 'unconfirmed'")),
        # Of those without a number, one stands for each name, birth year and organization.
        Index(
            "uq_trainee_person",
            "alliance",
            "person_key",
            unique=True,
            postgresql_where=text("person_key IS NOT NULL AND id_number_mark IS NULL"),
        ),
    )

    name: str | None
    name_folded: str | None
    birth_year: int | None
    sex: str | None
    organization_id: str | None = uuid_field(nullable=True)
    organization_name: str | None
    person_key: str | None
    position: str | None
    audience: str
    phone_last4: str | None
    phone_sealed: bytes | None = Field(sa_type=LargeBinary, nullable=True)
    id_number_last4: str | None
    id_number_sealed: bytes | None = Field(sa_type=LargeBinary, nullable=True)
    id_number_mark: str | None
    state: str = Field(sa_type=Text, sa_column_kwargs={"server_default": "confirmed"})
    erased_on: date | None


class TraineeSensitive(TrainingModel, table=True):
    """Sensitive attributes of a person (Law 91/2025/QH15): written, counted, and never shown."""

    __tablename__ = "trainee_sensitive"

    trainee_id: str = reference_field("trainee", primary_key=True)
    alliance: str
    ethnic_group: str | None
    has_disability: bool | None
    is_poor_household: bool | None


class Registration(Record, table=True):
    """A person's place in a class, by an officer or by the cooperative's own user."""

    __tablename__ = "registration"
    __table_args__ = (
        Index("ix_registration_alliance_id", "alliance", "id"),
        Index("ix_registration_class_id", "class_id", "id"),
        Index("ix_registration_organization_id", "organization_id"),
        Index("ix_registration_trainee_id", "trainee_id"),
        Index(
            "uq_registration_trainee",
            "class_id",
            "trainee_id",
            unique=True,
            postgresql_where=text("state = 'registered'"),
        ),
    )

    class_id: str = reference_field("training_class")
    trainee_id: str = reference_field("trainee")
    organization_id: str | None = uuid_field(nullable=True)
    organization_name: str | None
    channel: str
    state: str
    cancelled_reason: str | None


class Attendance(Record, table=True):
    """One person at one class: one lượt, however many sessions. Or, without a person, a signed list and its number."""

    __tablename__ = "attendance"
    __table_args__ = (
        Index("ix_attendance_alliance_id", "alliance", "id"),
        Index("ix_attendance_class_id", "class_id", "id"),
        Index("ix_attendance_trainee_id", "trainee_id"),
        Index("ix_attendance_organization_id", "organization_id"),
        Index("uq_attendance_trainee", "class_id", "trainee_id", unique=True),
        Index("uq_attendance_list", "class_id", unique=True, postgresql_where=text("trainee_id IS NULL")),
        CheckConstraint("counted > 0", name="counted_positive"),
        CheckConstraint("trainee_id IS NULL OR counted = 1", name="one_person_counts_once"),
        CheckConstraint("allowance_vnd >= 0", name="allowance_not_negative"),
    )

    class_id: str = reference_field("training_class")
    trainee_id: str | None = reference_field("trainee", nullable=True)
    counted: int
    organization_id: str | None = uuid_field(nullable=True)
    organization_name: str | None
    audience: str
    is_walk_in: bool
    source: str
    session_ids: str = jsonb_field()
    first_seen_at: datetime | None = Field(sa_type=DateTime(timezone=True), nullable=True)
    allowance_vnd: int | None = vnd_field(nullable=True)
    file_id: str | None = uuid_field(nullable=True)
    note: str | None


class CheckIn(Record, table=True):
    """That a person was at one session, as the roll call, a file or a phone said."""

    __tablename__ = "check_in"
    __table_args__ = (
        Index("ix_check_in_alliance_id", "alliance", "id"),
        Index("ix_check_in_attendance_id", "attendance_id"),
        Index("uq_check_in_trainee", "class_session_id", "trainee_id", unique=True),
    )

    class_id: str = reference_field("training_class")
    class_session_id: str = reference_field("class_session")
    attendance_id: str = reference_field("attendance")
    trainee_id: str = reference_field("trainee")
    organization_id: str | None = uuid_field(nullable=True)
    source: str
    is_walk_in: bool
    checked_in_at: datetime = Field(sa_type=DateTime(timezone=True))
    device: str | None


class TrainingCertificate(Record, table=True):
    """What a class gave a trainee: a number, its place in the register, and whether it still holds."""

    __tablename__ = "training_certificate"
    __table_args__ = (
        Index("ix_training_certificate_alliance_id", "alliance", "id"),
        Index("ix_training_certificate_trainee_id", "trainee_id"),
        Index("ix_training_certificate_organization_id", "organization_id"),
        Index("uq_training_certificate_number", "alliance", "certificate_number", unique=True),
        Index("uq_training_certificate_code", "verification_code", unique=True),
        Index(
            "uq_training_certificate_trainee",
            "class_id",
            "trainee_id",
            unique=True,
            postgresql_where=text("state = 'valid'"),
        ),
    )

    class_id: str = reference_field("training_class")
    trainee_id: str = reference_field("trainee")
    organization_id: str | None = uuid_field(nullable=True)
    certificate_number: str
    register_number: str | None
    title: str
    issued_on: date
    signed_by: str | None
    verification_code: str
    state: str
    revocation: str | None = jsonb_field(None)
    file_ids: str = jsonb_field()
