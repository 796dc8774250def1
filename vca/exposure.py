"""Where the gateway listens, and that nobody's password crosses a network unencrypted by accident."""

from __future__ import annotations

import ipaddress
import os

from vca.errors import Refusal

EVERYWHERE = ("0.0.0.0", "::", "*")


def bound_to() -> str:
    """Return the address that the gateway listens on."""
    return os.environ.get("VCA_BIND") or "127.0.0.1"


def check_exposure(bind: str) -> None:
    """Raise Refusal where the gateway would listen beyond this machine without TLS, unless that is asked for."""
    if os.environ.get("VCA_TLS_CERT") or os.environ.get("VCA_ALLOW_PLAIN_HTTP") == "1" or _is_loopback(bind):
        return
    raise Refusal(
        f"VCA_BIND={bind} mở cổng ra ngoài máy này mà không có TLS; hãy đặt VCA_TLS_CERT và VCA_TLS_KEY, hoặc "
        "VCA_ALLOW_PLAIN_HTTP=1 nếu một proxy phía trước đã lo TLS.",
        f"VCA_BIND={bind} opens the gateway beyond this machine without TLS; set VCA_TLS_CERT and VCA_TLS_KEY, or "
        "VCA_ALLOW_PLAIN_HTTP=1 where a proxy in front ends TLS.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
