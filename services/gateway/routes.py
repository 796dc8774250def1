"""Which path goes where, and what holds there: token, time, size, retries."""

from __future__ import annotations

from typing import Any

from services.gateway.clusters import ENVOY
from services.gateway.config import (
    AUTHORIZATION_SERVER_PATHS,
    CALL_SECONDS,
    DOWNLOAD_PATHS,
    LONG_POLL_SECONDS,
    LONGEST_CALL_SECONDS,
    MAX_ADDRESS_BYTES,
    MAX_BODY_BYTES,
    MAX_NEXT_BYTES,
    MAX_UPLOAD_BYTES,
    OFFICER_PATHS,
    OPEN_PATHS,
    PORTAL_PATHS,
    PROXY_HEADER,
    SIGN_IN_PATHS,
    SIGNED_PATHS,
    SLOWEST_BODY_SECONDS,
    UPLOAD_PATHS,
    GatewayConfig,
)
from services.gateway.filters import (
    CORS,
    answered_within,
    compressing,
    cors_policy,
    limited_by_address,
    refusing,
    streaming_upload,
    without_cors,
    without_token,
)

Json = dict[str, Any]
_MATCHER = "type.googleapis.com/envoy.type.matcher.v3"

_BACK_OFF = {"base_interval": "0.05s", "max_interval": "0.5s"}
# What may be done twice (reads, and writes with an Idempotency-Key) is also tried again when an answer was lost.
REPEATABLE = {
    "retry_on": "connect-failure,refused-stream,reset,retriable-status-codes",
    "retriable_status_codes": [503],
    "num_retries": 3,
    "retry_back_off": _BACK_OFF,
}
# A read that a process holds for longer than it takes to put one aside that hangs (clusters.py) is asked of another as well,
# or refused where there is none; whichever answers first is heard.
READ = REPEATABLE | {
    "per_try_timeout": "4.7s",
    "retry_host_predicate": [
        {
            "name": "envoy.retry_host_predicates.previous_hosts",
            "typed_config": {
                "@type": f"{ENVOY}.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
            },
        }
    ],
    "host_selection_retry_max_attempts": 3,
}
# Any other write is sent again only when the service cannot have seen it.
ONCE = {"retry_on": "connect-failure,refused-stream", "num_retries": 3, "retry_back_off": _BACK_OFF}

_IS_GET = {"name": ":method", "string_match": {"exact": "GET"}}
_IS_POST = {"name": ":method", "string_match": {"exact": "POST"}}
# What the services' HTTP parser reads; on any other it hangs up.
_READ = (
    "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|QUERY|SEARCH|TRACE|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|REPORT"
)
_HAS_IDEMPOTENCY_KEY = {"name": "idempotency-key", "present_match": True}
_LARGEST_NUMBER = 2**62
# The address that limits go by, under a name that no client can send (listener.py): X-Forwarded-For also holds what it said.
_TRUSTED_ADDRESS = {
    "header": {"key": "x-vca-address", "value": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"},
    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
}
# What the portal says to administrators alone (portal/routes.py).
_UNKNOWN_PROXY = {
    "header": {"key": PROXY_HEADER, "value": "unknown"},
    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
}


def route_config(config: GatewayConfig) -> Json:
    """Return the routes: those of each service in a list of their own, in which the first that fits decides.

    Measured: in one list for all, a read passed by 150 routes, which took a fifth of its CPU here.
    """
    headers = [
        # Of an encoding as well: what passes by the compressors (`_plain_reads`) would not say so.
        ("vary", "Origin, Accept-Encoding", "APPEND_IF_EXISTS_OR_ADD"),
        ("x-content-type-options", "nosniff", "OVERWRITE_IF_EXISTS_OR_ADD"),
    ]
    if config.tls_cert is not None:
        headers.append(("strict-transport-security", "max-age=31536000", "OVERWRITE_IF_EXISTS_OR_ADD"))
    lists = {f"/v1/{service}/": _lists_of(service, config) for service in config.services}
    others = _of_known_method(_list(_other_routes(config)), config)
    return {
        "name": "edge",
        "virtual_hosts": [
            {
                "name": "all",
                "domains": ["*"],
                "typed_per_filter_config": {CORS: cors_policy(config)},
                "response_headers_to_add": [
                    {"header": {"key": key, "value": value}, "append_action": action} for key, value, action in headers
                ],
                "matcher": {
                    "matcher_list": {"matchers": [_address_too_long(config)]},
                    # Envoy takes no tree without branches.
                    "on_no_match": {"matcher": {**_tree(":path", "prefix_match_map", lists), "on_no_match": others}}
                    if lists
                    else others,
                },
            }
        ],
    }


def _tree(header: str, how: str, branches: dict[str, Json]) -> Json:
    """Return what chooses among `branches` by a header, in one step however many there are."""
    return {"matcher_tree": {"input": _header(header), how: {"map": branches}}}


def _header(name: str) -> Json:
    by = {"@type": f"{_MATCHER}.HttpRequestHeaderMatchInput", "header_name": name}
    return {"name": name, "typed_config": by}


def _pattern(regex: str) -> Json:
    return {"safe_regex": {"google_re2": {}, "regex": regex}}


def _test(header: str, value: Json) -> Json:
    return {"single_predicate": {"input": _header(header), "value_match": value}}


def _list(routes: list[Json]) -> Json:
    """Return the end of a choice: routes, of which the first that fits decides."""
    return {
        "action": {"name": "routes", "typed_config": {"@type": f"{ENVOY}.config.route.v3.RouteList", "routes": routes}}
    }


def _lists_of(service: str, config: GatewayConfig) -> Json:
    """Return the routes of a service: for reads, which are most, those alone that a read can take."""
    routes = [
        *_upload_routes(service),
        _refusal({"prefix": "/", "headers": [_body_above(MAX_BODY_BYTES)]}, 413, service),
        *_service_routes(service, config),
    ]
    if service == "identity":
        # Its sign-in paths share a limit, which goes by the route: each stands once.
        return _of_known_method(_list(routes), config)
    of_reads = _list([route for route in routes if _IS_POST not in route["match"]["headers"]])
    below = dict.fromkeys(_beginnings_of_special_reads(service), of_reads)
    plain = _list(_plain_reads(service))
    reads = {"matcher": {**_tree(":path", "prefix_match_map", below), "on_no_match": plain}}
    by_method = _tree(":method", "exact_match_map", {"GET": reads})
    return {"matcher": {**by_method, "on_no_match": _of_known_method(_list(routes), config)}}


def _beginnings_of_special_reads(service: str) -> list[str]:
    """Return how the addresses begin of which `_service_routes` knows more than that they are read."""
    open_paths = (*OPEN_PATHS["*"], *OPEN_PATHS.get(service, ()))
    signed = [pattern.partition("[")[0] for pattern in SIGNED_PATHS]
    return [f"/v1/{service}/{path}" for path in (*open_paths, *signed, *DOWNLOAD_PATHS, "changes")]


def _plain_reads(service: str) -> list[Json]:
    """Return the routes of the most frequent calls: past those filters alone that have something to do there.

    Measured: a compressor takes 7,000 instructions of a read's 290,000 also where it compresses nothing, CORS 2,400. The
    counting of a body (1,800) stays: that one comes in pieces cannot be seen here.
    """
    absent = ("accept-encoding", "origin", "content-length")
    by_program = [{"name": name, "present_match": True, "invert_match": True} for name in absent]
    takes_brotli = {"name": "accept-encoding", "string_match": {"contains": "br"}}

    def read(*headers: Json, per_filter: Json) -> Json:
        return _route(_match_path(service, "", *headers), service, retry=READ, per_filter=per_filter)

    return [
        read(*by_program, per_filter=compressing() | without_cors()),
        _refusal({"prefix": "/", "headers": [_body_above(MAX_BODY_BYTES)]}, 413, service),
        read(takes_brotli, per_filter=compressing("br")),
        read(per_filter=compressing("gzip")),
    ]


def _other_routes(config: GatewayConfig) -> list[Json]:
    any_cluster = next(iter(config.upstreams))
    return [
        _refusal({"prefix": "/", "headers": [_body_above(MAX_BODY_BYTES)]}, 413, any_cluster),
        *(_authorization_server_routes() if "identity" in config.upstreams else ()),
        *(_portal_routes(config) if "portal" in config.upstreams else ()),
        *([_page_of_nothing()] if "portal" in config.upstreams else ()),
        _refusal({"prefix": "/"}, 404, any_cluster, without_token()),
    ]


def _address_too_long(config: GatewayConfig) -> Json:
    """Return what is refused wherever it goes: a longer address."""
    has_cursor = _test(":path", {"contains": "&cursor="})
    # Of most calls only the first is asked.
    too_long = [_longer_than(MAX_ADDRESS_BYTES), _any_of({"not_matcher": has_cursor}, _longer_than(MAX_NEXT_BYTES))]
    return {
        "predicate": {"and_matcher": {"predicate": too_long}},
        "on_match": _list([_refusal({"prefix": "/"}, 414, next(iter(config.upstreams)))]),
    }


def _of_known_method(choice: Json, config: GatewayConfig) -> Json:
    """Return `choice`, but for a method that the services' parser does not know, which is refused."""
    any_cluster = next(iter(config.upstreams))
    refused = {
        "predicate": {"not_matcher": _test(":method", _pattern(_READ))},
        "on_match": _list([_refusal({"prefix": "/"}, 405, any_cluster, without_token())]),
    }
    return {"matcher": {"matcher_list": {"matchers": [refused]}, "on_no_match": choice}}


def _any_of(*tests: Json) -> Json:
    return {"or_matcher": {"predicate": list(tests)}}


def _longer_than(size: int) -> Json:
    """A path and query of more than `size` bytes. RE2 repeats at most 1,000 times, so the thousands are written out."""
    thousands, rest = divmod(size, 1000)
    return _test(":path", _pattern(".{1000}" * thousands + f".{{{rest}}}.+"))


def _route(
    match: Json,
    cluster: str,
    *,
    retry: Json,
    seconds: int = CALL_SECONDS,
    has_body: bool = False,
    per_filter: Json | None = None,
) -> Json:
    """Return one route; 0 `seconds` is no limit but that something must flow every two minutes.

    A call has so many seconds from its beginning on; where it `has_body`, which may take its time to come, from the end of the
    request on. What may take longer ends after 90 seconds in which nothing flows. One clock for each read: measured, one
    more takes 2,500 instructions, one of standing still 5,300.
    """
    lasts, still, filters = seconds, {}, per_filter or {}
    if has_body:
        lasts, filters = SLOWEST_BODY_SECONDS + seconds, filters | answered_within(seconds)
    elif seconds == LONGEST_CALL_SECONDS:
        lasts, still = SLOWEST_BODY_SECONDS + seconds, {"idle_timeout": "90s"}
    elif not seconds:
        still = {"idle_timeout": "120s"}
    return {
        "match": match,
        "route": {
            "cluster": cluster,
            "retry_policy": retry,
            **({"hedge_policy": {"hedge_on_per_try_timeout": True}} if "per_try_timeout" in retry else {}),
            "max_stream_duration": {"max_stream_duration": f"{lasts}s"},
            **still,
        },
        **({"typed_per_filter_config": filters} if filters else {}),
    }


def _refusal(match: Json, status: int, cluster: str, per_filter: Json | None = None) -> Json:
    # A route must name a cluster; nothing gets there.
    return _route(match, cluster, retry=ONCE, per_filter=refusing(status) | (per_filter or {}))


def _match_path(service: str, path: str, *headers: Json) -> Json:
    """Match one path, or all below it. Plain text where it will do: each pattern costs every later route's calls."""
    how = "prefix" if not path or path.endswith("/") else "path"
    return {how: f"/v1/{service}/{path}", "headers": list(headers)}


def _match_pattern(service: str, paths: tuple[str, ...], *headers: Json) -> Json:
    return {"safe_regex": {"regex": f"/v1/{service}/({'|'.join(paths)})"}, "headers": list(headers)}


def _body_above(size: int) -> Json:
    """Announced sizes are refused before the body is sent; one that is not announced is counted as it comes."""
    return {"name": "content-length", "range_match": {"start": size + 1, "end": _LARGEST_NUMBER}}


def _upload_routes(service: str) -> list[Json]:
    return [
        route
        for path in UPLOAD_PATHS
        for route in (
            _refusal(_match_path(service, path, _IS_POST, _body_above(MAX_UPLOAD_BYTES)), 413, service),
            _route(
                _match_path(service, path, _IS_POST),
                service,
                retry=ONCE,
                seconds=LONGEST_CALL_SECONDS,
                per_filter=streaming_upload(),
            ),
        )
    ]


def _service_routes(service: str, config: GatewayConfig) -> list[Json]:
    routes = []
    if service == "identity":
        # One route, so that its paths share one limit.
        by_address = limited_by_address(config.share(config.limit_sign_in))
        routes.append(
            _route(
                _match_pattern(service, SIGN_IN_PATHS),
                service,
                retry=ONCE,
                has_body=True,
                per_filter=without_token() | by_address,
            )
            | {"request_headers_to_add": [_TRUSTED_ADDRESS]}
        )
    for path in (*OPEN_PATHS["*"], *OPEN_PATHS.get(service, ())):
        routes.append(
            _route(_match_path(service, path), service, retry=ONCE, has_body=True, per_filter=without_token())
        )
    routes.append(
        _route(
            _match_pattern(service, SIGNED_PATHS, _IS_GET),
            service,
            retry=REPEATABLE,
            seconds=0,
            per_filter=without_token(),
        )
    )
    for path in DOWNLOAD_PATHS:
        routes.append(_route(_match_path(service, path, _IS_GET), service, retry=REPEATABLE, seconds=0))
    return [
        *routes,
        _route(_match_path(service, "changes", _IS_GET), service, retry=REPEATABLE, seconds=LONG_POLL_SECONDS),
        _route(_match_path(service, "", _IS_GET), service, retry=READ),
        _route(_match_path(service, "", _IS_POST, _HAS_IDEMPOTENCY_KEY), service, retry=REPEATABLE, has_body=True),
        _route(_match_path(service, ""), service, retry=ONCE, has_body=True),
    ]


def _authorization_server_routes() -> list[Json]:
    """Answer with identity's own documents: the one place where a path is rewritten."""
    routes = []
    for path, document in AUTHORIZATION_SERVER_PATHS.items():
        route = _route({"path": path}, "identity", retry=REPEATABLE, per_filter=without_token())
        route["route"]["prefix_rewrite"] = f"/v1/identity/.well-known/{document}"
        routes.append(route)
    return routes


def _page_of_nothing() -> Json:
    """A person at an address that is none is shown a page; a program gets the gateway's own problem document."""
    of_browser = {"name": "accept", "string_match": {"contains": "text/html"}}
    match = {"prefix": "/", "headers": [_IS_GET, of_browser]}
    return _route(match, "portal", retry=READ, per_filter=without_token())


def _portal_routes(config: GatewayConfig) -> list[Json]:
    matches = [{"path": "/"}, *({"path_separated_prefix": path} for path in PORTAL_PATHS)]
    # One route, so that its paths share one limit. A code of identity's is good once: nothing here is tried again.
    by_address = limited_by_address(config.share(config.limit_sign_in))
    officer = {"safe_regex": {"regex": "|".join(OFFICER_PATHS)}}
    return [
        _route(officer, "portal", retry=ONCE, has_body=True, per_filter=without_token() | by_address),
        *(
            _route(match, "portal", retry=READ, per_filter=without_token())
            | ({"request_headers_to_add": [_UNKNOWN_PROXY]} if config.has_unknown_proxy else {})
            for match in matches
        ),
    ]
