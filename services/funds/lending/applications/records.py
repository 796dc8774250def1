"""How an application's row is shown, and what may be done with it next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.records.records import Resource, table_of
from services.funds import models, problems, rows
from services.funds.lending.applications.schemas import LoanApplication, LoanProject

ALLOWED_IN: Mapping[str, tuple[str, ...]] = {
    "change": ("submitted", "under_appraisal"),
    "appraise": ("submitted", "under_appraisal"),
    "approve": ("under_appraisal",),
    "reject": ("submitted", "under_appraisal"),
    "withdraw": ("submitted", "under_appraisal", "approved"),
    "contract": ("approved",),
}
"""Step → states that it may be taken in (Decree 45/2021/NĐ-CP, Art. 31(2); the names of the states are ours)."""

_PARSED = ("documents", "appraisal", "approval", "rejection", "withdrawal")


def require(row: Mapping[str, Any], action: str) -> None:
    """Raise StateForbids unless `action` may be taken in the application's state."""
    if row["state"] not in ALLOWED_IN[action]:
        raise problems.StateForbids(state=row["state"], action=action, allowed_in=list(ALLOWED_IN[action]))


def allowed_actions(state: str) -> list[dict[str, Any]]:
    """Return every step, whether the state allows it, and what stands in the way. Who asks is judged when it is taken."""
    return [
        {
            "action": action,
            "allowed": state in states,
            "problem": None if state in states else problems.StateForbids.type_path(),
        }
        for action, states in ALLOWED_IN.items()
    ]


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of an application's row; jsonb passes through unparsed."""
    made: dict[str, Any] = {
        "project": {name: row[name] for name in LoanProject.model_fields},
        "allowed_actions": allowed_actions(row["state"]),
    }
    for name in _PARSED:
        made[name] = None if row[name] is None else orjson.Fragment(row[name])
    return {name: made[name] if name in made else row[name] for name in LoanApplication.model_fields}


def own_view(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out the limit of related borrowers: what it counts as used is what others of a group have borrowed."""
    approval = document["approval"]
    if approval is None:
        return document
    limits = [each for each in approval["limits"] if each["check"] != "related_borrowers_limit"]
    return {**document, "approval": {**approval, "limits": limits}}


LOAN_APPLICATION = Resource(
    "loan_application",
    table_of(models.LoanApplication),
    "/v1/funds/loan-applications",
    represent,
    "no-store",
    own_column="organization_id",
    own_view=own_view,
    row=rows.LoanApplicationRow,
)
