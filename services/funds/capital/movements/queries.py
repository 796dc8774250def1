"""Statements on capital movements."""

from __future__ import annotations

from kernel.database.statements import always

# What came in of a source less what went out: the least that it is from the day $4 on. By ix_capital_movement_fund_id.
LEAST_HELD = always(
    int,
    """
    WITH moved AS (
        SELECT moved_on, sum(CASE direction WHEN 'in' THEN amount_vnd ELSE -amount_vnd END) AS net FROM capital_movement
         WHERE fund_id = $1::uuid AND kind = $2 AND stage = $3 GROUP BY moved_on),
    held AS (SELECT moved_on, sum(net) OVER (ORDER BY moved_on) AS vnd FROM moved)
    SELECT least(coalesce((SELECT vnd FROM held WHERE moved_on <= $4 ORDER BY moved_on DESC LIMIT 1), 0),
                 (SELECT min(vnd) FROM held WHERE moved_on > $4))::bigint""",
)
