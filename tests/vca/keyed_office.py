"""The funds on a database of their own, started with other keys as often as a test likes, and worked with meanwhile."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kernel.database.connections import connect
from kernel.runtime.settings import ServiceSettings
from kernel.storage.keyring import PREFIX_BYTES, is_later
from services.funds.main import create_app
from tests.funds.builders import BORROWERS, SCOPES, a_borrower
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import as_service
from tests.support.tokens import JWKS, PUBLIC_URL
from vca.key_rotation import Rotated, retire_first, rotate
from vca.key_use import unused

ONE, TWO, THREE = (bytes([65 + at]) * 32 for at in range(3))


def given(*keys: bytes) -> str:
    return " ".join(base64.urlsafe_b64encode(key).rstrip(b"=").decode() for key in keys)


class Office:
    """The funds' database, and the service on it, started anew with other keys as often as a test likes."""

    def __init__(self, url: str, home: Path, patch: pytest.MonkeyPatch) -> None:
        self.url, self.home, self._patch = as_service(url), home, patch
        self._numbers = itertools.count(1)
        self.numbers: dict[str, str] = {}

    def told(self, *keys: bytes, marks: str | None = None) -> None:
        """Give these keys by settings, as who starts a copy does."""
        self._patch.setenv("VCA_KEYS_FUNDS", given(*keys))
        if marks is not None:
            self._patch.setenv("VCA_KEYS_FUNDS_MARKS", marks)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[ApiClient]:
        settings = ServiceSettings(
            database_url=self.url, public_url=PUBLIC_URL, home=self.home, pool_size=4, log_level="ERROR"
        )
        app = create_app(settings)
        app.state.verifier.use_keys(JWKS)
        async with app.router.lifespan_context(app):
            yield ApiClient(app, contract_of("funds"), scope=SCOPES, area="25-2025", sub="fund-officer")

    async def add(self, funds: ApiClient) -> str:
        number = f"0250{next(self._numbers):08d}"
        body = a_borrower("member_person", id_number=number, phone="0912 345 678")
        id_: str = ok(await funds.post(BORROWERS, json=body), 201)["id"]
        self.numbers[id_] = number
        return id_

    async def read(self, funds: ApiClient, id_: str) -> None:
        shown = ok(await funds.get(f"{BORROWERS}/{id_}/personal-data", params={"purpose": "inspection"}))
        assert (shown["id_number"], shown["phone"]) == (self.numbers[id_], "0912 345 678")

    async def finds(self, funds: ApiClient) -> None:
        """See that everybody is read, and that who is known is found by the mark."""
        for id_ in self.numbers:
            await self.read(funds, id_)
        known = a_borrower("member_person", id_number=next(iter(self.numbers.values())))
        assert_problem(await funds.post(BORROWERS, json=known), 409, "borrower_exists")

    @asynccontextmanager
    async def load(self, *clients: ApiClient) -> AsyncIterator[None]:
        """Have all of them write and read while the block runs; nothing may fail."""
        done, enough, before = asyncio.Event(), asyncio.Event(), len(self.numbers)

        async def work(funds: ApiClient) -> None:
            while not done.is_set():
                await self.add(funds)
                if len(self.numbers) >= before + 5:
                    enough.set()
                for id_ in list(self.numbers)[-5:]:
                    await self.read(funds, id_)

        working = [asyncio.create_task(work(funds)) for funds in clients]
        try:
            yield
            await enough.wait()
        finally:
            done.set()
            await asyncio.gather(*working)

    async def rotate(self) -> Rotated:
        return await rotate(self.url, self.home, "funds", batch=7)

    async def retire(self) -> str | None:
        return await retire_first(self.url, self.home, "funds")

    async def sql(self, statement: str, *args: Any) -> Any:
        connection = await connect(self.url)
        try:
            return await connection.fetch(statement, *args)
        finally:
            await connection.close()

    async def later(self) -> None:
        """Have some days pass since keys became known."""
        await self.sql("UPDATE key_fingerprint SET recorded_at = recorded_at - INTERVAL '3 days'")

    async def unused(self) -> list[str]:
        connection = await connect(self.url)
        try:
            return await unused(connection, self.home, "funds")
        finally:
            await connection.close()

    async def prefixes(self) -> set[bytes]:
        """Return what the sealed values begin with; nothing for the first key's."""
        rows = await self.sql(
            "SELECT phone_sealed AS sealed FROM borrower UNION ALL SELECT id_number_sealed FROM borrower"
        )
        sealed = [bytes(row["sealed"]) for row in rows if row["sealed"] is not None]
        return {each[:PREFIX_BYTES] if is_later(each) else b"" for each in sealed}
