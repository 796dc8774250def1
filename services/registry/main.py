"""The registry service."""

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
from kernel.feed.following import following_ready
from kernel.feed.history_routes import history_router
from kernel.feed.jobs import jobs_router, worker
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
from services.registry import code_lists
from services.registry.admin_units.routes import router as admin_units
from services.registry.approvals import router as approvals
from services.registry.cooperative_models.records import COOPERATIVE_MODEL
from services.registry.cooperative_models.routes import router as cooperative_models
from services.registry.coverages import COVERAGE
from services.registry.coverages import router as coverages
from services.registry.deduplications.routes import router as deduplications
from services.registry.dissolution_cases.records import DISSOLUTION_CASE
from services.registry.dissolution_cases.routes import router as dissolution_cases
from services.registry.facts.organization_reading import router as organization_reading
from services.registry.facts.records import FACT_TYPES
from services.registry.facts.routes import routers as fact_routers
from services.registry.imports.facts.routes import routers as fact_imports
from services.registry.imports.routes import router as imports
from services.registry.indicators import INDICATORS
from services.registry.inspections.records import INSPECTION
from services.registry.inspections.routes import router as inspections
from services.registry.member_teams.records import MEMBER_TEAM
from services.registry.member_teams.routes import router as member_teams
from services.registry.named_persons.routes import routers as named_persons
from services.registry.officers.resource import OFFICER
from services.registry.officers.routes import router as officers
from services.registry.organizations.dependents import with_dependents
from services.registry.organizations.records import ORGANIZATION
from services.registry.organizations.routes import router as organizations
from services.registry.ratings.records import RATING
from services.registry.ratings.routes import ratings, schemes
from services.registry.scopes import OWN_READ, READ, WRITE
from services.registry.statistics.imports.routes import router as statistic_imports
from services.registry.statistics.records import STATISTIC
from services.registry.statistics.routes import routers as statistics_routers
from services.registry.successions.records import SUCCESSION
from services.registry.successions.routes import router as successions
from services.registry.tags import TAGS
from services.registry.value_chains.records import VALUE_CHAIN
from services.registry.value_chains.routes import router as value_chains

DESCRIPTION = """The registry of an alliance: cooperatives, cooperative groups, unions and enterprises, what happened to
them, and the figures that follow. It is a working copy with membership data; the legal record is the registration
authority's (Law 17/2023/QH15, Art. 110)."""

_FACTS = (
    *(fact_type.resource for fact_type in (*FACT_TYPES, INSPECTION, DISSOLUTION_CASE, COOPERATIVE_MODEL)),
    OFFICER,
    RATING,
    STATISTIC,
)
"""What belongs to an organization, and names files."""

RESOURCES = (ORGANIZATION, *_FACTS, SUCCESSION, VALUE_CHAIN, MEMBER_TEAM, COVERAGE)
"""What the feed tells of and snapshots hold."""

_PHOTOS = ("jsonb_array_elements_text(photo_file_ids)", "photo_file_ids <> '[]'")
_NAMINGS = (
    *(Naming(fact.table.name, own="organization_id") for fact in _FACTS),
    *(Naming(resource.table.name) for resource in (SUCCESSION, MEMBER_TEAM)),
    Naming(VALUE_CHAIN.table.name, own="ANY(organization_ids)"),
    Naming("product", *_PHOTOS, own="organization_id"),
    Naming("organization", *_PHOTOS, own="id"),
)
"""Which records name files."""


_NEWEST = head("registry")


async def _ready(db: Database) -> dict[str, Any]:
    return {
        "migrations": await stands_at(db, _NEWEST),
        **await feed_ready(db),
        **await following_ready(db),
        "data_until": await data_until(db),
    }


_ROUTERS: Sequence[APIRouter] = (
    # Routes are tried in this order: those called most stand first.
    organizations,
    organization_reading,
    indicators_router(INDICATORS, READ),
    *fact_routers,
    *statistics_routers,
    statistic_imports,
    officers,
    ratings,
    schemes,
    successions,
    approvals,
    inspections,
    dissolution_cases,
    member_teams,
    cooperative_models,
    value_chains,
    deduplications,
    *named_persons,
    coverages,
    admin_units,
    imports,
    *fact_imports,
    audit_router("registry"),
    code_lists_router("registry", code_lists.ALL, OWN_READ),
    changes_router("registry", RESOURCES, READ),
    history_router("registry", RESOURCES, READ),
    exports_router("registry", RESOURCES, READ),
    jobs_router("registry", (*READ, *WRITE), show_result("registry")),
    files_router("registry", OWN_READ, WRITE, _NAMINGS),
)
"""Made once a process, as all routes are: the start of an app only puts them together."""


def create_app(
    settings: ServiceSettings | None = None, *, transport: httpx.AsyncBaseTransport | None = None
) -> FastAPI:
    """Return the ASGI app of the registry. `transport`: how other services are reached, where that is not the network."""
    return build_app(
        settings or ServiceSettings.for_service("registry"),
        service="registry",
        title="Registry",
        description=DESCRIPTION,
        tags=TAGS,
        routers=_ROUTERS,
        ready=_ready,
        tasks=[
            signing("registry"),
            following_keys(transport),
            following_revocations(transport),
            with_dependents(transport),
            following_subjects(transport),
            worker([export_kind("registry", RESOURCES, code_lists.ALL)]),
            cleaner(_NAMINGS),
        ],
    )
