"""What a member team is: its table, how it is shown and listed, and what stands in its columns."""

from __future__ import annotations

from typing import Literal

from kernel import problems as kernel_problems
from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, batch_of, listing_of, merge_patch_model, representation
from kernel.records.embedding import Embed
from kernel.records.listing import SortKey, day_range, flag_filter, id_filter, name_filter, text_filter
from kernel.records.organization_names import organization_name
from kernel.records.province_filters import PROVINCE_FILTERS
from services.registry import models
from services.registry.indicators import INDICATORS
from services.registry.member_teams import service
from services.registry.member_teams.schemas import MemberTeam, MemberTeamCreate, MemberTeamWritten
from services.registry.organizations.belongings import naming
from services.registry.rows import MemberTeamRow
from services.registry.scopes import OWN_READ, PREFIX, WRITE

_LISTS = ("commune_codes", "organization_ids", "consolidations", "file_ids")

MEMBER_TEAM = naming(
    Resource(
        "member_team",
        table_of(models.MemberTeam),
        f"{PREFIX}/member-teams",
        representation(MemberTeam, parsed=_LISTS),
        own_column="organization_ids",
        embeds=(
            organization_name("organization", field="leader_organization", by="leader_organization_id"),
            Embed(
                field="organizations",
                by="organization_ids",
                table="organization",
                shown=("id", "name", "type"),
                type="jsonb",
                several=True,
            ),
        ),
        row=MemberTeamRow,
    ),
    "organization_ids",
    # By ix_member_team_member_organization_id.
    tables="member_team_member",
    condition="organization_id = $1::uuid",
)

# By ix_member_team_member_organization_id.
_OF_ORGANIZATION = "r.id IN (SELECT m.team_id FROM member_team_member m WHERE m.organization_id = ANY({0}::uuid[]))"

MEMBER_TEAM_TYPE = RecordType(
    resource=MEMBER_TEAM,
    plural="member-teams",
    output=MemberTeam,
    create=MemberTeamCreate,
    change=merge_patch_model(MemberTeamCreate),
    batch=batch_of(
        MemberTeamCreate,
        name="MemberTeamBatch",
        mode=Literal["atomic", "each"],
        doc="Up to 500 items. `atomic`: all or none; `each`: every item for itself (207).",
    ),
    listing=listing_of(
        MEMBER_TEAM,
        MemberTeam,
        (
            name_filter("r.name_folded"),
            service.with_sql(id_filter("organization_id", "", "Teams that this organization is in."), _OF_ORGANIZATION),
            text_filter("district_name", "r.district_name", "District, as its full name is."),
            flag_filter("is_active", "(r.ended_on IS NULL)", "Teams that go on, or that ended."),
            *day_range("founded_on", "r.founded_on", "Day of founding"),
            *PROVINCE_FILTERS,
        ),
        sorts={"name": SortKey("r.name_folded")},
        facets={"district_name": "r.district_name"},
        counts=INDICATORS,
    ),
    columns=service.columns,
    refusals=(kernel_problems.AlreadyErased,),
    change_refusals=(),
    derive=service.write_links,
    hold=service.hold_organizations,
    warnings=service.warnings,
    written=MemberTeamWritten,
    removable=True,
    read_scopes=OWN_READ,
    write_scopes=WRITE,
    about={
        "list": "Page through the teams of the caller's area; an organization's own user sees those that it is in.",
        "create": "Enter a team of the alliance's members. An organization that is no member on that day is taken and told of in "
        "`warnings` (`not_a_member`).",
    },
)
