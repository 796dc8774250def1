"""`vca gateway`: Envoy by itself. Identity's public keys are asked for here and stand in its configuration.

Not by Envoy (remote_jwks): one that starts while identity is down would refuse every token, where this one goes on with
the keys that it last heard of; and what stands in the file has been looked at, so nothing else can take the place of keys.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import FrameType

from kernel.storage.keys import write_whole
from kernel.web.public_keys import EVERY_SECONDS, JWKS_PATH, PAUSE_SECONDS
from services.gateway import envoy
from services.gateway.config import GatewayConfig
from services.gateway.filters import public_keys
from services.gateway.reporting_calls import report_in_background
from services.gateway.watching import Watched
from vca.checked_settings import check_settings_of_gateway
from vca.errors import Refusal
from vca.exposure import check_exposure
from vca.liveness import http_question
from vca.metrics import gateway_child
from vca.modes import keep_private
from vca.parts.serving import listen, say
from vca.parts.upstreams import read_upstreams
from vca.processes import DRAIN_SECONDS, gateway_config, render, unknown_proxy, wait_for_calls
from vca.settings import Place
from vca.supervisor import Child, Supervisor

_ANSWER_SECONDS, _REMINDER_SECONDS = 3.0, 10.0


class _Keys(threading.Thread):
    """Asks identity for its public keys and keeps the last in a file, which says so by its time of change."""

    def __init__(self, addresses: Sequence[str], file: Path) -> None:
        super().__init__(daemon=True)
        self._addresses, self.file = addresses, file

    def run(self) -> None:
        while True:
            time.sleep(EVERY_SECONDS if self.ask() or self.are_known() else PAUSE_SECONDS)

    def are_known(self) -> bool:
        """Say whether the file holds keys that can be used."""
        try:
            return bool(public_keys(self.file))
        except (OSError, ValueError, AttributeError, TypeError):
            return False

    def ask(self) -> bool:
        """Ask each address in turn until one answers with keys; write them if they are new. Say whether one did."""
        for address in self._addresses:
            content = _read(address)
            if content is None:
                continue
            if not self.file.exists() or self.file.read_bytes() != content:
                write_whole(self.file, content, replace=True)
            return True
        return False


def _read(address: str) -> bytes | None:
    """Return the keys that `address` answers with; None for no answer, or one that holds no key."""
    connection = http.client.HTTPConnection(address, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", JWKS_PATH)
        answer = connection.getresponse()
        content = answer.read()
        has_key = answer.status == 200 and any(key["crv"] == "P-256" for key in json.loads(content)["keys"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()
    return content if has_key else None


class _Gateway:
    """One Envoy, from its keys to its last call."""

    def __init__(self, config: GatewayConfig, keys: _Keys) -> None:
        self._config, self._keys = config, keys
        self._supervisor = Supervisor(None, say)
        self._told = 0

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._told += 1

    def run(self) -> None:
        """Run Envoy until SIGTERM or Ctrl-C, then let it finish what it has begun. Raises Refusal."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        if not self._wait_for_keys():
            return
        render(self._config)
        watched = Watched(self._config, say)
        self._keys.start()
        command, port = envoy.command(self._config), self._config.port
        asked = http_question(str(self._config.admin_socket), "/ready")
        logs = [self._config.access_log]
        proxy = Child("envoy", command, port, "/robots.txt", asked=asked, other_logs=logs)
        self._supervisor.start(proxy, *gateway_child(self._config))
        report_in_background(self._config.access_log, self._config.upstreams["identity"])
        self._wait_until_it_listens()
        try:
            while not self._told:
                time.sleep(0.1)
                self._supervisor.look()
                watched.look()
            self._finish()
        finally:
            self._supervisor.stop(at_once=lambda: self._told > 1)

    def _wait_for_keys(self) -> bool:
        """Have keys, or say what is waited for; False if told to stop meanwhile."""
        said_at = 0.0
        while not self._keys.ask() and not self._keys.are_known():
            if self._told:
                return False
            if time.monotonic() - said_at > _REMINDER_SECONDS:
                said_at = time.monotonic()
                say("chờ khóa công khai của identity / waiting for the public keys of identity")
            time.sleep(PAUSE_SECONDS)
        return True

    def _wait_until_it_listens(self) -> None:
        for _ in range(200):
            if self._told or not self._supervisor.runs("envoy"):
                break
            with socket.socket() as probe:
                if probe.connect_ex((_reached(self._config.bind), self._config.port)) == 0:
                    say(f"gateway · {self._config.bind}:{self._config.port} · {self._config.public_url}")
                    for words in unknown_proxy(self._config):
                        say(words)
                    return
            time.sleep(0.05)
        if not self._told:
            self._supervisor.stop()
            raise Refusal("Envoy không khởi động được.", "Envoy did not start.")

    def _finish(self) -> None:
        self._supervisor.stopping = True
        say(f"dừng, tối đa {DRAIN_SECONDS} giây / stopping, {DRAIN_SECONDS} seconds at most")
        envoy.drain(self._config)
        if cut_off := wait_for_calls(self._config, lambda: self._told == 1 and self._supervisor.runs("envoy")):
            say(f"còn {cut_off} yêu cầu bị cắt / {cut_off} calls are cut off")


def _reached(bind: str) -> str:
    return "127.0.0.1" if bind in ("0.0.0.0", "::") else bind


def _check_upstreams(upstreams: Mapping[str, str]) -> None:
    for part in ("identity", "portal"):
        if part not in upstreams:
            raise Refusal(
                f"Thiếu --upstream {part}=host:port (hay trong VCA_UPSTREAMS).",
                f"--upstream {part}=host:port is missing (or in VCA_UPSTREAMS).",
            )


def _check_settings(place: Place) -> None:
    if not os.environ.get("VCA_PUBLIC_URL"):
        raise Refusal(
            "Thiếu VCA_PUBLIC_URL: địa chỉ người dùng gọi, https://….",
            "VCA_PUBLIC_URL is missing: the address that clients call, https://….",
        )
    check_settings_of_gateway()
    if envoy.binary() is None:
        raise Refusal("Không có Envoy kèm sẵn cho máy này.", "There is no bundled Envoy for this platform.")
    try:
        place.run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(
            f"Không ghi được vào {place.run}: {error.strerror}.", f"{place.run} cannot be written: {error.strerror}."
        ) from None


def gateway(words: Sequence[str], *, host: str | None, port: int | None) -> None:
    """Run the gateway until it is told to stop. Raises Refusal."""
    keep_private()
    upstreams = read_upstreams(words)
    _check_upstreams(upstreams)
    place = Place.from_environment()
    _check_settings(place)
    keys_file = place.run / "jwks-gateway.json"
    config = gateway_config(place, upstreams, keys_file)
    # Alone, Envoy says what it says where we do.
    config = replace(config, port=port or config.port, bind=host or config.bind, log_file=None)
    check_exposure(config.bind)
    listen(config.bind, config.port).close()
    _Gateway(config, _Keys(upstreams["identity"].split(","), keys_file)).run()
