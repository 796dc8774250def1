"""The training service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from kernel.app import build_app
from kernel.audit.routes import audit_router
from kernel.database.connections import Database
from kernel.feed.change_routes import changes_router
from kernel.feed.changes import feed_ready
from kernel.feed.exports import export_kind, exports_router, show_result
from kernel.feed.following import following, following_ready
from kernel.feed.history_routes import history_router
from kernel.feed.jobs import jobs_router, worker
from kernel.feed.organizations import ORGANIZATIONS
from kernel.feed.references import references_router
from kernel.feed.registry_client import registry_feed, with_registry
from kernel.feed.repointing import repointing
from kernel.feed.revocations import following_revocations
from kernel.feed.subjects import following_subjects
from kernel.indicators.routes import indicators_router
from kernel.records.code_lists import code_lists_router
from kernel.records.coverages import data_until
from kernel.runtime.settings import ServiceSettings
from kernel.storage.cleaner import cleaner
from kernel.storage.file_routes import files_router
from kernel.storage.files import Naming
from kernel.storage.signing import signing
from kernel.web.public_keys import following_keys
from migrations.run import head, stands_at
from services.training import code_lists
from services.training.classes.attendances.records import ATTENDANCE, CHECK_IN
from services.training.classes.attendances.routes import check_ins
from services.training.classes.attendances.routes import router as attendances
from services.training.classes.certificates.records import CERTIFICATE
from services.training.classes.certificates.routes import router as certificates
from services.training.classes.certificates.routes import verification
from services.training.classes.class_reading.routes import router as class_reading
from services.training.classes.confirmations.routes import router as confirmations
from services.training.classes.imports.routes import router as imports
from services.training.classes.invitations.records import INVITATION
from services.training.classes.invitations.routes import router as invitations
from services.training.classes.personal_data.routes import router as personal_data
from services.training.classes.programs.records import PROGRAM
from services.training.classes.programs.routes import router as programs
from services.training.classes.registrations.records import REGISTRATION
from services.training.classes.registrations.routes import router as registrations
from services.training.classes.rolls.routes import router as rolls
from services.training.classes.sensitive_counts.routes import router as sensitive_counts
from services.training.classes.sessions.records import SESSION
from services.training.classes.sessions.routes import router as sessions
from services.training.classes.sheets.routes import router as sheets
from services.training.classes.signed_lists.routes import router as signed_lists
from services.training.classes.trainees.records import TRAINEE
from services.training.classes.trainees.routes import router as trainees
from services.training.classes.training_classes.records import CLASS
from services.training.classes.training_classes.routes import class_endings, open_classes
from services.training.classes.training_classes.routes import router as classes
from services.training.classes.training_records.routes import router as organizations
from services.training.coverages import COVERAGE
from services.training.coverages import router as coverages
from services.training.indicators import INDICATORS
from services.training.references import REFERENCES
from services.training.scopes import OWN_READ, READ, SERVICE, WRITE
from services.training.sealing import with_sealer
from services.training.tags import TAGS
from services.training.trade.imports.routes import router as participation_imports
from services.training.trade.market_links.records import MARKET_LINK
from services.training.trade.market_links.routes import router as market_links
from services.training.trade.participations.records import PARTICIPATION
from services.training.trade.participations.routes import router as participations
from services.training.trade.trade_events.records import TRADE_EVENT
from services.training.trade.trade_events.routes import router as trade_events
from services.training.trade.trade_records.routes import router as trade_records

DESCRIPTION = """Training and trade promotion of an alliance: classes down to the signature list, trade events down to
the booth, and the figures that follow. A lượt is one person at one class, or one organization at one event."""

RESOURCES = (
    PROGRAM,
    CLASS,
    SESSION,
    INVITATION,
    REGISTRATION,
    ATTENDANCE,
    CHECK_IN,
    TRAINEE,
    CERTIFICATE,
    TRADE_EVENT,
    PARTICIPATION,
    MARKET_LINK,
    COVERAGE,
)
"""What the feed tells of and snapshots hold."""

_PHOTOS = ("jsonb_array_elements_text(photo_file_ids)", "photo_file_ids <> '[]'")
_REPORT = ("jsonb_array_elements_text(report -> 'file_ids')", "report IS NOT NULL")
_NAMINGS = (
    Naming("training_class"),
    Naming("training_class", "reported_list_file_id::text", "reported_list_file_id IS NOT NULL"),
    Naming("training_class", *_REPORT),
    Naming("training_certificate", own="organization_id"),
    Naming("trade_event", shared=True),
    Naming("trade_event", *_REPORT, shared=True),
    Naming("trade_event", *_PHOTOS, shared=True),
    Naming("participation", own="organization_id"),
    Naming("market_link", own="organization_id"),
)
"""Which records name files."""

_NEWEST = head(SERVICE)


async def _ready(db: Database) -> dict[str, Any]:
    return {
        "migrations": await stands_at(db, _NEWEST),
        **await feed_ready(db),
        **await following_ready(db),
        "data_until": await data_until(db),
    }


_ROUTERS: Sequence[APIRouter] = (
    # Routes are tried in this order: those called most stand first.
    classes,
    class_reading,
    signed_lists,
    class_endings,
    open_classes,
    attendances,
    check_ins,
    indicators_router(INDICATORS, READ, service=SERVICE),
    registrations,
    trainees,
    personal_data,
    confirmations,
    sensitive_counts,
    invitations,
    sessions,
    certificates,
    verification,
    organizations,
    participations,
    trade_events,
    market_links,
    trade_records,
    participation_imports,
    imports,
    sheets,
    rolls,
    programs,
    coverages,
    audit_router(SERVICE),
    code_lists_router(SERVICE, code_lists.ALL, OWN_READ),
    references_router(SERVICE, REFERENCES, READ),
    changes_router(SERVICE, RESOURCES, READ),
    history_router(SERVICE, RESOURCES, READ),
    exports_router(SERVICE, RESOURCES, READ),
    jobs_router(SERVICE, (*READ, *WRITE), show_result(SERVICE)),
    files_router(SERVICE, OWN_READ, WRITE, _NAMINGS),
)
"""Made once a process, as all routes are: the start of an app only puts them together."""


def create_app(
    settings: ServiceSettings | None = None, *, transport: httpx.AsyncBaseTransport | None = None
) -> FastAPI:
    """Return the ASGI app of training. `transport`: how other services are reached, where that is not the network."""
    return build_app(
        settings or ServiceSettings.for_service(SERVICE),
        service=SERVICE,
        title="Training",
        description=DESCRIPTION,
        tags=TAGS,
        routers=_ROUTERS,
        ready=_ready,
        tasks=[
            with_sealer,
            signing(SERVICE),
            following_keys(transport),
            following_revocations(transport),
            with_registry(transport),
            following(ORGANIZATIONS, registry_feed, after=repointing(REFERENCES)),
            following_subjects(transport),
            worker([export_kind(SERVICE, RESOURCES, code_lists.ALL)]),
            cleaner(_NAMINGS),
        ],
    )
