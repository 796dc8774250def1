"""What a caller sends and gets for reports themselves: what they are of, people's own texts, and the steps of their life."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, create_model, model_validator

from kernel.problems.field_labels import Label
from kernel.values import geography
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.field_types import UUID, Reason
from kernel.web.schemas import Checked, Input, NotNull, Output, Recorded, SubjectName, code, listed, text
from services.reporting import code_lists as codes
from services.reporting.reports.kinds import NATION, agrees, alliance_of

_KIND, _CALENDAR, _TITLE = Label("Loại báo cáo"), Label("Lịch báo cáo"), Label("Tên báo cáo")
_PROVINCE, _STATE, _PLAN = Label("Tỉnh, hoặc cả nước"), Label("Trạng thái"), Label("Kế hoạch")
_SECTIONS, _OWN, _SECTION = Label("Các phần"), Label("Lời của người lập"), Label("Phần của báo cáo")
_EXPLANATIONS, _WHY = Label("Giải thích số liệu"), Label("Lời giải thích")
_FORM, _SIGNER_TITLE, _SIGNER = Label("Hình thức ký"), Label("Chức vụ người ký"), Label("Người ký")
_RECIPIENTS, _NUMBER = Label("Nơi nhận"), Label("Số, ký hiệu")
_KEY = re.compile(r"[a-z][a-z0-9_]{2,99}:[a-z][a-z0-9_]{1,49}", re.ASCII)
_WHERE = "Province of either map, or VN for the nation"
_ON_MAP = (
    "Map by which provinces are told apart; left out: the province's own, of the nation that in force on the last day"
)
_CELL = "A figure: indicator and scope"


def _is_area(value: str) -> str:
    """Return the province, or VN. Raises the fault of a code without its map, which may be of two provinces."""
    if value == NATION or geography.province(value) is not None:
        return value
    both = [f"{value}-{map_}" for map_ in ("2008", "2025") if geography.province(f"{value}-{map_}") is not None]
    if both:
        raise field_error(
            "province_ambiguous",
            "Mã này phải kèm bản đồ (63 tỉnh: -2008, 34 tỉnh: -2025); cùng một mã có thể là hai tỉnh khác nhau.",
            "Give the code with its map (63 provinces: -2008, 34 provinces: -2025); one code may name two provinces.",
            allowed=both,
        )
    raise field_error(
        "unknown_province",
        "Không có tỉnh này; hãy chọn trong danh mục tỉnh, hoặc VN cho cả nước.",
        "There is no such province; choose one of the list, or VN for the nation.",
    )


def _is_key(value: str) -> str:
    if not _KEY.fullmatch(value):
        raise field_error(
            "wrong_format",
            "Hãy ghi mã chỉ tiêu và phạm vi, cách nhau bằng dấu hai chấm.",
            "Give the code of the indicator and the scope, with a colon between.",
        )
    return value


Area = Annotated[str, Checked(_is_area, {"type": "string", "pattern": "^([0-9]{2}-(2008|2025)|VN)$"})]
CellKey = Annotated[str, Checked(_is_key, {"type": "string", "pattern": "^[a-z][a-z0-9_]+:[a-z][a-z0-9_]+$"})]
_Code = Annotated[str, Checked(lambda value: value, {"type": "string", "maxLength": 100}, max_length=100)]
_Recipients = Annotated[list[Annotated[str, text(300)]], Field(max_length=50)]
_Words = Annotated[str, text(1000)]
_Why = Annotated[str, text(500)]
_SignerForm = Annotated[str, code(codes.SIGNER_FORMS)]


class SectionText(Input):
    """People's own text of a section; null takes it away."""

    code: Annotated[Annotated[str, code(codes.REPORT_SECTIONS)], _SECTION]
    own_text: Annotated[Annotated[str, text(20_000)] | None, _OWN] = Field(description="As people wrote it")


class Explanation(Input):
    """Why a figure is as it is, beside it in the report; null takes it away."""

    indicator: _Code
    scope: Annotated[_Code, Label("Phạm vi")] = Field(description="Of the figure")
    text: Annotated[_Why | None, _WHY] = Field(description="In Vietnamese, as people write it")


_SectionTexts = Annotated[list[SectionText], Field(max_length=len(codes.REPORT_SECTIONS))]
_Explanations = Annotated[list[Explanation], Field(max_length=200)]
_Included = Annotated[list[CellKey], Field(min_length=1, max_length=500)]


class ReportCreate(Input):
    """Begin a report: what kind, of which days and place. Its figures and sentences are made from records each time it is read.

    The kind has to agree with its days (a year 1 January to 31 December, or cut early in December; a statistical year from
    15 December); `free` takes any.
    """

    id: Id | None = None
    kind: Annotated[Annotated[str, code(codes.REPORT_KINDS)], _KIND]
    from_: Day = Field(alias="from")
    to: Day = Field(description="The cut-off: figures end with it, and verdicts on plans are given as of it")
    province: Annotated[Area, _PROVINCE] = Field(description=_WHERE)
    geography: Annotated[str, code(codes.COMMUNE_MAPS)] | None = Field(default=None, description=_ON_MAP)
    calendar: Annotated[Annotated[str, code(codes.REPORT_CALENDARS)], _CALENDAR] = Field(
        default="plan_year", description="Which year its periods are of"
    )
    plan_id: Annotated[Id | None, _PLAN] = Field(
        default=None, description="The plan it is held against; left out: those that cover days and place"
    )
    title: Annotated[Annotated[str, text(500)] | None, _TITLE] = Field(
        default=None, description="Left out: made from kind, days and place"
    )

    @model_validator(mode="after")
    def _agrees(self) -> ReportCreate:
        if self.to < self.from_:
            words = ("Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first.")
            raise field_error("end_before_start", *words, at="to")
        if (self.to - self.from_).days > 366 * 5:
            raise field_error("too_long", "Tối đa 5 năm.", "At most 5 years.", at="to")
        if not agrees(self.kind, self.calendar, self.from_, self.to):
            raise field_error(
                "kind_disagrees_with_days",
                "Loại báo cáo không khớp với ngày; hãy chọn loại khác, hoặc ghi đúng ngày đầu và ngày cuối của kỳ.",
                "The kind does not agree with the days; choose another kind, or give the first and last day of its period.",
                at="to",
            )
        own = None if self.province == NATION else self.province[3:]
        if self.geography == "2025" and own == "2008":
            raise field_error(
                "differs_from_province",
                "Tỉnh thuộc bản đồ 63 tỉnh, không chia theo bản đồ 34 tỉnh được.",
                "The province is of the map of 63 and cannot be shown on the map of 34.",
                at="geography",
            )
        self.geography = self.geography or own or geography.map_in_force(self.to)
        return self

    @property
    def alliance(self) -> str:
        """Whose report it is: an alliance of today, or the nation."""
        return alliance_of(self.province)


class ReportChange(Input):
    """A change of a draft: absent leaves. Texts and explanations that are not named stay as they are."""

    title: Annotated[Annotated[Annotated[str, text(500)] | None, NotNull()], _TITLE] = None
    recipients: Annotated[Annotated[_Recipients | None, NotNull()], _RECIPIENTS] = Field(
        default=None, description="Who gets it"
    )
    signer_form: Annotated[_SignerForm | None, _FORM] = Field(
        default=None, description="In whose name or place it is signed"
    )
    signer_title: Annotated[Annotated[str, text(200)] | None, _SIGNER_TITLE] = Field(
        default=None, description="Office that the signer holds"
    )
    signer_name: Annotated[Annotated[str, text(200)] | None, _SIGNER] = Field(default=None, description="Who signs")
    sections: Annotated[Annotated[_SectionTexts | None, NotNull()], _SECTIONS] = None
    explanations: Annotated[Annotated[_Explanations | None, NotNull()], _EXPLANATIONS] = Field(
        default=None, description="Why figures are as they are"
    )
    included: Annotated[_Included | None, Label("Các chỉ tiêu đưa vào")] = Field(
        default=None,
        description="`indicator:scope` of the figures in it; null: those of the plan and all that is covered",
    )
    reason: Reason | None = None


class SectionTextShown(Output):
    """People's own text of a section."""

    code: Annotated[str, _SECTION] = Field(json_schema_extra=listed(codes.REPORT_SECTIONS))
    own_text: Annotated[str | None, _OWN] = Field(
        json_schema_extra={"maxLength": 20_000}, description="As people wrote it"
    )


class ExplanationShown(Output):
    """Why a figure is as it is."""

    indicator: str
    scope: Annotated[str, Label("Phạm vi")] = Field(description="Of the figure")
    text: Annotated[str, _WHY] = Field(description="In Vietnamese, as people write it")


class CheckAnswer(Output):
    """What people say to a finding."""

    check: Annotated[str, Label("Mã điểm kiểm tra")] = Field(description="Code of the finding")
    text: Annotated[str, Label("Giải trình")] = Field(description="In Vietnamese, as people write it")
    value: Annotated[float | None, Label("Giá trị")] = Field(description="The figure that it was given for")
    compared_with: Annotated[float | None, Label("Số đối chiếu")] = Field(
        description="The number that it stood against, if any"
    )
    answered_by: str = Field(description="Subject of the token of who answered")
    answered_by_name: str | None = Field(description="As the token called them")
    answered_at: datetime


class DocumentSignature(Output):
    """What a signed PDF says. Whether the signer is to be trusted is not judged here."""

    file_id: str = Field(json_schema_extra=UUID)
    signed: Annotated[bool, Label("Đã ký số")] = Field(description="Whether it bears a signature")
    intact: Annotated[bool | None, Label("Còn nguyên vẹn")] = Field(
        description="Whether it is as it was signed; null where it is not signed"
    )
    signer: Annotated[str | None, Label("Người ký")] = Field(description="As the certificate names them")
    signed_at: Annotated[datetime | None, Label("Ký lúc")] = Field(description="As the signature says")
    trusted: Annotated[bool | None, Label("Tin cậy")] = Field(
        description="Always null: no list of trusted authorities is kept"
    )


# A field that is called as Python's keyword is only made so; an alias would give `fields=` another name than the answer.
_DAYS: dict[str, Any] = {
    "from": (date, Field(description="First day")),
    "to": (date, Field(description="The cut-off")),
}
_Days: Any = create_model("_Days", __base__=Recorded, **_DAYS)


class Report(_Days):
    """A report on an area's days, as far as it has come. Its figures are at `/content`."""

    kind: Annotated[str, _KIND] = Field(json_schema_extra=listed(codes.REPORT_KINDS))
    calendar: Annotated[str, _CALENDAR] = Field(
        json_schema_extra=listed(codes.REPORT_CALENDARS), description="Which year its periods are of"
    )
    province: Annotated[str, _PROVINCE] = Field(description=_WHERE)
    geography: str = Field(json_schema_extra=listed(codes.COMMUNE_MAPS), description="Map of its provinces")
    plan_id: Annotated[str | None, _PLAN] = Field(json_schema_extra=UUID)
    title: Annotated[str, _TITLE]
    state: Annotated[str, _STATE] = Field(json_schema_extra=listed(codes.REPORT_STATES))
    version_number: Annotated[int, Label("Lần lập")] = Field(description="1, and one more with every revision")
    supersedes_id: str | None = Field(json_schema_extra=UUID, description="The report that this one is a revision of")
    revision_reason: Annotated[str | None, Label("Lý do thay thế")] = Field(description="Why it was revised")
    sections: Annotated[list[SectionTextShown], _SECTIONS]
    explanations: Annotated[list[ExplanationShown], _EXPLANATIONS] = Field(description="Why figures are as they are")
    included: list[str] | None = Field(description="`indicator:scope`; null: those of the plan and all that is covered")
    answers: Annotated[list[CheckAnswer], Label("Giải trình")] = Field(description="What people said to findings")
    recipients: Annotated[list[str], _RECIPIENTS] = Field(description="Who gets it")
    signer_form: Annotated[str | None, _FORM] = Field(
        json_schema_extra=listed(codes.SIGNER_FORMS), description="In whose name or place it is signed"
    )
    signer_title: Annotated[str | None, _SIGNER_TITLE] = Field(description="Office that the signer holds")
    signer_name: Annotated[str | None, _SIGNER] = Field(description="Who signs")
    frozen_at: datetime | None = Field(description="Since when figures and texts stand as submitted; null: a draft")
    submitted_by: str | None
    submitted_by_name: SubjectName
    submitted_at: datetime | None
    approved_by: str | None
    approved_by_name: SubjectName
    approved_at: datetime | None
    number: Annotated[str | None, _NUMBER]
    issued_on: date | None
    issued_by: str | None
    issued_by_name: SubjectName
    issued_at: datetime | None
    return_reason: Annotated[str | None, Label("Lý do trả lại")] = Field(description="Why it last came back to a draft")
    returned_by: str | None
    returned_by_name: SubjectName
    returned_at: datetime | None
    file_ids: list[str]
    signature: DocumentSignature | None = Field(description="Of the PDF that was attached when it was issued")
    alliance: str


class SubmissionCreate(Input):
    """Submit the draft: its figures and sentences are frozen. `note` goes to its history."""

    note: Annotated[str, text(500)] | None = None


class ApprovalCreate(Input):
    """Approve what was submitted, and say who signs it and how."""

    signer_form: Annotated[_SignerForm, _FORM] = Field(description="In whose name or place it is signed")
    signer_title: Annotated[str, text(200), _SIGNER_TITLE] = Field(description="Office that the signer holds")
    signer_name: Annotated[str, text(200), _SIGNER] = Field(description="Who signs")


class IssueCreate(Input):
    """Issue what was approved, under its number and day; `file_id` is the signed scan or PDF."""

    number: Annotated[str, text(100), _NUMBER]
    issued_on: PastDay
    recipients: Annotated[_Recipients | None, _RECIPIENTS] = Field(
        default=None, description="Who gets it; left out: those that the draft names"
    )
    file_id: Id | None = None


class ReturnCreate(Input):
    """Send what was submitted back to its preparer, with the reason."""

    reason: Reason


class RevisionCreate(Input):
    """Make a draft that is to take the place of this report."""

    id: Id | None = None
    reason: Reason


class AnswerCreate(Input):
    """Answer a finding in words."""

    text: Annotated[_Words, Label("Giải trình")] = Field(description="Why the figure stands as it is")
