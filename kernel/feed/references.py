"""What names the registry's organizations in a service that follows it, and what of it names one that is gone.

The registry asks before it deletes one; what was written in between, or could not follow a merge, is listed for people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.problems.field_labels import Label
from kernel.records import Resource
from kernel.records.listing import MAX_LIMIT, Listing, SortKey, Source, answer_list, code_filter, id_filter, text_filter
from kernel.values.common_lists import GONE_AS
from kernel.values.ids import Id
from kernel.web.auth import narrow
from kernel.web.calls import Call, CurrentCall
from kernel.web.field_types import UUID
from kernel.web.operations import ApiRouter
from kernel.web.replies import PRIVATE, json_reply
from kernel.web.schemas import Output, Page, listed

SCOPE = "references.read"
"""What the registry's own client system holds to ask; it learns counts and nothing else."""


@dataclass(frozen=True)
class Reference:
    """Records of a type that name an organization in a column, which has an index."""

    resource: Resource[Any]
    column: str = "organization_id"
    follows: Callable[[Any, str], dict[str, Any]] | None = None
    """What else of a row changes when it is to name another organization."""
    parts: tuple[Resource[Any], str] | None = None
    """Records that have the organization of this one, and the column by which they belong to it."""

    @property
    def key(self) -> str:
        """What tells it from the service's other references."""
        return f"{self.resource.name}.{self.column}"


class OrganizationReference(Output):
    """How many records of one type name an organization in one field."""

    resource_type: str
    resource: Annotated[str, Field(description="Path of the records")]
    field: str = Field(description="The field that names it")
    count: int


class OrganizationReferences(Output):
    """What names an organization here; types of which no record does are left out."""

    organization_id: str = Field(json_schema_extra=UUID)
    items: list[OrganizationReference]


class UnresolvedOrganization(Output):
    """A record that names an organization which is gone from the registry."""

    id: str = Field(json_schema_extra=UUID, description="Id of the record")
    resource_type: str
    resource: str = Field(description="Path of the record")
    field: str = Field(description="The field that names the organization")
    organization_id: str = Field(json_schema_extra=UUID)
    organization_name: str | None = Field(description="What it was called; null where that was never heard")
    removed_as: Annotated[str, Label("Vì sao không còn")] = Field(
        json_schema_extra=listed(GONE_AS),
        description="deleted: it was deleted; merged: it was merged and the record could not follow; absent: the registry "
        "was restored to a state from before it was entered",
    )
    merged_into: str | None = Field(json_schema_extra=UUID)
    alliance: str
    updated_at: datetime


class UnresolvedOrganizationPage(Page[UnresolvedOrganization]):
    """A page of records that name organizations which are gone."""


def _branches(references: Sequence[Reference]) -> str:
    """Return the records that name an organization which is gone; by ix_followed_organization_gone and each column's index.

    One that only left the area of this deployment is not gone.
    """
    return " UNION ALL ".join(
        f"SELECT r.id, '{reference.resource.name}'::text AS resource_type, '{reference.column}'::text AS field, "  # noqa: S608  names are constants of the code
        "f.id AS organization_id, f.name AS organization_name, f.removed_as, f.merged_into, r.alliance, r.updated_at "
        f"FROM followed_organization f JOIN {reference.resource.table.name} r ON r.{reference.column} = f.id "
        "WHERE f.removed_as IN ('deleted', 'merged', 'absent')"
        for reference in references
    )


def _listing(references: Sequence[Reference]) -> Listing:
    paths = {reference.resource.name: reference.resource.path for reference in references}
    fields = tuple(UnresolvedOrganization.model_fields)
    source = Source(
        ", ".join(f"r.{name}" for name in fields if name != "resource"),
        f"({_branches(references)}) r",
        (),
        "r.alliance",
        dated="r",
    )

    def represent(row: Any) -> dict[str, Any]:
        address = {"resource": f"{paths[row['resource_type']]}/{row['id']}"}
        return {name: address[name] if name in address else row[name] for name in fields}

    # A record may name two organizations that are gone.
    by_id = SortKey("(r.id::text || '/' || r.field)")
    return Listing(
        name="unresolved_organization",
        filters=(
            id_filter("id", "r.id", "Records that name it.", most=MAX_LIMIT),
            id_filter("organization_id", "r.organization_id", "The organization that is gone."),
            text_filter("resource_type", "r.resource_type", "Type of the records, as the feed names it."),
            code_filter("removed_as", "r.removed_as", GONE_AS, "Why the organization is gone."),
            text_filter("alliance", "r.alliance", "Alliance that owns the record."),
        ),
        sorts={"id": by_id},
        default_sort="id",
        source=lambda parameters: source,
        represent=represent,
        fields=fields,
        facets={"resource_type": "r.resource_type", "removed_as": "r.removed_as"},
        id_key=by_id,
    )


async def count_references(
    call: Call, references: Sequence[Reference], organization_id: str
) -> list[Mapping[str, Any]]:
    """Count the records within the caller's area that name an organization, by type and field; by each column's index."""
    args: list[Any] = [organization_id]
    area = narrow(call.caller, args, "r.alliance")
    rows = await call.db.fetch(
        " UNION ALL ".join(
            f"SELECT {at} AS at, count(*)::int AS count FROM {reference.resource.table.name} r "  # noqa: S608  names are constants of the code
            f"WHERE r.{reference.column} = $1::uuid AND {area}"
            for at, reference in enumerate(references)
        ),
        *args,
    )
    return [
        {
            "resource_type": reference.resource.name,
            "resource": reference.resource.path,
            "field": reference.column,
            "count": row["count"],
        }
        for row, reference in ((row, references[row["at"]]) for row in rows)
        if row["count"]
    ]


def references_router(service: str, references: Sequence[Reference], scopes: Sequence[str]) -> ApiRouter:
    """Return the operations of `service` that tell what names an organization, and what names one that is gone."""
    router = ApiRouter(prefix=f"/v1/{service}", tags=[f"{service}-organization-references"])
    listing = _listing(references)

    async def list_references(
        call: CurrentCall, organization_id: Annotated[Id, Query(description="The organization that is named")]
    ) -> Response:
        """Count what names an organization here, by type and field. The registry asks before it deletes one."""
        items = await count_references(call, references, organization_id.lower())
        return json_reply({"organization_id": organization_id.lower(), "items": items}, cache=PRIVATE)

    async def page(call: Call) -> Response:
        return await answer_list(call, listing)

    async def list_unresolved(call: CurrentCall) -> Response:
        """Page through the records that name an organization which is gone from the registry.

        It was deleted while they were written, or put together with another where they could not follow. Each waits for
        somebody to correct it.
        """
        return await page(call)

    list_references.__name__ = f"list_{service}_organization_references"
    list_unresolved.__name__ = f"list_{service}_unresolved_organizations"
    router.operation(
        "GET",
        "/organization-references",
        scopes=(*scopes, SCOPE),
        response_model=OrganizationReferences,
        summary="Count what names an organization",
    )(list_references)
    router.operation(
        "GET",
        "/unresolved-organizations",
        scopes=scopes,
        direct=page,
        response_model=UnresolvedOrganizationPage,
        problems=(kernel_problems.CursorMismatch,),
        openapi_extra={"parameters": listing.parameters()},
        summary="List records that name an organization which is gone",
    )(list_unresolved)
    return router
