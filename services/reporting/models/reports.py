"""The tables of reports: what they are and how far they came, what was frozen of them, and what the receiver says."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, text

from kernel.database.columns import instant_field, jsonb_field, reference_field, uuid_field
from services.reporting.models.base import Record, ReportingModel


class Report(Record, table=True):
    """A report, or a revision of one. `province`: of either map, or VN. `prepared_by`: everyone who wrote in the draft.

    The texts and answers are people's own; what is generated is made anew, or lies in `report_freeze` from submission.
    """

    __tablename__ = "report"
    __table_args__ = (
        Index("ix_report_alliance_id", "alliance", "id"),
        Index("ix_report_ends_on", "ends_on", "starts_on"),
        Index("ix_report_submitted", "submitted_at", postgresql_where=text("state = 'submitted'")),
        # One report of a kind, place and days, and one revision after the other; other days may be reported on twice.
        Index(
            "uq_report",
            "kind",
            "calendar",
            "starts_on",
            "ends_on",
            "province",
            "geography",
            "plan_id",
            "version_number",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("kind <> 'free'"),
        ),
        Index(
            "uq_report_supersedes_id", "supersedes_id", unique=True, postgresql_where=text("supersedes_id IS NOT NULL")
        ),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("(state = 'draft') = (frozen_at IS NULL)", name="frozen_unless_draft"),
        CheckConstraint("(state = 'issued') = (number IS NOT NULL)", name="issued_with_number"),
    )

    kind: str
    calendar: str
    starts_on: date
    ends_on: date
    province: str
    geography: str
    plan_id: str | None = uuid_field(nullable=True)
    title: str
    title_folded: str
    state: str
    version_number: int
    supersedes_id: str | None = reference_field("report", nullable=True)
    revision_reason: str | None
    sections: str = jsonb_field()
    explanations: str = jsonb_field()
    included: str | None = jsonb_field(None)
    answers: str = jsonb_field()
    prepared_by: str = jsonb_field()
    recipients: str = jsonb_field()
    signer_form: str | None
    signer_title: str | None
    signer_name: str | None
    frozen_at: datetime | None = instant_field(nullable=True)
    submitted_by: str | None
    submitted_at: datetime | None = instant_field(nullable=True)
    approved_by: str | None
    approved_at: datetime | None = instant_field(nullable=True)
    number: str | None
    issued_on: date | None
    issued_by: str | None
    issued_at: datetime | None = instant_field(nullable=True)
    return_reason: str | None
    returned_by: str | None
    returned_at: datetime | None = instant_field(nullable=True)
    file_ids: str = jsonb_field()
    signature: str | None = jsonb_field(None)


class ReportFreeze(ReportingModel, table=True):
    """What a report said when it was submitted, the `number`-th time: never changed, also where the report was returned."""

    __tablename__ = "report_freeze"
    __table_args__ = (
        PrimaryKeyConstraint("report_id", "number"),
        ForeignKeyConstraint(["report_id"], ["report.id"], ondelete="RESTRICT"),
    )

    report_id: str = uuid_field()
    number: int
    frozen_at: datetime = instant_field()
    frozen_by: str
    content: str = jsonb_field("{}")


class ReportReceipt(Record, table=True):
    """What the receiving level says of an issued report. It stands in the sender's `alliance`, who reads it and never writes it."""

    __tablename__ = "report_receipt"
    __table_args__ = (
        Index("ix_report_receipt_alliance_id", "alliance", "id"),
        # One word of each kind; also the foreign key's index.
        Index("uq_report_receipt", "report_id", "state", unique=True),
    )

    report_id: str = reference_field("report")
    state: str
    reason: str | None
    receiving_area: str
