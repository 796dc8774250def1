"""Two gateways before the same services: what one caller may do a minute holds for both together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.config import GatewayConfig
from tests.gateway.edge import Edge
from tests.support.tokens import token

ORGANIZATIONS, SIGN_IN = "/v1/registry/organizations", "/v1/identity/token"
PER_SUBJECT, PER_ADDRESS = 40, 20


@pytest.fixture
def edges(tmp_path: Path, ports: dict[str, int]) -> Iterator[list[Edge]]:
    """Two gateways that are told that they are two."""
    made = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        limits: dict[str, Any] = {"limit_per_subject": PER_SUBJECT, "limit_sign_in": PER_ADDRESS}
        made.append(Edge(tmp_path / name, ports, gateways=2, **limits))
    with made[0], made[1]:
        yield made


def by_turns(clients: list[httpx.Client], method: str, path: str, count: int) -> Counter[int]:
    """Call through one after the other, as what stands before the gateways does; return how many had which status."""
    return Counter(clients[number % len(clients)].request(method, path).status_code for number in range(count))


def test_a_callers_total_over_both_is_the_limit(edges: list[Edge]) -> None:
    bearer = token("registry.read", area="25-2025")
    with edges[0].client(bearer) as one, edges[1].client(bearer) as other:
        answered = by_turns([one, other], "GET", ORGANIZATIONS, 2 * PER_SUBJECT)
        assert set(answered) == {200, 429}
        assert 0.8 * PER_SUBJECT <= answered[200] <= 1.2 * PER_SUBJECT
        assert {client.get(ORGANIZATIONS).headers["x-ratelimit-limit"] for client in (one, other)} == {"20"}


def test_an_addresss_total_of_sign_ins_over_both_is_the_limit(edges: list[Edge]) -> None:
    with edges[0].client() as one, edges[1].client() as other:
        answered = by_turns([one, other], "POST", SIGN_IN, 2 * PER_ADDRESS)
    refused = answered.pop(429)
    assert refused
    assert 0.8 * PER_ADDRESS <= answered.total() <= 1.2 * PER_ADDRESS


def test_a_caller_who_comes_through_one_of_them_alone_has_its_share(edges: list[Edge]) -> None:
    with edges[0].client(token("registry.read", area="25-2025")) as client:
        answered = by_turns([client], "GET", ORGANIZATIONS, PER_SUBJECT)
    assert PER_SUBJECT / 2 <= answered[200] <= 0.6 * PER_SUBJECT


@pytest.mark.parametrize(("gateways", "share"), [(1, 100), (2, 50), (3, 33), (200, 1), (0, 100)])
def test_the_shares_are_no_more_than_the_limit_and_none_is_nothing(tmp_path: Path, gateways: int, share: int) -> None:
    config = GatewayConfig(tmp_path, 8000, "http://vca.test", {}, tmp_path / "jwks.json", gateways=gateways)
    assert config.share(100) == share


def test_how_many_there_are_is_told_by_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCA_GATEWAYS", "3")
    config = GatewayConfig(tmp_path, 8000, "http://vca.test", {}, tmp_path / "jwks.json")
    assert config.share(config.limit_per_subject) == 20_000
