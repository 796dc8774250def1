"""The rows of the service's tables. Written by `vca rows` from the models; a test compares the two."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict


class AttendanceRow(TypedDict):
    """A row of attendance."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    class_id: str
    trainee_id: str | None
    counted: int
    organization_id: str | None
    organization_name: str | None
    audience: str
    is_walk_in: bool
    source: str
    session_ids: str
    first_seen_at: datetime | None
    allowance_vnd: int | None
    file_id: str | None
    note: str | None


class CheckInRow(TypedDict):
    """A row of check_in."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    class_id: str
    class_session_id: str
    attendance_id: str
    trainee_id: str
    organization_id: str | None
    source: str
    is_walk_in: bool
    checked_in_at: datetime
    device: str | None


class ClassSessionRow(TypedDict):
    """A row of class_session."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    class_id: str
    number: int
    held_on: date
    start_time: str | None
    minutes: int
    topic: str | None
    lecturer: str | None


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


class InvitationRow(TypedDict):
    """A row of invitation."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    class_id: str
    organization_id: str
    organization_name: str
    seats: int | None
    letter_number: str | None
    invited_on: date
    state: str
    answer_note: str | None


class MarketLinkRow(TypedDict):
    """A row of market_link."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    organization_name: str
    organization_type: str
    province_2008: str
    province_2025: str
    trade_event_id: str | None
    buyer_kind: str
    buyer_name: str
    buyer_name_folded: str
    product_kind: str | None
    product_name: str | None
    product_id: str | None
    signed_on: date
    ended_on: date | None
    volume: str | None
    volume_unit: str | None
    value_vnd: int | None
    attribution: str
    note: str | None
    file_ids: str


class ParticipationRow(TypedDict):
    """A row of participation."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    trade_event_id: str
    organization_id: str
    organization_name: str
    organization_type: str
    province_2008: str
    province_2025: str
    counted_on: date
    booth: str | None
    products: str
    product_kinds: list[str]
    support_received_vnd: int | None
    revenue_vnd: int | None
    contract_count: int | None
    contract_value_vnd: int | None
    memorandum_count: int | None
    contact_count: int | None
    note: str | None
    file_ids: str


class ProgramRow(TypedDict):
    """A row of program."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    code: str
    name: str
    name_folded: str
    plan_line: str | None
    decision_number: str | None
    decided_on: date | None
    valid_from: date
    valid_until: date | None
    budget: str
    legal_basis: str | None
    note: str | None


class RegistrationRow(TypedDict):
    """A row of registration."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    class_id: str
    trainee_id: str
    organization_id: str | None
    organization_name: str | None
    channel: str
    state: str
    cancelled_reason: str | None


class TradeEventRow(TypedDict):
    """A row of trade_event."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    program_id: str | None
    name: str
    name_folded: str
    kind: str
    organizer_kind: str
    organizer_name: str
    attribution: str
    commune_code: str | None
    commune_map: str | None
    province_2008: str | None
    province_2025: str | None
    venue: str | None
    starts_on: date
    ends_on: date
    decision_number: str | None
    decided_on: date | None
    support_per_cooperative_vnd: int | None
    budget: str
    actual_cost: str
    state: str
    cancellation: str | None
    report: str | None
    note: str | None
    file_ids: str
    photo_file_ids: str


class TraineeRow(TypedDict):
    """A row of trainee."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    name: str | None
    name_folded: str | None
    birth_year: int | None
    sex: str | None
    organization_id: str | None
    organization_name: str | None
    person_key: str | None
    position: str | None
    audience: str
    phone_last4: str | None
    phone_sealed: bytes | None
    id_number_last4: str | None
    id_number_sealed: bytes | None
    id_number_mark: str | None
    state: str
    erased_on: date | None


class TraineeSensitiveRow(TypedDict):
    """A row of trainee_sensitive."""

    trainee_id: str
    alliance: str
    ethnic_group: str | None
    has_disability: bool | None
    is_poor_household: bool | None


class TrainingCertificateRow(TypedDict):
    """A row of training_certificate."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    class_id: str
    trainee_id: str
    organization_id: str | None
    certificate_number: str
    register_number: str | None
    title: str
    issued_on: date
    signed_by: str | None
    verification_code: str
    state: str
    revocation: str | None
    file_ids: str


class TrainingClassRow(TypedDict):
    """A row of training_class."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    program_id: str | None
    plan_line: str | None
    class_number: str | None
    name: str
    name_folded: str
    kind: str
    topic: str
    attribution: str
    lead_alliance: str
    partners: str
    is_counted: bool
    joint_key: str | None
    decision_number: str | None
    decided_on: date | None
    budget: str
    actual_cost: str
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    venue: str | None
    starts_on: date
    ends_on: date
    counted_on: date
    session_minutes: int
    lecturers: str
    capacity: int | None
    registered_count: int
    expected_audience: str
    expected_attendances: int | None
    reported_attendance_count: int | None
    reported_list_file_id: str | None
    gives_certificate: bool
    state: str
    cancellation: str | None
    report: str | None
    note: str | None
    file_ids: str
