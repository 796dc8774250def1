"""What accounts and clients show of a change of rights that waits for a second person."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.confirmations import ConfirmationDetail
from kernel.values.common_lists import CONFIRMATION_STATES
from kernel.web.schemas import Output, listed

NOTHING_WAITS: dict[str, Any] = {"confirmation_state": None, "confirmation": None, "pending_area": None}
"""As examples show it."""


class PendingRights(Output):
    """Fields of an account or client, which counts as it stands whatever waits."""

    confirmation_state: Annotated[str | None, Label("Trạng thái xác nhận")] = Field(
        json_schema_extra=listed(CONFIRMATION_STATES),
        description="Of the last change of rights that needed a second person; null: there was none",
    )
    confirmation: ConfirmationDetail | None
    pending_area: str | None = Field(description="Area that it moves to once the change is confirmed")
