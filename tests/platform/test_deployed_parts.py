"""The parts of deploy/compose.yaml without an engine: an empty directory, an ordinary user, each part by exactly its command.

Two copies each of registry and funds stand behind the gateway, and one copy is killed every twenty seconds while an office
works. A call that has no answer, or 429, 503, 504, is sent again with its key, as docs/errors.md tells; nothing else may fail.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import pwd
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from services.identity.bootstrap import ensure_demo_accounts
from tests.registry.builders import a_cooperative
from tests.support.compose import Container, containers
from tests.support.folders import statuses
from tests.support.object_store import object_store
from tests.support.parts import ROOT, Part, bare_environment
from tests.support.read_only import Root, read_only, why_not
from tests.training.builders import a_class
from vca.parts.clients import new_settings
from vca.parts.settings import APPS, PORTS
from vca.postgres import EmbeddedPostgres, free_port
from vca.privileges import before_exec
from vca.tokens import sign_in

pytestmark = pytest.mark.platform

SECONDS = int(os.environ.get("VCA_DEPLOYED_SECONDS", "30"))
"""How long the office works: `make check-all` has it work longer."""
KILL_EVERY = 20
MILLION = 1_000_000
Record = dict[str, Any]


def _is_open(path: Path) -> bool:
    """Say whether everybody gets to a program."""
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


class Engine:
    """What an engine does with the file: addresses, environments, copies, each part started by its command."""

    def __init__(self, folder: Path, server: EmbeddedPostgres, store: str) -> None:
        self.folder, self._store, self._server = folder, store, server
        self.variables = dict(line.split("=", 1) for line in new_settings())
        self.variables["VCA_POSTGRES_PASSWORD"] = urlsplit(server.url("postgres")).password or ""
        self.gateway_port = free_port()
        self.url = f"http://127.0.0.1:{self.gateway_port}"
        self.variables["VCA_PUBLIC_URL"] = self.url
        self.containers = containers(self.variables)
        self.ports = {name: [free_port() for _ in range(self.containers[name].replicas)] for name in APPS}
        self.parts: list[Part] = []
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def _here(self, text: str) -> str:
        """Put addresses of this machine in the place of the containers' names."""
        text = text.replace("postgres:5432", f"127.0.0.1:{self._server.port}").replace(
            "http://objects:9000", self._store
        )
        for name, port in PORTS.items():
            text = text.replace(f"http://{name}:{port}", f"http://127.0.0.1:{self.ports[name][0]}")
            # As the name is resolved: every copy.
            text = text.replace(f"{name}:{port}", ",".join(f"127.0.0.1:{at}" for at in self.ports[name]))
        return text

    def environment(self, container: Container, folder: Path) -> dict[str, str]:
        """Return what the file says, and what the image says beside it: where the home is."""
        told = {name: self._here(value) for name, value in container.environment.items()}
        # What each container has for itself, the parts here share.
        told |= {"VCA_METRICS_PORT": str(free_port()), "VCA_METRICS_BIND": "127.0.0.1"}
        own = {"VCA_HOME": str(folder / "data"), **told, "HOME": str(folder)}
        return own if why_not() is None else {**own, "TMPDIR": str(folder)}

    def empty(self, name: str) -> Path:
        """Return a directory with nothing in it, the user's own."""
        folder = self.folder / name
        for each in (folder, folder / "data", folder / "tmp"):
            each.mkdir()
            if self.user is not None and why_not() is not None:
                os.chown(each, self.user.pw_uid, self.user.pw_gid)
        return folder

    def within(self, container: Container, folder: Path) -> list[str]:
        """Return what starts the part on a root as the file says it: read-only but for its volume and its /tmp, by a numeric user."""
        if why_not() is not None:
            return []
        assert container.document["read_only"] is True
        places = {Path(at): folder / "tmp" for at in container.document["tmpfs"]}
        return read_only(container.document["user"], {**places, folder / "data": folder / "data"}, cwd=ROOT)

    def run(self, name: str) -> None:
        """Run a container that ends."""
        container, folder = self.containers[name], self.empty(name)
        done = subprocess.run(
            [*self.within(container, folder), sys.executable, "-m", *container.command],
            cwd=folder,
            env={**bare_environment(), **self.environment(container, folder)},
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _as_user(self) -> dict[str, Any]:
        if self.user is None or why_not() is None:
            return {}
        if _is_open(Path(sys.executable)):
            return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        # Python itself lies in a folder that is root's alone: the user keeps the right to pass it, and nothing else of root's.
        return {"preexec_fn": before_exec(self.user, dies=False)}

    def start(self, name: str) -> list[Part]:
        """Start all copies of a part."""
        container = self.containers[name]
        started = []
        for number, port in enumerate(self.ports.get(name, [self.gateway_port])):
            folder = self.empty(f"{name}-{number}")
            own_port = container.command[-1]
            places = {"0.0.0.0": "127.0.0.1", own_port: str(port)}
            words = [places.get(word, word) for word in container.command[1:]]
            ready = (
                f"/v1/{name}/health/ready"
                if f"/v1/{name}" in container.environment["VCA_HEALTH_PATH"]
                else "/robots.txt"
            )
            within = self.within(container, folder)
            part = Part(
                name, words, port, self.environment(container, folder), folder, ready, within, **self._as_user()
            )
            started.append(part.start())
        self.parts += started
        return started

    def end(self) -> None:
        """Stop every part, and see that it ends in peace."""
        for part in reversed(self.parts):
            part.tell_to_stop()
        for part in self.parts:
            assert part.process is not None
            assert part.process.wait(60) == 0, part.log.read_text()[-3000:]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    # Where an ordinary user gets to: the tests' own folder is closed to others.
    folder = Path(tempfile.mkdtemp(prefix="vca-deployed-"))
    folder.chmod(0o755)
    with object_store() as store, EmbeddedPostgres(folder / "server", quick=True) as server:
        made = Engine(folder, server, store.url)
        made.run("migrate")
        for name in (*APPS, "gateway"):
            made.start(name)
        for part in made.parts:
            part.wait()
        yield made
        made.end()
    shutil.rmtree(folder)


class Killer(threading.Thread):
    """Kills a copy every twenty seconds, by turns, and starts it again as an engine does."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._copies = [part for part in engine.parts if part.name in ("registry", "funds")]
        self._ended = threading.Event()
        self.killed: Counter[str] = Counter()

    def run(self) -> None:
        turn = 0
        # The first after a moment: so a short run has some too.
        while not self._ended.wait(5 if turn == 0 else KILL_EVERY):
            part = self._copies[turn % len(self._copies)]
            part.kill()
            self.killed[part.name] += 1
            time.sleep(1)
            part.start()
            turn += 1

    def end(self) -> None:
        self._ended.set()
        self.join()


class Office:
    """People and systems of one alliance, who send again what the docs say is sent again."""

    def __init__(self, engine: Engine, credentials: Mapping[str, Any]) -> None:
        self._http = httpx.Client(base_url=engine.url, timeout=30)
        self.calls, self.again = 0, 0
        self.counts: Counter[str] = Counter()
        system = next(each for each in credentials["clients"] if each["client_id"] == "system-25-2025")
        form = {"grant_type": "client_credentials"}
        answer = self._http.post("/v1/identity/token", data=form, auth=(system["client_id"], system["client_secret"]))
        self.system = str(answer.json()["access_token"])
        person = next(
            each for each in credentials["accounts"] if each["role"] == "fund_approver" and each["area"] != "VN"
        )
        with httpx.Client(base_url=engine.url, timeout=30) as browser:
            self.approver = sign_in(browser, person["username"], person["password"])

    def call(
        self, method: str, path: str, *, by: str | None = None, expected: int = 200, **sent: Any
    ) -> httpx.Response:
        """Call until there is an answer that stands; fail at any answer that is neither expected nor one to try again."""
        headers = {"Authorization": f"Bearer {by or self.system}"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        for attempt in range(12):
            self.calls += 1
            pause = 0.2 * 2 ** min(attempt, 4) * random.uniform(0.5, 1)
            try:
                answer = self._http.request(method, path, headers=headers, **sent)
            except httpx.TransportError:
                self.again += 1
                time.sleep(pause)
                continue
            waits = answer.headers.get("Retry-After")
            if answer.status_code not in (429, 503, 504) and not (answer.status_code == 409 and waits):
                assert answer.status_code == expected, f"{method} {path}: {answer.status_code} {answer.text}"
                return answer
            self.again += 1
            time.sleep(max(pause, float(waits or 0)))
        raise AssertionError(f"{method} {path} has no answer after twelve tries")

    def get(self, path: str, **query: Any) -> Record:
        return dict(self.call("GET", path, params=query).json())

    def post(self, path: str, body: Record, *, by: str | None = None) -> Record:
        return dict(self.call("POST", path, by=by, expected=201, json=body).json())

    def organization(self) -> Record:
        name = f"Hợp tác xã {uuid.uuid4().hex[:12]}"
        made = self.post("/v1/registry/organizations", a_cooperative(name=name, force=True, reason="Hành trình"))
        assert self.get(f"/v1/registry/organizations/{made['id']}")["name"] == name
        return made

    def fund(self) -> Record:
        body = {
            "name": "Quỹ hành trình",
            "operating_model": "own_apparatus",
            "province": "25-2025",
            "valid_from": "2024-01-01",
            "licence_number": "1/GP",
            "licensed_on": "2024-01-01",
            "charter_capital_vnd": 500_000 * MILLION,
        }
        fund = self.post("/v1/funds/funds", body)
        moved = {"fund_id": fund["id"], "kind": "state", "amount_vnd": 500_000 * MILLION, "moved_on": "2024-01-05"}
        movement = self.post("/v1/funds/capital-movements", moved)
        path = f"/v1/funds/capital-movements/{movement['id']}/confirmation"
        self.post(path, {"decision": "confirm"}, by=self.approver)
        return fund

    def loan(self, fund: Record, organization: Record) -> None:
        """A loan from the application to its settlement."""
        borrower = self.post(
            "/v1/funds/borrowers",
            {
                "kind": "member_person",
                "name": f"Nguyễn Thị {uuid.uuid4().hex[:6]}",
                "beneficiary_organization_id": organization["id"],
                "beneficiary_kind": "cooperative",
                "commune_code": "07900",
                "commune_map": "2008",
            },
        )
        application = self.post(
            "/v1/funds/loan-applications",
            {
                "fund_id": fund["id"],
                "borrower_id": borrower["id"],
                "submitted_on": "2024-12-01",
                "requested_amount_vnd": 12 * MILLION,
                "requested_term_months": 12,
                "project": {
                    "purpose": "Nhà màng trồng rau",
                    "total_cost_vnd": 30 * MILLION,
                    "own_capital_vnd": 15 * MILLION,
                },
                "documents": [{"kind": kind} for kind in ("loan_request", "membership_proof", "project")],
            },
        )
        path = f"/v1/funds/loan-applications/{application['id']}"
        appraisal = {
            "site_visit_on": "2024-12-10",
            "minutes_number": "1/BB",
            "minutes_on": "2024-12-12",
            "proposed_amount_vnd": 12 * MILLION,
            "proposed_term_months": 12,
            "proposed_annual_rate_percent": "7.3",
            "required_security": {"security": "required", "least_value_vnd": 12 * MILLION},
        }
        self.post(f"{path}/appraisal", appraisal)
        self.post(f"{path}/approval", {"decision_number": "1/QĐ", "decided_on": "2024-12-20"}, by=self.approver)
        land = {"kind": "land_use_right", "description": "Đất vườn", "owner_name": "Nguyễn Thị Hành Trình"}
        secured = {**land, "value_vnd": 25 * MILLION, "registered_on": "2025-01-08"}
        self.post("/v1/funds/collaterals", {**secured, "loan_application_id": application["id"]})
        contract = {
            "loan_application_id": application["id"],
            "contract_number": f"HT-{uuid.uuid4().hex[:10]}",
            "signed_on": "2025-01-05",
            "terms": {"method": "equal_principal", "installments": 12, "first_due_on": "2025-02-10"},
        }
        loan = f"/v1/funds/loans/{self.post('/v1/funds/loans', contract)['id']}"
        checked = {"bad_debt_check": {"checked_on": "2025-01-09", "result": "clean"}}
        self.post(f"{loan}/disbursements", {"amount_vnd": 12 * MILLION, "disbursed_on": "2025-01-10", **checked})
        due = self.get(f"{loan}/position", as_of="2025-02-10")
        amount = due["due_principal_vnd"] + due["due_interest_vnd"]
        self.post(f"{loan}/repayments", {"amount_vnd": amount, "paid_on": "2025-02-10"})
        # Exactly once, however often it was sent.
        assert self.get(loan)["outstanding_vnd"] == 11 * MILLION
        self.counts["loans"] += 1

    def training_class(self) -> None:
        made = self.post("/v1/training/classes", a_class())
        assert self.get(f"/v1/training/classes/{made['id']}")["name"] == made["name"]
        self.counts["classes"] += 1

    def file(self) -> None:
        scan = b"%PDF-1.7 " + os.urandom(3000)
        sent = {"file": ("quyết định.pdf", scan)}
        stored = self.call("POST", "/v1/registry/files", expected=201, files=sent).json()
        read = self.get(f"/v1/registry/files/{stored['id']}")
        assert self.call("GET", read["url"]).content == scan
        self.counts["files"] += 1

    def export(self, service: str, type_: str) -> None:
        job = self.call("POST", f"/v1/{service}/exports", expected=202, json={"type": type_, "format": "csv"}).json()
        end = time.monotonic() + 120
        while (state := self.get(job["url"]))["state"] in ("queued", "running"):
            assert time.monotonic() < end, state
            time.sleep(0.2)
        assert state["state"] == "succeeded", state
        (file,) = state["result"]["files"]
        content = self.call("GET", file["url"]).content
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        self.counts["exports"] += 1

    def figures(self) -> None:
        query = {"from": "2025-01-01", "to": "2025-12-31", "province": "25-2008"}
        for service in ("registry", "funds", "training"):
            assert self.get(f"/v1/{service}/indicator-values", **query)["items"]
            self.counts["figures"] += 1

    def report(self) -> None:
        """A report of the year, and its document."""
        body = {"kind": "year", "from": "2025-01-01", "to": "2025-12-31", "province": "25-2008"}
        report = self.post("/v1/reporting/reports", body)
        path = f"/v1/reporting/reports/{report['id']}"
        assert self.call("GET", f"{path}/document", params={"format": "docx"}).content[:2] == b"PK"
        self.counts["documents"] += 1


def test_each_part_serves_on_a_read_only_root_as_a_user_that_is_a_number(engine: Engine) -> None:
    if reason := why_not():
        print(f"read-only roots are not looked at: {reason}")
        pytest.skip(reason)
    for part in engine.parts:
        assert part.is_ready
        root = Root.of(part.pid)
        assert (root.is_read_only, root.user, root.capabilities) == (True, 10001, 0), part.name
        assert root.writable == {"/tmp", str(part.folder / "data")}, part.name


def test_an_office_works_on_while_a_copy_is_killed_every_twenty_seconds(engine: Engine) -> None:
    url = engine.environment(engine.containers["migrate"], engine.folder)["VCA_DATABASE_URL_IDENTITY"]
    credentials = asyncio.run(ensure_demo_accounts(url, engine.folder, engine.url))
    office = Office(engine, credentials)
    fund = office.fund()
    killer = Killer(engine)
    killer.start()
    try:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            organization = office.organization()
            office.counts["organizations"] += 1
            office.loan(fund, organization)
            office.training_class()
            office.file()
            office.figures()
            office.export("registry", "organization")
            office.export("funds", "loan")
        office.report()
    finally:
        killer.end()
    for part in engine.parts:
        part.wait()
    listed = office.get("/v1/registry/organizations", limit=200)["items"]
    assert len(listed) == min(200, office.counts["organizations"]), "each once"
    balance = office.get("/v1/funds/ledger/trial-balance", fund_id=fund["id"])
    assert balance["is_balanced"]
    assert sum(killer.killed.values()) >= 2
    assert office.counts["loans"] >= 2
    if engine.user is not None:
        owners = {found.st_uid for part in engine.parts for found in statuses(part.folder).values()}
        assert owners <= {engine.user.pw_uid, 0}
    print(
        f"\n{SECONDS} s, {office.calls} calls, {office.again} sent again, killed {dict(killer.killed)}: {dict(office.counts)}"
    )
