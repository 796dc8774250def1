"""`vca logs`: one call over all parts, in order of time, from files put aside too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vca.cli import app

_ID = "0192c7e0-0000-7000-8000-00000000f001"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the logs of one call over three parts, and of others."""
    monkeypatch.setenv("VCA_HOME", str(tmp_path))
    envoy, logs = tmp_path / "run" / "envoy", tmp_path / "logs"
    envoy.mkdir(parents=True)
    logs.mkdir()
    (envoy / "access.log.2").write_text(
        f'[1772416800412,200,38,"list_figures","officer","{_ID}"]\n'
        '[1772416800500,200,1,"read_organization","officer","another"]\n'
    )
    (envoy / "access.log").write_text(f'[1772416900000,200,1,"read_organization","officer","not-{_ID}"]\n')

    def event(at: str, **fields: object) -> str:
        return json.dumps({"timestamp": at, "level": "info", **fields}) + "\n"

    (logs / "reporting.log").write_text(
        event(
            "2026-03-02T02:00:00.430Z",
            service="reporting",
            event="call.answered",
            request_id=_ID,
            path="/v1/funds/indicator-values",
            status=503,
            milliseconds=9.5,
        )
        + event("2026-03-02T02:00:00.440Z", service="reporting", event="feed.followed")
        + "no JSON at all "
        + _ID
        + "\n"
    )
    (logs / "funds.log.1").write_text(
        event(
            "2026-03-02T02:00:00.425Z",
            level="error",
            service="funds",
            event="request.failed",
            request_id=_ID,
            exception="Traceback\n  line 1",
        )
    )
    (logs / "empty.log").touch()
    return tmp_path


def test_a_call_is_told_by_each_part_in_order_of_time(home: Path) -> None:
    told = CliRunner().invoke(app, ["logs", "--request", _ID])
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert [line.split()[2] for line in lines if not line.startswith("    ")] == ["gateway", "funds", "reporting"]
    assert (
        lines[0]
        == "02/03/2026 02:00:00.412  gateway    call.came  operation=list_figures status=200 milliseconds=38 caller=officer"
    )
    assert "ERROR request.failed" in lines[1]
    assert lines[2:4] == ["    Traceback", "      line 1"]
    assert "path=/v1/funds/indicator-values status=503" in lines[4]

    as_json = CliRunner().invoke(app, ["logs", "--request", _ID, "--json"])
    entries = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert [entry["service"] for entry in entries] == ["gateway", "funds", "reporting"]
    assert {entry["request_id"] for entry in entries} == {_ID}


def test_an_id_that_no_log_has_is_said(home: Path) -> None:
    told = CliRunner().invoke(app, ["logs", "--request", "nowhere"])
    assert told.exit_code == 1
    assert "Không nhật ký nào có yêu cầu nowhere" in told.output
    assert "No log names request nowhere" in told.output


def test_what_a_caller_put_into_an_id_is_looked_for_as_it_is(home: Path) -> None:
    odd = 'a "b" ['
    with (home / "logs" / "funds.log").open("a") as log:
        log.write(json.dumps({"timestamp": "2026-03-02T02:00:00Z", "event": "x", "request_id": odd}) + "\n")
    with (home / "run" / "envoy" / "access.log").open("a") as log:
        log.write(f'[1772416800412,200,38,"list_figures","officer","{odd}"]\n')
    told = CliRunner().invoke(app, ["logs", "--request", odd, "--json"])
    assert [json.loads(line)["service"] for line in told.stdout.splitlines()] == ["funds", "gateway"]
