"""Addresses that an app may be sent back to: registered ones, and loopback ones on any port where allowed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from kernel.values.field_errors import field_error

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
MAX_LENGTH = 500


def is_loopback(uri: str) -> bool:
    """Say whether `uri` leads to this very machine: http on localhost, 127.0.0.1 or ::1, any port, any path."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    # Exactly what a browser reads as well: no user part, nothing that one reader takes for another host.
    plain = "@" not in parts.netloc and "\\" not in uri and "#" not in uri and uri.isascii() and uri.isprintable()
    return plain and " " not in uri and parts.scheme == "http" and host in _LOOPBACK


def is_private_scheme(uri: str) -> bool:
    """Say whether `uri` leads to an installed app by a scheme of its own, such as vn.vca.mobile:/callback (RFC 8252)."""
    return _PRIVATE_SCHEME.fullmatch(uri.partition(":")[0]) is not None and ":" in uri


def allowed(uri: str, registered: Sequence[str], *, loopback: bool) -> bool:
    """Say whether an app may be sent back to `uri`: equal to a registered one, character by character, or loopback."""
    return len(uri) <= MAX_LENGTH and (uri in registered or (loopback and is_loopback(uri)))


def form_target(uri: str) -> str:
    """Return `uri` as a source of the form-action policy: browsers check where a form's answer redirects to as well."""
    if is_private_scheme(uri):
        return uri.partition(":")[0] + ":"
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def check(uri: str) -> str:
    """Return `uri` if it may be registered: https, loopback, or a private scheme; else raise a fault."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    secure = parts.scheme == "https" and host is not None and re.fullmatch(r"[a-z0-9.-]+", host) is not None
    plain = uri.isascii() and uri.isprintable() and not set(uri) & set(" #\\\"'<>;,*") and "@" not in parts.netloc
    if not plain or not (secure or is_loopback(uri) or is_private_scheme(uri)):
        raise field_error(
            "not_a_redirect_uri",
            "Hãy ghi địa chỉ https, địa chỉ máy này (http://localhost) hoặc lược đồ riêng của ứng dụng; không có #.",
            "Give an https address, a loopback one (http://localhost) or the app's own scheme; without #.",
        )
    return uri
