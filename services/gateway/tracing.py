"""Spans of the gateway itself, where VCA_OTLP_ENDPOINT says to send them. A caller's `traceparent` is carried on either way."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from services.gateway.clusters import ENVOY, address, is_ip
from services.gateway.config import GatewayConfig

Json = dict[str, Any]
COLLECTOR = "otlp"


def tracing(config: GatewayConfig) -> Json:
    """Return the part of the connection manager that makes spans; nothing without an endpoint.

    Of traces that begin here, `trace_share` are recorded; whoever sends a `traceparent` has decided that already.
    """
    if not config.otlp_endpoint:
        return {}
    service = {
        "http_uri": {
            "uri": f"{config.otlp_endpoint.rstrip('/')}/v1/traces",
            "cluster": COLLECTOR,
            "timeout": "5s",
        }
    }
    provider = {
        "name": "envoy.tracers.opentelemetry",
        "typed_config": {
            "@type": f"{ENVOY}.config.trace.v3.OpenTelemetryConfig",
            "http_service": service,
            "service_name": "gateway",
        },
    }
    return {
        "tracing": {
            "provider": provider,
            "random_sampling": {"value": config.trace_share * 100},
            # Nothing of a path and its query: they may name people.
            "max_path_tag_length": 0,
        }
    }


def collector(config: GatewayConfig) -> list[Json]:
    """Return the cluster that spans are sent to; none without an endpoint."""
    if not config.otlp_endpoint:
        return []
    at = urlsplit(config.otlp_endpoint)
    is_tls, host = at.scheme == "https", at.hostname or ""
    endpoint = {"endpoint": {"address": address(host, at.port or (443 if is_tls else 80))}}
    cluster: Json = {
        "@type": f"{ENVOY}.config.cluster.v3.Cluster",
        "name": COLLECTOR,
        "type": "STATIC" if is_ip(host) else "STRICT_DNS",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": COLLECTOR, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
    if is_tls:
        context = {"@type": f"{ENVOY}.extensions.transport_sockets.tls.v3.UpstreamTlsContext", "sni": host}
        cluster["transport_socket"] = {"name": "envoy.transport_sockets.tls", "typed_config": context}
    return [cluster]
