"""How a participation's row is shown."""

from __future__ import annotations

from kernel.records.crud import representation
from kernel.records.records import Resource, table_of
from services.training import models, rows
from services.training.trade.participations.schemas import Participation

PARTICIPATION = Resource(
    "participation",
    table_of(models.Participation),
    "/v1/training/participations",
    representation(Participation, parsed=("products", "file_ids")),
    own_column="organization_id",
    row=rows.ParticipationRow,
)
