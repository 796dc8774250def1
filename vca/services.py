"""What `vca up` runs: one line a service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """A service process: its name is its path segment, its database vca_<name> and its role."""

    name: str
    app: str

    @property
    def database(self) -> str:
        """Name of its database, and of the role that it signs in as."""
        return f"vca_{self.name}"

    @property
    def owner(self) -> str:
        """The role that owns the database and its tables, on our own server."""
        return f"{self.database}_owner"


SERVICES = (
    Service("identity", "services.identity.main:create_app"),
    Service("registry", "services.registry.main:create_app"),
    Service("funds", "services.funds.main:create_app"),
    Service("training", "services.training.main:create_app"),
    Service("reporting", "services.reporting.main:create_app"),
)
PORTAL = "services.gateway.main:create_app"
