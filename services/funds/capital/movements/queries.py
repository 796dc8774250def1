"""Statements on capital movements."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import col

from kernel.database.statements import always, param, scalar
from kernel.records.confirmations import PENDING
from services.funds.models import CapitalMovement

# What came in of a source less what went out: the least that it is from the day $4 on. By ix_capital_movement_fund_id.
LEAST_HELD = always(
    int,
    """
    WITH moved AS (
        SELECT moved_on, sum(CASE direction WHEN 'in' THEN amount_vnd ELSE -amount_vnd END) AS net FROM capital_movement
         WHERE fund_id = $1::uuid AND kind = $2 AND stage = $3 AND coalesce(confirmation_state, 'confirmed') = 'confirmed' GROUP BY moved_on),
    held AS (SELECT moved_on, sum(net) OVER (ORDER BY moved_on) AS vnd FROM moved)
    SELECT least(coalesce((SELECT vnd FROM held WHERE moved_on <= $4 ORDER BY moved_on DESC LIMIT 1), 0),
                 (SELECT min(vnd) FROM held WHERE moved_on > $4))::bigint""",
)

# By uq_capital_movement_reverses_id.
PENDING_REVERSAL = scalar(
    str,
    select(col(CapitalMovement.id)).where(
        col(CapitalMovement.reverses_id) == param(1), col(CapitalMovement.confirmation_state) == PENDING
    ),
)
