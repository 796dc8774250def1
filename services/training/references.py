"""Which records of training and trade promotion name organizations of the registry."""

from __future__ import annotations

from typing import Any

from kernel.feed.references import Reference
from services.training.classes.attendances.records import ATTENDANCE, CHECK_IN
from services.training.classes.certificates.records import CERTIFICATE
from services.training.classes.invitations.records import INVITATION
from services.training.classes.registrations.records import REGISTRATION
from services.training.classes.trainees.columns import person_key
from services.training.classes.trainees.records import TRAINEE_KEPT
from services.training.rows import TraineeRow
from services.training.trade.market_links.records import MARKET_LINK
from services.training.trade.participations.records import PARTICIPATION


def _found_by(trainee: TraineeRow, organization_id: str) -> dict[str, Any]:
    """Return by what a person is found again as one of another organization."""
    if trainee["person_key"] is None or trainee["name_folded"] is None:
        return {}
    key = person_key(trainee["name_folded"], trainee["birth_year"], organization_id, trainee["organization_name"])
    return {"person_key": key}


REFERENCES = (
    Reference(INVITATION),
    Reference(TRAINEE_KEPT, follows=_found_by),
    Reference(REGISTRATION),
    # A check-in has the organization of its entry in the attendance list, and goes with it.
    Reference(ATTENDANCE, parts=(CHECK_IN, "attendance_id")),
    Reference(CERTIFICATE),
    Reference(PARTICIPATION),
    Reference(MARKET_LINK),
)
