"""Where each service is reached, how much at once, and how the gateway knows that it is well."""

from __future__ import annotations

import ipaddress
from typing import Any

Json = dict[str, Any]
ENVOY = "type.googleapis.com/envoy"


def address(host: str, port: int) -> Json:
    """Return an address as Envoy writes it."""
    return {"socket_address": {"address": host, "port_value": port}}


def _endpoints(where: int | str) -> list[tuple[str, int]]:
    if isinstance(where, int):
        return [("127.0.0.1", where)]
    parts = [part.strip().rpartition(":") for part in where.split(",")]
    return [(host.strip("[]"), int(port)) for host, _, port in parts]


def is_ip(host: str) -> bool:
    """Say whether a host is named by its address, which needs no looking up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def cluster(name: str, where: int | str, *, watched: bool = True) -> Json:
    """Return the cluster `name`: a port of the loopback, or addresses with commas between them.

    `watched`: whether it is left alone while it is not ready.
    """
    endpoints, ready = _endpoints(where), "/robots.txt" if name == "portal" else f"/v1/{name}/health/ready"
    return {
        "@type": f"{ENVOY}.config.cluster.v3.Cluster",
        "name": name,
        "type": "STATIC" if all(is_ip(host) for host, _ in endpoints) else "STRICT_DNS",
        "connect_timeout": "0.5s",
        "lb_policy": "LEAST_REQUEST",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(*at)}} for at in endpoints]}],
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
        **({"health_checks": [_health_check(ready)]} if watched else {}),
        # No window: unset, news of a service that is back would wait up to a second to be merged with other news.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}, "update_merge_window": "0s"},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{ENVOY}.extensions.upstreams.http.v3.HttpProtocolOptions",
                # Shorter than the services keep a connection, so that none is closed under a request.
                "common_http_protocol_options": {"idle_timeout": "60s"},
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }


def _health_check(path: str) -> Json:
    """A process that hangs is put aside within five seconds, one that is busy is not; one success brings it back at once.

    Whatever holds a service up for less than three seconds in one piece passes: three checks in a row have to fail. That
    one is answered in time under load is the service's own care (kernel/web/readiness.py). Together at most 0.5 s until
    the first, three times 0.8 s, and 0.5 s twice between them: 3.9 s.
    """
    return {
        "timeout": "0.8s",
        "interval": "0.5s",
        "no_traffic_healthy_interval": "0.5s",
        # Unset, a service that starts after the gateway and was never called would be looked at once a minute.
        "no_traffic_interval": "0.25s",
        # From the first failure on, also while it still counts as healthy.
        "unhealthy_interval": "0.5s",
        "unhealthy_threshold": 3,
        "healthy_threshold": 1,
        "http_health_check": {
            "path": path,
            # Unset, the first 503 would take it out, whatever the threshold says.
            "retriable_statuses": [{"start": 500, "end": 600}],
        },
    }
