"""What the gateway needs to know, and the one description of what it lets through."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

# Paths that need no token, below each service's prefix. Envoy lets them through; what they show is theirs to guard.
OPEN_PATHS: dict[str, tuple[str, ...]] = {
    "*": ("health/live", "health/ready"),
    "identity": (
        "token", "authorize", "sign-in", "sign-out", "revoke", "jwks",
        ".well-known/openid-configuration", ".well-known/oauth-authorization-server",
    ),
}  # fmt: skip
OPEN_PREFIXES: dict[str, tuple[str, ...]] = {"identity": ("static/",), "training": ("verify/",)}
SIGNED_PATHS = ("files/[^/]+/content", "exports/files/[^/]+")
"""Downloads (regular expressions) whose address carries a signature that the service checks: a link has no token."""

SIGN_IN_PATHS = ("token", "authorize", "sign-in", "revoke")
"""Below identity: limited by address, since who calls is not known yet."""

PORTAL_PATHS = ("/docs", "/redoc", "/openapi.json", "/problems", "/health", "/status", "/static")

ALLOWED_HEADERS = (
    "Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "Accept-Language", "X-Request-Id",
)  # fmt: skip
EXPOSED_HEADERS = (
    "ETag", "Link", "Location", "Retry-After", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
    "Content-Language", "Content-Disposition", "Idempotency-Replayed", "X-Request-Id",
)  # fmt: skip
LOCAL_ORIGINS = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?"
"""Allowed unless VCA_CORS_ORIGINS names origins: whoever develops a web app runs it there."""


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdigit() and int(text) > 0 else default


@dataclass(frozen=True)
class GatewayConfig:
    """Where the gateway listens, what stands behind it and what it checks.

    `upstreams`: service → port on the loopback, `portal` among them. Limits are requests a minute.
    """

    run_dir: Path
    port: int
    public_url: str
    upstreams: dict[str, int]
    jwks_file: Path
    cors_origins: list[str] = field(default_factory=list)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    admin_port: int | None = None
    bind: str = field(default_factory=lambda: os.environ.get("VCA_BIND", "127.0.0.1"))
    limit_per_subject: int = field(default_factory=lambda: _number("VCA_RATE_LIMIT_PER_MINUTE", 12_000))
    limit_sign_in: int = field(default_factory=lambda: _number("VCA_SIGN_IN_LIMIT_PER_MINUTE", 600))

    @property
    def services(self) -> list[str]:
        """Everything behind the gateway but the portal."""
        return [name for name in self.upstreams if name != "portal"]
