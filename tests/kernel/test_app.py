"""What every service does with the unexpected, and with a method that a path has not."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from kernel import records
from tests.registry.builders import ORGANIZATIONS, Make
from tests.support.answers import assert_problem
from tests.support.client import ApiClient


async def _fail(*args: object, **kwargs: object) -> None:
    raise ZeroDivisionError("a fault of ours")


async def test_a_fault_of_ours_is_a_bare_problem_document_without_its_words(
    registry: ApiClient, registry_app: FastAPI, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await make.organization()
    for name in ("history", "read"):  # the one through all of FastAPI's layers, the other on the short way
        monkeypatch.setattr(records, name, _fail)
    for path in (f"{ORGANIZATIONS}/{made.id}", f"{ORGANIZATIONS}/{made.id}/history"):
        monkeypatch.setattr(records, "existing", _fail)
        response = await registry.get(path)
        assert "a fault of ours" not in response.text
        assert_problem(response, 500, "unexpected", instance=path)


async def test_405_names_every_method_of_the_path(registry: ApiClient, make: Make) -> None:
    made = await make.organization()
    for path, methods in (
        (ORGANIZATIONS, "GET, POST"),
        (f"{ORGANIZATIONS}/{made.id}", "GET, PATCH"),
        (f"{ORGANIZATIONS}/batch", "GET, PATCH, POST"),
    ):
        response = await registry.put(path, json={})
        assert_problem(response, 405, "method_not_allowed")
        assert response.headers["allow"] == methods
