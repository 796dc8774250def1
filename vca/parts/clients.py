"""What parts that run by themselves share: keys, and the secrets that the services call each other with."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
from collections.abc import Callable, Iterator

from kernel.storage.keys import KEY_BYTES
from kernel.web.auth import NATION
from vca.keys import keys_of
from vca.parts.settings import given_client_secrets
from vca.services import SERVICES
from vca.settings import Place


def ensure_clients(database_url: str, say: Callable[[str], None]) -> None:
    """Have identity know each service whose secret is among the settings. Raises Refusal."""
    from services.identity.bootstrap import ensure_given_clients

    given = given_client_secrets()
    if given:
        asyncio.run(ensure_given_clients(database_url, given, os.environ.get("VCA_AREA") or NATION))
        say(f"hệ thống của / client systems of {', '.join(given)}")


def new_settings() -> Iterator[str]:
    """Return a line `NAME=value` for each key, secret and password of a deployment, all of them new."""
    from services.identity.bootstrap import SERVICE_SCOPES

    for keys in keys_of(Place.from_environment().home).values():
        for key, _ in keys:
            text = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
            yield f"{key.setting}={text}"
    for service in SERVICE_SCOPES:
        yield f"VCA_CLIENT_SECRET_{service.upper()}={secrets.token_urlsafe(32)}"
    # Of the files in deploy/ alone: the platform is told addresses that hold them.
    for name in ("VCA_POSTGRES_PASSWORD", *(f"VCA_POSTGRES_PASSWORD_{service.name.upper()}" for service in SERVICES)):
        yield f"{name}={secrets.token_hex(24)}"
    yield f"VCA_OBJECTS_PASSWORD={secrets.token_hex(16)}"
