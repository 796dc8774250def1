"""A sandbox: a throw-away deployment with a day of its own, put back between tests, of which nothing is left."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.edge import listens
from tests.platform.conftest import ROOT
from vca.errors import Refusal
from vca.postgres import free_port
from vca.sandbox import places
from vca.tokens import signed_in

pytestmark = pytest.mark.platform
DAY = date(2026, 9, 30)
VCA = f"{sys.executable} -m vca"
DUE_SOON = "02/HĐTD"
KEY = {"Idempotency-Key": "sandbox-1"}


class Sandbox:
    """A running `vca sandbox`, on a day of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port, self.gateway = port, f"http://127.0.0.1:{port}"
        # Short, as a home there holds a socket: a longer one is passed over for /tmp.
        self.folder = Path(tempfile.mkdtemp(prefix="sbx-", dir="/tmp"))
        # A database and a home that are set are another deployment's, and are left alone.
        self.environment = {
            **os.environ,
            "TMPDIR": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "VCA_TODAY": str(DAY),
            "VCA_HOME": str(folder / "home"),
            "VCA_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/real",
        }
        self.log = folder / "sandbox.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*VCA.split(), "sandbox", "--port", str(port)], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    @property
    def home(self) -> Path:
        """Its one home."""
        (home,) = self.folder.glob("vca-sandbox-*")
        return home

    def wait(self) -> None:
        """Wait for its last word, the call to try."""
        end = time.monotonic() + 300
        while "curl" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)

    def vca(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command as from another terminal."""
        return subprocess.run(
            [*VCA.split(), "sandbox", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def said(self, *words: str) -> str:
        """Run a command that is to succeed; return what it prints."""
        done = self.vca(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def client(self, name: str = "system-25-2025") -> httpx.Client:
        """Return a client that calls as one of the seed's accounts or client systems."""
        token = self.said("token", name)
        return httpx.Client(base_url=self.gateway, headers={"Authorization": f"Bearer {token}"}, timeout=30)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all that is tried on a running one; each test leaves it put back."""
    running = Sandbox(Path("/tmp") / tmp_path_factory.mktemp("s"), free_port())
    try:
        running.wait()
        yield running
    finally:
        running.process.send_signal(signal.SIGINT)
        running.process.wait(60)
    running.folder.rmdir()


def overdue(client: httpx.Client) -> set[str]:
    answer = client.get("/v1/funds/work-list", params={"kind": "overdue", "limit": 200})
    assert answer.status_code == 200, answer.text
    return {item["contract_number"] for item in answer.json()["items"]}


def an_organization() -> dict[str, Any]:
    return {
        "type": "cooperative",
        "name": "Hợp tác xã Thử Nghiệm",
        "seat": {"commune_code": "07900", "commune_map": "2008"},
    }


def test_the_call_that_it_prints_answers_with_a_list_of_records(sandbox: Sandbox) -> None:
    text = sandbox.log.read_text()
    (call,) = (line.strip() for line in text.splitlines() if line.strip().startswith("curl"))
    done = subprocess.run(
        ["sh", "-ec", call], cwd=ROOT, env=sandbox.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [item["id"] != "" for item in json.loads(done.stdout)["items"]] == [True] * 5
    printed = re.search(r"\S+/demo-credentials\.json", text)
    assert printed is not None
    credentials = json.loads(Path(printed[0]).read_text())
    for account in credentials["accounts"]:
        assert re.search(rf"{account['username']} +{account['password']} +{account['role']}", text)
    for system in credentials["clients"]:
        assert f"{system['client_secret']}  {system['area']}" in text


def test_it_begins_with_what_a_frontend_needs(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        for path, least in {
            "registry/organizations": 50,
            "registry/certificates": 3,
            "registry/products": 3,
            "funds/loans": 7,
            "funds/loan-applications": 10,
            "training/classes": 2,
            "training/trade-events": 2,
            "training/participations": 5,
            "reporting/activities": 7,
        }.items():
            assert client.get(f"/v1/{path}?count=exact").json()["count"] >= least, path
        assert overdue(client) == {"03/HĐTD", "04/HĐTD"}


def test_its_day_moves_on_in_every_service_and_loans_fall_overdue(sandbox: Sandbox) -> None:
    with sandbox.client() as client:
        assert sandbox.said("clock") == str(DAY)
        (loan,) = client.get("/v1/funds/loans", params={"contract_number": DUE_SOON}).json()["items"]
        on = str(DAY + timedelta(days=20))
        future = {
            f"/v1/funds/loans/{loan['id']}/repayments": {"paid_on": on, "amount_vnd": 1_000_000},
            "/v1/registry/organizations": {**an_organization(), "registered_on": on},
        }
        before = overdue(client)
        assert [client.post(path, json=body, headers=KEY).status_code for path, body in future.items()] == [422, 422]
        assert sandbox.said("clock", "--days", "30") == str(DAY + timedelta(days=30))
        after = overdue(client)
        assert before < after
        assert DUE_SOON in after - before
        assert [client.post(path, json=body, headers=KEY).status_code for path, body in future.items()] == [201, 201]
    sandbox.said("reset")


def test_of_commands_at_once_each_moves_the_day_on(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor() as at_once:
        days = [*at_once.map(lambda _: sandbox.said("clock", "--days", "1"), range(6))]
    assert sorted(days) == [str(DAY + timedelta(days=number)) for number in range(1, 7)]
    sandbox.said("reset")


def test_a_reset_puts_data_and_day_back_and_ends_no_sign_in(sandbox: Sandbox) -> None:
    account = next(
        account
        for account in json.loads((sandbox.home / "demo-credentials.json").read_text())["accounts"]
        if account["username"] == "registry-officer"
    )
    with httpx.Client(base_url=sandbox.gateway, timeout=30) as browser, sandbox.client() as client:
        tokens = signed_in(browser, account["username"], account["password"])
        browser.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        count = client.get("/v1/registry/organizations?count=exact").json()["count"]
        feeds = {
            name: client.get(f"/v1/{name}/changes?limit=1").json()
            for name in ("registry", "funds", "training", "reporting")
        }
        created = browser.post("/v1/registry/organizations", json=an_organization())
        assert created.status_code == 201, created.text
        sandbox.said("clock", "--days", "3")
        sandbox.said("reset")
        assert sandbox.said("clock") == str(DAY)
        assert client.get(f"/v1/registry/organizations/{created.json()['id']}").status_code == 404
        assert browser.get("/v1/registry/organizations?count=exact").json()["count"] == count
        refreshed = httpx.post(
            f"{sandbox.gateway}/v1/identity/token",
            data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "vca-web"},
        )
        assert refreshed.status_code == 200, refreshed.text
        for name, page in feeds.items():
            answer = client.get(f"/v1/{name}/changes", params={"after": page["next_cursor"]})
            assert (answer.status_code, answer.json()["code"]) == (410, "cursor_expired")
            assert client.get(f"/v1/{name}/changes?limit=1").json()["items"] != []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["clock", "--days", "0"], "--days takes 1 to 3660 days"),
        (["clock", "--days", "-3"], "--days takes 1 to 3660 days"),
        (["clock", "--days", "99999"], "--days takes 1 to 3660 days"),
        (["clock", "--port", "1"], "No sandbox runs on port 1; run vca sandbox --port 1."),
        (["token", "nobody"], "There is no nobody; there are: all-scopes-vn"),
    ],
)
def test_wrong_use_is_one_sentence_in_both_languages(sandbox: Sandbox, words: list[str], sentence: str) -> None:
    refused(sandbox.vca(*words), sentence)
    assert sandbox.said("clock") == str(DAY)


def refused(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    lines = done.stderr.strip().splitlines()
    assert (done.returncode, len(lines), done.stdout) == (2, 2, ""), done
    assert lines[1].startswith(f"vca: {sentence}")
    assert lines[0].startswith("vca: ")
    assert lines[0] != lines[1]


def test_a_port_in_use_and_a_day_that_is_none_are_refused_and_leave_nothing(sandbox: Sandbox) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(sandbox.vca("--port", str(port)), f"Port {port} is in use; set --port to another.")
    for text in ("30/09/2026", "2026-02-30", "20260930", "1999-01-01"):
        sandbox.environment["VCA_TODAY"] = text
        refused(sandbox.vca("--port", str(free_port())), f"VCA_TODAY={text} is not a day from 2025-07-01")
    sandbox.environment["VCA_TODAY"] = str(DAY)
    assert [*sandbox.folder.iterdir()] == [sandbox.home]


@pytest.mark.parametrize("name", ["VCA_TODAY", "VCA_SANDBOX_CLOCK"])
def test_a_real_deployment_is_given_no_day_of_its_own(tmp_path: Path, name: str) -> None:
    environment = {**os.environ, "VCA_HOME": str(tmp_path / "home"), "VCA_PORT": str(free_port()), name: str(DAY)}
    done = subprocess.run(
        [*VCA.split(), "up"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    refused(done, f"{name} is for vca sandbox only")
    assert not (tmp_path / "home").exists()


def test_the_page_is_followed_and_nothing_is_left(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("p")
    page = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
    script = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1]
    port = free_port()
    script = script.replace(".venv/bin/vca", VCA).replace("8099", str(port)).replace("sandbox.log", f"{folder}/log")
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{(folder / 'log').read_text()}"
    first, later, again = (int(number) for number in re.findall(r'"count":(\d+)', done.stdout))
    assert 0 < first < later
    assert again == first
    assert [path.name for path in folder.iterdir()] == ["log"]
    assert not [command for command in commands() if str(folder) in command]
    assert not listens(port)


def commands() -> list[str]:
    """Return the command lines and the VCA_HOME of every process."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.append(str((process / "cmdline").read_bytes() + (process / "environ").read_bytes()))
        except OSError:
            continue
    return found


def test_what_a_killed_one_left_goes_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_folder", lambda: tmp_path)
    monkeypatch.setattr(places, "_LEFT_SECONDS", 0.0)
    killed = tmp_path / "vca-sandbox-killed"
    killed.mkdir()
    (killed / "up.lock").touch()
    with pytest.raises(Refusal, match="No sandbox is running; run vca sandbox in another terminal"):
        places.running(None)
    with places.new_place(None) as place:
        assert [*tmp_path.iterdir()] == [place.home]
    assert [*tmp_path.iterdir()] == []
