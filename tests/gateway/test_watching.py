"""Files that change under a gateway that runs: a renewed certificate is served, and a broken set of keys is made again."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.gateway.watching import Watched
from tests.gateway.edge import Edge, Upstream
from tests.gateway.test_upstreams import _certificate
from tests.support.tokens import JWKS, token
from tests.support.waiting import until

PATH = "/v1/registry/organizations"


def _fingerprint(edge: Edge) -> str:
    return ssl.get_server_certificate(("127.0.0.1", edge.config.port))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def secured(tmp_path: Path, upstreams: dict[str, Upstream]) -> Iterator[Edge]:
    cert, key = _certificate(tmp_path)
    with Edge(tmp_path, {"registry": upstreams["registry"].port}, tls_cert=cert, tls_key=key) as gateway:
        yield gateway


@pytest.mark.parametrize("first", ["key", "cert"])
def test_a_renewed_certificate_is_served_without_a_call_lost_and_half_a_pair_never(
    secured: Edge, tmp_path: Path, said: list[str], first: str
) -> None:
    cert, key = secured.config.tls_cert, secured.config.tls_key
    assert cert is not None
    assert key is not None
    watched, before = Watched(secured.config, said.append), _fingerprint(secured)
    (tmp_path / "next").mkdir()
    next_cert, next_key = _certificate(tmp_path / "next")
    statuses: list[int | str] = []
    over = threading.Event()

    def call() -> None:
        bearer = {"Authorization": f"Bearer {token()}"}
        with httpx.Client(base_url=secured.url, verify=False, headers=bearer) as kept:
            while not over.is_set():
                for get in (kept.get, lambda path: httpx.get(secured.url + path, verify=False, headers=bearer)):
                    try:
                        statuses.append(get(PATH).status_code)
                    except httpx.HTTPError as error:
                        statuses.append(repr(error))

    callers = [threading.Thread(target=call) for _ in range(2)]
    for caller in callers:
        caller.start()
    try:
        until(lambda: len(statuses) > 10)
        replaced = ((key, next_key), (cert, next_cert))
        for target, fresh in replaced if first == "key" else reversed(replaced):
            assert _fingerprint(secured) == before
            target.write_bytes(fresh.read_bytes())
            for _ in range(10):
                watched.look()
                time.sleep(0.02)
        until(lambda: _fingerprint(secured).split() == next_cert.read_text().split())
        done = len(statuses)
        until(lambda: len(statuses) > done + 10)
    finally:
        over.set()
        for caller in callers:
            caller.join()
    assert set(statuses) == {200}
    assert [line for line in said if "stays" in line], "of the first half it was said"
    assert said[-1].endswith("a new TLS certificate")


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b'{"keys": [',
        b'{"keys": []}',
        b"[]",
        b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "!", "y": "!"}]}',
        None,
    ],
    ids=["empty", "cut off", "no key", "no set", "no point of the curve", "gone"],
)
def test_a_broken_set_of_keys_is_made_again_and_never_given_to_the_gateway(
    tmp_path: Path, upstreams: dict[str, Upstream], said: list[str], broken: bytes | None
) -> None:
    with Edge(tmp_path, {"registry": upstreams["registry"].port}) as gateway, gateway.client(token()) as client:
        watched, listener = Watched(gateway.config, said.append), gateway.config.run_dir / "lds.json"
        before = listener.read_text()
        if broken is None:
            gateway.jwks.unlink()
        else:
            gateway.jwks.write_bytes(broken)
        watched.look()
        assert json.loads(gateway.jwks.read_text()) == JWKS
        watched.look()
        assert listener.read_text() == before
        assert client.get(PATH).status_code == 200
        assert len(said) == 1
