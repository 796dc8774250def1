"""Groups of related persons, whose loans count together (Decree 45/2021/NĐ-CP, Art. 23(2b)), and who is in them when."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import answer, existing
from kernel.records.crud import create, record_router
from kernel.records.listing import answer_list, list_operation
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from services.funds.lending.borrower_groups.records import (
    BORROWER_GROUP,
    BORROWER_GROUP_MEMBER,
    BORROWER_GROUP_MEMBERS,
    BORROWER_GROUPS,
)
from services.funds.lending.borrower_groups.schemas import (
    BorrowerGroupMember,
    BorrowerGroupMemberCreate,
    BorrowerGroupMemberList,
)
from services.funds.scopes import READ, WRITE

# GET, POST        /v1/funds/borrower-groups
# GET, PATCH       /v1/funds/borrower-groups/{borrower_group_id}
# GET              /v1/funds/borrower-groups/{borrower_group_id}/history
router = record_router(BORROWER_GROUPS)
# GET, POST        /v1/funds/borrower-group-members
# GET, PATCH, DELETE /v1/funds/borrower-group-members/{borrower_group_member_id}
# GET              /v1/funds/borrower-group-members/{borrower_group_member_id}/history
members = record_router(BORROWER_GROUP_MEMBERS)

_NESTED = "/borrower-groups/{borrower_group_id}/members"
_GROUP = existing(BORROWER_GROUP, "borrower_group_id")


@list_operation(
    router,
    _NESTED,
    BORROWER_GROUP_MEMBERS.listing,
    page=BorrowerGroupMemberList,
    scopes=READ,
    guard=_GROUP,
    of="borrower_group_id",
    summary="List the members of a borrower group",
)
async def list_members_of_borrower_group(call: CurrentCall) -> Response:
    """Page through who is or was in one group of related persons."""
    group_id = call.request.path_params["borrower_group_id"].lower()
    return await answer_list(call, BORROWER_GROUP_MEMBERS.listing, preset={"borrower_group_id": [group_id]})


@router.operation(
    "POST",
    _NESTED,
    scopes=WRITE,
    guard=_GROUP,
    status_code=201,
    minted=True,
    response_model=BorrowerGroupMember,
    problems=(kernel_problems.AlreadyErased, kernel_problems.IdInUse),
    summary="Add a member to a borrower group",
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
        member, is_new = await create(tx, call, BORROWER_GROUP_MEMBERS, body)
        return await answer(tx, call, BORROWER_GROUP_MEMBER, member, status=201 if is_new else 200)

    return await once(call, effect)
