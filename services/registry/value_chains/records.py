"""What a value chain is: its table, how it is shown and listed, and what names an organization in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kernel import problems as kernel_problems
from kernel.records import Resource, table_of
from kernel.records.attributions import attribution_filter
from kernel.records.crud import RecordType, batch_of, listing_of, merge_patch_model, representation, split_by_map
from kernel.records.listing import SortKey, day_filter, day_range, id_filter, name_filter
from kernel.records.organization_names import organization_name, organization_names
from kernel.records.province_filters import PROVINCE_FILTERS
from services.registry import models, problems
from services.registry.organizations.belongings import belonging, naming
from services.registry.rows import ValueChainRow
from services.registry.scopes import OWN_READ, PREFIX, WRITE
from services.registry.value_chains.schemas import ValueChain, ValueChainCreate
from services.registry.value_chains.service import columns, derive_links, lock_organizations

VALUE_CHAIN = belonging(
    Resource(
        name="value_chain",
        table=table_of(models.ValueChain),
        path=f"{PREFIX}/value-chains",
        represent=representation(ValueChain, parsed=("links", "partners", "file_ids")),
        embeds=(
            organization_name("organization", field="lead_organization", by="lead_organization_id"),
            organization_names("organization", within="links"),
        ),
        row=ValueChainRow,
        own_column="organization_ids",
    ),
    column="lead_organization_id",
)
naming(
    VALUE_CHAIN,
    "links.organization_id",
    condition="id IN (SELECT value_chain_id FROM value_chain_link WHERE organization_id = $1::uuid)",
)

VALUE_CHAIN_TYPE = RecordType(
    resource=VALUE_CHAIN,
    plural="value-chains",
    output=ValueChain,
    create=ValueChainCreate,
    change=merge_patch_model(ValueChainCreate),
    batch=batch_of(
        ValueChainCreate,
        name="ValueChainBatch",
        mode=Literal["atomic", "each"],
        doc="Up to 500 items. `atomic`: all or none; `each`: every item for itself (207).",
    ),
    listing=listing_of(
        VALUE_CHAIN,
        ValueChain,
        (
            name_filter("r.name_folded"),
            replace(
                id_filter("organization_id", "", "Chains that the organization leads, or that have it as a link."),
                sql="r.organization_ids && {0}::uuid[]",
            ),
            id_filter("lead_organization_id", "r.lead_organization_id", "Organization that leads."),
            attribution_filter(),
            day_filter(
                "as_of",
                "(r.started_on <= {0}::date AND (r.ended_on IS NULL OR r.ended_on >= {0}::date))",
                "Chains that ran on that day",
            ),
            *PROVINCE_FILTERS,
            *day_range("started_on", "r.started_on", "First day of the chain"),
            *day_range("ended_on", "r.ended_on", "Last day of the chain"),
        ),
        sorts={"name": SortKey("r.name_folded"), "started_on": SortKey("r.started_on", "date")},
        facets=("attribution",),
        check=split_by_map,
    ),
    columns=columns,
    hold=lock_organizations,
    derive=derive_links,
    removable=True,
    refusals=(problems.OrganizationMerged, kernel_problems.AlreadyErased),
    change_refusals=(problems.OrganizationMerged,),
    read_scopes=OWN_READ,
    write_scopes=WRITE,
    about={"create": "Enter a value chain with its links. The same `id` and content again answers 200."},
)
