"""`vca up`: PostgreSQL, migrations, services, portal and Envoy, in order; the demo once; all ends together."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console

from kernel.storage.keys import write_whole
from kernel.web.auth import NATION
from vca import connection_budget, databases
from vca.errors import Refusal
from vca.exposure import bound_to, check_exposure
from vca.keys import check_keys
from vca.liveness import http_question
from vca.metrics import metrics_child, metrics_folder, metrics_port, told
from vca.modes import keep_private, narrow
from vca.packages import megabytes
from vca.postgres import EmbeddedPostgres, free_port
from vca.processes import (
    DRAIN_SECONDS,
    calls_of,
    environment_of,
    gateway_config,
    import_what_services_share,
    python_service,
    render,
    unknown_proxy,
    wait_for_calls,
)
from vca.restoring import settle
from vca.services import PORTAL, SERVICES
from vca.settings import Place, uses_embedded
from vca.supervisor import Child, Supervisor, answers

Say = Callable[[str], None]
console = Console(highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Tell who watches what is being done; where that is a file on a full disk, or nobody any more, it is not told."""
    with suppress(OSError):
        console.print(f"  · {text}")


def check_port(place: Place, setting: str = "VCA_PORT") -> None:
    """Refuse a port that cannot be listened on. `setting`: where the user chooses another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", place.port))
        except PermissionError:
            raise Refusal(
                f"Tài khoản này không được mở cổng {place.port}; hãy đặt {setting} khác.",
                f"This account may not open port {place.port}; set {setting} to another.",
            ) from None
        except OSError:
            raise Refusal(
                f"Cổng {place.port} đang được dùng; hãy đặt {setting} khác.",
                f"Port {place.port} is in use; set {setting} to another.",
            ) from None


@contextmanager
def held(place: Place) -> Iterator[None]:
    """Hold a home for one run, made if need be, and closed to others. Raises Refusal."""
    keep_private()
    try:
        for folder in (place.home, place.run, place.logs):
            folder.mkdir(parents=True, exist_ok=True)
        lock = (place.home / "up.lock").open("w")
    except OSError as error:
        raise Refusal(
            f"Không ghi được vào {place.home}: {error.strerror}.", f"{place.home} cannot be written: {error.strerror}."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(f"Một bản khác đang chạy với {place.home}.", f"Another run is using {place.home}.") from None
        # Ours alone: a service that outlives us by some seconds would hold it too.
        os.register_at_fork(after_in_child=lock.close)
        _close_to_others(place.home)
        yield


def _close_to_others(home: Path) -> None:
    narrowed, left = narrow(home)
    for path in narrowed:
        console.print(f"  · {path}: người khác không đọc được nữa / closed to others")
    for path in left:
        console.print(f"  · {path}: người khác đọc được, hãy tự đóng / open to others, close it yourself (chmod go=)")


class Run:
    """One run of the platform."""

    def __init__(self, place: Place, *, demo: bool, quick: bool = False) -> None:
        self._place, self._demo, self._quick = place, demo, quick
        self._say: Say = say
        self._server: EmbeddedPostgres | None = None
        self._supervisor = Supervisor(place.logs, self._say)
        self._interrupted = self._forced = False
        self._config: Any = None
        # A sandbox is nobody's to watch.
        self._metrics_port = None if quick else metrics_port()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._forced = self._interrupted
        self._interrupted = self._supervisor.stopping = True

    def run(self) -> None:
        """Start everything, keep it running until Ctrl-C or SIGTERM, then end it. Raises Refusal."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        began = time.monotonic()
        try:
            urls = self._start()
            if not self._interrupted:
                if self._demo:
                    self._load_demo(urls)
                self._greet(time.monotonic() - began)
            self._watch(self._config)
        finally:
            if self._interrupted:
                self._finish_calls()
            self._supervisor.stop(at_once=lambda: self._forced)
            if self._server is not None:
                self._server.stop()

    def _finish_calls(self) -> None:
        """Let nobody in any more and wait for the calls in flight, as long as that is reasonable."""
        from services.gateway import envoy

        if self._config is None:  # It was not ready yet: nobody is there.
            self._say("dừng / stopping")
            return
        self._say(
            f"dừng: chờ các yêu cầu đang chạy, tối đa {DRAIN_SECONDS} giây; Ctrl-C lần nữa để dừng ngay / "
            f"stopping: finishing the calls in flight, {DRAIN_SECONDS} seconds at most; Ctrl-C again to stop at once"
        )
        self._supervisor.drain()
        envoy.drain(self._config)
        cut_off = wait_for_calls(self._config, lambda: not self._forced and self._supervisor.runs("envoy"))
        if cut_off:
            self._say(f"còn {cut_off} yêu cầu bị cắt / {cut_off} calls are cut off")

    def _start(self) -> dict[str, str]:
        from services.gateway import envoy

        place = self._place
        check_exposure(bound_to())
        if envoy.binary() is None:
            raise Refusal("Không có Envoy kèm sẵn cho máy này.", "There is no bundled Envoy for this platform.")
        folder = metrics_folder(place) if self._metrics_port else None
        metrics = told(folder) if folder else {"VCA_METRICS_PORT": "0"}
        ports = {service.name: free_port() for service in SERVICES} | {"portal": free_port()}
        import_what_services_share()
        reached = {
            "VCA_UPSTREAMS": json.dumps(ports),
            "VCA_HOME": str(place.home),
            "VCA_PUBLIC_URL": place.public_url,
            "VCA_ACCESS_LOG": str(place.run / "envoy" / "access.log"),
            **metrics,
        }
        # It needs no database: PostgreSQL starts beside it. Who starts a platform for long finds its pages made.
        ready = "/robots.txt" if self._quick else "/problems"
        self._supervisor.start(python_service("portal", PORTAL, ports["portal"], reached, ready, "/robots.txt"))
        urls, clients = self._prepare()
        self._say(", ".join([*(service.name for service in SERVICES), "portal", "Envoy"]))
        self._supervisor.start(
            *(
                python_service(
                    service.name,
                    service.app,
                    ports[service.name],
                    environment_of(place, urls, service.name) | calls_of(ports, clients, service.name) | metrics,
                    f"/v1/{service.name}/health/ready",
                    f"/v1/{service.name}/health/live",
                )
                for service in SERVICES
            )
        )
        config = gateway_config(place, ports)
        for words in unknown_proxy(config):
            self._say(words)
        render(config)
        # Over TLS Envoy is asked nothing: that it listens is enough.
        port = place.port if config.tls_cert is None else ports["portal"]
        asked, logs = http_question(str(config.admin_socket), "/ready"), [config.access_log]
        command = envoy.command(config)
        self._supervisor.start(
            Child("envoy", command, port, "/robots.txt", ends_last=True, asked=asked, other_logs=logs)
        )
        if folder and self._metrics_port:
            self._supervisor.start(metrics_child(place, config, folder, self._metrics_port, list(ports)))
        self._supervisor.wait()
        if not self._interrupted:
            self._config = config
        return urls

    def _prepare(self) -> tuple[dict[str, str], Mapping[str, tuple[str, str]]]:
        """Start PostgreSQL and bring the databases, the keys and the services' clients up to date."""
        from services.identity.bootstrap import ensure_keys, ensure_service_clients

        place = self._place
        if uses_embedded():
            self._server = EmbeddedPostgres(place.home, quick=self._quick)
            new = not (self._server.data / "PG_VERSION").exists()
            self._say("PostgreSQL" + (": tạo cụm dữ liệu mới / making a new cluster" if new else ""))
            self._server.start()
            self._supervisor.rotation.keep(self._server.log, self._server.reopen_log)
        urls = databases.ensure(self._server)
        served = databases.served(urls, self._server)
        settle(place.home, served)
        # Before anything is changed: with a home of its own, a second run would lock the first one out.
        check_keys(place.home, urls)
        connection_budget.check(urls, self._say)
        databases.migrate(served, self._say)
        asyncio.run(ensure_keys(urls["identity"], place.jwks))
        area = os.environ.get("VCA_AREA") or NATION
        return urls, asyncio.run(ensure_service_clients(urls["identity"], place.home, area))

    def _load_demo(self, urls: dict[str, str]) -> None:
        from vca.demo.scenarios import FIRST

        self._load(urls, FIRST, "dữ liệu mẫu Phú Thọ 8 tháng 2023, Hòa Bình 2023 / demo data")

    def _load(self, urls: dict[str, str], scenarios: Sequence[str], title: str) -> None:
        """Have the demo's accounts, and load scenarios where this home had none."""
        from services.identity.bootstrap import ensure_demo_accounts
        from vca.demo.load import load_scenario
        from vca.demo.registry import demo_organization

        place = self._place
        first = not place.credentials.exists()
        # Asked at every start: it mends what the file no longer opens and else changes nothing.
        credentials = asyncio.run(
            ensure_demo_accounts(urls["identity"], place.home, place.gateway, organization_id=demo_organization())
        )
        if first:
            self._say(title)
            for scenario in scenarios:
                load_scenario(place.gateway, credentials, scenario, lambda text: console.print(f"    {text}"))
        elif credentials == json.loads(place.credentials.read_text(encoding="utf-8")):
            return
        text = json.dumps({**credentials, "gateway": place.gateway}, ensure_ascii=False, indent=1)
        write_whole(place.credentials, text.encode(), replace=True)

    def _greet(self, seconds: float) -> None:
        place = self._place
        console.print(f"\nSẵn sàng sau {seconds:.1f} giây / ready. Ctrl-C để dừng / to stop.\n")
        console.print(f"  {place.gateway}/docs      API")
        console.print(f"  {place.gateway}/health    health")
        console.print(f"  {place.home}/logs         logs")
        if self._metrics_port:
            console.print(f"  http://127.0.0.1:{self._metrics_port}/metrics   số đo cho Prometheus / metrics")
        console.print(f"  {place.home}  {megabytes(place.home)} MB trên đĩa / on disk")
        if place.credentials.exists():
            console.print(f"  {place.credentials}  accounts and client systems of the demo\n")
            name = json.loads(place.credentials.read_text())["clients"][0]["client_id"]
            console.print("Thử / try:\n")
            console.print(
                f'  curl -s -H "Authorization: Bearer $({vca_command()} token {name})" '
                f"'{place.gateway}/v1/registry/indicator-values?from=2023-01-01&to=2023-08-31&province=25-2008'\n"
            )

    def _watch(self, config: Any) -> None:
        from services.gateway.watching import Watched

        if config is None:
            return
        watched = Watched(config, self._say)
        while not self._interrupted:
            time.sleep(0.1)
            if self._server is not None:
                self._server.look(self._say)
            self._supervisor.look()
            watched.look()


def vca_command() -> str:
    """Return how this `vca` is called from the present folder."""
    program = Path(sys.executable).parent / "vca"
    return os.path.relpath(program) if program.exists() else f"{sys.executable} -m vca"


def up(*, demo: bool | None) -> None:
    """Run the platform until it is told to stop. Raises Refusal."""
    place = Place.from_environment()
    for name in ("VCA_TODAY", "VCA_SANDBOX_CLOCK"):
        if os.environ.get(name):
            raise Refusal(
                f"{name} chỉ dùng cho vca sandbox: bản chạy thật theo ngày thật.",
                f"{name} is for vca sandbox only: a real deployment goes by the real day.",
            )
    with held(place):
        check_port(place)
        # A server of the user's own gets no invented data unless asked.
        Run(place, demo=uses_embedded() if demo is None else demo).run()


def is_up(place: Place) -> bool:
    """Say whether a run answers at this place's gateway."""
    return answers(place.port, "/robots.txt")
