"""Two gateways before one identity: each call through either is told to identity once, whoever is down or killed meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.identity.bootstrap import ensure_demo_accounts
from tests.support.parts import Deployment, Part
from tests.support.waiting import until
from vca.postgres import EmbeddedPostgres, free_port

pytestmark = pytest.mark.platform

ME, REQUESTS = "/v1/identity/me", "/v1/identity/requests"
CALLS = 40
"""Of each step, by turns through the one and the other."""


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    with EmbeddedPostgres(tmp_path / "server", quick=True) as server:
        made = Deployment(tmp_path, server, f"file://{tmp_path}/files")
        made.migrate()
        yield made
        made.end()


@pytest.fixture
def identity(deployment: Deployment) -> Part:
    return deployment.serve("identity").wait()


@pytest.fixture
def gateways(deployment: Deployment, identity: Part) -> list[Part]:
    deployment.serve("portal").wait()
    secret: dict[str, Any] = {
        "VCA_CLIENT_SECRET_GATEWAY": deployment.secrets["VCA_CLIENT_SECRET_GATEWAY"],
        "VCA_GATEWAYS": "2",
    }
    made = [deployment.gateway(**secret), deployment.gateway(copy=1, port=free_port(), **secret)]
    return [each.wait() for each in made]


class Caller:
    """A client system that calls through both by turns, and reads what identity was told of it."""

    def __init__(self, deployment: Deployment, gateways: list[Part]) -> None:
        demo = asyncio.run(
            ensure_demo_accounts(deployment.server.url("vca_identity"), deployment.folder, deployment.public_url)
        )
        system = next(client for client in demo["clients"] if client["client_id"] == "all-scopes-vn")
        own = (system["client_id"], system["client_secret"])
        self._at = [f"http://127.0.0.1:{each.port}" for each in gateways]
        answer = httpx.post(
            f"{self._at[0]}/v1/identity/token", data={"grant_type": "client_credentials"}, auth=own, timeout=30
        )
        self._http = httpx.Client(headers={"Authorization": f"Bearer {answer.json()['access_token']}"}, timeout=30)
        self.sent: list[str] = []

    def calls(self, name: str, status: int) -> None:
        """Make calls, each with an id of its own."""
        for number in range(CALLS):
            id_ = f"{name}-{number}"
            answer = self._http.get(f"{self._at[number % 2]}{ME}", headers={"X-Request-Id": id_})
            assert answer.status_code == status, answer.text
            self.sent.append(id_)

    def until_both_serve(self) -> None:
        """Wait until both gateways see that identity is there."""
        until(lambda: all(self._http.get(f"{at}{ME}").status_code == 200 for at in self._at))

    def told(self) -> Counter[str]:
        """Return how often identity was told of each of our calls."""
        found: Counter[str] = Counter()
        query = {"limit": "200"}
        while True:
            answer = self._http.get(f"{self._at[0]}{REQUESTS}", params=query)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found.update(item["request_id"] for item in page["items"])
            if not page["next_cursor"]:
                return Counter({id_: found[id_] for id_ in found if id_ in self.sent})
            query["cursor"] = page["next_cursor"]

    def until_all_are_told(self) -> None:
        """Wait until each was told, and see that none was twice."""
        # Each look is some calls more to tell.
        until(lambda: len(self.told()) == len(self.sent), pause=1)
        assert set(self.told().values()) == {1}


def _logged(gateway: Part) -> str:
    return (gateway.folder / ".vca" / "run" / "envoy" / "access.log").read_text()


def test_each_call_through_either_gateway_is_told_once(
    deployment: Deployment, identity: Part, gateways: list[Part]
) -> None:
    caller = Caller(deployment, gateways)
    caller.calls("both", 200)
    caller.until_all_are_told()

    # Their logs keep what they could not tell.
    assert identity.stop() == 0
    caller.calls("away", 503)
    identity.start().wait()
    caller.until_both_serve()
    caller.until_all_are_told()

    caller.calls("killed", 200)
    until(lambda: f"killed-{CALLS - 1}" in _logged(gateways[1]))
    gateways[1].kill()
    gateways[1].start().wait()
    caller.until_both_serve()
    caller.calls("afterwards", 200)
    caller.until_all_are_told()
