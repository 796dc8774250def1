"""Where this run keeps its things and listens: VCA_HOME, VCA_PORT, VCA_PUBLIC_URL, VCA_DATABASE_URL."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from kernel.runtime.given import SettingRefused, given_text
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
        text = os.environ.get("VCA_PORT") or "8000"
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
            raise Refusal(f"VCA_PORT={text} không phải số cổng.", f"VCA_PORT={text} is not a port number.")
        port = int(text)
        public = os.environ.get("VCA_PUBLIC_URL") or f"http://127.0.0.1:{port}"
        return cls(Path(os.environ.get("VCA_HOME") or ".vca").resolve(), port, public.rstrip("/"))


def given_database(service: str) -> str | None:
    """Return the address of a database that is not ours, if one is set for `service` or for all. Raises Refusal."""
    return own_database(service) or _given("VCA_DATABASE_URL")


def own_database(service: str) -> str | None:
    """Return the address of the database that is set for `service` alone, if one is."""
    return _given(f"VCA_DATABASE_URL_{service.upper()}")


def given_owner(service: str, *, of_all: bool = True) -> str | None:
    """Return the address by which the owner of a given database's tables signs in, for `service` or for all, if one is set.

    Raises Refusal.
    """
    own = _given(f"VCA_MIGRATION_URL_{service.upper()}")
    return own or (_given("VCA_MIGRATION_URL") if of_all else None)


def _given(name: str) -> str | None:
    try:
        return given_text(name)
    except SettingRefused as refused:
        raise Refusal(refused.vi, refused.en) from None


def of_another_user(error: PermissionError) -> Refusal | None:
    """Return what to say where `error` is about a file of a home that this account may not work in; None for any other."""
    home = Path(os.environ.get("VCA_HOME") or ".vca").resolve()
    if not isinstance(error.filename, str) or not Path(error.filename).resolve().is_relative_to(home):
        return None
    return Refusal(
        f"Tài khoản này không được mở {error.filename}; hãy chạy vca bằng người dùng chạy vca up, hoặc đặt đúng VCA_HOME.",
        f"This account may not open {error.filename}; run vca as the user who runs vca up, or set VCA_HOME rightly.",
    )


def uses_embedded() -> bool:
    """Say whether PostgreSQL is ours to run."""
    return not any(name.startswith("VCA_DATABASE_URL") and value for name, value in os.environ.items())
