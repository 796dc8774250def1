"""What a caller sends and gets for the facts of an organization."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from kernel.faults import fault
from kernel.ids import Id
from kernel.schemas import Flag, Input, Recorded, code, text
from kernel.time import Day, PastDay
from services.registry import code_lists as codes
from services.registry.organizations.schemas import Seat, SeatInput

StatusChangeKind = Annotated[str, code(*codes.STATUS_CHANGE_KINDS)]
Status = Annotated[str, code(*codes.LEGAL_STATUSES, *codes.OPERATING_STATES)]
Source = Annotated[str, code(*codes.FACT_SOURCES)]
Basis = Annotated[str, code(*codes.STATUS_CHANGE_BASES)]
ConversionKind = Annotated[str, code(*codes.TYPE_CONVERSION_KINDS)]
MembershipKind = Annotated[str, code(*codes.MEMBERSHIP_KINDS)]
ProductGroup = Annotated[str, code(*codes.PRODUCT_GROUPS)]
Scheme = Annotated[str, code(*codes.CERTIFICATE_SCHEMES)]
DocumentNumber = Annotated[str, text(100)]
FileIds = Annotated[list[Id], Field(max_length=20)]
Hectares = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$"),
    Field(description="Hectares as a decimal string, at most four decimals"),
]
Score = Annotated[str, StringConstraints(strict=True, pattern=r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$")]
Stars = Annotated[int, Field(strict=True, ge=1, le=5)]


class FactInput(Input):
    """Fields that every new fact may carry."""

    id: Id | None = None
    organization_id: Id | None = Field(default=None, description="Needed where the path does not name it")
    file_ids: FileIds = []
    reason: Annotated[str, text(500)] | None = Field(default=None, description="Why; kept with the fact")


class FactChange(Input):
    """Fields that every correction may carry; absent leaves, null clears."""

    file_ids: FileIds | None = None
    reason: Annotated[str, text(500)] | None = Field(
        default=None, description="Why it is corrected; kept in the history"
    )


class Fact(Recorded):
    """Fields that every fact has."""

    organization_id: str = Field(json_schema_extra={"format": "uuid"})
    alliance: str
    file_ids: list[str]


def _needed(body: Any, *names: str) -> None:
    for name in names:
        if name in body.model_fields_set and getattr(body, name) is None:
            raise fault("required", f"{name} không được để trống.", f"{name} may not be null.")


def _in_order(first: date | None, last: date | None, names: tuple[str, str], *, strictly: bool = False) -> None:
    if first is not None and last is not None and (last < first or (strictly and last == first)):
        raise fault("end_before_start", f"{names[1]} phải sau {names[0]}.", f"{names[1]} is not after {names[0]}.")


def _check_status(kind: str | None, status: str | None) -> None:
    lists: dict[str, codes.CodeList] = {"legal": codes.LEGAL_STATUSES, "operating": codes.OPERATING_STATES}
    if kind is not None and status is not None and status not in lists[kind]:
        listed = ", ".join(lists[kind])
        raise fault("not_allowed", f"status phải là một trong: {listed}.", f"status is one of: {listed}.")


class StatusChangeCreate(FactInput):
    """A new legal status (as the registration authority has it) or operating state (as observed)."""

    kind: StatusChangeKind
    status: Status
    effective_on: PastDay
    decision_number: DocumentNumber | None = None
    source: Source = "alliance"
    basis: Basis | None = Field(default=None, description="Needed to leave a final status (Decree 92/2024, Art. 56)")

    @model_validator(mode="after")
    def _agrees(self) -> StatusChangeCreate:
        _check_status(self.kind, self.status)
        return self


class StatusChangeChange(FactChange):
    """A correction of a status change; its kind stays."""

    status: Status | None = None
    effective_on: PastDay | None = None
    decision_number: DocumentNumber | None = None
    source: Source | None = None
    basis: Basis | None = None

    @model_validator(mode="after")
    def _agrees(self) -> StatusChangeChange:
        _needed(self, "status", "effective_on", "source")
        return self


class StatusChange(Fact):
    """A change of the legal status or of the operating state."""

    kind: str = Field(json_schema_extra={"x-extensible-enum": list(codes.STATUS_CHANGE_KINDS)})
    status: str
    effective_on: date
    decision_number: str | None
    source: str = Field(json_schema_extra={"x-extensible-enum": list(codes.FACT_SOURCES)})
    basis: str | None
    reason: str | None


class TypeConversionCreate(FactInput):
    """A conversion; the code stays valid through it (Decree 92/2024, Art. 14)."""

    kind: ConversionKind
    effective_on: PastDay
    decision_number: DocumentNumber | None = None


class TypeConversionChange(FactChange):
    """A correction of a conversion; its kind stays."""

    effective_on: PastDay | None = None
    decision_number: DocumentNumber | None = None

    @model_validator(mode="after")
    def _agrees(self) -> TypeConversionChange:
        _needed(self, "effective_on")
        return self


class TypeConversion(Fact):
    """A group that became a cooperative, or an old-style cooperative that became new-style."""

    kind: str = Field(json_schema_extra={"x-extensible-enum": list(codes.TYPE_CONVERSION_KINDS)})
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

    seat: SeatInput | None = None
    effective_on: PastDay | None = None
    decision_number: DocumentNumber | None = None

    @model_validator(mode="after")
    def _agrees(self) -> SeatChangeChange:
        _needed(self, "effective_on", "seat")
        return self


class SeatChange(Fact):
    """A move of the seat; `seat` is where it went."""

    seat: Seat
    effective_on: date
    decision_number: str | None
    reason: str | None


class AllianceMembershipCreate(FactInput):
    """Admission to the alliance, and leaving where that is known already."""

    kind: MembershipKind
    admitted_on: PastDay
    admission_decision_number: DocumentNumber | None = None
    certificate_number: DocumentNumber | None = None
    alliance_label: Annotated[str, text(200)] | None = Field(
        default=None, description="The alliance's name on the decision, also one that was merged in 2025"
    )
    left_on: PastDay | None = Field(default=None, description="First day it was no longer a member")
    leaving_decision_number: DocumentNumber | None = None
    leaving_reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> AllianceMembershipCreate:
        _in_order(self.admitted_on, self.left_on, ("admitted_on", "left_on"), strictly=True)
        return self


class AllianceMembershipChange(FactChange):
    """Leaving, or a correction."""

    kind: MembershipKind | None = None
    admitted_on: PastDay | None = None
    admission_decision_number: DocumentNumber | None = None
    certificate_number: DocumentNumber | None = None
    alliance_label: Annotated[str, text(200)] | None = None
    left_on: PastDay | None = None
    leaving_decision_number: DocumentNumber | None = None
    leaving_reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> AllianceMembershipChange:
        _needed(self, "kind", "admitted_on")
        _in_order(self.admitted_on, self.left_on, ("admitted_on", "left_on"), strictly=True)
        return self


class AllianceMembership(Fact):
    """Membership of the alliance: not to be confused with a person's membership of a cooperative."""

    kind: str = Field(json_schema_extra={"x-extensible-enum": list(codes.MEMBERSHIP_KINDS)})
    admitted_on: date
    admission_decision_number: str | None
    certificate_number: str | None
    alliance_label: str | None
    left_on: date | None
    leaving_decision_number: str | None
    leaving_reason: str | None


class ProductCreate(FactInput):
    """A product, with its OCOP recognition where it has one."""

    name: Annotated[str, text(300)]
    group: ProductGroup | None = None
    ocop_stars: Stars | None = None
    ocop_score: Score | None = None
    decision_number: DocumentNumber | None = None
    issuing_authority: Annotated[str, text(200)] | None = None
    recognized_on: PastDay | None = None
    valid_until: Day | None = None
    with_alliance_support: Flag = False

    @model_validator(mode="after")
    def _agrees(self) -> ProductCreate:
        _in_order(self.recognized_on, self.valid_until, ("recognized_on", "valid_until"))
        if self.ocop_stars is not None and self.recognized_on is None:
            raise fault("required", "Có hạng sao thì cần recognized_on.", "ocop_stars needs recognized_on.")
        return self


class ProductChange(FactChange):
    """A correction of a product."""

    name: Annotated[str, text(300)] | None = None
    group: ProductGroup | None = None
    ocop_stars: Stars | None = None
    ocop_score: Score | None = None
    decision_number: DocumentNumber | None = None
    issuing_authority: Annotated[str, text(200)] | None = None
    recognized_on: PastDay | None = None
    valid_until: Day | None = None
    with_alliance_support: Flag | None = None

    @model_validator(mode="after")
    def _agrees(self) -> ProductChange:
        _needed(self, "name", "with_alliance_support")
        _in_order(self.recognized_on, self.valid_until, ("recognized_on", "valid_until"))
        return self


class Product(Fact):
    """What an organization makes; OCOP: Decision 148/QĐ-TTg of 2023."""

    name: str
    group: str | None = Field(json_schema_extra={"x-extensible-enum": list(codes.PRODUCT_GROUPS)})
    ocop_stars: int | None
    ocop_score: str | None = Field(description="0 to 100, a decimal string")
    decision_number: str | None
    issuing_authority: str | None
    recognized_on: date | None
    valid_until: date | None
    with_alliance_support: bool


class CertificateCreate(FactInput):
    """A certificate of a scheme."""

    scheme: Scheme
    scope: Annotated[str, text(300)] | None = None
    area_hectares: Hectares | None = None
    number: DocumentNumber | None = None
    certifier: Annotated[str, text(200)] | None = None
    valid_from: PastDay
    valid_until: Day | None = None
    with_alliance_support: Flag = False

    @model_validator(mode="after")
    def _agrees(self) -> CertificateCreate:
        _in_order(self.valid_from, self.valid_until, ("valid_from", "valid_until"))
        _positive(self.area_hectares)
        return self


def _positive(area: str | None) -> None:
    if area is not None and not area.strip("0."):
        raise fault("too_small", "area_hectares phải lớn hơn 0.", "area_hectares must be more than 0.")


class CertificateChange(FactChange):
    """A correction of a certificate."""

    scheme: Scheme | None = None
    scope: Annotated[str, text(300)] | None = None
    area_hectares: Hectares | None = None
    number: DocumentNumber | None = None
    certifier: Annotated[str, text(200)] | None = None
    valid_from: PastDay | None = None
    valid_until: Day | None = None
    with_alliance_support: Flag | None = None

    @model_validator(mode="after")
    def _agrees(self) -> CertificateChange:
        _needed(self, "scheme", "valid_from", "with_alliance_support")
        _in_order(self.valid_from, self.valid_until, ("valid_from", "valid_until"))
        _positive(self.area_hectares)
        return self


class Certificate(Fact):
    """A certificate such as VietGAP; `area_hectares` is what it covers."""

    scheme: str = Field(json_schema_extra={"x-extensible-enum": list(codes.CERTIFICATE_SCHEMES)})
    scope: str | None
    area_hectares: str | None = Field(description="Hectares, a decimal string")
    number: str | None
    certifier: str | None
    valid_from: date
    valid_until: date | None
    with_alliance_support: bool
