"""A newcomer who has an operation's id finds its declaration, the function that does the work, and both in a traceback."""

from __future__ import annotations

import inspect
import json
import traceback

import pytest
from fastapi.routing import APIRoute
from typer.testing import CliRunner

from vca import cli
from vca import routes as finding
from vca.routes import ROOT, Operation

TEN = {
    "create_account": "create",
    "create_client_secret": "add_secret",
    "change_organization": "change",
    "import_organizations": "run",
    "create_capital_movement": "columns",
    "approve_loan_application": "approve",
    "record_disbursement": "record",
    "write_off_loan": "enter",
    "create_check_in": "check_in",
    "confirm_trainee": "confirm_trainee",
}
"""Operation → the function that writes, read from the code by hand."""


@pytest.fixture(scope="module")
def routes() -> dict[str, APIRoute]:
    return {route.operation_id or "": route for route in finding.all_routes()}


@pytest.fixture(scope="module")
def operations(routes: dict[str, APIRoute]) -> dict[str, Operation]:
    return {id_: finding.operation(route) for id_, route in routes.items()}


def _line_at(place: str) -> str:
    file, _, line = place.rpartition(":")
    return (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()


@pytest.mark.parametrize(("operation_id", "function"), TEN.items())
def test_the_second_place_is_where_the_writing_is(
    operations: dict[str, Operation], operation_id: str, function: str
) -> None:
    assert _line_at(operations[operation_id].written_at).startswith(f"async def {function}(")


def test_every_operation_has_both_places(operations: dict[str, Operation]) -> None:
    for operation in operations.values():
        health = operation.path.endswith(("/health/live", "/health/ready"))
        assert operation.declared_at.startswith("kernel/web/health.py" if health else "services/"), operation
        assert _line_at(operation.written_at).startswith(("async def ", "def ")), operation


def test_no_endpoint_is_called_like_an_inner_function(routes: dict[str, APIRoute]) -> None:
    for id_, route in routes.items():
        code = inspect.unwrap(route.endpoint).__code__
        assert (route.endpoint.__name__, code.co_name, code.co_qualname) == (id_, id_, id_)


@pytest.mark.parametrize("operation_id", ["create_capital_movement", "change_program", "create_funds_coverage"])
async def test_a_traceback_says_the_operation(routes: dict[str, APIRoute], operation_id: str) -> None:
    with pytest.raises((AttributeError, TypeError)) as raised:
        await inspect.unwrap(routes[operation_id].endpoint)(None, *[None] * (operation_id[:6] == "change"), None)
    assert operation_id in [frame.name for frame in traceback.extract_tb(raised.tb)]


def test_the_command_filters_by_any_part_and_speaks_json(
    operations: dict[str, Operation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "operations", lambda: list(operations.values()))
    lines = CliRunner().invoke(cli.app, ["routes", "Capital-Movements"]).output.splitlines()
    assert {line.split()[0] for line in lines} == {"GET", "POST"}
    assert [len(line.split()) for line in lines] == [5] * len(lines)
    found = json.loads(CliRunner().invoke(cli.app, ["routes", "record_repayment", "--json"]).output)
    assert all(
        list(item) == ["method", "path", "operation_id", "declared_at", "written_at"]
        and "record_repayment" in str(item)
        for item in found
    )
    assert found


def test_where_more_than_one_function_could_be_meant_the_declaration_says_which(routes: dict[str, APIRoute]) -> None:
    unclear = {
        id_: [f"{writer.__module__}.{writer.__name__}" for writer in writers]
        for id_, route in routes.items()
        if len(writers := finding.writers_of(route)) > 1
    }
    assert unclear == {}, "give `written_by=` there"
