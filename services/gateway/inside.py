"""Where services reach one another on this machine: one address that stays, whichever copy of a service serves.

It only passes calls on: a service checks each token itself. While a copy takes another's place, calls under way end where
they began and new ones go to the new copy, as from outside (docs/adr/0020).
"""

from __future__ import annotations

from typing import Any

from services.gateway.clusters import ENVOY, address, cluster
from services.gateway.config import GatewayConfig
from services.gateway.filters import FILTER
from services.gateway.replies import local_reply_config

Json = dict[str, Any]

# A read is sent again where a connection broke. Not where a service said 503: who called knows what to make of it.
_READ_AGAIN = {
    "retry_on": "connect-failure,refused-stream,reset",
    "num_retries": 2,
    "retry_back_off": {"base_interval": "0.05s", "max_interval": "0.2s"},
}
_ONCE = {**_READ_AGAIN, "retry_on": "connect-failure,refused-stream"}
_IS_GET = {"name": ":method", "string_match": {"exact": "GET"}}


def inside_clusters(config: GatewayConfig) -> list[Json]:
    """Return a second cluster of each service, for its health alone: one that is not well still says why."""
    if config.inside_port is None:
        return []
    return [cluster(_asked(name), config.upstreams[name], watched=False) for name in config.services]


def inside_listener(config: GatewayConfig, port: int) -> Json:
    """Return the listener of calls between services."""
    return {
        "@type": f"{ENVOY}.config.listener.v3.Listener",
        "name": "inside",
        "address": address("127.0.0.1", port),
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": _connection_manager(config),
                    }
                ]
            }
        ],
    }


def _connection_manager(config: GatewayConfig) -> Json:
    router = {"@type": f"{FILTER}.router.v3.Router", "suppress_envoy_headers": True}
    return {
        "@type": f"{ENVOY}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "inside",
        # Who called first is told on as it came.
        "skip_xff_append": True,
        "generate_request_id": False,
        "preserve_external_request_id": True,
        "max_request_headers_kb": 24,
        "server_header_transformation": "PASS_THROUGH",
        # Longer than a client keeps a connection that it does not use, so that none is closed under a request.
        "common_http_protocol_options": {"idle_timeout": "300s"},
        "local_reply_config": local_reply_config(),
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
        "route_config": {
            "name": "inside",
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [route for name in config.services for route in _routes(name)],
                }
            ],
        },
    }


def _asked(service: str) -> str:
    return f"{service}-asked"


def _routes(service: str) -> list[Json]:
    below = {"prefix": f"/v1/{service}/"}
    return [
        _route({"prefix": f"/v1/{service}/health/"}, _asked(service), _ONCE),
        _route({**below, "headers": [_IS_GET]}, service, _READ_AGAIN),
        _route(below, service, _ONCE),
    ]


def _route(match: Json, cluster: str, retry: Json) -> Json:
    # Who calls has a deadline of its own; an export of everything takes as long as it takes.
    return {
        "match": match,
        "route": {"cluster": cluster, "retry_policy": retry, "timeout": "0s", "idle_timeout": "120s"},
    }
