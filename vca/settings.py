"""Where this run keeps its things and listens: VCA_HOME, VCA_PORT, VCA_PUBLIC_URL, VCA_DATABASE_URL."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vca.errors import Refusal


@dataclass(frozen=True)
class Place:
    """The home folder, the gateway's port and the address that clients use."""

    home: Path
    port: int
    public_url: str

    @property
    def run(self) -> Path:
        """Folder of what one run writes: rendered configuration, public keys."""
        return self.home / "run"

    @property
    def logs(self) -> Path:
        """Folder of the processes' logs."""
        return self.home / "logs"

    @property
    def jwks(self) -> Path:
        """The public keys that identity writes."""
        return self.run / "jwks.json"

    @property
    def credentials(self) -> Path:
        """The demo's accounts and client systems."""
        return self.home / "demo-credentials.json"

    @property
    def gateway(self) -> str:
        """The gateway's address on this machine."""
        scheme = "https" if os.environ.get("VCA_TLS_CERT") else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    @classmethod
    def from_environment(cls) -> Place:
        """Read VCA_HOME, VCA_PORT and VCA_PUBLIC_URL. Raises Refusal."""
        text = os.environ.get("VCA_PORT", "8000")
        if not text.isdigit() or not 0 < int(text) < 65536:
            raise Refusal(f"VCA_PORT={text} không phải số cổng.", f"VCA_PORT={text} is not a port number.")
        port = int(text)
        public = os.environ.get("VCA_PUBLIC_URL") or f"http://127.0.0.1:{port}"
        return cls(Path(os.environ.get("VCA_HOME", ".vca")).resolve(), port, public.rstrip("/"))


def given_database(service: str) -> str | None:
    """Return the address of a database that is not ours, if one is set for `service` or for all."""
    return os.environ.get(f"VCA_DATABASE_URL_{service.upper()}") or os.environ.get("VCA_DATABASE_URL") or None


def given_owner(service: str, *, of_all: bool = True) -> str | None:
    """Return the address by which the owner of a given database's tables signs in, for `service` or for all, if one is set."""
    own = os.environ.get(f"VCA_MIGRATION_URL_{service.upper()}")
    return own or (os.environ.get("VCA_MIGRATION_URL") if of_all else None) or None


def uses_embedded() -> bool:
    """Say whether PostgreSQL is ours to run."""
    return not any(name.startswith("VCA_DATABASE_URL") and value for name, value in os.environ.items())
