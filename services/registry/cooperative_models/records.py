"""The type of recognitions as a model: a fact of an organization.

It makes /v1/registry/models with /batch, /models/{cooperative_model_id} with /history, and /organizations/{organization_id}/models.
"""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.database.statements import scalar
from kernel.records.attributions import attribution_filter, check_partners
from kernel.records.listing import code_filter, day_filter, day_range, flag_filter
from services.registry import code_lists as codes
from services.registry import models, problems, rows
from services.registry.cooperative_models import schemas
from services.registry.facts.columns import shown
from services.registry.facts.records import fact_resource, fact_type, in_order
from services.registry.facts.service import FactRules

_represent = shown(
    "kind",
    "recognized_on",
    "valid_until",
    "decision_number",
    "issuing_authority",
    "criteria",
    "attribution",
    parsed=("partners",),
)

# By uq_cooperative_model_once.
_SAME = scalar(
    str,
    "SELECT id FROM cooperative_model WHERE organization_id = $1::uuid AND kind = $2 AND recognized_on = $3",
)


async def _recognized_before(tx: Transaction, values: dict[str, Any]) -> Exception:
    """Return what a second recognition of one kind and day is refused with."""
    named = {name: values[name] for name in ("organization_id", "kind", "recognized_on")}
    model_id = await tx.fetchval(_SAME, *named.values())
    return problems.ModelExists(
        model_id=model_id, kind=values["kind"], recognized_on=values["recognized_on"].isoformat()
    )


COOPERATIVE_MODEL = fact_type(
    FactRules(
        resource=fact_resource(models.CooperativeModel, rows.CooperativeModelRow, "models", _represent),
        day="recognized_on",
        checks={"valid_until": in_order("recognized_on", "valid_until"), "partners": check_partners},
    ),
    plural="models",
    many="cooperative_models",
    create=schemas.CooperativeModelCreate,
    change=schemas.CooperativeModelChange,
    output=schemas.CooperativeModel,
    filters=(
        code_filter("kind", "r.kind", codes.MODEL_KINDS, "Kind of model."),
        attribution_filter(),
        flag_filter(
            "is_valid",
            "(coalesce(r.valid_until, 'infinity') >= (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)",
            "Recognitions that hold today, or that have run out.",
        ),
        day_filter(
            "as_of",
            "(r.recognized_on <= {0}::date AND (r.valid_until IS NULL OR r.valid_until >= {0}::date))",
            "Recognitions that held on that day",
        ),
        *day_range("recognized_on", "r.recognized_on", "Day of recognition"),
        *day_range("valid_until", "r.valid_until", "Last day of validity"),
    ),
    facets={"kind": "r.kind", "attribution": "r.attribution"},
    refusals=(problems.ModelExists,),
    unique={"uq_cooperative_model_once": _recognized_before},
)
