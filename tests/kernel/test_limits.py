"""What one caller may have open at once, and how slowly a body may come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from kernel.feed import jobs
from kernel.web import limits
from tests.registry.builders import ORGANIZATIONS, PATH, a_cooperative
from tests.support.answers import assert_problem
from tests.support.client import ApiClient

EXPORTS, FILES = f"{PATH}/exports", f"{PATH}/files"


class Held:
    """Requests of one caller whose body does not end until it is told to."""

    def __init__(self, client: ApiClient, count: int, path: str, content_type: str) -> None:
        self._end, self._begun = asyncio.Event(), asyncio.Semaphore(0)
        self._count = count
        self._first = b"--b\r\n" if content_type.startswith("multipart/") else b"{"
        headers = {"Content-Type": content_type}
        self.sent = [
            asyncio.create_task(client.post(path, content=self._body(), headers=headers)) for _ in range(count)
        ]

    async def _body(self) -> AsyncIterator[bytes]:
        self._begun.release()
        yield self._first
        await self._end.wait()

    async def __aenter__(self) -> None:
        for _ in range(self._count):
            await self._begun.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._end.set()
        await asyncio.gather(*self.sent)


async def test_who_has_as_many_calls_open_as_it_may_waits_for_one_to_end_and_nobody_else_does(
    registry: ApiClient, registry_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_app.state.limits.calls, "person", 3)
    async with Held(registry, 3, ORGANIZATIONS, "application/json"):
        refused = await registry.get(ORGANIZATIONS)
        assert_problem(refused, 429, "too_many_at_once", limit=3)
        assert refused.headers["retry-after"] == "1"
        assert (await registry.as_(sub="another").get(ORGANIZATIONS)).status_code == 200
        system = await registry.as_(sub="tests").get(ORGANIZATIONS)
        assert system.status_code == 200, "a client system is its own subject"
        anonymous = await registry.anonymous().get(f"{PATH}/health/live")
        assert anonymous.status_code == 200
    assert (await registry.get(ORGANIZATIONS)).status_code == 200


async def test_uploads_have_a_narrower_way_and_leave_room_for_calls(
    registry: ApiClient, registry_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_app.state.limits.uploads, "person", 2)
    async with Held(registry, 2, FILES, "multipart/form-data; boundary=b"):
        refused = await registry.post(FILES, files={"file": ("a.txt", b"words")})
        assert_problem(refused, 429, "too_many_uploads", limit=2)
        assert (await registry.get(ORGANIZATIONS)).status_code == 200
        other = await registry.as_(sub="another").post(FILES, files={"file": ("a.txt", b"words")})
        assert other.status_code == 201


async def test_by_default_a_person_has_room_for_24_calls_and_a_system_for_64(registry_app: FastAPI) -> None:
    calls = registry_app.state.limits.calls
    assert calls.person >= 24
    assert calls.system >= 64
    slow = (limits.ALL_POLLS, limits.ALL_UPLOADS, limits.ALL_DOWNLOADS)
    assert sum(slow) < 512, "of the connections that the gateway keeps to a service"


async def test_one_subject_runs_so_many_exports_at_once_and_its_repeats_are_no_more_of_them(
    registry: ApiClient, registry_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(jobs, "_run", never)
    monkeypatch.setattr(registry_app.state.limits.exports, "person", 2)

    async def ask(client: ApiClient, key: str) -> httpx.Response:
        return await client.post(EXPORTS, json={"type": "organization"}, headers={"Idempotency-Key": key})

    answers = await asyncio.gather(*(ask(registry, f"export-{number}") for number in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 202, 429, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert_problem(refused, 429, "too_many_exports", limit=2)
    for number, answer in enumerate(answers):
        again = await ask(registry, f"export-{number}")
        assert again.status_code == answer.status_code
    assert (await ask(registry.as_(sub="another"), "export-another")).status_code == 202


@pytest.mark.parametrize("path", [ORGANIZATIONS, FILES], ids=["json", "upload"])
async def test_a_body_that_comes_too_slowly_is_given_up_and_nothing_is_written(
    registry: ApiClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(limits, "FREE_SECONDS", 0.2)

    async def stalled() -> AsyncIterator[bytes]:
        yield b'{"type": ' if path == ORGANIZATIONS else b"--b\r\n"
        await asyncio.Event().wait()

    kind = "application/json" if path == ORGANIZATIONS else "multipart/form-data; boundary=b"
    answer = await registry.post(path, content=stalled(), headers={"Content-Type": kind})
    assert_problem(answer, 408, "request_timeout", least_bytes_per_second=2048)
    assert answer.headers["connection"] == "close"
    assert (await registry.post(ORGANIZATIONS, json=a_cooperative())).status_code == 201
