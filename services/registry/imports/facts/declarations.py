"""The facts that come from workbooks: of each type its columns, and by what a row is found again.

A further type of record that belongs to an organization is imported once it is declared here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kernel.database.statements import Always, Statement, always, statement
from kernel.records.crud import RecordType
from kernel.values.text import name_folded
from kernel.web.calls import Call
from kernel.workbooks.columns import Column
from services.registry import code_lists as codes
from services.registry.facts.records import (
    ALLIANCE_MEMBERSHIP,
    MEMBERSHIP_RULES,
    PRODUCT,
    PRODUCT_RULES,
    STATUS_CHANGE,
    STATUS_RULES,
)
from services.registry.facts.service import FactRules, refuse_overlap_with
from services.registry.imports.facts.organizations import COLUMNS as ORGANIZATION_COLUMNS
from services.registry.officers.personal_data import record_comparisons
from services.registry.officers.records import OFFICER_RULES, OFFICER_TYPE, refuse_held_by
from services.registry.officers.resource import PRIVATE

Key = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class FactImport:
    """How one type of fact stands in a workbook.

    The fields of `own` are those of the type's body, so that a row is judged as a body is.
    """

    fact_type: RecordType[Any]
    rules: FactRules
    own: tuple[Column, ...]
    sheet: str
    """What the sheet of the template is called."""
    key: Callable[[Mapping[str, Any]], Key]
    """What tells one fact of an organization from its others, in a body as in a row; a row with the same is about the same."""
    at: Mapping[str, str] = field(default_factory=dict)
    """Refusal → the column it is about."""
    refuse_beside: Callable[[Mapping[str, Any], Mapping[str, Any]], None] | None = None
    """What `rules.refuse` says of a fact beside another one of its organization: takes the columns of both."""
    lists: frozenset[str] = frozenset()
    """Columns that hold several, parted by semicolons."""
    flags: frozenset[str] = frozenset()
    """Columns of which the code is `true` or `false`."""
    private: tuple[str, ...] = ()
    """Columns that the fact's representation holds back: they are compared as they are recorded, and said to nobody."""
    compared: Callable[[Call, Sequence[str]], Awaitable[None]] | None = None
    """Records whose private columns a file was compared with, before it is told what differs: takes their ids."""
    order: Callable[[Mapping[str, Any]], Any] = lambda body: 0
    """In which order several of one organization are entered."""
    turn: Always[bool] = field(init=False)
    """Takes the lock of this import: two runs of a file would not see each other's rows."""
    of_organizations: Statement[Any] = field(init=False)
    """Reads the facts of some organizations, by ix_<table>_organization_id."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The template: whose fact it is, then what it says."""
        return (*ORGANIZATION_COLUMNS, *self.own)

    def __post_init__(self) -> None:
        turn = always(bool, f"SELECT pg_try_advisory_xact_lock(hashtext('import {self.fact_type.plural}'))")
        resource = self.fact_type.resource
        sql = f"{resource.select} WHERE organization_id = ANY($1::uuid[]) ORDER BY id"
        object.__setattr__(self, "turn", turn)
        object.__setattr__(self, "of_organizations", statement(resource.row, sql))


_DECISION = Column(field="decision_number", label="Số quyết định", example="15/QĐ-UBND")
_REASON = Column(field="reason", label="Lý do", note="Ghi kèm với sự kiện.")
_YES_NO = {"true": ("Có", "Yes"), "false": ("Không", "No")}
_HELD_BACK = "Dữ liệu cá nhân: được lưu, không hiện lại trong báo cáo."

MEMBERSHIPS = FactImport(
    fact_type=ALLIANCE_MEMBERSHIP,
    rules=MEMBERSHIP_RULES,
    sheet="Thành viên Liên minh",
    own=(
        Column(
            field="kind",
            label="Tư cách thành viên",
            kind="code",
            required=True,
            codes=codes.MEMBERSHIP_KINDS,
            example="Thành viên chính thức",
        ),
        Column(field="admitted_on", label="Ngày kết nạp", kind="day", required=True, example="15/01/2021"),
        Column(field="admission_decision_number", label="Số quyết định kết nạp", example="12/QĐ-LMHTX"),
        Column(field="certificate_number", label="Số giấy chứng nhận thành viên", example="123/GCN"),
        Column(field="alliance_label", label="Liên minh ghi trên quyết định", note="Cả tên Liên minh trước sáp nhập."),
        Column(
            field="left_on", label="Ngày ra khỏi Liên minh", kind="day", note="Ngày đầu tiên không còn là thành viên."
        ),
        Column(field="leaving_decision_number", label="Số quyết định cho ra"),
        Column(field="leaving_reason", label="Lý do ra khỏi Liên minh"),
    ),
    key=lambda each: (each["admitted_on"],),
    order=lambda each: each["admitted_on"],
    at={"membership_open": "admitted_on"},
    refuse_beside=refuse_overlap_with,
)

STATUS_CHANGES = FactImport(
    fact_type=STATUS_CHANGE,
    rules=STATUS_RULES,
    sheet="Thay đổi tình trạng",
    own=(
        Column(
            field="kind",
            label="Loại tình trạng",
            kind="code",
            required=True,
            codes=codes.STATUS_CHANGE_KINDS,
            example="Tình trạng pháp lý",
        ),
        Column(
            field="status",
            label="Tình trạng",
            kind="code",
            required=True,
            codes={**codes.OPERATING_STATES, **codes.LEGAL_STATUSES},
            example="Tạm ngừng kinh doanh",
        ),
        Column(field="effective_on", label="Từ ngày", kind="day", required=True, example="01/03/2022"),
        _DECISION,
        Column(
            field="source",
            label="Nguồn thông tin",
            kind="code",
            codes=codes.FACT_SOURCES,
            note="Để trống là Liên minh.",
        ),
        Column(
            field="basis",
            label="Căn cứ mở lại",
            kind="code",
            codes=codes.STATUS_CHANGE_BASES,
            note="Chỉ cần khi rời tình trạng cuối (NĐ 92/2024, Điều 56).",
        ),
        _REASON,
    ),
    key=lambda each: (each["kind"], each["effective_on"]),
    order=lambda each: each["effective_on"],
    at={
        "before_start": "effective_on",
        "transition_forbidden": "basis",
        "status_not_of_type": "status",
        "conversion_forbidden": "status",
        "dissolution_case_ended": "effective_on",
    },
)

PRODUCTS = FactImport(
    fact_type=PRODUCT,
    rules=PRODUCT_RULES,
    sheet="Sản phẩm",
    own=(
        Column(field="name", label="Tên sản phẩm", required=True, example="Chè xanh Đồng Tâm", also=("Sản phẩm",)),
        Column(field="group", label="Nhóm sản phẩm", kind="code", codes=codes.PRODUCT_GROUPS, example="Đồ uống"),
        Column(field="ocop_stars", label="Hạng sao OCOP", kind="whole", note="Từ 1 đến 5.", example="4"),
        Column(field="ocop_score", label="Điểm OCOP", kind="decimal", note="Từ 0 đến 100.", example="78,5"),
        _DECISION,
        Column(field="issuing_authority", label="Cơ quan công nhận", example="UBND tỉnh"),
        Column(
            field="recognized_on", label="Ngày công nhận", kind="day", note="Cần khi có hạng sao.", example="01/10/2022"
        ),
        Column(field="valid_until", label="Có giá trị đến ngày", kind="day", example="01/10/2025"),
        Column(field="attribution", label="Vai trò của Liên minh", kind="code", codes=codes.ATTRIBUTIONS),
        Column(
            field="partners",
            label="Đơn vị phối hợp",
            note="Chỉ ghi khi Liên minh phối hợp; nhiều đơn vị cách nhau bằng dấu chấm phẩy.",
        ),
    ),
    key=lambda each: (name_folded(each["name"]),),
    lists=frozenset({"partners"}),
)

OFFICERS = FactImport(
    fact_type=OFFICER_TYPE,
    rules=OFFICER_RULES,
    sheet="Cán bộ quản lý",
    own=(
        Column(
            field="office",
            label="Chức vụ",
            kind="code",
            required=True,
            codes=codes.OFFICES,
            example="Giám đốc (Tổng giám đốc)",
            also=("Chức danh",),
        ),
        Column(field="full_name", label="Họ và tên", required=True, example="Nguyễn Văn Bình", also=("Họ tên",)),
        Column(
            field="term_from",
            label="Giữ chức vụ từ ngày",
            kind="day",
            required=True,
            example="15/01/2022",
            also=("Từ ngày", "Ngày bổ nhiệm"),
        ),
        Column(
            field="term_to",
            label="Đến ngày",
            kind="day",
            note="Ngày đầu tiên không còn giữ chức vụ.",
            also=("Ngày thôi giữ chức vụ",),
        ),
        Column(field="qualification", label="Trình độ đào tạo", kind="code", codes=codes.QUALIFICATIONS),
        Column(field="is_member", label="Là thành viên HTX", kind="code", codes=_YES_NO),
        replace(_DECISION, example="05/QĐ-HĐQT"),
        Column(field="sex", label="Giới tính", kind="code", codes=codes.SEXES, secret=True, note=_HELD_BACK),
        Column(field="birth_year", label="Năm sinh", kind="whole", secret=True, note=_HELD_BACK),
        Column(
            field="phone",
            label="Điện thoại",
            secret=True,
            note=f"Định dạng văn bản để giữ số 0 ở đầu. {_HELD_BACK}",
            also=("Số điện thoại",),
        ),
    ),
    key=lambda each: (each["office"], name_folded(each["full_name"]), each["term_from"]),
    order=lambda each: each["term_from"],
    at={"office_held": "term_from"},
    refuse_beside=refuse_held_by,
    flags=frozenset({"is_member"}),
    private=PRIVATE,
    compared=record_comparisons,
)

FACT_IMPORTS = (MEMBERSHIPS, STATUS_CHANGES, PRODUCTS, OFFICERS)
