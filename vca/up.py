"""`vca up`: PostgreSQL, migrations, services, portal and Envoy, in order; the demo once; all ends together."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from kernel.storage.keys import write_whole
from kernel.web.auth import NATION
from services.gateway.config import GatewayConfig
from services.gateway.watching import Watched
from vca import connection_budget, databases, rolling
from vca.checked_settings import check_settings, check_settings_of_gateway
from vca.children import NAMES, Children
from vca.errors import Refusal
from vca.exposure import bound_to, check_exposure
from vca.homes import check_port, console, held, say
from vca.keys import check_keys
from vca.metrics import empty_metrics_folder, metrics_child, metrics_port
from vca.packages import megabytes
from vca.postgres import EmbeddedPostgres, free_port, keep_port
from vca.processes import (
    DRAIN_SECONDS,
    gateway_config,
    import_what_services_share,
    render,
    unknown_proxy,
    wait_for_calls,
)
from vca.restoring import settle
from vca.services import SERVICES
from vca.settings import Place, uses_embedded
from vca.supervisor import Supervisor, answers

Say = Callable[[str], None]


class Run:
    """One run of the platform."""

    def __init__(
        self,
        place: Place,
        *,
        demo: bool,
        quick: bool = False,
        lock: int | None = None,
        kept: rolling.Handover | None = None,
    ) -> None:
        self._place, self._demo, self._quick = place, demo, quick
        self._lock, self._kept = lock, kept
        keep_port(place.port)
        self._inside_port = free_port() if kept is None else kept.inside_port
        self._urls: dict[str, str] = {}
        self._upgrade_asked, self._terminal = False, rolling.terminal()
        self._say: Say = say
        self._server: EmbeddedPostgres | None = None
        self._supervisor = Supervisor(place.logs, self._say)
        self._interrupted = self._forced = False
        self._config: GatewayConfig | None = None
        self._watched: Watched | None = None
        # A sandbox is nobody's to watch.
        self._metrics_port = None if quick else metrics_port() if kept is None else kept.port("metrics")
        self._children = Children(place, quick=quick, inside_port=self._inside_port, metrics_port=self._metrics_port)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._forced = self._interrupted
        self._interrupted = self._supervisor.stopping = True

    def _on_hangup(self, number: int, frame: FrameType | None) -> None:
        """Upgrade, unless it only says that the terminal is gone: then it is a stop, as it would be without us."""
        if self._terminal and not rolling.terminal():
            self._terminal = False
            if self._hangup_ends:
                self._on_signal(number, frame)
            return
        self._upgrade_asked = True

    def run(self) -> None:
        """Start everything, keep it running until Ctrl-C or SIGTERM, then end it. Raises Refusal."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        # Whoever starts us by nohup does not want the end of the terminal to be ours.
        ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        self._hangup_ends = not ignored if self._kept is None else self._kept.hangup_ends
        if self._lock is not None:
            signal.signal(signal.SIGHUP, self._on_hangup)
        rolling.begin_signals()
        began = time.monotonic()
        try:
            if self._kept is not None:
                self._take_over(self._kept)
            else:
                self._urls = self._start()
                if not self._interrupted:
                    if self._demo:
                        self._load_demo(self._urls)
                    self._greet(time.monotonic() - began)
            self._watch()
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
        envoy.drain(self._config, with_services=True)
        self._supervisor.drain()
        cut_off = wait_for_calls(self._config, lambda: not self._forced and self._supervisor.runs("envoy"))
        if cut_off:
            self._say(f"còn {cut_off} yêu cầu bị cắt / {cut_off} calls are cut off")

    def _start(self) -> dict[str, str]:
        from services.gateway import envoy

        place = self._place
        check_exposure(bound_to())
        if envoy.binary() is None:
            raise Refusal("Không có Envoy kèm sẵn cho máy này.", "There is no bundled Envoy for this platform.")
        if self._metrics_port:
            empty_metrics_folder(place)
        ports = {service.name: free_port() for service in SERVICES} | {"portal": free_port()}
        import_what_services_share()
        self._supervisor.start(self._children.portal(ports["portal"]))
        urls, clients = self._prepare()
        self._say(", ".join([*(service.name for service in SERVICES), "portal", "Envoy"]))
        self._supervisor.start(*self._children.services(ports, urls, clients))
        config = gateway_config(place, ports, inside_port=self._inside_port)
        for words in unknown_proxy(config):
            self._say(words)
        render(config)
        self._supervisor.start(self._children.envoy(config, ports["portal"]))
        if self._metrics_port:
            self._supervisor.start(metrics_child(place, config, self._metrics_port, list(ports)))
        self._supervisor.wait()
        if not self._interrupted:
            self._config = config
        return urls

    def _take_over(self, kept: rolling.Handover) -> None:
        """Go on where the version before was, then put its services' new copies in place of the old ones.

        Whatever goes wrong on the way, those that serve go on serving.
        """
        began = time.monotonic()
        if uses_embedded():
            self._server = EmbeddedPostgres(self._place.home, quick=self._quick)
            self._server.adopt(kept.postgres_pid, kept.postgres_port, kept.locks["postgres"])
            self._supervisor.rotation.keep(self._server.log, self._server.reopen_log)
        ports = {name: port for name in (*NAMES, "portal") if (port := kept.port(name))}
        self._config = gateway_config(self._place, ports, inside_port=self._inside_port)
        for child in kept.children:
            self._supervisor.adopt(self._children.as_before(child, self._config), child.pid, leaving=child.leaving)
        try:
            self._urls = databases.ensure(self._server)
            import_what_services_share()
            self._roll(self._urls)
        except Refusal as refusal:
            self._say(f"dừng nâng cấp: {refusal.vi} / the upgrade stops: {refusal.en}")
        except Exception as error:
            self._say(f"dừng nâng cấp / the upgrade stops: {type(error).__name__}: {error}")
        else:
            self._say(f"đã nâng cấp sau {time.monotonic() - began:.1f} giây / upgraded")

    def _roll(self, urls: dict[str, str]) -> None:
        """Expand the databases, and replace the services and the portal. Raises Refusal."""
        databases.migrate(databases.served(urls, self._server), self._say)
        clients = self._clients(urls)
        ports = {service.name: free_port() for service in SERVICES}
        assert self._config is not None
        rolling.Rolling(self._supervisor, self._config, self._use, self._pass_time, self._say).replace(
            [*self._children.services(ports, urls, clients), self._children.portal(free_port())]
        )
        if self._metrics_port:
            self._supervisor.exchange(metrics_child(self._place, self._config, self._metrics_port, [*NAMES, "portal"]))

    def _use(self, config: GatewayConfig) -> None:
        """Have the gateway run with another configuration."""
        from services.gateway import envoy

        self._config = config
        envoy.render(config)

    def _upgrade(self) -> None:
        """Give our place to the version that lies there now, if it can take it."""
        self._say("nâng cấp: thử phiên bản mới / an upgrade: trying the new version")
        try:
            rolling.try_new(self._handover(), self._urls, self._supervisor, self._pass_time)
            if not self._interrupted:
                rolling.hand_over(self._handover())
        except Refusal as refusal:
            self._say(f"không nâng cấp: {refusal.vi} / not upgraded: {refusal.en}")
        except OSError as error:
            self._say(f"không nâng cấp / not upgraded: {error.strerror}")

    def _handover(self) -> rolling.Handover:
        assert self._lock is not None
        pid, port, lock = self._server.hand_over() if self._server is not None else (0, 0, None)
        children = [
            rolling.Kept(child.name, child.pid, child.port, child.ready_path, child.title, child.environment, leaving)
            for child, leaving in self._supervisor.all()
        ]
        locks = {"home": self._lock} | ({} if lock is None else {"postgres": lock})
        return rolling.Handover(children, self._inside_port, self._hangup_ends, locks, pid, port)

    def _pass_time(self) -> None:
        """Wait a moment, looking after everything."""
        time.sleep(0.05)
        self._look()

    def _prepare(self) -> tuple[dict[str, str], Mapping[str, tuple[str, str]]]:
        """Start PostgreSQL and bring the databases, the keys and the services' clients up to date."""
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
        return urls, self._clients(urls)

    def _clients(self, urls: dict[str, str]) -> dict[str, tuple[str, str]]:
        """Have the keys that sign, and the client systems as which services call each other."""
        from services.identity.bootstrap import ensure_keys, ensure_service_clients

        asyncio.run(ensure_keys(urls["identity"], self._place.jwks))
        area = os.environ.get("VCA_AREA") or NATION
        return asyncio.run(ensure_service_clients(urls["identity"], self._place.home, area))

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

    def _watch(self) -> None:
        while not self._interrupted:
            time.sleep(0.1)
            self._look()
            if self._upgrade_asked:
                self._upgrade_asked = False
                self._upgrade()

    def _look(self) -> None:
        """Start again what died or hangs, and have the gateway know the newest keys and certificate."""
        if self._server is not None:
            self._server.look(self._say)
        self._supervisor.look()
        if self._watched is None and self._config is not None:
            self._watched = Watched(self._config, self._say)
        if self._watched is not None:
            self._watched.look()


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
    if rolling.is_check():
        # A version that would not start with these settings takes nobody's place.
        check_settings()
        rolling.check(sys.stdin)
        return
    kept = rolling.taken_over()
    if kept is None:
        check_settings_of_gateway()
    with held(place, kept.locks["home"] if kept else None) as lock:
        if kept is None:
            check_port(place)
        # Whom an upgrade is told to.
        (place.run / "up.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
        # A server of the user's own gets no invented data unless asked.
        Run(place, demo=uses_embedded() if demo is None else demo, lock=lock, kept=kept).run()


def is_up(place: Place) -> bool:
    """Say whether a run answers at this place's gateway."""
    return answers(place.port, "/robots.txt")
