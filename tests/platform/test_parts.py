"""Each part of the platform started by itself: it refuses in a sentence, shares nothing, and goes on while others are down."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from kernel.database.connections import opened
from kernel.values.days import now
from services.identity.bootstrap import ensure_demo_accounts
from services.identity.runtime import sealer_of
from services.identity.security import keys
from services.identity.settings import IdentitySettings
from tests.registry.builders import ORGANIZATIONS, a_cooperative
from tests.support.parts import READY_SECONDS, Deployment, Part, vca
from tests.support.waiting import PATIENCE_SECONDS
from vca.postgres import EmbeddedPostgres, free_port

pytestmark = pytest.mark.platform

ADMIN, PASSWORD = "chu-tich", "mot-cau-dai-khong-ai-doan"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("parts")
    with EmbeddedPostgres(folder / "server", quick=True) as server:
        made = Deployment(folder, server, f"file://{folder}/files")
        made.migrate()
        yield made
        made.end()


@pytest.fixture(scope="module")
def identity(deployment: Deployment) -> Part:
    return deployment.serve("identity").wait()


@pytest.fixture(scope="module")
def registry(deployment: Deployment, identity: Part) -> Part:
    return deployment.serve("registry", "--workers", "2").wait()


@pytest.fixture(scope="module")
def gateway(deployment: Deployment, identity: Part, registry: Part) -> Part:
    deployment.serve("portal")
    return deployment.gateway().wait()


@pytest.fixture(scope="module")
def token(deployment: Deployment, gateway: Part) -> str:
    """A token of the demo's system that may do all but approve, given through the gateway."""
    url = deployment.server.url("vca_identity")
    demo = asyncio.run(ensure_demo_accounts(url, deployment.folder, deployment.public_url))
    system = next(client for client in demo["clients"] if client["client_id"] == "all-scopes-vn")
    answer = httpx.post(
        f"{deployment.public_url}/v1/identity/token",
        data={"grant_type": "client_credentials"},
        auth=(system["client_id"], system["client_secret"]),
    )
    assert answer.status_code == 200, answer.text
    given: str = answer.json()["access_token"]
    return given


@pytest.fixture
def client(deployment: Deployment, token: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=deployment.public_url, headers={"Authorization": f"Bearer {token}"}) as calling:
        yield calling


def test_a_key_that_is_not_the_databases_is_refused(deployment: Deployment, identity: Part, tmp_path: Path) -> None:
    other = dict(line.split("=", 1) for line in vca(["keys", "new"], {}, tmp_path).stdout.split())
    settings = {**deployment.settings("identity"), "VCA_KEYS_IDENTITY": other["VCA_KEYS_IDENTITY"]}
    refused = vca(["serve", "identity"], settings, tmp_path)
    assert refused.returncode == 2
    assert "The key VCA_KEYS_IDENTITY is not the one that this database was used with" in refused.stderr


def test_a_port_in_use_is_refused(deployment: Deployment, identity: Part, tmp_path: Path) -> None:
    words = ["serve", "identity", "--port", str(identity.port)]
    refused = vca(words, deployment.settings("identity"), tmp_path)
    assert refused.returncode == 2
    assert f"127.0.0.1:{identity.port} cannot be listened on" in refused.stderr


def test_keys_and_secrets_may_lie_in_files_raw_or_as_text(
    deployment: Deployment, identity: Part, tmp_path: Path
) -> None:
    settings = deployment.settings("registry")
    for name in ("VCA_KEYS_REGISTRY_LINKS", "VCA_CLIENT_SECRET_REGISTRY", "VCA_DATABASE_URL"):
        (tmp_path / name).write_text(settings.pop(name) + "\n")
        settings[f"{name}_FILE"] = str(tmp_path / name)
    port = free_port()
    words = ["serve", "registry", "--port", str(port)]
    part = Part("registry", words, port, settings, tmp_path, "/v1/registry/health/ready").start().wait()
    assert part.stop() == 0


def test_the_first_administrator_is_made_with_identitys_database_alone(deployment: Deployment, identity: Part) -> None:
    settings = {"VCA_DATABASE_URL_IDENTITY": deployment.server.url("vca_identity"), "VCA_ADMIN_PASSWORD": PASSWORD}
    made = vca(["admin", "create", ADMIN], settings, deployment.folder)
    assert (made.returncode, made.stdout.strip()) == (0, ADMIN), made.stderr


def test_an_organization_is_entered_and_read_with_nothing_shared_but_settings(client: httpx.Client) -> None:
    made = client.post(ORGANIZATIONS, json=a_cooperative())
    assert made.status_code == 201, made.text
    read = client.get(f"{ORGANIZATIONS}/{made.json()['id']}").json()
    assert read | {"warnings": []} == made.json()


class Calls(threading.Thread):
    """Reads again and again, as several callers, until told to end."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__()
        self._client, self._ended = client, threading.Event()
        self.statuses: list[int] = []

    def run(self) -> None:
        while not self._ended.is_set():
            self.statuses.append(self._client.get(ORGANIZATIONS).status_code)

    def end(self) -> list[int]:
        self._ended.set()
        self.join()
        return self.statuses


def test_a_worker_that_is_killed_is_started_again_and_no_read_fails(registry: Part, client: httpx.Client) -> None:
    before = registry.children()
    assert len(before) == 2
    calls = Calls(client)
    calls.start()
    os.kill(before[0], signal.SIGKILL)
    end = time.monotonic() + PATIENCE_SECONDS
    while len(registry.children()) < 2 or before[0] in registry.children():
        assert time.monotonic() < end, registry.log.read_text()
        time.sleep(0.1)
    time.sleep(1)
    statuses = calls.end()
    assert len(statuses) > 20
    assert set(statuses) == {200}, registry.log.read_text()


def test_a_copy_that_is_told_to_stop_is_left_alone_before_it_closes_and_no_call_fails(
    deployment: Deployment, registry: Part, client: httpx.Client
) -> None:
    """Two copies of registry behind a gateway of their own."""
    second = deployment.serve("registry", copy=1, VCA_DRAIN_SECONDS="6").wait()
    behind = deployment.gateway(copy=1, port=free_port()).wait()
    with httpx.Client(base_url=f"http://127.0.0.1:{behind.port}", headers=client.headers) as calling:
        calls = Calls(calling)
        calls.start()
        time.sleep(1)
        assert second.stop() == 0
        time.sleep(1)
        statuses = calls.end()
    assert set(statuses) == {200}
    assert len(statuses) > 50
    assert behind.stop() == 0


def test_with_identity_down_services_and_gateways_that_start_anew_still_know_its_keys(
    deployment: Deployment, identity: Part, gateway: Part, client: httpx.Client
) -> None:
    # Both know the keys by now, and keep them in a folder of their own.
    training = deployment.serve("training").wait()
    assert identity.stop() == 0
    assert gateway.stop() == 0
    assert training.stop() == 0
    gateway.start().wait()
    training.start().wait()
    # The gateway saw neither answer yet, or training away: it looks twice a second, and gives a look two seconds.
    end = time.monotonic() + PATIENCE_SECONDS
    for path in (ORGANIZATIONS, "/v1/training/programs"):
        while (answer := client.get(path)).status_code == 503:
            assert time.monotonic() < end, answer.text
            time.sleep(0.1)
        assert answer.status_code == 200, answer.text
    identity.start().wait()


async def _publish_another_key(deployment: Deployment) -> str:
    """Have identity's database hold one more key, which signs in some weeks; return its name."""
    secret = deployment.secrets["VCA_KEYS_IDENTITY"]
    settings = IdentitySettings(database_url=deployment.server.url("vca_identity"), identity_key=SecretStr(secret))
    async with opened(settings.database_url) as db:
        sealer = await sealer_of(settings, db)
        async with db.transaction() as tx:
            key = await keys._create(tx, sealer, created_at=now(), active_from=now() + timedelta(days=60))
    return key.kid


def test_a_key_that_is_new_is_known_to_all_long_before_it_signs(
    deployment: Deployment, identity: Part, gateway: Part, registry: Part, client: httpx.Client
) -> None:
    kid = asyncio.run(_publish_another_key(deployment))
    assert identity.stop() == 0
    identity.start().wait()
    rendered = deployment.folder / "gateway-0" / ".vca" / "run" / "envoy" / "lds.json"
    kept = deployment.folder / "registry-0" / ".vca" / "run" / "jwks-registry.json"
    end = time.monotonic() + READY_SECONDS
    while kid not in rendered.read_text() or kid not in kept.read_text():
        assert time.monotonic() < end
        time.sleep(0.2)
    assert client.get(ORGANIZATIONS).status_code == 200
