"""What a caller sends and gets for the facts of an organization: what all have in common, and those of its status, type, seat and membership."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from kernel.problems.field_labels import Label
from kernel.records.attributions import AttributionChange, AttributionInput, AttributionOutput
from kernel.records.evidence import EvidenceRow
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.wording import choice
from kernel.web.field_types import FileIds
from kernel.web.schemas import Flag, Input, NotNull, Recorded, code, listed, text
from services.registry import code_lists as codes
from services.registry.organizations.seats import Seat, SeatInput

StatusChangeKind = Annotated[str, code(codes.STATUS_CHANGE_KINDS)]
Status = Annotated[str, code(codes.LEGAL_STATUSES, codes.OPERATING_STATES)]
Source = Annotated[str, code(codes.FACT_SOURCES)]
Basis = Annotated[str, code(codes.STATUS_CHANGE_BASES)]
ConversionKind = Annotated[str, code(codes.TYPE_CONVERSION_KINDS)]
MembershipKind = Annotated[str, code(codes.MEMBERSHIP_KINDS)]
DocumentNumber = Annotated[str, text(100)]


class FactInput(Input):
    """Fields that every new fact may carry."""

    id: Id | None = None
    organization_id: Id | None = Field(default=None, description="Needed where the path does not name it")
    file_ids: FileIds = []
    is_synthetic: Flag = Field(default=False, description="A day, an area or more of it is invented, for demonstration")
    reason: Annotated[str, text(500)] | None = Field(default=None, description="Why; kept with the fact")


class FactChange(Input):
    """Fields that every correction may carry; absent leaves, null clears."""

    file_ids: FileIds | None = None
    is_synthetic: Annotated[Flag | None, NotNull()] = None
    reason: Annotated[str, text(500)] | None = Field(
        default=None, description="Why it is corrected; kept in the history"
    )


class Fact(Recorded):
    """Fields that every fact has."""

    organization_id: str = Field(json_schema_extra={"format": "uuid"})
    organization: NamedOrganization
    alliance: str
    file_ids: list[str]
    is_synthetic: bool = Field(description="A day, an area or more of it is invented, for demonstration")


def in_order(first: date | None, last: date | None, names: tuple[str, str], *, strictly: bool = False) -> None:
    """Raise the fault `end_before_start` if `last` comes before `first` (or, `strictly`, with it)."""
    if first is not None and last is not None and (last < first or (strictly and last == first)):
        raise field_error(
            "end_before_start",
            "Ngày này phải sau ngày bắt đầu." if strictly else "Ngày này phải từ ngày bắt đầu trở đi.",
            "This day is not after the first one." if strictly else "This day is before the first one.",
        )


def not_before(first: str, last: str, *, strictly: bool = False) -> Any:
    """Return the validator of `last`; `first` is declared before it."""

    def check(value: date | None, info: ValidationInfo) -> date | None:
        in_order(info.data.get(first), value, (first, last), strictly=strictly)
        return value

    return field_validator(last)(check)


def check_status(kind: str | None, status: str | None) -> None:
    """Raise the fault `not_allowed` if `status` is not one of this kind's."""
    lists: dict[str, codes.CodeList] = {"legal": codes.LEGAL_STATUSES, "operating": codes.OPERATING_STATES}
    if kind is not None and status is not None and status not in lists[kind]:
        raise field_error("not_allowed", *choice(lists[kind]), allowed=list(lists[kind]))


class StatusChangeCreate(FactInput):
    """A new legal status (as the registration authority has it) or operating state (as observed)."""

    kind: Annotated[StatusChangeKind, Label("Loại tình trạng")]
    status: Annotated[Status, Label("Tình trạng")]
    effective_on: PastDay
    decision_number: DocumentNumber | None = None
    source: Annotated[Source, Label("Nguồn thông tin")] = "alliance"
    basis: Basis | None = Field(default=None, description="Needed to leave a final status (Decree 92/2024, Art. 56)")

    @field_validator("status")
    @classmethod
    def _of_its_kind(cls, status: str, info: ValidationInfo) -> str:
        check_status(info.data.get("kind"), status)
        return status


class StatusChangeChange(FactChange):
    """A correction of a status change; its kind stays."""

    status: Annotated[Status | None, NotNull(), Label("Tình trạng")] = None
    effective_on: Annotated[PastDay | None, NotNull()] = None
    decision_number: DocumentNumber | None = None
    source: Annotated[Source | None, NotNull(), Label("Nguồn thông tin")] = None
    basis: Basis | None = None


class StatusChange(Fact):
    """A change of the legal status or of the operating state."""

    kind: Annotated[str, Label("Loại tình trạng")] = Field(json_schema_extra=listed(codes.STATUS_CHANGE_KINDS))
    status: Annotated[str, Label("Tình trạng")]
    effective_on: date
    decision_number: str | None
    source: Annotated[str, Label("Nguồn thông tin")] = Field(json_schema_extra=listed(codes.FACT_SOURCES))
    basis: str | None
    reason: str | None


class TypeConversionCreate(FactInput, AttributionInput):
    """A conversion; the code stays valid through it (Decree 92/2024, Art. 14)."""

    kind: Annotated[ConversionKind, Label("Hình thức chuyển đổi")]
    effective_on: PastDay
    decision_number: DocumentNumber | None = None


class TypeConversionChange(FactChange, AttributionChange):
    """A correction of a conversion; its kind stays."""

    effective_on: Annotated[PastDay | None, NotNull()] = None
    decision_number: DocumentNumber | None = None


class TypeConversion(Fact, AttributionOutput, EvidenceRow):
    """A group that became a cooperative, or an old-style cooperative that became new-style."""

    kind: Annotated[str, Label("Hình thức chuyển đổi")] = Field(json_schema_extra=listed(codes.TYPE_CONVERSION_KINDS))
    effective_on: date
    decision_number: str | None
    reason: str | None


class SeatChangeCreate(FactInput):
    """A move of the seat. One that leaves the alliance's area hands the records over."""

    seat: SeatInput
    effective_on: PastDay
    decision_number: DocumentNumber | None = None


class SeatChangeChange(FactChange):
    """A correction of a move."""

    seat: Annotated[SeatInput | None, NotNull()] = None
    effective_on: Annotated[PastDay | None, NotNull()] = None
    decision_number: DocumentNumber | None = None


class SeatChange(Fact):
    """A move of the seat; `seat` is where it went."""

    seat: Seat
    effective_on: date
    decision_number: str | None
    reason: str | None


class AllianceMembershipCreate(FactInput):
    """Admission to the alliance, and leaving where that is known already."""

    kind: Annotated[MembershipKind, Label("Tư cách thành viên")]
    admitted_on: PastDay
    admission_decision_number: DocumentNumber | None = None
    certificate_number: Annotated[DocumentNumber | None, Label("Số giấy chứng nhận thành viên")] = None
    alliance_label: Annotated[str, text(200)] | None = Field(
        default=None, description="The alliance's name on the decision, also of one that was merged in 2025"
    )
    left_on: PastDay | None = Field(default=None, description="First day it was no longer a member")
    leaving_decision_number: DocumentNumber | None = None
    leaving_reason: Annotated[str, text(500)] | None = None

    _leaves_later = not_before("admitted_on", "left_on", strictly=True)


class AllianceMembershipChange(FactChange):
    """Leaving, or a correction."""

    kind: Annotated[MembershipKind | None, NotNull(), Label("Tư cách thành viên")] = None
    admitted_on: Annotated[PastDay | None, NotNull()] = None
    admission_decision_number: DocumentNumber | None = None
    certificate_number: Annotated[DocumentNumber | None, Label("Số giấy chứng nhận thành viên")] = None
    alliance_label: Annotated[str, text(200)] | None = None
    left_on: PastDay | None = None
    leaving_decision_number: DocumentNumber | None = None
    leaving_reason: Annotated[str, text(500)] | None = None

    _leaves_later = not_before("admitted_on", "left_on", strictly=True)


class AllianceMembership(Fact, EvidenceRow):
    """Membership of the alliance: not to be confused with a person's membership of a cooperative."""

    kind: Annotated[str, Label("Tư cách thành viên")] = Field(json_schema_extra=listed(codes.MEMBERSHIP_KINDS))
    admitted_on: date
    admission_decision_number: str | None
    certificate_number: Annotated[str | None, Label("Số giấy chứng nhận thành viên")]
    alliance_label: str | None
    left_on: date | None
    leaving_decision_number: str | None
    leaving_reason: str | None
