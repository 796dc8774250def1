"""A database on several hosts, of which one is the primary: they are asked in turn, each for a short while."""

from __future__ import annotations

import contextlib
import socket
from typing import Any
from urllib.parse import urlsplit, urlunsplit

# A machine that is gone answers nothing at all; asyncpg would wait all its time for the first of the list.
HOST_SECONDS = 3.0

_last_good: dict[str, str] = {}

_KEEPALIVE = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 10_000}
"""Seconds, seconds, tries, milliseconds; those that this system has."""


def in_turn(url: str) -> list[str]:
    """Return the address for each host that `url` names, the one that was the primary last first."""
    parts = urlsplit(url)
    who, at, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return [url]
    several = [urlunsplit(parts._replace(netloc=f"{who}{at}{host}")) for host in hosts.split(",")]
    return sorted(several, key=lambda one: one != _last_good.get(url))


def remember(url: str, one: str) -> None:
    """Have `one` of the hosts asked first from now on."""
    _last_good[url] = one


def notice_death(connection: Any) -> None:
    """Have a connection end within some 11 seconds when its server's machine or network is gone without a word.

    Otherwise a call in flight, and the place in the pool, would wait for ever.
    """
    # Public nowhere: asyncpg takes no socket and lends none.
    sock = connection._transport.get_extra_info("socket")
    if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
        return
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if (option := getattr(socket, name, None)) is not None:
                sock.setsockopt(socket.IPPROTO_TCP, option, value)
