"""Which records of training and trade promotion name organizations of the registry."""

from __future__ import annotations

from kernel.feed.references import Reference
from services.training.classes.attendances.records import ATTENDANCE
from services.training.classes.certificates.records import CERTIFICATE
from services.training.classes.invitations.records import INVITATION
from services.training.classes.registrations.records import REGISTRATION
from services.training.classes.trainees.records import TRAINEE
from services.training.trade.market_links.records import MARKET_LINK
from services.training.trade.participations.records import PARTICIPATION

REFERENCES = (
    Reference(INVITATION),
    Reference(TRAINEE),
    Reference(REGISTRATION),
    Reference(ATTENDANCE),
    Reference(CERTIFICATE),
    Reference(PARTICIPATION),
    Reference(MARKET_LINK),
)
"""A check-in has the organization of its entry in the attendance list, and goes with it."""
