"""Sensitive attributes of a person (Law 91/2025/QH15): written, recorded that they were, and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from sqlmodel import select

from kernel.database.connections import Transaction
from kernel.database.statements import command, param, statement
from kernel.web.auth import Caller
from services.training import models
from services.training.classes.trainees.audit import audited

SENSITIVE = ("ethnic_group", "has_disability", "is_poor_household")

# What is said replaces what was kept, null as well; an attribute that $6 does not name stays as it is. By the primary key.
_KEEP = command("""
    INSERT INTO trainee_sensitive AS s (trainee_id, alliance, ethnic_group, has_disability, is_poor_household)
    VALUES ($1::uuid, $2, $3, $4, $5) ON CONFLICT (trainee_id) DO UPDATE
       SET ethnic_group = CASE WHEN 'ethnic_group' = ANY($6::text[]) THEN excluded.ethnic_group ELSE s.ethnic_group END,
           has_disability = CASE WHEN 'has_disability' = ANY($6::text[]) THEN excluded.has_disability ELSE s.has_disability END,
           is_poor_household = CASE WHEN 'is_poor_household' = ANY($6::text[]) THEN excluded.is_poor_household
                                    ELSE s.is_poor_household END""")
FORGET_SENSITIVE = command("DELETE FROM trainee_sensitive WHERE trainee_id = $1::uuid")


class SensitiveAttributes(TypedDict):
    """What was said of a person's sensitive attributes."""

    ethnic_group: str | None
    has_disability: bool | None
    is_poor_household: bool | None


SENSITIVE_ATTRIBUTES = statement(
    SensitiveAttributes,
    select(
        models.TraineeSensitive.ethnic_group,
        models.TraineeSensitive.has_disability,
        models.TraineeSensitive.is_poor_household,
    ).where(models.TraineeSensitive.trainee_id == param(1)),
)


async def keep_sensitive(
    tx: Transaction, trainee_id: str, attributes: Mapping[str, Any], *, alliance: str, by: Caller, request_id: str
) -> None:
    """Keep what is said of a person's sensitive attributes; what is not said stays. Which ones were said is recorded."""
    if not attributes:
        return
    values = [attributes.get(name) for name in SENSITIVE]
    await tx.execute(_KEEP, trainee_id, alliance, *values, list(attributes))
    await audited(
        tx,
        "trainee.sensitive_changed",
        of=trainee_id,
        alliance=alliance,
        by=by,
        request_id=request_id,
        detail={"attributes": sorted(attributes)},
    )
