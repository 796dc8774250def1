"""A copy of a service takes the place of another: calls under way end where they began, no call fails on either way in."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import httpx
import pytest

from services.gateway import envoy
from services.gateway.config import GatewayConfig
from tests.gateway.edge import Edge, Upstream, listens
from tests.support.tokens import token
from tests.support.waiting import until
from vca.postgres import free_port
from vca.supervisor import connections_to


class _Load:
    """Calls on and on, each kind in a thread of its own: reads, and writes that nothing may send a second time."""

    def __init__(self, *ways: httpx.Client) -> None:
        self.answers: list[int | str] = []
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._call, args=(client, method))
            for client in ways
            for method in ("GET", "POST", "POST")
        ]
        for thread in self._threads:
            thread.start()

    def _call(self, client: httpx.Client, method: str) -> None:
        while not self._stopped.is_set():
            try:
                answer = client.request(method, "/v1/registry/slow?seconds=0.002")
                self.answers.append(answer.status_code if answer.status_code != 503 else answer.text)
            except httpx.HTTPError as error:
                self.answers.append(repr(error))

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()


def _take_place(config: GatewayConfig, old: Upstream, new: Upstream) -> GatewayConfig:
    """Send new calls to both, then to the new one alone; let the old one answer what it holds; end it without a connection."""
    before, after = f"127.0.0.1:{old.port}", f"127.0.0.1:{new.port}"
    for at in (f"{before},{after}", after):
        config = dataclasses.replace(config, upstreams={"registry": at})
        envoy.render(config)
        wanted = dict.fromkeys(at.split(","), True)
        until(lambda: envoy.hosts(config, "registry") == wanted)  # noqa: B023 - it is done before the next round
    assert connections_to(old.port), "the long call runs on where it began"
    httpx.get(f"http://127.0.0.1:{old.port}/v1/registry/released", timeout=60)
    until(lambda: not connections_to(old.port))
    old.kill()
    return config


@pytest.mark.faults
def test_copies_take_each_others_place_under_load_and_no_call_fails(tmp_path: Path) -> None:
    inside = free_port()
    serving = Upstream("registry")
    serving.start()
    until(lambda: listens(serving.port))
    long: list[int] = []
    with Edge(tmp_path, {"registry": serving.port}, inside_port=inside) as gateway:
        until(lambda: listens(inside))
        within = httpx.Client(base_url=f"http://127.0.0.1:{inside}", timeout=10)
        config = gateway.config
        with gateway.client(token()) as from_outside, within:

            def wait_long() -> None:
                long.append(from_outside.get("/v1/registry/held", timeout=60).status_code)

            def is_held(upstream: Upstream) -> bool:
                counted = httpx.get(f"http://127.0.0.1:{upstream.port}/v1/registry/count?key=held", timeout=60)
                return bool(counted.json()["calls"])

            until(lambda: from_outside.get("/v1/registry/x").status_code == 200)
            load = _Load(from_outside, within)
            for _ in range(5):
                new = Upstream("registry")
                new.start()
                until(lambda: listens(new.port))  # noqa: B023 - it is done before the next round
                patient = threading.Thread(target=wait_long)
                patient.start()
                until(lambda: is_held(serving))  # noqa: B023
                config = _take_place(config, serving, new)
                patient.join()
                serving = new
            load.stop()
    serving.kill()
    assert long == [200] * 5
    assert len(load.answers) > 500
    assert set(load.answers) == {200}


def test_the_health_of_a_service_that_is_not_ready_is_still_told_inside(tmp_path: Path) -> None:
    inside = free_port()
    service = Upstream("registry")
    service.start()
    until(lambda: listens(service.port))
    with (
        Edge(tmp_path, {"registry": service.port}, inside_port=inside),
        httpx.Client(base_url=f"http://127.0.0.1:{inside}/v1/registry", timeout=10) as within,
    ):
        until(lambda: listens(inside))
        until(lambda: within.get("/organizations").status_code == 200)
        assert within.post("/readiness?is=bad").status_code == 200
        until(lambda: within.get("/organizations").status_code == 503)
        assert within.get("/organizations").json()["code"] == "upstream_unavailable"
        assert within.get("/health/ready").json()["status"] == "failing"
        assert httpx.get(f"http://127.0.0.1:{inside}/v1/elsewhere/x").status_code == 404
    service.kill()
