"""From where a sign-in comes: what the gateway tells identity, with and without proxies in front."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from services.gateway.config import PROXY_HEADER, GatewayConfig
from tests.gateway.edge import Edge
from vca.processes import unknown_proxy

SIGN_IN = "/v1/identity/authorize"


def told(gateway: Edge, peer: str, **headers: str) -> str:
    """Return the address that identity is told of a call that comes from `peer`."""
    with httpx.Client(base_url=gateway.url, transport=httpx.HTTPTransport(local_address=peer)) as client:
        received: dict[str, str] = client.get(SIGN_IN, headers=headers).json()["headers"]
    return received["x-vca-address"]


def test_without_a_named_proxy_it_is_who_connects_whatever_headers_say(edge: Edge) -> None:
    assert told(edge, "127.0.0.2") == "127.0.0.2"
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Vca-Address": "203.0.113.9", "X-Real-Ip": "203.0.113.9"}
    assert told(edge, "127.0.0.2", **forged) == "127.0.0.2"


@pytest.mark.parametrize(
    ("hops", "forwarded", "address"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "forged, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 10.0.0.5", "203.0.113.9"),
    ],
)
def test_behind_named_proxies_it_is_whom_the_first_of_them_saw(
    tmp_path: Path, ports: dict[str, int], hops: int, forwarded: str, address: str
) -> None:
    with Edge(tmp_path, ports, trusted_hops=hops) as gateway:
        assert told(gateway, "127.0.0.2", **{"X-Forwarded-For": forwarded}) == address


@pytest.mark.parametrize(
    ("public_url", "hops", "has_tls", "warns"),
    [
        ("https://htx.example.vn", 0, False, True),
        ("https://htx.example.vn", 1, False, False),
        ("https://htx.example.vn", 0, True, False),
        ("http://127.0.0.1:8000", 0, False, False),
    ],
)
def test_a_proxy_that_ends_tls_and_was_not_named_is_told_of_at_the_start(
    tmp_path: Path, public_url: str, hops: int, has_tls: bool, warns: bool
) -> None:
    certificate = tmp_path / "cert.pem" if has_tls else None
    config = GatewayConfig(
        run_dir=tmp_path,
        port=8000,
        public_url=public_url,
        upstreams={"identity": 1},
        jwks_file=tmp_path / "jwks.json",
        tls_cert=certificate,
        tls_key=certificate,
        trusted_hops=hops,
    )
    told = unknown_proxy(config)
    assert len(told) == (2 if warns else 0)
    assert all("VCA_TRUSTED_HOPS" in text for text in told)


@pytest.mark.parametrize(("hops", "told_of"), [(0, "unknown"), (1, None)])
def test_the_portal_hears_of_a_proxy_that_is_not_counted_from_the_gateway_and_from_no_client(
    tmp_path: Path, ports: dict[str, int], hops: int, told_of: str | None
) -> None:
    with Edge(tmp_path, ports, public_url="https://htx.example.vn", trusted_hops=hops) as gateway:
        received = httpx.get(f"{gateway.url}/status", headers={PROXY_HEADER: "forged"}).json()["headers"]
        assert received.get(PROXY_HEADER) == told_of
