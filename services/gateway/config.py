"""What the gateway needs to know, and the one description of what it lets through."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent.parent
CONTRACT = TREE / "openapi" / "gateway.yaml"

# Paths below a service's prefix. One that ends in "/" stands for everything below it.
OPEN_PATHS: dict[str, tuple[str, ...]] = {
    "*": ("health/live", "health/ready"),
    "identity": (".well-known/", "jwks", "sign-out", "static/"),
    "training": ("verify/",),
}
"""They need no token ("*": at every service); what they show is theirs to guard. Everything else needs one."""

SIGN_IN_PATHS = ("token", "authorize", "sign-in", "revoke")
"""Below identity, open as well; limited more strictly and by address, since who calls is not known yet."""

SIGNED_PATHS = ("files/[^/]+/content", "exports/files/[^/]+")
"""Downloads (regular expressions), open: the address carries a signature that the service checks."""

DOWNLOAD_PATHS = ("exports/", "jobs/")
"""What streams for as long as it lasts; a token is needed."""

UPLOAD_PATHS = (
    "files",
    "imports",
    "imports/classes",
    "imports/participations",
    "alliance-memberships/imports",
    "status-changes/imports",
    "products/imports",
    "organization-statistics/imports",
    "officers/imports",
)
"""Posted bodies above the limit of JSON."""

OFFICER_PATHS = ("/sign-in", "/signed-in", "/sign-out", "/coverage")
"""The portal's own that sign in and out and that write: limited by address like identity's, and never tried again."""

PROXY_HEADER = "x-vca-proxy"
"""By it the portal hears that a proxy in front is not counted; like all `x-vca-…`, no client can send it."""

PORTAL_PATHS = (
    "/records",
    "/docs",
    "/guide",
    "/changelog",
    "/changelog.md",
    "/openapi.json",
    "/openapi",
    "/problems",
    "/health",
    "/status",
    "/static",
    "/favicon.ico",
    "/favicon.svg",
    "/robots.txt",
    "/llms.txt",
    "/.well-known/security.txt",
    "/.well-known/api-catalog",
    "/redoc",
)

AUTHORIZATION_SERVER_PATHS = {
    "/.well-known/openid-configuration": "openid-configuration",
    "/.well-known/oauth-authorization-server": "oauth-authorization-server",
    "/.well-known/oauth-authorization-server/v1/identity": "oauth-authorization-server",
}
"""Where programs look for the authorization server: at the root, and where RFC 8414 puts it for an issuer with a path."""

MAX_BODY_BYTES = 1_048_576
MAX_UPLOAD_BYTES = 22_020_096
"""20 MiB of file and what a multipart envelope adds; the service counts the file itself."""
MAX_ADDRESS_BYTES = 8192
MAX_NEXT_BYTES = MAX_ADDRESS_BYTES + 2048
"""`next` of the longest address: that with a cursor, which has at most 2,000 bytes."""

HEADERS_SECONDS = 10
CALL_SECONDS = 30
LONG_POLL_SECONDS = 40
"""A follower of a feed may ask to wait 25 seconds."""
LONGEST_CALL_SECONDS = 600
"""An upload over a slow line."""
SLOWEST_BODY_SECONDS = 120
"""For a body of a megabyte, which the gateway collects before a service hears of it: 9 kB a second at the least."""

ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "Accept-Language",
    "X-Request-Id",
)
EXPOSED_HEADERS = (
    "ETag",
    "Link",
    "Location",
    "Retry-After",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "Content-Language",
    "Content-Disposition",
    "Idempotency-Replayed",
    "X-Request-Id",
    "X-Vca-Operation",
    "X-Vca-Problem",
)
LOCAL_ORIGINS = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?"
"""Allowed unless VCA_CORS_ORIGINS names origins: whoever develops a web app runs it there."""


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


def is_unknown_proxy(public_url: str, *, ends_tls: bool, is_counted: bool) -> bool:
    """Say whether a proxy ends TLS in front of the gateway, and nothing says how many there are (VCA_TRUSTED_HOPS)."""
    return public_url.startswith("https://") and not ends_tls and not is_counted


@dataclass(frozen=True)
class GatewayConfig:
    """Where the gateway listens, what stands behind it and what it checks.

    `upstreams`: service → port on the loopback, or `host:port` addresses with commas between them; `portal` is one of
    them. Limits are requests a minute: of one subject, and of one address that has no token yet; over all `gateways`
    that stand before the same services, so that each takes its share (at least 1). `trusted_hops`: proxies in front
    of this one whose X-Forwarded-For is believed. `inside_port`: where services reach one another, on the loopback;
    none where they are told each other's addresses. `admin_socket`: a socket of the file system where Envoy tells its
    owner, and nobody else, how many calls are in flight. `log_file`: what Envoy says of itself, where that is not
    standard error. `otlp_endpoint`: where spans are sent, if anywhere; `trace_share`: of the traces that begin here,
    the part that is.
    """

    run_dir: Path
    port: int
    public_url: str
    upstreams: Mapping[str, int | str]
    jwks_file: Path
    cors_origins: list[str] = field(default_factory=list)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    admin_port: int | None = None
    inside_port: int | None = None
    admin_socket: Path | None = None
    log_file: Path | None = None
    bind: str = field(default_factory=lambda: os.environ.get("VCA_BIND") or "127.0.0.1")
    limit_per_subject: int = field(default_factory=lambda: _number("VCA_RATE_LIMIT_PER_MINUTE", 60_000))
    limit_sign_in: int = field(default_factory=lambda: _number("VCA_SIGN_IN_LIMIT_PER_MINUTE", 600))
    gateways: int = field(default_factory=lambda: _number("VCA_GATEWAYS", 1))
    trusted_hops: int = field(default_factory=lambda: _number("VCA_TRUSTED_HOPS", 0))
    otlp_endpoint: str = field(default_factory=lambda: os.environ.get("VCA_OTLP_ENDPOINT", ""))
    trace_share: float = field(default_factory=lambda: float(os.environ.get("VCA_TRACE_SHARE") or 1))

    @property
    def access_log(self) -> Path:
        """What Envoy writes a line of for each call."""
        return self.run_dir / "access.log"

    @property
    def services(self) -> list[str]:
        """Everything behind the gateway but the portal."""
        return [name for name in self.upstreams if name != "portal"]

    @property
    def has_unknown_proxy(self) -> bool:
        """Say whether a proxy ends TLS in front of this one, and nothing says how many there are."""
        ends_tls = self.tls_cert is not None
        return is_unknown_proxy(self.public_url, ends_tls=ends_tls, is_counted=self.trusted_hops > 0)

    def share(self, limit: int) -> int:
        """Return what of a limit this gateway lets through: no two know what the other has counted."""
        return max(1, limit // max(1, self.gateways))

    @property
    def issuer(self) -> str:
        """The `iss` of every token that is let through."""
        return f"{self.public_url.rstrip('/')}/v1/identity"
