"""Reading one organization, as it is or was on a day, with its facts where they are asked for."""

from __future__ import annotations

from typing import Any, cast

from starlette.responses import Response

from kernel import problems
from kernel.records import existing, loaded
from kernel.records.crud import RecordType
from kernel.records.embedding import picked
from kernel.records.listing import day_filter
from kernel.records.parts import Asked, Asking, Part, answer_one, page_part, with_parts
from kernel.records.responses import answer, document_of
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.replies import json_reply
from services.registry.facts.records import ALLIANCE_MEMBERSHIP, CERTIFICATE, PRODUCT, STATUS_CHANGE
from services.registry.organizations import queries
from services.registry.organizations.records import ORGANIZATION
from services.registry.organizations.schemas import Organization
from services.registry.rows import OrganizationRow
from services.registry.scopes import OWN_READ, PREFIX, registry_router

router = registry_router("organizations")


def _facts(field: str, fact_type: RecordType[Any], label: str) -> Part:
    return page_part(
        field,
        fact_type.listing,
        label=label,
        page=fact_type.page,
        scopes=fact_type.read_scopes,
        by="organization_id",
        path=f"{PREFIX}/organizations/{{id}}/{fact_type.plural}",
    )


_ASKING = Asking(
    Organization,
    parts=(
        _facts("memberships", ALLIANCE_MEMBERSHIP, "Tư cách thành viên Liên minh"),
        _facts("products", PRODUCT, "Sản phẩm"),
        _facts("certificates", CERTIFICATE, "Giấy chứng nhận"),
        _facts("status_changes", STATUS_CHANGE, "Thay đổi tình trạng"),
    ),
    others=(day_filter("as_of", "", "State valid on that day; 404 if it had not begun. What is included is of today"),),
)


async def _read(call: Call) -> Response:
    if not (query_string := call.request.scope["query_string"]):
        return await answer(call.db, call, ORGANIZATION, call.record)
    asked = _ASKING.read(query_string)
    if "as_of" in asked.others:
        return await _as_of(call, asked)
    return await answer_one(call, ORGANIZATION, _ASKING, asked)


async def _as_of(call: Call, asked: Asked) -> Response:
    organization = loaded(call, ORGANIZATION)
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        state = await queries.state_on(tx, organization["id"], asked.others["as_of"])
        if state is None:
            raise problems.NotFound()
        row = cast(OrganizationRow, {**organization, **state.columns()})
        document = picked(await document_of(tx, call, ORGANIZATION, row), asked.fields)
        included = await _ASKING.included(tx, call, asked, row)
    return json_reply(document | included, cache=ORGANIZATION.cache_control)


@router.operation(
    "GET",
    "/organizations/{organization_id}",
    scopes=OWN_READ,
    guard=_ASKING.guard(existing(ORGANIZATION, "organization_id", named=True)),
    direct=_read,
    openapi_extra={"parameters": _ASKING.parameters()},
    response_model=with_parts(Organization, _ASKING.parts),
    conditional=True,
    summary="Read an organization",
)
async def read_organization(call: CurrentCall, organization_id: Id) -> Response:
    """Read an organization as it is, or as it was on a day.

    The ETag is its version, with a hash of what is embedded; what it was on a day has none, since a fact entered late
    changes that too.
    """
    return await _read(call)
