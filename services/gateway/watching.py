"""What the gateway's configuration is made from and changes while it runs: public keys, certificate and its key.

Whoever runs Envoy looks again and again. What is broken for a moment, or half replaced, changes nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from kernel.storage.keys import write_whole
from services.gateway import envoy
from services.gateway.config import GatewayConfig
from services.gateway.filters import public_keys

Stamp = tuple[int, int, int] | None


class Watched:
    """The files behind a configuration that was rendered already."""

    def __init__(self, config: GatewayConfig, say: Callable[[str], None]) -> None:
        self._config, self._say = config, say
        self._keys, self._certificate = (config.jwks_file,), (config.tls_cert, config.tls_key)
        self._keys_stamp, self._certificate_stamp = _stamps(self._keys), _stamps(self._certificate)
        self._good_keys = config.jwks_file.read_bytes()

    def look(self) -> None:
        """Render anew what changed. Takes no time where nothing did."""
        # Looked at before it is read: what changes meanwhile is looked at again.
        if (stamp := _stamps(self._keys)) != self._keys_stamp and self._render_keys():
            self._keys_stamp = stamp
        if (stamp := _stamps(self._certificate)) != self._certificate_stamp and self._render_certificate():
            self._certificate_stamp = stamp

    def _render_keys(self) -> bool:
        path = self._config.jwks_file
        try:
            keys = path.read_bytes()
            public_keys(path)
        except (OSError, ValueError):
            self._say(f"{path.name} hỏng hoặc mất, được ghi lại / was broken or gone, it is written again")
            # The keys of a moment ago; identity puts those of now there when it next looks.
            with contextlib.suppress(OSError):
                write_whole(path, self._good_keys, replace=True)
            return False
        if not self._rendered(envoy.render_listener):
            return False
        if keys != self._good_keys:
            self._good_keys = keys
            self._say("khóa công khai đã đổi / public keys have changed")
        return True

    def _render_certificate(self) -> bool:
        try:
            envoy.render_certificate(self._config)
        except ValueError as error:
            # One of the two files is there already: with the other this is looked at again.
            self._say(f"chứng chỉ TLS giữ nguyên / the TLS certificate stays: {error}")
            return True
        except OSError:
            return False
        self._say("chứng chỉ TLS mới / a new TLS certificate")
        return True

    def _rendered(self, render: Callable[[GatewayConfig], None]) -> bool:
        try:
            render(self._config)
        except OSError:  # A full disk: tried again.
            return False
        return True


def _stamps(paths: tuple[Path | None, ...]) -> tuple[Stamp, ...]:
    return tuple(_stamp(path) for path in paths)


def _stamp(path: Path | None) -> Stamp:
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
