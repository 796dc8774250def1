"""What a caller sends and gets for organizations."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from stdnum.vn import mst

from kernel.problems.field_labels import Label
from kernel.records.attributions import Attribution, Partners, check_partners
from kernel.records.batch import LENIENT
from kernel.records.crud import merge_patch_fields
from kernel.records.evidence import EvidenceRow
from kernel.storage.pictures import PhotoFileIds
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.web.schemas import Flag, Input, NotNull, Output, Recorded, Warned, listed, text
from services.registry import code_lists as codes
from services.registry.organizations.field_types import (
    CodeNumber,
    Governance,
    LegalStatus,
    OperatingState,
    Precision,
    ReportSector,
    Type,
    check_founded,
    check_precision,
)
from services.registry.organizations.parts import (
    BusinessLine,
    BusinessLines,
    Contact,
    ExternalId,
    ExternalIds,
    LegalRepresentative,
)
from services.registry.organizations.placements import SeatPlacement, SeatToday
from services.registry.organizations.seats import Seat, SeatInput
from services.registry.organizations.template import InTemplate


class _Described(Input):
    """Fields that creating and changing share."""

    # Judged field by field, with what stands before it, so that these faults come together with all others.
    @field_validator("registered_on", check_fields=False)
    @classmethod
    def _not_before_the_founding(cls, registered: date | None, info: ValidationInfo) -> date | None:
        check_founded(info.data.get("founded_on"), info.data.get("founded_precision"), registered)
        return registered


class OrganizationCreate(_Described):
    """A new organization. `legal_status` and `operating_state` are what it began with."""

    id: Id | None = None
    type: Annotated[
        Type,
        Label("Loại hình"),
        InTemplate(
            heading="Loại hình", codes=codes.ORGANIZATION_TYPES, note="Chọn trong danh mục.", example="Hợp tác xã"
        ),
    ]
    name: Annotated[
        Annotated[str, text(300)],
        InTemplate(heading="Tên", note="Tên đầy đủ như trên giấy chứng nhận.", example="HTX Rau sạch Đồng Tâm"),
    ]
    seat: SeatInput
    seat_2025: SeatPlacement | None = Field(
        default=None, description="Where the seat lies today, if its commune of 2008 was divided and it is known"
    )
    is_credit_fund: Flag = False
    code: Annotated[
        CodeNumber | None,
        Label("Mã số hợp tác xã"),
        InTemplate(
            heading="Mã số",
            digits=(10, 13),
            note="Mã số HTX = mã số thuế, 10 số; THT chưa có thì để trống.",
            example="2600123456",
        ),
    ] = None
    legacy_number: Annotated[
        Annotated[str, text(50)] | None,
        InTemplate(heading="Số giấy chứng nhận cũ", note="Số đăng ký trước đây, nếu có.", example="18.07.000123"),
    ] = None
    name_short: Annotated[Annotated[str, text(150)] | None, InTemplate(heading="Tên viết tắt")] = None
    name_foreign: Annotated[Annotated[str, text(300)] | None, InTemplate(heading="Tên nước ngoài")] = None
    business_lines: BusinessLines = []
    report_sector: Annotated[
        ReportSector | None, InTemplate(heading="Lĩnh vực báo cáo", codes=codes.REPORT_SECTORS)
    ] = None
    charter_capital_vnd: Annotated[
        Vnd | None,
        InTemplate(
            heading="Vốn điều lệ (đồng)", kind="whole", note="Số đồng, không phải triệu đồng.", example="500000000"
        ),
    ] = None
    paid_capital_vnd: Annotated[Vnd | None, InTemplate(heading="Vốn đã góp (đồng)", kind="whole")] = None
    founded_on: Annotated[PastDay | None, InTemplate(heading="Ngày thành lập", kind="day", example="15/03/2019")] = None
    founded_precision: Precision | None = Field(default=None, description="What of `founded_on` is known; default day")
    registered_on: Annotated[
        PastDay | None,
        InTemplate(
            heading="Ngày cấp giấy chứng nhận", kind="day", note="THT: ngày hợp đồng hợp tác.", example="20/03/2019"
        ),
    ] = Field(default=None, description="Day of the registration certificate; of a group, of its cooperation contract")
    founding_attribution: Annotated[
        Attribution | None,
        Label("Vai trò của Liên minh khi thành lập"),
        InTemplate(heading="Vai trò của Liên minh khi thành lập", codes=codes.ATTRIBUTIONS),
    ] = None
    founding_partners: Partners = []
    legal_representatives: Annotated[list[LegalRepresentative], Field(max_length=20)] = []
    contacts: Annotated[list[Contact], Field(max_length=20)] = []
    legal_status: Annotated[
        LegalStatus,
        InTemplate(
            heading="Tình trạng pháp lý",
            codes=codes.LEGAL_STATUSES,
            note="Khi bắt đầu quản lý; để trống là đang hoạt động.",
        ),
    ] = "active"
    operating_state: Annotated[
        OperatingState, InTemplate(heading="Hoạt động thực tế", codes=codes.OPERATING_STATES)
    ] = "unknown"
    governance: Annotated[Governance | None, InTemplate(heading="Tổ chức quản trị", codes=codes.GOVERNANCES)] = None
    external_ids: ExternalIds = []
    photo_file_ids: PhotoFileIds = []
    is_synthetic: Flag = False
    force: Flag = Field(default=False, description="Create although it looks like one that exists; needs `reason`")
    reason: Annotated[str, text(500)] | None = Field(
        default=None, validate_default=True, description="Why; kept in the history"
    )

    @field_validator("founded_precision")
    @classmethod
    def _of_a_day(cls, precision: str | None, info: ValidationInfo) -> str | None:
        check_precision(info.data.get("founded_on"), precision)
        return precision

    @field_validator("founding_partners")
    @classmethod
    def _founded_jointly(cls, partners: list[str], info: ValidationInfo) -> list[str]:
        check_partners({"attribution": info.data.get("founding_attribution"), "partners": partners})
        return partners

    @field_validator("legal_status")
    @classmethod
    def _fits_type(cls, status: str, info: ValidationInfo) -> str:
        if status not in codes.STATUSES_OF_TYPE.get(info.data.get("type", ""), codes.LEGAL_STATUSES):
            raise field_error(
                "status_not_of_type",
                "Tình trạng này không dùng cho loại hình này (NĐ 92/2024, Điều 27–28).",
                "This status does not apply to this type (Decree 92/2024, Art. 27–28).",
            )
        return status

    @field_validator("reason")
    @classmethod
    def _says_why(cls, reason: str | None, info: ValidationInfo) -> str | None:
        if reason is None and info.data.get("force"):
            raise field_error("required", "Hãy ghi lý do vẫn tạo.", "Give the reason for creating it all the same.")
        return reason


def _never_null(field: FieldInfo) -> bool:
    return field.is_required() or isinstance(field.default, bool)


_PATCHED = merge_patch_fields(
    OrganizationCreate,
    # What it began with has a meaning of its own in a change, and stands behind the rest.
    without=("id", "type", "seat", "seat_2025", "legal_status", "operating_state", "force", "reason"),
    not_null=_never_null,
)
# The default of an entry is none of a change: the field's usual description stands here.
_PATCHED["founded_precision"] = (Precision | None, Field(default=None))
_Patch: Any = create_model("_Patch", __base__=_Described, **_PATCHED)


class OrganizationChange(_Patch):
    """A merge patch: absent leaves, null clears. What an organization began with is changed by facts.

    `type`, `seat`, `legal_status` and `operating_state` may be sent as they stand. Other values are refused, unless
    `corrects_opening` says that they were entered wrong from the first day; another address in the same commune is not.
    """

    type: Annotated[Type | None, NotNull(), Label("Loại hình")] = Field(
        default=None, description="What it began as, with `corrects_opening`; later ones are type conversions"
    )
    seat: Annotated[SeatInput | None, NotNull()] = Field(
        default=None,
        description="The first seat, with `corrects_opening`, or another address in its commune; later ones are moves",
    )
    seat_2025: SeatPlacement | None = Field(
        default=None,
        description="Where the present seat lies today, if its commune of 2008 was divided; null: not known after all. "
        "Not a move: the seat stays as it is",
    )
    legal_status: Annotated[LegalStatus | None, NotNull()] = Field(
        default=None, description="The first status, with `corrects_opening`; later ones are status changes"
    )
    operating_state: Annotated[OperatingState | None, NotNull()] = Field(
        default=None, description="The first state, with `corrects_opening`; later ones are status changes"
    )
    corrects_opening: Flag = Field(
        default=False, description="What the organization began with was wrong; changes the past and needs `reason`"
    )
    reason: Annotated[str, text(500)] | None = Field(
        default=None, validate_default=True, description="Why; kept in the history"
    )

    @field_validator("reason")
    @classmethod
    def _says_why(cls, reason: str | None, info: ValidationInfo) -> str | None:
        if reason is None and info.data.get("corrects_opening"):
            raise field_error(
                "required", "Khi sửa dữ liệu ban đầu phải nêu lý do.", "Correcting what it began with needs a reason."
            )
        return reason


class Organization(Recorded, EvidenceRow):
    """A cooperative, cooperative union, cooperative group or enterprise, as it stands."""

    type: Annotated[str, Label("Loại hình")] = Field(json_schema_extra=listed(codes.ORGANIZATION_TYPES))
    is_credit_fund: bool = Field(description="A people's credit fund: kept out of averages")
    code: Annotated[str | None, Label("Mã số hợp tác xã")]
    legacy_number: str | None
    name: str
    name_short: str | None
    name_foreign: str | None
    seat: Seat
    seat_2025: SeatToday
    business_lines: list[BusinessLine]
    report_sector: str | None = Field(json_schema_extra=listed(codes.REPORT_SECTORS))
    charter_capital_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    paid_capital_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    founded_on: date | None
    founded_precision: str | None
    registered_on: date | None
    starts_on: date = Field(
        description="First day it counts from: that of the registration certificate, else of founding; of an undated one its earliest "
        "fact's or the day it was entered, whichever came first"
    )
    founding_attribution: Annotated[str | None, Label("Vai trò của Liên minh khi thành lập")] = Field(
        json_schema_extra=listed(codes.ATTRIBUTIONS)
    )
    founding_partners: list[str]
    legal_representatives: list[LegalRepresentative]
    contacts: list[Contact]
    legal_status: str = Field(json_schema_extra=listed(codes.LEGAL_STATUSES))
    operating_state: str = Field(json_schema_extra=listed(codes.OPERATING_STATES))
    is_operating: bool = Field(
        description="Legally active and observed operating: what cooperatives_operating counts among cooperatives"
    )
    governance: str | None
    external_ids: list[ExternalId]
    photo_file_ids: list[str]
    is_synthetic: bool
    alliance: str = Field(description="The alliance of today that owns the record, for instance 25-2025")
    merged_into: str | None = Field(
        json_schema_extra={"format": "uuid"},
        description="Id of the organization that this one, a duplicate, was merged into; read that one",
    )


class OrganizationWritten(Organization):
    """An organization just written, with what is worth a look."""

    warnings: list[Warned]


class OrganizationCandidate(Output):
    """An organization that a new one may repeat."""

    id: str
    code: Annotated[str | None, Label("Mã số hợp tác xã")]
    name: str
    legal_status: str


class OrganizationBatch(Input):
    """Up to 500 organizations. `atomic`: all or none; `each`: every item for itself (207)."""

    mode: Literal["atomic", "each"]
    items: Annotated[list[Annotated[OrganizationCreate, LENIENT]], Field(min_length=1, max_length=500)]


MOST_LOOKED_UP = 500


class OrganizationLookup(Input):
    """What to look organizations up by: codes, ids, keys in other systems; one kind or several, at most 500 together."""

    codes: Annotated[list[Annotated[str, text(50)]], Field(min_length=1, max_length=MOST_LOOKED_UP)] | None = None
    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_LOOKED_UP)] | None = None
    external_ids: Annotated[list[ExternalId], Field(min_length=1, max_length=MOST_LOOKED_UP)] | None = None

    @model_validator(mode="after")
    def _some_and_not_too_many(self) -> OrganizationLookup:
        asked = sum(len(given) for given in (self.codes, self.ids, self.external_ids) if given is not None)
        if not asked:
            words = (
                "Hãy điền mã số, mã định danh hoặc mã ở hệ thống khác.",
                "Give codes, ids or keys in other systems.",
            )
            raise field_error("required", *words, at="codes")
        if asked > MOST_LOOKED_UP:
            words = (f"Tối đa {MOST_LOOKED_UP} mục cộng lại.", f"At most {MOST_LOOKED_UP} items together.")
            raise field_error("too_many", *words)
        return self


class OrganizationLookupItem(Output):
    """What was found for one code, id or key in another system; the other two are null."""

    code: Annotated[str | None, Label("Mã số hợp tác xã")]
    id: Annotated[str | None, Label("Mã định danh")] = Field(json_schema_extra={"format": "uuid"})
    external_id: Annotated[ExternalId | None, Label("Mã ở hệ thống khác")] = Field(
        description="Key of the organization in another system"
    )
    found: bool
    organization: Organization | None


class OrganizationLookupAnswer(Output):
    """The answers, in the order asked: of the codes, then the ids, then the keys in other systems."""

    items: list[OrganizationLookupItem]


def check_digit_is_wrong(value: str) -> bool:
    """Say whether the tax-code check digit is wrong: a warning only, since legacy numbers are about."""
    return not mst.is_valid(value)
