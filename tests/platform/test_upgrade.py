"""An upgrade by SIGHUP while people and systems are at work: new copies of new code, and no call fails."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kernel.values.ids import new_id
from migrations.run import head
from tests.platform.conftest import ROOT, Platform, started_before
from tests.platform.test_platform import until

pytestmark = [pytest.mark.platform, pytest.mark.faults]

SERVICES = ("identity", "registry", "funds", "training", "reporting")
_PARTS = ("kernel", "services", "vca", "migrations", "openapi", "docs", "CHANGELOG.md")
_STEP = '''"""made for a test."""

import sqlalchemy as sa
from alembic import op

from migrations.ddl import build_index, drop_index

revision = "{service}_{number}"
down_revision = "{before}"
kind = "{kind}"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    {up}


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
'''
_ADD = """op.add_column("{table}", sa.Column("made_for_a_test", sa.String(), nullable=True))
    op.create_table("made_for_a_test", sa.Column("id", sa.UUID(), primary_key=True))"""
_INDEX = 'build_index("ix_{table}_made_for_a_test", "{table}", ["made_for_a_test"])'
_TABLES = {"registry": "organization", "funds": "repayment"}


class Version:
    """The code that lies where a platform runs: a copy of ours, whose files a test puts new ones in place of."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for part in _PARTS:
            if (ROOT / part).is_dir():
                # Not what another process is just compiling, which has another name a moment later.
                shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("*.pyc.*"))
            else:
                shutil.copy2(ROOT / part, root / part)
        self._before = {name: head(name) for name in _TABLES}

    def write(self, path: str, text: str) -> None:
        """Put a file in its place."""
        (self.root / path).write_text(text, encoding="utf-8")

    def change(self, path: str, old: str, new: str) -> None:
        """Change a file that holds `old` once."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, (path, old)
        self.write(path, text.replace(old, new))

    def add_step(self, service: str, number: int, kind: str, up: str) -> str:
        """Add the next step of a service's history; return its file."""
        revision, path = f"{service}_{number}", f"migrations/{service}/versions/{number}_made_for_a_test.py"
        step = {"service": service, "number": number, "before": self._before[service], "kind": kind, "up": up}
        self.write(path, _STEP.format(**step))
        self._before[service] = revision
        return path


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    return Version(tmp_path_factory.mktemp("version"))


@pytest.fixture(scope="module")
def upgraded(version: Version, prepared_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform of code of its own, with the demo."""
    running = started_before(prepared_home, tmp_path_factory.mktemp("upgraded"), version.root)
    running.start()
    yield running
    assert running.process is not None
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(60) == 0, "it ends by itself, as one that was never upgraded"


def upgrade(platform: Platform) -> str:
    """Tell it to upgrade; return what it said until it was done or gave up."""
    platform.forget_log()
    assert platform.process is not None
    platform.process.send_signal(signal.SIGHUP)
    return ended(platform)


def ended(platform: Platform, times: int = 1) -> str:
    """Return what it has said, once it was done, or gave up, so many times."""
    words = ("/ upgraded", "not upgraded", "the upgrade stops")
    end = time.monotonic() + 600  # Only ends the waiting, as does that for a start.
    while time.monotonic() < end:
        said = platform.log.read_text()
        if sum(map(said.count, words)) >= times and said.endswith("\n"):
            return said
        time.sleep(0.1)
    raise AssertionError(platform.log.read_text())


def processes(platform: Platform) -> dict[str, int]:
    names = [*(f"services.{name}.main" for name in SERVICES), "services.gateway.main"]
    return {name: platform.pid_of(name) for name in names}


def releases(platform: Platform) -> set[str]:
    """Return what the services say of their code."""
    services = httpx.get(f"{platform.gateway}/health", timeout=20).json()["services"]
    return {services[name].get("release", "") for name in SERVICES}


class Work:
    """People and systems at work, each doing one thing after the other; what was not answered well is kept."""

    def __init__(self, client: httpx.AsyncClient, platform: Platform, cursor: str, loan: str) -> None:
        self._client, self._platform, self._loan = client, platform, loan
        self._cursor, self._stopped = cursor, asyncio.Event()
        self.failures: list[str] = []
        self.done: Counter[str] = Counter()
        self.registered: set[str] = set()
        self.seen: set[str] = set()
        self.repaid: set[str] = set()

    async def until_stopped(self) -> None:
        """Work until `stop`, and then read the feed to its end."""
        works: list[Callable[[], Awaitable[httpx.Response]]] = [
            self._read,
            self._read,
            self._register,
            self._register,
            self._register_once,
            self._repay,
            self._repay,
            self._figures,
            self._page,
            self._sign_in,
            self._follow,
        ]
        await asyncio.gather(*map(self._again_and_again, works))
        while self.registered - self.seen:
            assert (await self._follow(wait=0)).status_code == 200
        assert not self.registered - self.seen

    def stop(self) -> None:
        self._stopped.set()

    async def _again_and_again(self, work: Callable[[], Awaitable[httpx.Response]]) -> None:
        name = getattr(work, "__name__", "")
        while not self._stopped.is_set():
            # As people do. Without it the machine would be at their calls, and the upgrade take three times as long.
            await asyncio.sleep(0.05)
            try:
                answer = await work()
            except httpx.HTTPError as error:
                self.failures.append(f"{name}: {error!r}")
                continue
            self.done[name] += 1
            if answer.status_code >= 300:
                self.failures.append(f"{name}: {answer.status_code} {answer.text[:300]}")

    async def _read(self) -> httpx.Response:
        return await self._client.get("/v1/registry/organizations?limit=20")

    def _organization(self) -> dict[str, Any]:
        id_ = new_id()
        seat = {"commune_code": "00004", "commune_map": "2025"}
        name = f"Hợp tác xã Nâng Cấp {os.urandom(5).hex()}"
        return {"id": id_, "type": "cooperative", "name": name, "seat": seat, "force": True, "reason": "Thử nâng cấp"}

    async def _register(self, **headers: str) -> httpx.Response:
        body = self._organization()
        key = headers or {"Idempotency-Key": new_id()}
        answer = await self._client.post("/v1/registry/organizations", json=body, headers=key)
        self.registered.add(body["id"])
        return answer

    async def _register_once(self) -> httpx.Response:
        """Without a key: nobody may send it a second time."""
        return await self._register(**{"X-Request-Id": new_id()})

    async def _repay(self) -> httpx.Response:
        answer = await self._client.post(
            f"/v1/funds/loans/{self._loan}/repayments",
            json={"amount_vnd": 1000, "paid_on": "2024-06-03"},
            headers={"Idempotency-Key": new_id()},
        )
        if answer.status_code == 201:
            self.repaid.add(answer.json()["id"])
        return answer

    async def _figures(self) -> httpx.Response:
        """Reporting asks registry, funds and training in turn."""
        answer = await self._client.get("/v1/reporting/figures?from=2023-01-01&to=2023-08-31&province=25-2008")
        if answer.status_code == 200:
            self.failures += [f"figures: {item}" for item in answer.json()["items"] if item["unavailable"] is not None]
        return answer

    async def _page(self) -> httpx.Response:
        return await self._client.get("/docs")

    async def _sign_in(self) -> httpx.Response:
        system = next(c for c in self._platform.credentials["clients"] if c["client_id"] == "sync-vn")
        await asyncio.sleep(0.3)
        return await self._client.post(
            "/v1/identity/token",
            data={"grant_type": "client_credentials"},
            auth=(system["client_id"], system["client_secret"]),
            headers={"Authorization": ""},
        )

    async def _follow(self, wait: int = 25) -> httpx.Response:
        answer = await self._client.get("/v1/registry/changes", params={"after": self._cursor, "wait": wait})
        if answer.status_code == 200:
            page = answer.json()
            self._cursor = page["next_cursor"]
            self.seen |= {event["resource_id"] for event in page["items"]}
        return answer


async def _upgrade_at_work(platform: Platform) -> tuple[Work, str]:
    with platform.client() as look:
        headers, cursor = look.headers, look.get("/v1/registry/changes?limit=1").json()["next_cursor"]
        loan = look.get("/v1/funds/loans?state=active&limit=1").json()["items"][0]["id"]
    limits = httpx.Limits(max_connections=40)
    async with httpx.AsyncClient(base_url=platform.gateway, headers=headers, timeout=60, limits=limits) as client:
        work = Work(client, platform, cursor, loan)
        working = asyncio.create_task(work.until_stopped())
        await asyncio.sleep(1)
        said = await asyncio.to_thread(upgrade, platform)
        # Those that left finish what they did.
        await asyncio.sleep(3)
        work.stop()
        await working
    return work, said


def test_an_upgrade_at_work_brings_new_code_and_tables_and_fails_no_call(upgraded: Platform, version: Version) -> None:
    assert upgraded.process is not None
    for service, table in _TABLES.items():
        version.add_step(service, 9001, "expand", _ADD.format(table=table))
        version.add_step(service, 9002, "expand", _INDEX.format(table=table))
    version.change("kernel/web/health.py", '"status": found.status,', '"status": found.status, "release": "next",')
    before = processes(upgraded)
    work, said = asyncio.run(_upgrade_at_work(upgraded))
    assert "/ upgraded" in said, said
    assert Counter(failure[:200] for failure in work.failures) == {}
    assert min(work.done.values()) > 3, work.done
    assert releases(upgraded) == {"next"}
    assert not set(before.values()) & set(processes(upgraded).values())
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in before.values()))
    with upgraded.client() as client:
        assert client.get("/v1/funds/health/ready").json()["checks"]["migrations"] == "ok"
        seen = {item["id"] for item in _all(client, f"/v1/funds/loans/{work._loan}/repayments?limit=200")}
        assert work.repaid <= seen
        assert len(seen) - len(work.repaid) < 50, "no repayment was booked twice"


def _all(client: httpx.Client, path: str) -> Iterator[dict[str, Any]]:
    while path:
        page = client.get(path).json()
        yield from page["items"]
        path = page.get("next") or ""


def test_a_copy_that_is_not_ready_takes_nobodys_place(upgraded: Platform, version: Version) -> None:
    before = processes(upgraded)
    changes = (
        ("vca/rolling.py", "begin(new, _READY_SECONDS,", 'begin(new, 6.0 if new.name == "funds" else _READY_SECONDS,'),
        ("services/funds/main.py", '"migrations": await stands_at(db, _NEWEST)', '"migrations": "broken"'),
    )
    for path, old, new in changes:
        version.change(path, old, new)
    try:
        said = upgrade(upgraded)
    finally:
        for path, old, new in changes:
            version.change(path, new, old)
    assert "the new copy of funds is not ready, the old one stays" in said, said
    after = processes(upgraded)
    gone = {name for name in before if before[name] != after[name]}
    assert gone == {"services.identity.main", "services.registry.main"}, "those that follow were not touched"
    with upgraded.client() as client:
        assert client.get("/v1/funds/loans?limit=1").status_code == 200


def test_a_version_that_does_not_run_and_a_step_that_contracts_are_refused_beforehand(
    upgraded: Platform, version: Version
) -> None:
    before = processes(upgraded)
    version.change("services/training/main.py", "from __future__ import annotations", "from __future__ import nothing")
    said = upgrade(upgraded)
    assert "not upgraded: the new version does not run: SyntaxError" in said, said
    version.change("services/training/main.py", "from __future__ import nothing", "from __future__ import annotations")

    step = version.add_step("registry", 9003, "contract", 'op.drop_table("made_for_a_test")')
    said = upgrade(upgraded)
    assert "not upgraded: registry_9003 does more than add to the database: stop vca up, then start it again" in said
    (version.root / step).unlink()
    assert processes(upgraded) == before
    assert releases(upgraded) == {"next"}


def test_a_version_that_is_told_what_it_does_not_know_is_refused_beforehand(
    upgraded: Platform, version: Version
) -> None:
    before = processes(upgraded)
    version.change("vca/rolling.py", "    leaving: bool\n", "    leaving: bool\n    what_comes_next: str\n")
    said = upgrade(upgraded)
    assert "not upgraded: the new version takes no handover from the one that runs" in said, said
    version.change("vca/rolling.py", "    leaving: bool\n    what_comes_next: str\n", "    leaving: bool\n")
    assert processes(upgraded) == before


def test_one_that_is_asked_for_during_another_comes_after_it(upgraded: Platform) -> None:
    assert upgraded.process is not None
    upgraded.forget_log()
    upgraded.process.send_signal(signal.SIGHUP)
    until(lambda: "registry: bản mới" in upgraded.log.read_text(), seconds=300)
    for _ in range(3):
        upgraded.process.send_signal(signal.SIGHUP)
        time.sleep(0.05)
    said = ended(upgraded, times=2)
    assert said.count("/ upgraded") == 2, said
    assert said.count("trying the new version") == 2, said
    assert httpx.get(f"{upgraded.gateway}/health").json()["status"] == "ok"


def test_after_an_upgrade_what_dies_is_started_again(upgraded: Platform) -> None:
    for words in ("services.funds.main", "bin/envoy", "bin/postgres"):
        pid = upgraded.pid_of(words)
        os.kill(pid, signal.SIGKILL)
        until(lambda: _other(upgraded, words, pid))  # noqa: B023 - it is done before the next round
    until(lambda: _is_well(upgraded))


def _other(platform: Platform, words: str, pid: int) -> bool:
    try:
        return platform.pid_of(words) != pid
    except AssertionError:
        return False


def _is_well(platform: Platform) -> bool:
    try:
        return httpx.get(f"{platform.gateway}/health", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False
