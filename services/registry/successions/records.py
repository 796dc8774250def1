"""What a succession is: its table, how it is shown with the names of both sides, and listed."""

from __future__ import annotations

from typing import Any

import orjson

from kernel.database.connections import Transaction
from kernel.problems import Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, listing_of, referenced_record, representation, split_by_map
from kernel.records.embedding import Embed
from kernel.records.listing import Filter, SortKey, code_filter, day_range, id_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.storage.files import check_files
from kernel.web.calls import Call
from services.registry import code_lists as codes
from services.registry import models, problems
from services.registry.organizations import service as organizations
from services.registry.organizations.belongings import belonging
from services.registry.organizations.queries import lock_all, place_on
from services.registry.organizations.records import ORGANIZATION
from services.registry.rows import SuccessionRow
from services.registry.scopes import OWN_READ, PREFIX, WRITE
from services.registry.successions.schemas import Succession, SuccessionCreate

SIDES = ("predecessors", "successors")


class _NamedParties(Embed):
    """The organizations of one side, each with its name beside its id, in the order in which they were given."""

    @property
    def label(self) -> str:
        """What the column is called that holds the side with its names."""
        return f"{self.field}_named"

    def column(self, of: str, *, by: str | None = None) -> str:
        """Return the column that reads the side with the names of now."""
        side = by or f"{of}.{self.by}"
        return (
            "(SELECT json_agg(json_build_object('organization_id', party ->> 'organization_id', 'organization', "  # noqa: S608  names are constants of the code
            "(SELECT row_to_json(named) FROM (SELECT o.id, o.name, o.type FROM organization o "
            "WHERE o.id = (party ->> 'organization_id')::uuid) named), 'share_percent', party ->> 'share_percent') "
            f'ORDER BY at) FROM jsonb_array_elements({side}) WITH ORDINALITY parties(party, at)) AS "{self.label}"'
        )


SUCCESSION = belonging(
    Resource(
        "succession",
        table_of(models.Succession),
        f"{PREFIX}/successions",
        representation(Succession, parsed=(*SIDES, "file_ids")),
        own_column="organization_ids",
        embeds=tuple(
            _NamedParties(field=side, by=side, table="organization", shown=("id", "name", "type"), type="jsonb")
            for side in SIDES
        ),
        row=SuccessionRow,
    ),
    named="organization_ids @> ARRAY[$1::uuid::text]",
)


async def _columns(tx: Transaction, call: Call, body: SuccessionCreate, row: SuccessionRow | None) -> dict[str, Any]:
    """Return the columns of a new succession, its organizations locked. Raises Invalid, OrganizationMerged."""
    named = {f"/{side}/{at}/organization_id": each for side in SIDES for at, each in enumerate(getattr(body, side))}
    ids = sorted({party.organization_id for party in named.values()})
    # In id order, as everywhere: none of them is deleted or merged before the succession stands.
    await lock_all(tx, ids, alliance=call.caller.alliance)
    rows = {}
    for pointer, party in named.items():
        rows[party.organization_id] = await referenced_record(tx, call, ORGANIZATION, party.organization_id, pointer)
        organizations.refuse_merged(rows[party.organization_id])
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    first = rows[body.predecessors[0].organization_id]
    place = await place_on(tx, first["id"], body.effective_on)
    values = body.model_dump(exclude={"id", "reason"})
    return {**values, **place, "organization_id": first["id"], "alliance": first["alliance"], "organization_ids": ids}


def with_another(row: SuccessionRow, before: str, after: str) -> dict[str, Any]:
    """Return the columns of a succession that names the organization `after` where it named `before`."""

    def other(id_: str) -> str:
        return after if id_ == before else id_

    sides: dict[str, Any] = {}
    for side, parties in (("predecessors", row["predecessors"]), ("successors", row["successors"])):
        sides[side] = [{**party, "organization_id": other(party["organization_id"])} for party in orjson.loads(parties)]
    ids = sorted(map(other, row["organization_ids"]))
    return {**sides, "organization_id": other(row["organization_id"]), "organization_ids": ids}


SUCCESSION_TYPE = RecordType(
    resource=SUCCESSION,
    plural="successions",
    output=Succession,
    create=SuccessionCreate,
    listing=listing_of(
        SUCCESSION,
        Succession,
        (
            Filter(
                "organization_id",
                "r.organization_ids && {0}::text[]",
                "Organization, on either side.",
                id_filter("organization_id", "", "").read,
                {"type": "string", "format": "uuid"},
                repeated=True,
            ),
            code_filter("kind", "r.kind", codes.SUCCESSION_KINDS, "Division, separation, consolidation or merger."),
            *day_range("effective_on", "r.effective_on", "Day it took effect"),
            *PROVINCE_FILTERS,
        ),
        sorts={"effective_on": SortKey("r.effective_on", "date")},
        facets=("kind",),
        check=split_by_map,
    ),
    columns=_columns,
    removable=True,
    refusals=(problems.OrganizationMerged,),
    read_scopes=OWN_READ,
    write_scopes=WRITE,
)
