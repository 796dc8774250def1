"""How a participation's row is shown."""

from __future__ import annotations

from kernel.kinds import shown
from kernel.records import Resource, table_of
from services.training import trade_models
from services.training.participations.schemas import Participation

PARTICIPATION = Resource(
    "participation", table_of(trade_models.Participation), "/v1/training/participations",
    shown(Participation, parsed=("products", "file_ids")), own_column="organization_id",
)  # fmt: skip
