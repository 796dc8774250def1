"""Settings looked at before anything starts: each that cannot be what it is set to is said by its name.

What is missing is told by who needs it (vca/parts/settings.py). An empty setting counts as not set.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

from annotated_types import Ge, Le
from pydantic import ValidationError

from kernel.runtime.given import SettingRefused, given_text
from kernel.values import geography
from kernel.web.auth import NATION
from services.gateway import certificates
from vca.errors import Refusal
from vca.postgres_settings import PostgresSettings, number

POSTGRES = ("postgresql", "postgres", "postgresql+asyncpg")
STORES = ("s3", "gs", "az", "file")
_DATABASES = re.compile(r"VCA_(?:DATABASE|MIGRATION)_URL(?:_[A-Z]+)?")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_ORIGIN = re.compile(r"https?://[^/?#\s]+")
_MOST_A_MINUTE = 1_000_000_000
_MOST_GATEWAYS = 1_000


def check_settings() -> None:
    """Raise Refusal with a sentence for each setting that is wrong."""
    _refuse([*refused_settings()])


def check_settings_of_gateway() -> None:
    """Raise Refusal with a sentence for each setting that is wrong, where also the gateway listens on this machine."""
    _refuse([*refused_settings(), *refused_bind(), *_refusal(_check_certificate)])


def _refuse(wrong: list[Refusal]) -> None:
    if wrong:
        raise Refusal(" ".join(each.vi for each in wrong), " ".join(each.en for each in wrong))


def refused_settings() -> Iterator[Refusal]:
    """Yield a refusal for each setting that is wrong."""
    yield from refused_of_services()
    for name in ("VCA_RATE_LIMIT_PER_MINUTE", "VCA_SIGN_IN_LIMIT_PER_MINUTE"):
        yield from _refusal(number, name, 1, 1, _MOST_A_MINUTE)
    yield from _refusal(number, "VCA_GATEWAYS", 1, 1, _MOST_GATEWAYS)
    yield from _refusal(PostgresSettings.from_environment)
    yield from _refusal(_check_level)
    yield from _refusal(_check_area)
    for name, schemes in (
        ("VCA_PUBLIC_URL", ("https", "http")),
        ("VCA_OTLP_ENDPOINT", ("http", "https")),
        ("VCA_FILES_URL", STORES),
        ("VCA_SECURITY_CONTACT", ("mailto", "https")),
        *((name, POSTGRES) for name in _databases()),
    ):
        yield from _refusal(check_url, name, schemes)
    yield from _refusal(_check_origins)
    yield from _refusal(_check_address, "VCA_METRICS_BIND", 0)


def refused_bind() -> Iterator[Refusal]:
    """Yield a refusal where the gateway cannot listen at VCA_BIND: Envoy takes no names."""
    yield from _refusal(_check_address, "VCA_BIND", socket.AI_NUMERICHOST)


def _refusal(check: Callable[..., object], *arguments: object) -> Iterator[Refusal]:
    try:
        check(*arguments)
    except Refusal as refused:
        yield refused
    except SettingRefused as refused:
        yield Refusal(refused.vi, refused.en)


def refused_of_services() -> Iterator[Refusal]:
    """Yield a refusal for each setting of the services that is wrong; identity's are all of them, and some more."""
    from services.identity.settings import IdentitySettings

    try:
        IdentitySettings(database_url="")
    except ValidationError as error:
        for each in error.errors():
            yield _wrong(str(each["loc"][0]), str(each["input"]))


def _wrong(field: str, text: str) -> Refusal:
    from services.identity.settings import IdentitySettings

    info, said = IdentitySettings.model_fields[field], f"VCA_{field.upper()}={text}"
    if words := [word for word in get_args(info.annotation) if isinstance(word, str)]:
        return _not_among(said, words)
    kind = ("số", "number") if info.annotation is float else ("số nguyên", "whole number")
    least = next((bound.ge for bound in info.metadata if isinstance(bound, Ge)), None)
    most = next((bound.le for bound in info.metadata if isinstance(bound, Le)), None)
    to = ("", "") if most is None else (f" đến {most}", f" to {most}")
    return Refusal(
        f"{said} phải là {kind[0]} từ {least}{to[0]}.",
        f"{said} must be a {kind[1]} from {least}{to[1]}.",
    )


def _not_among(said: str, words: Sequence[str]) -> Refusal:
    return Refusal(f"{said} phải là một trong {', '.join(words)}.", f"{said} must be one of {', '.join(words)}.")


def _check_level() -> None:
    text = os.environ.get("VCA_LOG_LEVEL")
    if text and text.upper() not in _LEVELS:
        raise _not_among(f"VCA_LOG_LEVEL={text}", _LEVELS)


def _check_area() -> None:
    text = os.environ.get("VCA_AREA") or NATION
    if text != NATION and not geography.is_alliance(text):
        raise Refusal(
            f"VCA_AREA={text} không phải cả nước (VN), cũng không phải một Liên minh hiện nay như 25-2025.",
            f"VCA_AREA={text} is not VN, nor one of today's alliances such as 25-2025.",
        )


def _databases() -> list[str]:
    """Return the settings that say where a database is, without `_FILE`."""
    names = {name.removesuffix("_FILE") for name in os.environ}
    return sorted(name for name in names if _DATABASES.fullmatch(name))


def check_url(name: str, schemes: Sequence[str]) -> None:
    """Raise Refusal unless the setting `name`, if there is one, is a URL of one of `schemes` with a host. Raises SettingRefused."""
    text = given_text(name)
    if text is None:
        return
    parts = urlsplit(text)
    if parts.scheme not in schemes or not (parts.netloc or (parts.scheme in ("file", "mailto") and parts.path)):
        shown = [f"{scheme}:…" if scheme == "mailto" else f"{scheme}://…" for scheme in schemes]
        # Not what it says: it may hold a password.
        raise Refusal(
            f"{name} không phải địa chỉ {' hay '.join(shown)}.", f"{name} is no address such as {' or '.join(shown)}."
        )


def _check_origins() -> None:
    for origin in os.environ.get("VCA_CORS_ORIGINS", "").split():
        if not _ORIGIN.fullmatch(origin):
            raise Refusal(
                f"VCA_CORS_ORIGINS={origin} không phải nguồn như https://app.example.vn, không có gì sau tên máy và cổng.",
                f"VCA_CORS_ORIGINS={origin} is no origin such as https://app.example.vn, with nothing behind host and port.",
            )


def _check_address(name: str, flags: int) -> None:
    text = os.environ.get(name)
    if not text:
        return
    try:
        found = socket.getaddrinfo(text, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | flags)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as probe:
            probe.bind(found[0][4])
    except OSError:
        raise Refusal(
            f"{name}={text} không phải địa chỉ của máy này như 127.0.0.1 hay 0.0.0.0.",
            f"{name}={text} is no address of this machine such as 127.0.0.1 or 0.0.0.0.",
        ) from None


def _check_certificate() -> None:
    cert, key = (os.environ.get(name) for name in ("VCA_TLS_CERT", "VCA_TLS_KEY"))
    if bool(cert) != bool(key):
        raise Refusal("VCA_TLS_CERT và VCA_TLS_KEY đi cùng nhau.", "VCA_TLS_CERT and VCA_TLS_KEY go together.")
    if not cert or not key:
        return
    try:
        certificates.secret(Path(cert), Path(key))
    except OSError as error:
        raise Refusal(
            f"Không đọc được {error.filename} của VCA_TLS_CERT và VCA_TLS_KEY: {error.strerror}.",
            f"{error.filename} of VCA_TLS_CERT and VCA_TLS_KEY cannot be read: {error.strerror}.",
        ) from None
    except ValueError as error:
        raise Refusal(
            f"Chứng thư VCA_TLS_CERT và khóa VCA_TLS_KEY không dùng được cùng nhau: {error}.",
            f"The certificate VCA_TLS_CERT and the key VCA_TLS_KEY cannot be used together: {error}.",
        ) from None
