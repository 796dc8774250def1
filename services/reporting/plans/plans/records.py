"""What a plan is: its table, how it is shown and listed, and what stands in its columns."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import Parent, listing_of, merge_patch_model, outside_area, owner, representation, split_by_map
from kernel.records.listing import SortKey, code_filter, day_filter, day_range, flag_filter, name_filter, text_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.storage.files import check_files
from kernel.values.text import name_folded
from kernel.web.auth import NATION
from kernel.web.calls import Call
from services.reporting import code_lists as codes
from services.reporting import models, problems
from services.reporting.plans.areas import columns_of_area, owner_of_area
from services.reporting.plans.plans import queries
from services.reporting.plans.plans.schemas import Plan, PlanCreate
from services.reporting.plans.reading import IN_PREPARATION, readable
from services.reporting.rows import PlanRow
from services.reporting.scopes import PREFIX, RecordType

PLAN = Resource(
    name="plan",
    table=table_of(models.Plan),
    path=f"{PREFIX}/plans",
    represent=representation(Plan, parsed=("file_ids",)),
    row=PlanRow,
    shared=IN_PREPARATION,
)
NOT_SUBMITTED = {"submitted_at": None, "submitted_by": None, "submitted_by_name": None}
_NEW: dict[str, Any] = {"state": "draft", "version_number": 0, "adjustment_reason": None, **NOT_SUBMITTED}


def require_editable(plan: PlanRow) -> None:
    """Raise PlanNotEditable for a plan that is approved: what it says is changed by an adjustment alone."""
    if plan["state"] == "approved":
        raise problems.PlanNotEditable(state=plan["state"], version_number=plan["version_number"], plan_id=plan["id"])


def state_of_new(plan: PlanRow) -> dict[str, bool]:
    """Return the column of a new record of a plan that is not approved: what the nation adds to its own is in preparation."""
    return {IN_PREPARATION: plan["alliance"] == NATION}


async def _columns(tx: Transaction, call: Call, body: PlanCreate, row: PlanRow | None) -> dict[str, Any]:
    if row is not None:
        require_editable(row)
    area = body.province or (row["province"] if row is not None else owner(call, None))
    alliance = owner_of_area(area)
    if not call.caller.holds(alliance) or (row is not None and row["alliance"] != alliance):
        raise outside_area("/province")
    if field_errors := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*field_errors)
    if row is not None:
        await _check_measures(tx, body, row, area)
    return {**columns_of(body, area), **({} if row is not None else {**_NEW, IN_PREPARATION: alliance == NATION})}


def columns_of(body: PlanCreate, area: str) -> dict[str, Any]:
    """Return the columns of what a plan of `area` says."""
    return {
        **body.model_dump(exclude={"id", "reason"}),
        "province": area,
        **columns_of_area(area),
        "title_folded": name_folded(body.title),
        "alliance": owner_of_area(area),
    }


async def _check_measures(tx: Transaction, body: PlanCreate, row: PlanRow, area: str) -> None:
    """Raise Invalid where the plan would no longer hold its measures; it is locked, and so are new ones of it."""
    if await tx.fetchval(queries.LEAVES_MEASURES_OUT, row["id"], body.starts_on, body.ends_on):
        words = (
            "Có chỉ tiêu nằm ngoài kỳ này; hãy sửa kỳ của chỉ tiêu trước.",
            "Measures lie outside these days; correct theirs first.",
        )
        raise Invalid(FieldError("leaves_measures_out", words, pointer="/ends_on"))
    if area != row["province"] and await tx.fetchval(queries.HAS_MEASURES, row["id"]):
        words = (
            "Kế hoạch đã có chỉ tiêu của nơi cũ; hãy xóa chúng trước khi đổi tỉnh.",
            "The plan has measures of the area before; delete them before it is moved.",
        )
        raise Invalid(FieldError("leaves_measures_out", words, pointer="/province"))


PLAN_TYPE = RecordType(
    resource=PLAN,
    plural="plans",
    output=Plan,
    create=PlanCreate,
    change=merge_patch_model(PlanCreate),
    listing=listing_of(
        PLAN,
        Plan,
        (
            name_filter("r.title_folded", "Search in titles without regard to case or marks."),
            code_filter("kind", "r.kind", codes.PLAN_KINDS, "Kind of plan."),
            code_filter("state", "r.state", codes.PLAN_STATES, "State."),
            text_filter("document_number", "r.document_number", "Number of the document, exactly."),
            day_filter("as_of", "({0}::date BETWEEN r.starts_on AND r.ends_on)", "Plans whose days hold that day"),
            flag_filter("is_synthetic", "r.is_synthetic", "Invented records only, or none."),
            *PROVINCE_FILTERS,
            *day_range("starts_on", "r.starts_on", "First day"),
            *day_range("ends_on", "r.ends_on", "Last day"),
        ),
        sorts={"starts_on": SortKey("r.starts_on", "date"), "title": SortKey("r.title_folded")},
        facets=("kind", "state"),
        check=split_by_map,
    ),
    columns=_columns,
    refusals=(problems.PlanNotEditable,),
    removable=True,
    removal_refusals=(problems.PlanInUse,),
    holders=dict.fromkeys(("fk_task_plan_id", "fk_measure_plan_id", "fk_approved_plan_plan_id"), problems.PlanInUse),
    guard=readable(PLAN, "plan_id"),
)
UNDER_PLAN = Parent(PLAN, "plans", "plan_id", in_body=True, locked=True, guard=readable(PLAN, "plan_id"))
"""What is written of a plan locks it first: it is not approved at the same time."""
