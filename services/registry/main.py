"""The registry service."""

from __future__ import annotations

from fastapi import FastAPI

from kernel.app import build_app
from kernel.code_lists import code_lists_router
from kernel.settings import ServiceSettings
from services.registry import code_lists
from services.registry.admin_units.routes import router as admin_units
from services.registry.coverages.routes import router as coverages
from services.registry.facts.routes import routers as fact_routers
from services.registry.indicators.routes import router as indicators
from services.registry.organizations.routes import router as organizations
from services.registry.scopes import OWN_READ

DESCRIPTION = """The registry of an alliance: cooperatives, cooperative groups, unions and enterprises, what happened to
them, and the figures that follow. It is a working copy with membership data; the legal record is the registration
authority's (Law 17/2023/QH15, Art. 110)."""


def create_app(settings: ServiceSettings | None = None) -> FastAPI:
    """Return the ASGI app of the registry."""
    return build_app(
        settings or ServiceSettings.for_service("registry"),
        service="registry",
        title="Registry",
        description=DESCRIPTION,
        routers=[
            organizations,
            *fact_routers,
            indicators,
            coverages,
            admin_units,
            code_lists_router("registry", code_lists.ALL, OWN_READ),
        ],
    )
