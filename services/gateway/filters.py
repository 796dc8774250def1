"""What each request passes through, in order: origins, compression, token, limit, refusals, size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from services.gateway.config import ALLOWED_HEADERS, EXPOSED_HEADERS, LOCAL_ORIGINS, MAX_BODY_BYTES, GatewayConfig

Json = dict[str, Any]
FILTER = "type.googleapis.com/envoy.extensions.filters.http"
_LIBRARY = "type.googleapis.com/envoy.extensions.compression"

CORS, TOKEN, LIMIT, REFUSE, BUFFER, MUTATE = (
    f"envoy.filters.http.{name}"
    for name in ("cors", "jwt_authn", "local_ratelimit", "fault", "buffer", "header_mutation")
)
_COMPRESSORS = {kind: f"envoy.filters.http.compressor.{kind}" for kind in ("br", "gzip")}
# A filter that is off for a route is not made for its calls.
_OFF = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}
_SUBJECT = "x-vca-sub"


def http_filters(config: GatewayConfig) -> list[Json]:
    """Return the filter chain of every request."""
    return [
        {"name": CORS, "typed_config": {"@type": f"{FILTER}.cors.v3.Cors"}},
        *_compressors(),
        {"name": TOKEN, "typed_config": _token_check(config)},
        {"name": LIMIT, "typed_config": _limit_per_caller(config)},
        {"name": REFUSE, "typed_config": {"@type": f"{FILTER}.fault.v3.HTTPFault"}, "disabled": True},
        {"name": BUFFER, "typed_config": {"@type": f"{FILTER}.buffer.v3.Buffer", "max_request_bytes": MAX_BODY_BYTES}},
        {"name": MUTATE, "typed_config": {"@type": f"{FILTER}.header_mutation.v3.HeaderMutation"}, "disabled": True},
        {
            "name": "envoy.filters.http.router",
            "typed_config": {
                "@type": f"{FILTER}.router.v3.Router",
                "suppress_envoy_headers": True,
                # The services count their answers by status themselves (kernel/runtime/metrics.py): measured, to count
                # them here once more for each cluster took 8,500 instructions of a read's 290,000.
                "dynamic_stats": False,
            },
        },
    ]


def _compressors() -> list[Json]:
    """Compress what is long enough; a strong ETag, which would promise the same bytes in each encoding, is weakened then.

    Services take a record's tag weakened as well: it guards writes by its version (kernel/records/embedding.py).
    """
    libraries = {
        "br": {"@type": f"{_LIBRARY}.brotli.compressor.v3.Brotli", "quality": 3},
        "gzip": {"@type": f"{_LIBRARY}.gzip.compressor.v3.Gzip", "compression_level": "COMPRESSION_LEVEL_1"},
    }

    def compressor(kind: str) -> Json:
        return {
            "@type": f"{FILTER}.compressor.v3.Compressor",
            "response_direction_config": {
                "common_config": {"min_content_length": 1024},
                "weaken_etag_on_compress": True,
            },
            "choose_first": kind == "br",
            "compressor_library": {"name": kind, "typed_config": libraries[kind]},
        }

    return [{"name": _COMPRESSORS[kind], "typed_config": compressor(kind)} for kind in libraries]


def compressing(*kinds: str) -> Json:
    """Return the part of a route whose answers are compressed by these alone (`br`, `gzip`)."""
    return {name: _OFF for kind, name in _COMPRESSORS.items() if kind not in kinds}


def without_cors() -> Json:
    """Return the part of a route that no page of another origin takes."""
    return {CORS: _OFF}


def _token_check(config: GatewayConfig) -> Json:
    """Every path needs a token unless its route says otherwise (`without_token`): what is forgotten is closed."""
    return {
        "@type": f"{FILTER}.jwt_authn.v3.JwtAuthentication",
        "bypass_cors_preflight": True,
        "providers": {
            "vca": {
                "issuer": config.issuer,
                "audiences": ["vca-api"],
                "local_jwks": {"inline_string": json.dumps({"keys": public_keys(config.jwks_file)})},
                "jwt_cache_config": {"jwt_cache_size": 2000},
                # Named, or Envoy would take a token from the query as well, where logs and histories keep it.
                "from_headers": [{"name": "authorization", "value_prefix": "Bearer "}],
                "forward": True,
                "require_expiration": True,
                "clock_skew_seconds": 10,
                "claim_to_headers": [{"header_name": _SUBJECT, "claim_name": "sub"}],
            }
        },
        "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "vca"}}],
    }


def without_token() -> Json:
    """Return the part of a route that needs no token."""
    return {TOKEN: {"@type": f"{FILTER}.jwt_authn.v3.PerRouteConfig", "disabled": True}}


def public_keys(path: Path) -> list[Json]:
    """Return the public P-256 keys of a JWKS file, without anything private.

    Raises ValueError if there is none, or one is no key: of such a set Envoy would take none.
    """
    try:
        keys = [
            {name: key[name] for name in ("kty", "crv", "x", "y", "kid", "alg", "use") if name in key}
            for key in json.loads(path.read_text(encoding="utf-8")).get("keys", [])
            if key.get("kty") == "EC" and key.get("crv") == "P-256"
        ]
        for key in keys:
            ECKey.import_key(key)
    except (AttributeError, KeyError, TypeError, JoseError) as error:
        raise ValueError(f"{path} is no set of keys") from error
    if not keys:
        raise ValueError(f"{path} holds no ES256 key")
    return keys


def _limit(name: str, per_minute: int, *, actions: list[list[Json]], entries: list[list[Json]]) -> Json:
    def bucket(size: int) -> Json:
        return {"max_tokens": size, "tokens_per_fill": size, "fill_interval": "60s"}

    on = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return {
        "@type": f"{FILTER}.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": name,
        # What no descriptor fits shares one bucket.
        "token_bucket": bucket(per_minute),
        "always_consume_default_token_bucket": False,
        "filter_enabled": on,
        "filter_enforced": on,
        "enable_x_ratelimit_headers": "DRAFT_VERSION_03",
        "rate_limits": [{"actions": action} for action in actions],
        "descriptors": [{"entries": entry, "token_bucket": bucket(per_minute)} for entry in entries],
        "max_dynamic_descriptors": 20_000,
    }


def _limit_per_caller(config: GatewayConfig) -> Json:
    """One bucket a subject over all paths; where no token is needed, one an address."""
    has_subject = [{"name": _SUBJECT, "present_match": True}]
    anonymous = {"header_value_match": {"descriptor_value": "yes", "expect_match": False, "headers": has_subject}}
    return _limit(
        "caller",
        config.share(config.limit_per_subject),
        actions=[
            [{"request_headers": {"header_name": _SUBJECT, "descriptor_key": "subject"}}],
            [anonymous, {"masked_remote_address": {}}],
        ],
        entries=[
            [{"key": "subject"}],
            [{"key": "header_match", "value": "yes"}, {"key": "masked_remote_address"}],
        ],
    )


def limited_by_address(per_minute: int) -> Json:
    """Return the part of a route that has a limit of its own for each address (for IPv6: each /64)."""
    return {
        LIMIT: _limit(
            "sign_in",
            per_minute,
            actions=[[{"masked_remote_address": {"v4_prefix_mask_len": 32, "v6_prefix_mask_len": 64}}]],
            entries=[[{"key": "masked_remote_address"}]],
        )
    }


def streaming_upload() -> Json:
    """Return the part of a route whose body is passed on as it comes."""
    return {BUFFER: {"@type": f"{FILTER}.buffer.v3.BufferPerRoute", "disabled": True}}


def answered_within(seconds: int) -> Json:
    """Return the part of a route whose service has so long to answer from the end of the request on.

    By the header that Envoy's router takes this from, and off: it heeds no `timeout` of a route that says how long its stream may last.
    """
    milliseconds = {"key": "x-envoy-upstream-rq-timeout-ms", "value": f"{seconds * 1000}"}
    mutation = {"append": {"header": milliseconds, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}}
    per_route = {"mutations": {"request_mutations": [mutation]}}
    return {MUTATE: {"@type": f"{FILTER}.header_mutation.v3.HeaderMutationPerRoute", **per_route}}


def refusing(status: int) -> Json:
    """Return the part of a route that refuses every call.

    Not Envoy's direct response: that is no route to the CORS filter, and a page could not read the refusal.
    """
    always = {"numerator": 100, "denominator": "HUNDRED"}
    abort = {"http_status": status, "percentage": always}
    return {REFUSE: {"@type": f"{FILTER}.fault.v3.HTTPFault", "abort": abort}}


def cors_policy(config: GatewayConfig) -> Json:
    """Return which web pages may call, with what, and what they may read of the answer."""
    origins: list[Json] = [{"exact": origin} for origin in config.cors_origins]
    return {
        "@type": f"{FILTER}.cors.v3.CorsPolicy",
        "allow_origin_string_match": origins or [{"safe_regex": {"regex": LOCAL_ORIGINS}}],
        "allow_methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "allow_headers": ", ".join(ALLOWED_HEADERS),
        "expose_headers": ", ".join(EXPOSED_HEADERS),
        "max_age": "600",
    }
