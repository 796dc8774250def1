"""What a measure is: its table, how it is shown and listed, and what stands in its columns."""

from __future__ import annotations

from typing import Annotated, Any

from kernel.database.connections import Transaction
from kernel.database.statements import always, scalar
from kernel.problems import FieldError, Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import batch_of, listing_of, merge_patch_model, representation
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter, id_filter, text_filter
from kernel.values.common_lists import BATCH_MODES, FIGURE_SCOPES
from kernel.web.calls import Call
from kernel.web.schemas import code
from services.reporting import code_lists as codes
from services.reporting import models, problems
from services.reporting.plans.measures.checks import faults_of, placed
from services.reporting.plans.measures.schemas import Measure, MeasureCreate
from services.reporting.plans.plans.records import UNDER_PLAN, require_editable, state_of_new
from services.reporting.plans.reading import IN_PREPARATION, readable
from services.reporting.plans.tasks.records import check_removal
from services.reporting.rows import MeasureRow
from services.reporting.scopes import PREFIX, RecordType

MEASURE = Resource(
    name="measure",
    table=table_of(models.Measure),
    path=f"{PREFIX}/measures",
    represent=representation(Measure, parsed=("phases", "assignments")),
    row=MeasureRow,
    shared=IN_PREPARATION,
)
_IS_TASK_OF = always(bool, "SELECT EXISTS (SELECT FROM task WHERE id = $1::uuid AND plan_id = $2::uuid)")
# By uq_measure.
_EXISTING = scalar(
    str,
    """
    SELECT id FROM measure
     WHERE plan_id = $1::uuid AND indicator = $2 AND scope = $3 AND place = $4 AND starts_on = $5::date AND ends_on = $6::date""",
)


async def _columns(tx: Transaction, call: Call, body: MeasureCreate, row: MeasureRow | None) -> dict[str, Any]:
    plan = call.record
    require_editable(plan)
    at = placed(body, plan)
    faults = faults_of(body, plan, at)
    if body.task_id is not None and not await tx.fetchval(_IS_TASK_OF, body.task_id, plan["id"]):
        words = ("Kế hoạch này không có nhiệm vụ đó.", "This plan has no such task.")
        faults.append(FieldError("unknown_task", words, pointer="/task_id"))
    if faults:
        raise Invalid(*faults)
    return {
        **body.model_dump(exclude={"id", "reason"}),
        "phases": body.model_dump(mode="json", include={"phases"})["phases"],
        "province": at.province,
        "place": at.place,
        "starts_on": at.starts_on,
        "ends_on": at.ends_on,
        "plan_id": plan["id"],
        "alliance": plan["alliance"],
        **(state_of_new(plan) if row is None else {}),
    }


async def _exists(tx: Transaction, values: dict[str, Any]) -> Exception:
    names = ("plan_id", "indicator", "scope", "place", "starts_on", "ends_on")
    existing = await tx.fetchval(_EXISTING, *(values[name] for name in names))
    return problems.MeasureExists(indicator=values["indicator"], measure_id=existing)


MEASURE_TYPE = RecordType(
    resource=MEASURE,
    plural="measures",
    output=Measure,
    create=MeasureCreate,
    change=merge_patch_model(MeasureCreate, without=("plan_id",)),
    batch=batch_of(
        MeasureCreate,
        name="MeasureBatch",
        mode=Annotated[str, code(BATCH_MODES)],
        doc="Up to 500 measures. `atomic`: all or none; `each`: every item for itself (207).",
    ),
    listing=listing_of(
        MEASURE,
        Measure,
        (
            id_filter("plan_id", "r.plan_id", "Plan."),
            id_filter("task_id", "r.task_id", "Task."),
            text_filter("indicator", "r.indicator", "Code of the indicator, exactly."),
            code_filter("scope", "r.scope", FIGURE_SCOPES, "Scope."),
            code_filter("phasing", "r.phasing", codes.PHASINGS, "How it is phased."),
            flag_filter("is_synthetic", "r.is_synthetic", "Invented records only, or none."),
            *day_range("starts_on", "r.starts_on", "First day"),
            *day_range("ends_on", "r.ends_on", "Last day"),
        ),
        sorts={"indicator": SortKey("r.indicator"), "ends_on": SortKey("r.ends_on", "date")},
    ),
    columns=_columns,
    under=UNDER_PLAN,
    refusals=(problems.PlanNotEditable, problems.MeasureExists),
    unique={"uq_measure": _exists},
    removable=True,
    check_removal=check_removal,
    removal_refusals=(problems.PlanNotEditable, problems.MeasureHasEstimates),
    holders={"fk_estimate_measure_id": problems.MeasureHasEstimates},
    guard=readable(MEASURE, "measure_id"),
)
