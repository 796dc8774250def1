"""Who may do what in the registry, and the router its slices share."""

from __future__ import annotations

from kernel.web.operations import ApiRouter

PREFIX = "/v1/registry"
READ = ("registry.read", "sync.read")
WRITE = ("registry.write", "sync.write")
OWN_READ = (*READ, "own.read")
NAMES_READ = (*OWN_READ, "identity.admin")
"""Also for who administers: to choose an area or an organization for an account."""
OWN_WRITE = (*WRITE, "own.write")


def registry_router(tag: str) -> ApiRouter:
    """Return a router of the registry; its operations stand under `tag` in the documentation."""
    return ApiRouter(prefix=PREFIX, tags=[tag])
