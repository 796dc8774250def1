"""The reporting service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from kernel.app import build_app
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
from services.reporting import code_lists
from services.reporting.activities.records import ACTIVITY
from services.reporting.activities.routes import router as activities
from services.reporting.approvals import router as approvals
from services.reporting.catalogue.routes import router as catalogue
from services.reporting.coverages import COVERAGE
from services.reporting.coverages import router as coverages
from services.reporting.figures.progress_routes import router as progress
from services.reporting.figures.routes import router as figures
from services.reporting.indicators import INDICATORS
from services.reporting.overview.routes import router as overview
from services.reporting.plans.completions.records import TASK_COMPLETION
from services.reporting.plans.completions.routes import router as completions
from services.reporting.plans.estimates.records import ESTIMATE
from services.reporting.plans.estimates.routes import router as estimates
from services.reporting.plans.measures.records import MEASURE
from services.reporting.plans.measures.routes import router as measures
from services.reporting.plans.plans.records import PLAN
from services.reporting.plans.plans.routes import router as plans
from services.reporting.plans.reading import IN_PREPARATION
from services.reporting.plans.tasks.records import TASK
from services.reporting.plans.tasks.routes import router as tasks
from services.reporting.plans.versions.routes import router as plan_versions
from services.reporting.references import REFERENCES
from services.reporting.reported_figures.records import REPORTED_FIGURE
from services.reporting.reported_figures.routes import router as reported_figures
from services.reporting.reports.receipts import REPORT_RECEIPT
from services.reporting.reports.records import REPORT
from services.reporting.reports.routes import routers as reports
from services.reporting.scopes import OWN_READ, READ, SERVICE, WRITE
from services.reporting.tags import TAGS
from services.reporting.upstreams import with_upstreams

DESCRIPTION = """The alliance's other work, one record an item, with the figures that are counted from it; and totals as other
bodies report them, which no record stands behind."""

RESOURCES = (
    ACTIVITY,
    REPORTED_FIGURE,
    COVERAGE,
    PLAN,
    TASK,
    TASK_COMPLETION,
    MEASURE,
    ESTIMATE,
    REPORT,
    REPORT_RECEIPT,
)
"""What the feed tells of and snapshots hold."""

_NAMINGS = (
    Naming("activity", own="organization_id"),
    Naming("reported_figure"),
    Naming("plan", shared=IN_PREPARATION),
    # What a version says stays answerable, its papers with it.
    Naming(
        "(SELECT content -> 'file_ids' AS file_ids, content ->> 'alliance' AS alliance FROM approved_plan) version",
        shared=True,
    ),
    Naming("task_completion", shared=IN_PREPARATION),
    Naming("report"),
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
    activities,
    figures,
    overview,
    indicators_router(INDICATORS, READ, service=SERVICE, definitions=False),
    catalogue,
    reported_figures,
    plans,
    plan_versions,
    progress,
    tasks,
    completions,
    measures,
    estimates,
    *reports,
    approvals,
    coverages,
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
    """Return the ASGI app of reporting. `transport`: how other services are reached, where that is not the network."""
    return build_app(
        settings or ServiceSettings.for_service(SERVICE),
        service=SERVICE,
        title="Reporting",
        description=DESCRIPTION,
        tags=TAGS,
        routers=_ROUTERS,
        ready=_ready,
        tasks=[
            signing(SERVICE),
            following_keys(transport),
            following_revocations(transport),
            with_registry(transport),
            following(ORGANIZATIONS, registry_feed, after=repointing(REFERENCES)),
            following_subjects(transport),
            with_upstreams(transport),
            worker([export_kind(SERVICE, RESOURCES, code_lists.ALL)]),
            cleaner(_NAMINGS),
        ],
    )
