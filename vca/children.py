"""The children of a run: services, portal and Envoy, as they are started, and as they go on under the next version."""

from __future__ import annotations

import json
from collections.abc import Mapping

from services.gateway.config import GatewayConfig
from vca import rolling
from vca.liveness import http_question
from vca.metrics import metrics_child, metrics_folder, told
from vca.processes import calls_of, environment_of, python_service
from vca.services import PORTAL, SERVICES
from vca.settings import Place
from vca.supervisor import Child

NAMES = [service.name for service in SERVICES]


def _live(name: str) -> str:
    return "/robots.txt" if name == "portal" else f"/v1/{name}/health/live"


class Children:
    """What one run starts. `inside_port`: where its services reach each other; `metrics_port`: None where nothing is counted."""

    def __init__(self, place: Place, *, quick: bool, inside_port: int, metrics_port: int | None) -> None:
        self._place, self._quick = place, quick
        self._inside_port, self._metrics_port = inside_port, metrics_port

    def portal(self, port: int) -> Child:
        """Return the portal."""
        place = self._place
        reached = {
            "VCA_UPSTREAMS": json.dumps({service.name: self._inside_port for service in SERVICES}),
            "VCA_HOME": str(place.home),
            "VCA_PUBLIC_URL": place.public_url,
            "VCA_ACCESS_LOG": str(place.run / "envoy" / "access.log"),
            **self._metrics(),
        }
        # It needs no database: PostgreSQL starts beside it. Who starts a platform for long finds its pages made.
        ready = "/robots.txt" if self._quick else "/problems"
        return python_service("portal", PORTAL, port, reached, ready, _live("portal"))

    def services(
        self, ports: Mapping[str, int], urls: dict[str, str], clients: Mapping[str, tuple[str, str]]
    ) -> list[Child]:
        """Return the services, each with the databases and client systems that it needs."""
        # One address for all that stays, whichever copy serves.
        inside = dict.fromkeys(ports, self._inside_port)
        return [
            python_service(
                service.name,
                service.app,
                ports[service.name],
                environment_of(self._place, urls, service.name)
                | calls_of(inside, clients, service.name)
                | self._metrics(),
                f"/v1/{service.name}/health/ready",
                _live(service.name),
            )
            for service in SERVICES
        ]

    def _metrics(self) -> dict[str, str]:
        return told(metrics_folder(self._place)) if self._metrics_port else {"VCA_METRICS_PORT": "0"}

    def envoy(self, config: GatewayConfig, portal_port: int) -> Child:
        """Return the gateway."""
        from services.gateway import envoy

        # Over TLS Envoy is asked nothing: that it listens is enough.
        port = self._place.port if config.tls_cert is None else portal_port
        asked, logs = http_question(str(config.admin_socket), "/ready"), [config.access_log]
        return Child("envoy", envoy.command(config), port, "/robots.txt", ends_last=True, asked=asked, other_logs=logs)

    def as_before(self, child: rolling.Kept, config: GatewayConfig) -> Child:
        """Return the child that a process is which goes on; should it die, it starts again with our code."""
        if child.name == "envoy":
            return self.envoy(config, child.port)
        if child.name == "metrics":
            return metrics_child(self._place, config, child.port, [*NAMES, "portal"])
        app = next((service.app for service in SERVICES if service.name == child.name), PORTAL)
        return python_service(child.name, app, child.port, child.environment, child.ready_path, _live(child.name))
