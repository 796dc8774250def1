"""Where the gateway listens: its connections, how each request is read, and the line it leaves in the log."""

from __future__ import annotations

from typing import Any

from services.gateway import certificates
from services.gateway.access_log import access_logs
from services.gateway.clusters import ENVOY, address
from services.gateway.config import HEADERS_SECONDS, GatewayConfig
from services.gateway.filters import http_filters
from services.gateway.replies import local_reply_config
from services.gateway.routes import route_config
from services.gateway.tracing import tracing

Json = dict[str, Any]


def edge_listener(config: GatewayConfig) -> Json:
    """Return the listener of everything that comes from outside."""
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
                "@type": f"{ENVOY}.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                "common_tls_context": {
                    "alpn_protocols": ["h2", "http/1.1"],
                    "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                    # By a file of its own: a new certificate is served without a new listener.
                    "tls_certificate_sds_secret_configs": [certificates.source(config.run_dir)],
                },
            },
        }
    return {
        "@type": f"{ENVOY}.config.listener.v3.Listener",
        "name": "edge",
        "address": address(config.bind, config.port),
        # What a slow reader may make us hold; a body up to its own limit is collected beside this.
        "per_connection_buffer_limit_bytes": 256 * 1024,
        "filter_chains": [chain],
    }


def _connection_manager(config: GatewayConfig) -> Json:
    return {
        "@type": f"{ENVOY}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
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
                "@type": f"{ENVOY}.extensions.request_id.uuid.v3.UuidRequestIdConfig",
                # Else a digit of the caller's own id is overwritten.
                "pack_trace_reason": False,
                # Else no call with an id of the caller's own, which need be no UUID, is ever traced.
                "use_request_id_for_trace_sampling": False,
            }
        },
        "max_request_headers_kb": 24,
        # How long a call may stand still is the route's to say (routes.py). Said here as well, it is a clock more for each
        # call: 5,300 instructions of a read's 290,000 for standing still, 2,300 for reading a request.
        "stream_idle_timeout": "0s",
        "stream_flush_timeout": "90s",
        "common_http_protocol_options": {
            "headers_with_underscores_action": "DROP_HEADER",
            "idle_timeout": "300s",
            # Until a call has its route, so for its headers: each route says how long its calls may last (routes.py). Measured:
            # a clock for the headers alone took 2,200 instructions more.
            "max_stream_duration": f"{HEADERS_SECONDS}s",
        },
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
                    "@type": f"{ENVOY}.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
                    "mutations": [
                        {"remove_on_match": {"key_matcher": {"prefix": prefix}}} for prefix in ("x-vca-", "x-envoy-")
                    ],
                },
            }
        ],
        "access_log": access_logs(config.access_log),
        "local_reply_config": local_reply_config(),
        "http_filters": http_filters(config),
        **tracing(config),
        "route_config": route_config(config),
    }
