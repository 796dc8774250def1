"""What an estimate is: its table, how it is shown and listed, and what stands in its columns."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.database.statements import always
from kernel.problems import FieldError, Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import Parent, listing_of, merge_patch_model, representation
from kernel.records.listing import SortKey, day_range, id_filter
from kernel.values.common_lists import FIGURE_UNITS, among
from kernel.values.wording import choice
from kernel.web.calls import Call
from services.reporting import models
from services.reporting.plans.estimates.schemas import Estimate, EstimateCreate
from services.reporting.plans.measures.records import MEASURE
from services.reporting.plans.reading import IN_PREPARATION, readable
from services.reporting.plans.units import ratio_between
from services.reporting.rows import EstimateRow
from services.reporting.scopes import PREFIX, RecordType

ESTIMATE = Resource(
    name="estimate",
    table=table_of(models.Estimate),
    path=f"{PREFIX}/estimates",
    represent=representation(Estimate),
    row=EstimateRow,
    shared=IN_PREPARATION,
)
_UNIT_OF = always(str, "SELECT unit FROM measure WHERE id = $1::uuid")


async def _columns(tx: Transaction, call: Call, body: EstimateCreate, row: EstimateRow | None) -> dict[str, Any]:
    measure_id = call.record["id"] if row is None else row["measure_id"]
    of = await tx.fetchval(_UNIT_OF, measure_id)
    unit = body.unit or of
    if ratio_between(unit, of) is None:
        allowed = among(FIGURE_UNITS, [each for each in FIGURE_UNITS if ratio_between(each, of) is not None])
        raise Invalid(FieldError("not_allowed", choice(allowed), pointer="/unit", allowed=tuple(allowed)))
    values = {**body.model_dump(exclude={"id", "reason", "measure_id"}), "unit": unit}
    if row is not None:
        return values
    measure = call.record
    return {
        **values,
        "measure_id": measure_id,
        "plan_id": measure["plan_id"],
        "alliance": measure["alliance"],
        IN_PREPARATION: measure["in_preparation"],
    }


ESTIMATE_TYPE = RecordType(
    resource=ESTIMATE,
    plural="estimates",
    output=Estimate,
    create=EstimateCreate,
    change=merge_patch_model(EstimateCreate, without=("measure_id",)),
    listing=listing_of(
        ESTIMATE,
        Estimate,
        (
            id_filter("plan_id", "r.plan_id", "Plan."),
            id_filter("measure_id", "r.measure_id", "Measure."),
            *day_range("made_on", "r.made_on", "Day it was made"),
        ),
        sorts={"made_on": SortKey("r.made_on", "date")},
    ),
    columns=_columns,
    under=Parent(MEASURE, "measures", "measure_id", in_body=True, locked=True, guard=readable(MEASURE, "measure_id")),
    removable=True,
    guard=readable(ESTIMATE, "estimate_id"),
)
