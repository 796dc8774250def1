"""What a caller sends and gets for borrowers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from kernel.problems.field_labels import Label
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.field_types import CommuneCode, CommuneMapNeeded, IdNumber, Phone, check_place
from kernel.web.schemas import Flag, Input, Output, Recorded, code, listed, text
from services.funds import code_lists as codes

OrganizationCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{10}(-?[0-9]{3})?$")]

MEMBERS = ("member_person", "member_household", "member_organization")
_PERSONS = ("member_person", "member_household")


class BorrowerCreate(Input):
    """Enter who may be party to a loan: a cooperative, a union, or a member of a cooperative, union or group.

    A cooperative group has no legal personality: its members borrow, and name it as `beneficiary_organization_id`.
    Enterprises do not borrow from the fund (Decree 45/2021/NĐ-CP, Art. 20(1)).

    Needs `name` or `organization_id`; a member needs `beneficiary_organization_id`; `id_number` is a person's;
    `ended_as` and `ended_on` come together.
    """

    id: Id | None = None
    kind: Annotated[str, code(codes.BORROWER_KINDS, codes.NO_BORROWERS), Label("Loại khách hàng")]
    name: Annotated[str, text(300)] | None = Field(
        default=None, description="Needed unless a new `organization_id` is given; then the registry's if left out"
    )
    organization_id: Id | None = Field(
        default=None,
        description="Id of the borrower itself in the registry; name, code and commune come from there if left out",
    )
    organization_code: OrganizationCode | None = None
    beneficiary_organization_id: Id | None = None
    beneficiary_organization_name: Annotated[str, text(300)] | None = None
    beneficiary_kind: Annotated[str, code(codes.BENEFICIARY_KINDS)] | None = None
    address: Annotated[str, text(500)] | None = None
    commune_code: CommuneCode | None = None
    commune_map: CommuneMapNeeded = None
    alliance: Annotated[str, text(10)] | None = Field(
        default=None, description="Whose borrower it is, where no commune is named; the caller's own if left out"
    )
    phone: Phone | None = Field(default=None, description="Kept sealed; answers show its last four digits")
    id_number: IdNumber | None = Field(
        default=None, description="Identity number of a person, 9 or 12 digits; kept sealed, shown by its last four"
    )
    ended_as: Annotated[str, code(codes.BORROWER_ENDINGS)] | None = Field(
        default=None, description="How it ended; of an organization that the registry knows the registry says so"
    )
    ended_on: Annotated[PastDay | None, Label("Ngày giải thể, phá sản hoặc chết")] = Field(
        default=None, description="Day on which it ended so"
    )
    is_active: Flag = True
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> BorrowerCreate:
        if (on := check_place(self.commune_code, self.commune_map)) is not None:
            self.commune_map = on
        if self.kind in MEMBERS and self.beneficiary_organization_id is None:
            words = (
                "Thành viên vay vốn cần nêu hợp tác xã, liên hiệp hợp tác xã hoặc tổ hợp tác của mình.",
                "A member names the cooperative, union or group that it belongs to.",
            )
            raise field_error("required", *words, at="beneficiary_organization_id")
        if self.name is None and self.organization_id is None:
            raise field_error(
                "required", "Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.", at="name"
            )
        if self.id_number is not None and self.kind not in _PERSONS:
            words = ("Chỉ cá nhân, hộ có số định danh.", "Only persons and households have an identity number.")
            raise field_error("not_null", *words, at="id_number")
        if (self.ended_as is None) != (self.ended_on is None):
            words = ("Hãy ghi cả cách kết thúc và ngày.", "Give both how it ended and the day.")
            raise field_error("required", *words, at="ended_on" if self.ended_on is None else "ended_as")
        if self.ended_as is not None and (self.kind in _PERSONS) != (self.ended_as == "dead"):
            words = (
                "Cá nhân, hộ thì ghi đã chết; tổ chức thì ghi đã giải thể hoặc phá sản.",
                "Persons and households are dead; organizations are dissolved or bankrupt.",
            )
            raise field_error("not_allowed", *words, at="ended_as")
        return self


class Borrower(Recorded):
    """Who may be party to a loan. Numbers of persons are not shown; `redacted` names these fields."""

    kind: Annotated[str, Label("Loại khách hàng")] = Field(json_schema_extra=listed(codes.BORROWER_KINDS))
    name: str
    organization_id: str | None = Field(json_schema_extra={"format": "uuid"})
    organization: NamedOrganization
    organization_code: str | None
    beneficiary_organization_id: str | None = Field(json_schema_extra={"format": "uuid"})
    beneficiary_organization: NamedOrganization
    beneficiary_organization_name: str | None
    beneficiary_kind: str | None = Field(json_schema_extra=listed(codes.BENEFICIARY_KINDS))
    address: str | None
    commune_code: str | None
    commune_map: str | None = Field(json_schema_extra=listed(codes.COMMUNE_MAPS))
    province_2008: str | None
    province_2025: str | None
    phone: None = Field(description="Always null here: see `phone_last4`, and personal-data for the whole")
    phone_last4: str | None
    id_number: None = Field(description="Always null here: see `id_number_last4`, and personal-data for the whole")
    id_number_last4: str | None
    redacted: list[str] = Field(description="Fields that hold something which is not shown here")
    ended_as: str | None = Field(json_schema_extra=listed(codes.BORROWER_ENDINGS))
    ended_on: Annotated[date | None, Label("Ngày giải thể, phá sản hoặc chết")] = Field(
        description="Day on which it was dissolved, went bankrupt or died"
    )
    is_active: bool = Field(description="Whether it may still apply")
    erased_on: date | None = Field(description="Day on which a person's data was erased; what is left names nobody")
    alliance: str


class BorrowerPersonalData(Output):
    """The numbers of a borrower in full. That they were read is recorded, with the purpose."""

    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    phone: str | None = Field(description="As it was entered")
    id_number: str | None = Field(description="Identity number as it was entered")
    purpose: str
    read_at: datetime = Field(description="When it was read, as recorded")
