"""What a part needs to be told; what is missing or wrong is said in one sentence before anything starts."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from kernel.database.connections import connect
from kernel.runtime.given import SettingRefused, given_text, is_given
from kernel.runtime.settings import ServiceSettings
from kernel.storage.keys import KeyFile, Sealed
from vca.checked_settings import check_settings, check_url
from vca.errors import Refusal
from vca.keys import check_keys, keys_of
from vca.processes import ASKED
from vca.services import PORTAL, SERVICES
from vca.settings import Place

PORTS: Mapping[str, int] = {
    name: 8101 + at for at, name in enumerate([*(service.name for service in SERVICES), "portal"])
}
"""Where each part listens unless told otherwise."""
APPS: Mapping[str, str] = {**{service.name: service.app for service in SERVICES}, "portal": PORTAL}
DRAIN = "VCA_DRAIN_SECONDS"
_DRAIN_SECONDS = 6
"""The gateway asks every two seconds, and takes a service aside that failed for three."""


@dataclass(frozen=True)
class _Needed:
    """A setting that must be given, and what it says."""

    name: str
    vi: str
    en: str


def _needed(service: str) -> list[_Needed]:
    needed = [
        _Needed("VCA_PUBLIC_URL", "địa chỉ người dùng gọi, https://…", "the address that clients call, https://…")
    ]
    if service == "portal":
        return [*needed, _Needed("VCA_UPSTREAMS", "các dịch vụ ở đâu", "where the services are")]
    own = service.upper()
    if not is_given(f"VCA_DATABASE_URL_{own}"):
        needed.append(_Needed("VCA_DATABASE_URL", "postgresql://… của dịch vụ", "postgresql://… of the service"))
    if service == "identity":
        return needed
    needed.append(_Needed("VCA_FILES_URL", "kho tệp: s3://… hay file:///…", "the store of files: s3://… or file:///…"))
    needed += [
        _Needed(f"VCA_{other.upper()}_URL", f"dịch vụ {other} ở đâu", f"where {other} is")
        for other in ("identity", *ASKED[service])
    ]
    if not is_given(f"VCA_CLIENT_SECRET_{own}"):
        needed.append(_Needed("VCA_CLIENT_SECRET", "bí mật để gọi dịch vụ khác", "the secret it calls others with"))
    return needed


def _needed_keys(service: str, home: Path) -> list[_Needed]:
    return [
        _Needed(key.setting, "khóa, xem vca keys new", "a key, see vca keys new")
        for key, sealed in keys_of(home).get(service, [])
        if not (key.from_setting or is_given(key.setting) or key.path.exists() or _is_put_away(key, sealed))
    ]


def _is_put_away(key: KeyFile, sealed: Sealed | None) -> bool:
    return sealed is not None and sealed.marks_key(key).path.exists()


def _check_all_there(part: str, needed: Sequence[_Needed]) -> None:
    missing = [each for each in needed if not is_given(each.name)]
    if missing:
        raise Refusal(
            f"Thiếu thiết đặt của {part}: {'; '.join(f'{each.name} ({each.vi})' for each in missing)}.",
            f"{part} is missing settings: {'; '.join(f'{each.name} ({each.en})' for each in missing)}.",
        )


async def _reach(service: str, url: str) -> None:
    try:
        connection = await connect(url)
        await connection.close()
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        words = str(error) or type(error).__name__
        raise Refusal(
            f"Không nối được cơ sở dữ liệu của {service}: {words}.",
            f"The database of {service} cannot be reached: {words}.",
        ) from None


def _check_store(url: str) -> None:
    """Raise Refusal where the object store answers that there is no such bucket, or that we may not.

    One that does not answer now is no reason not to start: most calls need no file.
    """
    if urlsplit(url).scheme == "file":
        return
    import obstore
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    try:
        next(iter(obstore.list(from_url(url, retry_config={"max_retries": 0}))), None)
    except (BaseError, OSError) as error:
        # What the store answered is told by words alone.
        if answered := re.search(r"non-2xx status code: ([^:]*)(?:.*?<Code>(\w+))?", str(error), re.DOTALL):
            words = answered[2] or answered[1]
            raise Refusal(f"Kho tệp {url} từ chối: {words}.", f"The object store {url} refuses: {words}.") from None


def check(part: str) -> None:
    """Raise Refusal, in one sentence, unless `part` is told all it needs: settings, a database that answers, its keys."""
    if part not in APPS:
        known = ", ".join(APPS)
        raise Refusal(f"Không có dịch vụ {part}; có: {known}.", f"There is no service {part}; there are: {known}.")
    check_settings()
    try:
        home = Place.from_environment().home
        _check_all_there(part, [*_needed(part), *_needed_keys(part, home)])
        if part == "portal":
            return
        for other in ("identity", *ASKED.get(part, ())):
            check_url(f"VCA_{other.upper()}_URL", ("http", "https"))
        settings = ServiceSettings.for_service(part)
    except SettingRefused as refused:
        raise Refusal(refused.vi, refused.en) from None
    if settings.files_url:
        _check_store(settings.files_url)
    asyncio.run(_reach(part, settings.database_url))
    check_keys(home, {part: settings.database_url})


def drain_seconds() -> int:
    """Return how long a part that is told to stop goes on serving, not ready, until nobody sends it more. Raises Refusal."""
    text = os.environ.get(DRAIN) or str(_DRAIN_SECONDS)
    if not text.isdigit():
        raise Refusal(f"{DRAIN}={text} không phải số giây.", f"{DRAIN}={text} is no number of seconds.")
    return int(text)


def given_client_secrets() -> dict[str, str]:
    """Return service → secret of those whose client secret is among the settings. Raises Refusal."""
    from services.identity.bootstrap import SERVICE_SCOPES

    try:
        found = {service: given_text(f"VCA_CLIENT_SECRET_{service.upper()}") for service in SERVICE_SCOPES}
    except SettingRefused as refused:
        raise Refusal(refused.vi, refused.en) from None
    return {service: secret for service, secret in found.items() if secret}
