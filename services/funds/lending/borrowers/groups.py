"""Groups of related persons, whose loans count together (Decree 45/2021/NĐ-CP, Art. 23(2b)), and who is in them when."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, model_validator
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.records.crud import (
    RecordType,
    create,
    listing_of,
    merge_patch_model,
    owner,
    record_router,
    referenced_record,
    representation,
)
from kernel.records.listing import Filter, SortKey, answer_list, code_filter, day_filter, id_filter
from kernel.records.records import Resource, answer, existing, table_of
from kernel.values.days import Day
from kernel.values.ids import Id
from kernel.values.text import name_folded
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Input, Page, Recorded, code, text
from services.funds import code_lists as codes
from services.funds import models, rows
from services.funds.capital.funds.routes import folded
from services.funds.capital.funds.schemas import in_order
from services.funds.lending.borrowers.routes import BORROWER
from services.funds.scopes import READ, WRITE


class BorrowerGroupCreate(Input):
    """Enter a group of related persons; its members are entered one by one, each for a time."""

    id: Id | None = None
    name: Annotated[str, text(300)]
    kind: Annotated[str, code(codes.BORROWER_GROUP_KINDS), Label("Loại nhóm khách hàng")] = "other"
    note: Annotated[str, text(1000)] | None = None
    alliance: Annotated[str, text(10)] | None = Field(default=None, description="The caller's own if left out")
    reason: Annotated[str, text(500)] | None = None


class BorrowerGroup(Recorded):
    """Related persons, whose loans count together against the limit of 25 %."""

    name: str
    kind: Annotated[str, Label("Loại nhóm khách hàng")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.BORROWER_GROUP_KINDS)}
    )
    note: str | None
    alliance: str


class BorrowerGroupMemberCreate(Input):
    """Enter a borrower into a group, from a day on."""

    id: Id | None = None
    borrower_group_id: Id | None = Field(default=None, description="Needed unless the path names it")
    borrower_id: Id
    relation: Annotated[Annotated[str, text(300)] | None, Label("Quan hệ trong nhóm")] = Field(
        default=None, description="How it is related to the others, in words"
    )
    valid_from: Annotated[Day, Label("Trong nhóm từ ngày")]
    valid_until: Annotated[Day | None, Label("Trong nhóm đến ngày")] = None
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> BorrowerGroupMemberCreate:
        in_order(self.valid_from, self.valid_until, "valid_until")
        return self


class BorrowerGroupMember(Recorded):
    """A borrower's time in a group of related persons."""

    borrower_group_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    relation: Annotated[str | None, Label("Quan hệ trong nhóm")] = Field(
        description="How it is related to the others, in words"
    )
    valid_from: Annotated[date, Label("Trong nhóm từ ngày")]
    valid_until: Annotated[date | None, Label("Trong nhóm đến ngày")]
    alliance: str


class BorrowerGroupMemberList(Page[BorrowerGroupMember]):
    """A page of a group's members."""


async def _group_columns(tx: Transaction, call: Call, body: BorrowerGroupCreate, row: Row | None) -> dict[str, Any]:
    values = body.model_dump(exclude={"id", "reason"})
    alliance = row["alliance"] if row is not None else owner(call, body.alliance)
    return {**values, "name_folded": name_folded(body.name), "alliance": alliance}


BORROWER_GROUP = Resource(
    "borrower_group",
    table_of(models.BorrowerGroup),
    "/v1/funds/borrower-groups",
    representation(BorrowerGroup),
    row=rows.BorrowerGroupRow,
)
GROUP = RecordType(
    BORROWER_GROUP,
    "borrower-groups",
    BorrowerGroup,
    BorrowerGroupCreate,
    listing_of(
        BORROWER_GROUP,
        BorrowerGroup,
        (
            Filter(
                "q", "r.name_folded LIKE '%' || {0} || '%'", "Search in names without regard to case or marks.", folded
            ),
            code_filter("kind", "r.kind", codes.BORROWER_GROUP_KINDS, "How they are related."),
            Filter(
                "borrower_id",
                "r.id IN (SELECT m.borrower_group_id FROM borrower_group_member m WHERE m.borrower_id"
                " = ANY({0}::uuid[]))",
                "Groups that this borrower is or was in.",
                id_filter("borrower_id", "", "").read,
                {"type": "string", "format": "uuid"},
                repeated=True,
            ),
        ),
        sorts={"name": SortKey("r.name_folded")},
    ),
    _group_columns,
    change=merge_patch_model(BorrowerGroupCreate, without=("alliance",)),
    read_scopes=READ,
    write_scopes=WRITE,
)


async def _member_columns(
    tx: Transaction, call: Call, body: BorrowerGroupMemberCreate, row: Row | None
) -> dict[str, Any]:
    if body.borrower_group_id is None:
        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
        raise Invalid(FieldError("required", words, pointer="/borrower_group_id"))
    group = await referenced_record(tx, call, BORROWER_GROUP, body.borrower_group_id, "/borrower_group_id")
    borrower = await referenced_record(tx, call, BORROWER, body.borrower_id, "/borrower_id")
    if borrower["alliance"] != group["alliance"]:
        words = (
            "Nhóm và khách hàng thuộc hai Liên minh; hãy chọn khách hàng cùng Liên minh.",
            "Group and borrower are of two alliances; choose a borrower of the same one.",
        )
        raise Invalid(FieldError("outside_area", words, pointer="/borrower_id"))
    return {**body.model_dump(exclude={"id", "reason"}), "alliance": group["alliance"]}


BORROWER_GROUP_MEMBER = Resource(
    "borrower_group_member",
    table_of(models.BorrowerGroupMember),
    "/v1/funds/borrower-group-members",
    representation(BorrowerGroupMember),
    row=rows.BorrowerGroupMemberRow,
)
MEMBER = RecordType(
    BORROWER_GROUP_MEMBER,
    "borrower-group-members",
    BorrowerGroupMember,
    BorrowerGroupMemberCreate,
    listing_of(
        BORROWER_GROUP_MEMBER,
        BorrowerGroupMember,
        (
            id_filter("borrower_group_id", "r.borrower_group_id", "Group."),
            id_filter("borrower_id", "r.borrower_id", "Borrower."),
            day_filter(
                "as_of",
                "(r.valid_from <= {0}::date AND (r.valid_until IS NULL OR r.valid_until >= {0}::date))",
                "Members on that day",
            ),
        ),
        sorts={"valid_from": SortKey("r.valid_from", "date")},
    ),
    _member_columns,
    change=merge_patch_model(BorrowerGroupMemberCreate, without=("borrower_group_id", "borrower_id")),
    removable=True,
    read_scopes=READ,
    write_scopes=WRITE,
)
router = record_router(GROUP)
members = record_router(MEMBER)

_NESTED = "/borrower-groups/{borrower_group_id}/members"
_GROUP = existing(BORROWER_GROUP, "borrower_group_id")


async def _list_own(call: Call) -> Response:
    group_id = call.request.path_params["borrower_group_id"].lower()
    return await answer_list(call, MEMBER.listing, preset={"borrower_group_id": [group_id]})


@router.operation(
    "GET",
    _NESTED,
    scopes=READ,
    guard=_GROUP,
    direct=_list_own,
    response_model=BorrowerGroupMemberList,
    problems=(kernel_problems.CursorMismatch,),
    summary="List the members of a group",
    openapi_extra={"parameters": [p for p in MEMBER.listing.parameters() if p["name"] != "borrower_group_id"]},
)
async def list_members_of_borrower_group(call: CurrentCall, borrower_group_id: Id) -> Response:
    """Page through who is or was in one group of related persons."""
    return await _list_own(call)


@router.operation(
    "POST",
    _NESTED,
    scopes=WRITE,
    guard=_GROUP,
    status_code=201,
    minted=True,
    response_model=BorrowerGroupMember,
    problems=(kernel_problems.IdInUse,),
    summary="Enter a borrower into a group",
)
async def add_member_to_borrower_group(
    call: CurrentCall, borrower_group_id: Id, body: BorrowerGroupMemberCreate
) -> Response:
    """Enter a borrower into the group from a day on; from then on their loans count together."""
    if body.borrower_group_id not in (None, borrower_group_id):
        words = ("Khác với nhóm trong đường dẫn; hãy để trống.", "It differs from the group in the path; leave it out.")
        raise Invalid(FieldError("differs_from_path", words, pointer="/borrower_group_id"))
    body.borrower_group_id = borrower_group_id

    async def effect(tx: Transaction) -> Response:
        row, new = await create(tx, call, MEMBER, body)
        return answer(call, BORROWER_GROUP_MEMBER, row, status=201 if new else 200)

    return await once(call, effect)
