"""What an activity is: its table, how it is shown and listed, and what stands in its columns."""

from __future__ import annotations

from typing import Annotated, Any

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.feed.organizations import meet, organization
from kernel.problems import Invalid
from kernel.records import Resource, table_of
from kernel.records.attributions import attribution_filter
from kernel.records.crud import batch_of, listing_of, merge_patch_model, representation
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter, id_filter, name_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.storage.files import check_files
from kernel.values.common_lists import BATCH_MODES
from kernel.values.text import name_folded
from kernel.web.calls import Call
from kernel.web.schemas import code
from services.reporting import code_lists as codes
from services.reporting import models
from services.reporting.activities.schemas import Activity, ActivityCreate
from services.reporting.indicators import INDICATORS
from services.reporting.names import ORGANIZATION_NAME
from services.reporting.places import placed
from services.reporting.rows import ActivityRow
from services.reporting.scopes import OWN_READ, PREFIX, RecordType

ACTIVITY = Resource(
    name="activity",
    table=table_of(models.Activity),
    path=f"{PREFIX}/activities",
    represent=representation(Activity, parsed=("partners", "costs", "file_ids")),
    embeds=(ORGANIZATION_NAME,),
    row=ActivityRow,
    own_column="organization_id",
)


async def _columns(tx: Transaction, call: Call, body: ActivityCreate, row: ActivityRow | None) -> dict[str, Any]:
    place = placed(body, by=call.caller, row=row)
    if body.organization_id is not None and (row is None or body.organization_id != row["organization_id"]):
        await organization(tx, call, body.organization_id, "/organization_id")
    if field_errors := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*field_errors)
    return {
        **body.model_dump(exclude={"id", "reason", "province"}),
        **place,
        "title_folded": name_folded(body.title),
    }


async def _meet_organizations(call: Call, *bodies: Any) -> None:
    """Have what the registry says of the organizations that bodies (or a patch) name, before the transaction."""
    await meet(call, (getattr(body, "organization_id", None) for body in bodies))


_LISTING = listing_of(
    ACTIVITY,
    Activity,
    (
        name_filter("r.title_folded", "Search in titles without regard to case or marks."),
        code_filter("kind", "r.kind", codes.ACTIVITY_KINDS, "Kind of activity."),
        code_filter("channel", "r.channel", codes.MEDIA_CHANNELS, "Channel of a media item."),
        attribution_filter(),
        code_filter("project_level", "r.project_level", codes.PROJECT_LEVELS, "Level of a science project."),
        id_filter("organization_id", "r.organization_id", "Organization that it was about."),
        flag_filter("is_synthetic", "r.is_synthetic", "Invented records only, or none."),
        *PROVINCE_FILTERS,
        *day_range("happened_on", "r.happened_on", "Day it counts on"),
    ),
    sorts={"happened_on": SortKey("r.happened_on", "date"), "title": SortKey("r.title_folded")},
    facets=("kind", "channel", "attribution"),
    sums={
        "budget_vnd": "r.budget_vnd",
        "costs_vnd": "(SELECT sum((each ->> 'amount_vnd')::bigint) FROM jsonb_array_elements(r.costs) each)",
    },
    counts=INDICATORS,
)

ACTIVITY_TYPE = RecordType(
    resource=ACTIVITY,
    plural="activities",
    output=Activity,
    create=ActivityCreate,
    change=merge_patch_model(ActivityCreate),
    batch=batch_of(
        ActivityCreate,
        name="ActivityBatch",
        mode=Annotated[str, code(BATCH_MODES)],
        doc="Up to 500 activities. `atomic`: all or none; `each`: every item for itself (207).",
    ),
    listing=_LISTING,
    columns=_columns,
    refusals=(kernel_problems.OrganizationUnknownYet,),
    before=_meet_organizations,
    removable=True,
    read_scopes=OWN_READ,
)
