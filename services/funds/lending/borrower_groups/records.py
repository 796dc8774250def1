"""Groups of related persons and their members as records."""

from __future__ import annotations

from typing import Any

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import (
    RecordType,
    listing_of,
    merge_patch_model,
    owner,
    referenced_record,
    representation,
)
from kernel.records.listing import Filter, SortKey, code_filter, id_filter
from kernel.values.text import name_folded
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds import models, rows
from services.funds.field_types import NAME_FILTER, valid_on
from services.funds.lending.borrower_groups.schemas import (
    BorrowerGroup,
    BorrowerGroupCreate,
    BorrowerGroupMember,
    BorrowerGroupMemberCreate,
)
from services.funds.lending.borrowers.records import named_borrower, refuse_erased
from services.funds.names import BORROWER_NAME
from services.funds.rows import BorrowerGroupMemberRow, BorrowerGroupRow
from services.funds.scopes import READ, WRITE


async def _group_columns(
    tx: Transaction, call: Call, body: BorrowerGroupCreate, row: BorrowerGroupRow | None
) -> dict[str, Any]:
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


BORROWER_GROUPS = RecordType(
    resource=BORROWER_GROUP,
    plural="borrower-groups",
    output=BorrowerGroup,
    create=BorrowerGroupCreate,
    listing=listing_of(
        BORROWER_GROUP,
        BorrowerGroup,
        (
            NAME_FILTER,
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
    columns=_group_columns,
    refusals=(kernel_problems.AlreadyErased,),
    change_refusals=(),
    change=merge_patch_model(BorrowerGroupCreate, without=("alliance",)),
    read_scopes=READ,
    write_scopes=WRITE,
)


async def _member_columns(
    tx: Transaction, call: Call, body: BorrowerGroupMemberCreate, row: BorrowerGroupMemberRow | None
) -> dict[str, Any]:
    if body.borrower_group_id is None:
        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
        raise Invalid(FieldError("required", words, pointer="/borrower_group_id"))
    group = await referenced_record(tx, call, BORROWER_GROUP, body.borrower_group_id, "/borrower_group_id")
    borrower = await named_borrower(tx, call, body.borrower_id)
    refuse_erased(borrower)
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
    "no-store",
    embeds=(BORROWER_NAME,),
    row=rows.BorrowerGroupMemberRow,
)


BORROWER_GROUP_MEMBERS = RecordType(
    resource=BORROWER_GROUP_MEMBER,
    plural="borrower-group-members",
    output=BorrowerGroupMember,
    create=BorrowerGroupMemberCreate,
    listing=listing_of(
        BORROWER_GROUP_MEMBER,
        BorrowerGroupMember,
        (
            id_filter("borrower_group_id", "r.borrower_group_id", "Group."),
            id_filter("borrower_id", "r.borrower_id", "Borrower."),
            valid_on("Members on that day"),
        ),
        sorts={"valid_from": SortKey("r.valid_from", "date")},
    ),
    columns=_member_columns,
    refusals=(kernel_problems.AlreadyErased,),
    change=merge_patch_model(BorrowerGroupMemberCreate, without=("borrower_group_id", "borrower_id")),
    removable=True,
    read_scopes=READ,
    write_scopes=WRITE,
)
