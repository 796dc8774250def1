"""An organization as people name it, beside its id in every service that names one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED, Embed, EmbedInEach
from kernel.web.schemas import Output


class OrganizationName(Output):
    """An organization as people name it, as it is called now."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str
    type: Annotated[str, Label("Loại hình")]


_SHOWN = ("id", "name", "type")
NamedOrganization = Annotated[OrganizationName | None, EMBEDDED]
"""The field of an answer that has an `organization_id`."""


def organization_name(table: str, *, field: str = "organization", by: str = "organization_id") -> Embed:
    """Return what embeds an organization's name. `table`: the registry's own, or what a follower keeps of it.

    A tombstone of one that was never seen has no name.
    """
    return Embed(field=field, by=by, table=table, shown=_SHOWN, known="named.name IS NOT NULL")


def organization_names(table: str, *, within: str) -> EmbedInEach:
    """Return what embeds the name beside each `organization_id` of the list `within`."""
    return EmbedInEach(field="organization", by="organization_id", table=table, shown=_SHOWN, within=within)
