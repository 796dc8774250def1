"""A home of the command `vca` whose databases are lent: what an operator types at the terminal of the host."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.support.databases import Databases, as_service
from vca.audit import app as audit
from vca.cli import app
from vca.personal_data import app as personal_data
from vca.services import SERVICES

# The command adds these itself, and not before one of them is called for.
_APPS = {"audit": audit, "personal-data": personal_data}


async def vca(*words: str) -> str:
    """Run the command; return what it prints."""
    of_its_own = _APPS.get(words[0])
    called = (app, list(words)) if of_its_own is None else (of_its_own, list(words[1:]))
    done = await asyncio.to_thread(CliRunner().invoke, *called)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


@dataclass(frozen=True)
class Home:
    """The folder, and the database of each service as the server's own user signs in."""

    folder: Path
    urls: dict[str, str]
    monkeypatch: pytest.MonkeyPatch

    def signs_in(self, *, as_owner: bool) -> None:
        """Have settings name the databases as the services sign in, or as one who may make databases, as restoring does."""
        for service, url in self.urls.items():
            self.monkeypatch.setenv(f"VCA_DATABASE_URL_{service.upper()}", url if as_owner else as_service(url))

    def has_keys(self, keys: Path) -> None:
        """Take the keys that services which run in process have."""
        shutil.copytree(keys, self.folder / "keys")


@contextlib.asynccontextmanager
async def lent_home(databases: Databases, folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Home]:
    """Lend a home with an empty database a service."""
    monkeypatch.setenv("VCA_HOME", str(folder))
    async with contextlib.AsyncExitStack() as stack:
        lent = {each.name: await stack.enter_async_context(databases.clone(each.name)) for each in SERVICES}
        home = Home(folder, lent, monkeypatch)
        home.signs_in(as_owner=False)
        yield home
