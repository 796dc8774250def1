"""Requests made up from the contract, sent through the gateway: none may break a service, be answered in a way that is
not documented, or be accepted although the contract forbids it."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.platform.conftest import ROOT, Platform
from vca.postgres import free_port
from vca.services import SERVICES

pytestmark = pytest.mark.generated
CONTRACT = ROOT / "openapi" / "gateway.yaml"
NAMES = [service.name for service in SERVICES]
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance_of_whole_records",
    "negative_data_rejection",
    "missing_required_header",
    "ignored_auth",
)
"""The one of whole records is in checks.py. Not among them: positive_data_acceptance. What fits a schema may still be refused by the state of the records."""

EVERYTHING = bool(os.environ.get("VCA_GENERATED_EVERYTHING"))
"""Many minutes instead of some three."""
EXAMPLES = 20 if EVERYTHING else 2
"""Made-up requests of each operation."""
AT_THE_EDGES = 400 if EVERYTHING else 12
"""Operations of each service whose every parameter and field is tried at its edges as well."""

# 207: an item is refused inside the answer. 410, 412, 428: the record is looked at before the body is (rule 46).
_REFUSING = [207, 400, 401, 403, 404, 405, 409, 410, 412, 413, 414, 415, 422, 428, 431]
_CONFIG = f"""
headers = {{ Authorization = "Bearer ${{VCA_TOKEN}}" }}
request-timeout = 20
warnings = false
[checks.negative_data_rejection]
expected-statuses = {_REFUSING}
[checks.missing_required_header]
expected-statuses = {_REFUSING}
[phases.coverage]
generate-duplicate-query-parameters = false
unexpected-methods = []
"""
_NOT_AT_THE_EDGES = """
[[operations]]
include-operation-id = {names}
phases.coverage.enabled = false
"""
_BY_PERSON = """
[[operations]]
include-operation-id = {names}
headers = {{ Authorization = "Bearer ${{{token}}}" }}
"""
SYSTEM = "all-scopes-vn"
"""Who calls what no person has to."""
PEOPLE = {"VCA_APPROVER": "fund-approver-vn", "VCA_ADMINISTRATOR": "administrator-vn"}
"""The variable with a person's token → the demo's account. No client system decides on what others entered."""


@functools.cache
def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = yaml.load(CONTRACT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["paths"]
    return paths


def _operations(service: str) -> Iterator[dict[str, Any]]:
    for path, item in _paths().items():
        if path.startswith(f"/v1/{service}/"):
            yield from item.values()


def _person(operation: dict[str, Any]) -> str | None:
    """Return the variable with the token of who calls what a system may not."""
    scopes = {scope for way in operation.get("security", ()) for scope in way.get("vca", ())}
    if scopes and all(scope.endswith(".approve") for scope in scopes):
        return "VCA_APPROVER"
    decides = scopes == {"identity.admin"} and operation["operationId"].startswith("confirm_")
    return "VCA_ADMINISTRATOR" if decides else None


def _configuration(service: str) -> str:
    """Return what the run is told. The operations tried at their edges are spread evenly over the contract."""
    names = [str(operation["operationId"]) for operation in _operations(service)]
    tried = names[:: max(1, len(names) // AT_THE_EDGES)]
    others = [name for name in names if name not in tried]
    configuration = _CONFIG + (_NOT_AT_THE_EDGES.format(names=others) if others else "")
    for token in PEOPLE:
        of_person = [str(each["operationId"]) for each in _operations(service) if _person(each) == token]
        configuration += _BY_PERSON.format(names=of_person, token=token) if of_person else ""
    return configuration


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform of its own: what is made up here is in nobody's figures."""
    running = Platform(tmp_path_factory.mktemp("generated") / "home", free_port())
    running.start()
    yield running
    running.stop()


def test_each_path_is_of_a_service_that_is_asked() -> None:
    assert {path.split("/")[2] for path in _paths()} == set(NAMES)


@pytest.mark.parametrize("service", NAMES)
def test_made_up_requests_are_answered_as_the_contract_says(gateway: Platform, service: str, tmp_path: Path) -> None:
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(_configuration(service))
    callers = {"VCA_TOKEN": SYSTEM, **PEOPLE}
    tokens = {variable: gateway.vca("token", name).stdout.strip() for variable, name in callers.items()}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            str(settings),
            "--no-color",
            "run",
            str(CONTRACT),
            "--url",
            gateway.gateway,
            "--include-path-regex",
            f"^/v1/{service}/",
            "--checks",
            ",".join(CHECKS),
            "--phases",
            "examples,coverage,fuzzing",
            "--max-examples",
            str(EXAMPLES),
            "--seed",
            "20261127",
            "--no-shrink",
            "--continue-on-failure",
            "--output-truncate",
            "true",
        ],
        cwd=tmp_path,
        env={**os.environ, **tokens, "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("checks.py"))},
        capture_output=True,
        text=True,
        check=False,
        timeout=3600 if EVERYTHING else 240,
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    log = (gateway.home / "logs" / f"{service}.log").read_text()
    assert "request.failed" not in log
