"""What every service does with the unexpected, and with a method that a path has not."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.types import Message

from tests.registry.builders import ORGANIZATIONS, Make
from tests.support.answers import assert_problem
from tests.support.client import ApiClient
from tests.support.tokens import token


async def _fail(*args: object, **kwargs: object) -> None:
    raise ZeroDivisionError("a fault of ours")


async def test_a_fault_of_ours_is_a_bare_problem_document_without_its_words(
    registry: ApiClient, registry_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = await Make(registry).organization()
    one = f"{ORGANIZATIONS}/{organization.id}"
    # The one through all of FastAPI's layers, the other on the short way.
    for path, failing in ((f"{one}/history", "kernel.records.history"), (one, "kernel.records.reading.read")):
        monkeypatch.setattr(failing, _fail)
        response = await registry.get(path)
        assert "a fault of ours" not in response.text
        assert_problem(response, 500, "unexpected", instance=path)


async def test_a_caller_that_leaves_before_its_body_came_is_no_fault_of_ours(
    registry_app: FastAPI, capfd: pytest.CaptureFixture[str]
) -> None:
    async def left() -> Message:
        return {"type": "http.disconnect"}

    async def sent(message: Message) -> None:
        raise AssertionError(f"nobody is there: {message}")

    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"20"),
        (b"authorization", f"Bearer {token(scope='registry.write')}".encode()),
    ]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": ORGANIZATIONS,
        "raw_path": b"",
        "scheme": "http",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("vca.test", 80),
        "root_path": "",
    }
    await registry_app(scope, left, sent)
    assert "request.failed" not in capfd.readouterr().err


async def test_an_answer_names_its_operation_whichever_way_it_took(registry: ApiClient) -> None:
    organization = await Make(registry).organization()
    one = f"{ORGANIZATIONS}/{organization.id}"
    for path, operation in (
        (one, "read_organization"),
        (f"{one}/history", "read_organization_history"),
        ("/v1/registry/nothing", None),
        ("/v1/registry/health/live", "read_registry_live"),
    ):
        assert (await registry.get(path)).headers.get("x-vca-operation") == operation


async def test_405_names_every_method_of_the_path(registry: ApiClient) -> None:
    organization = await Make(registry).organization()
    for path, methods in (
        (ORGANIZATIONS, "GET, POST"),
        (f"{ORGANIZATIONS}/{organization.id}", "DELETE, GET, PATCH"),
        (f"{ORGANIZATIONS}/batch", "POST"),
    ):
        response = await registry.put(path, json={})
        assert_problem(response, 405, "method_not_allowed")
        assert response.headers["allow"] == methods
