"""All services in process, beside one another as in a deployment, with the demo in them and the clock at a day of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from kernel.database.connections import Database
from kernel.feed import jobs, revocations
from kernel.feed.following import Follower
from kernel.feed.organizations import ORGANIZATIONS
from kernel.feed.registry_client import registry_feed
from kernel.feed.subjects import SUBJECTS, subjects_feed
from kernel.values.days import use_clock
from services.funds.main import create_app as create_funds
from services.identity.main import create_app as create_identity
from services.identity.settings import IdentitySettings
from services.registry.main import create_app as create_registry
from services.reporting.main import create_app as create_reporting
from services.training.main import create_app as create_training
from tests.contract.examples.people import People
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases, as_service
from tests.support.in_process_services import Wire, settings_beside_identity
from tests.support.tokens import JWKS, PUBLIC_URL, token
from vca.demo import lending
from vca.demo.load import OFFICERS
from vca.demo.registry import load_registry
from vca.demo.reporting import load_reporting
from vca.demo.scenarios import DEFAULT
from vca.demo.training import load_training

TODAY = date(2024, 1, 15)
"""The day of the recording: the demo tells of the year before it."""
_MAKERS = {
    "registry": create_registry,
    "funds": create_funds,
    "training": create_training,
    "reporting": create_reporting,
}
_NATION = "VN"


class Caller(httpx.BaseTransport):
    """Carries the calls of the demo's loader, which runs in a thread, to an app of this loop."""

    def __init__(self, app: FastAPI) -> None:
        self._app, self._loop = httpx.ASGITransport(app), asyncio.get_running_loop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one call."""
        content = request.read()

        async def ask() -> httpx.Response:
            sent = httpx.Request(request.method, request.url, headers=request.headers, content=content)
            answer = await self._app.handle_async_request(sent)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return asyncio.run_coroutine_threadsafe(ask(), self._loop).result()


@dataclass
class Deployment:
    """The services by name; `people`: identity, and who works in the examples; jobs run while `jobs_run` is set."""

    apps: Mapping[str, FastAPI]
    people: People
    jobs_run: asyncio.Event

    def client(self, service: str, scope: str, kind: type[ApiClient] = ApiClient) -> ApiClient:
        """Return a client of the service as an officer of Phú Thọ's alliance calls it."""
        return kind(self.apps[service], contract_of(service), scope=scope, area="25-2025", sub="officer")

    async def follow(self) -> None:
        """Let each service learn of the others what it keeps beside its own."""
        for name in _MAKERS:
            app = self.apps[name]
            for projection, feed in ((ORGANIZATIONS, registry_feed(app)), (SUBJECTS, subjects_feed(app))):
                if feed is not None and not (name == "registry" and projection is ORGANIZATIONS):
                    follower = Follower(app.state.db, feed, projection, wait_seconds=0)
                    while not await follower.step():
                        pass

    async def load_demo(self) -> None:
        """Enter the demo, one record after the other, so that each recording finds the same."""
        with self._loader("registry", "registry.read registry.write", "officer") as client:
            await asyncio.to_thread(load_registry, client, DEFAULT)
        await self.follow()
        with self._loader("training", "training.read training.write", "officer") as client:
            await asyncio.to_thread(load_training, client, DEFAULT)
        with self._loader("reporting", "reports.read reports.write", "officer") as client:
            await asyncio.to_thread(load_reporting, client, DEFAULT)
        with (
            self._loader("funds", "funds.read funds.write", "officer", OFFICERS[DEFAULT]) as officer,
            self._loader("funds", "funds.read funds.approve", "approver") as approver,
        ):
            await asyncio.to_thread(lending.LoanLoader(officer, approver, DEFAULT).load)

    def _loader(self, service: str, scope: str, who: str, area: str = _NATION) -> httpx.Client:
        person = self.people.staff[who]
        headers = {"Authorization": f"Bearer {token(scope, area, sub=person.id, name=person.full_name)}"}
        return httpx.Client(transport=Caller(self.apps[service]), base_url=PUBLIC_URL, headers=headers, timeout=60)


@contextlib.asynccontextmanager
async def deployment(databases: Databases, home: Path) -> AsyncIterator[Deployment]:
    """Start the services with the demo in them."""

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    jobs_run, run = asyncio.Event(), jobs._run
    jobs_run.set()

    async def when_they_may(app: FastAPI, db: Database, kinds: dict[str, jobs.JobKind], row: Any) -> None:
        await jobs_run.wait()
        await run(app, db, kinds, row)

    with pytest.MonkeyPatch.context() as patch:
        # They follow when they are told to, and one loan is entered after the other.
        patch.setattr(Follower, "run", never)
        patch.setattr(revocations, "_follow", never)
        patch.setattr(jobs, "_run", when_they_may)
        patch.setattr(lending, "_AT_ONCE", 1)
        async with contextlib.AsyncExitStack() as stack:
            identity = create_identity(
                IdentitySettings(
                    database_url=as_service(await stack.enter_async_context(databases.clone("identity"))),
                    home=home,
                    public_url=PUBLIC_URL,
                    jwks_file=home / "run" / "jwks.json",
                    log_level="ERROR",
                )
            )
            await stack.enter_async_context(identity.router.lifespan_context(identity))
            wire, apps = Wire({"identity": identity}), {"identity": identity}
            keys = {"keys": [*JWKS["keys"], *identity.state.identity.ring.jwks["keys"]]}
            for name, create_app in _MAKERS.items():
                url = await stack.enter_async_context(databases.clone(name))
                app = create_app(await settings_beside_identity(name, identity, url, home), transport=wire)
                await stack.enter_async_context(app.router.lifespan_context(app))
                # Behind the start, which takes identity's alone.
                app.state.verifier.use_keys(keys)
                wire.add(name, app)
                apps[name] = app
            for name in apps:
                contract_of(name)  # Made of an app, which takes the clock back: before it is set.
            clock = home / "today"
            clock.write_text(str(TODAY), encoding="ascii")
            use_clock(clock)
            stack.callback(use_clock, None)
            running = Deployment(apps, People(identity, contract_of("identity")), jobs_run)
            await running.people.enter_staff()
            await running.load_demo()
            await running.follow()
            yield running
