"""The line that each call leaves at the gateway: written by Envoy, read by `vca logs` and by what tells callers of their own calls.

Short, as there are many: `[when, status, milliseconds, operation, caller, request id]`; an operation names method, path and
service. What went wrong, or is none of the API's calls, says more: an object stands before the request id. Operation and problem are
those that the answer names (kernel/app.py); a short line without an operation is what a browser asks before it calls. JSON, but for
a caller's path or request id with a quotation mark in it; they stand last, so nobody can make a line say anything else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.gateway.clusters import ENVOY

Json = dict[str, Any]

_COMMON = '[%START_TIME(%s%3f)%,%RESPONSE_CODE%,%DURATION%,"%RESP(X-VCA-OPERATION)%","%REQ(X-VCA-SUB)%",'
_MORE = (
    '{"method":"%REQ(:METHOD)%","flags":"%RESPONSE_FLAGS%","attempts":"%UPSTREAM_REQUEST_ATTEMPT_COUNT%",'
    '"service":"%UPSTREAM_CLUSTER%","problem":"%RESP(X-VCA-PROBLEM)%","path":"%PATH(NQ)%"},'
)
_REQUEST_ID = '"%REQ(X-REQUEST-ID)%"]\n'

_TEXT = rb'"([^"]*)"'
_LINE = re.compile(
    rb"\[(\d+),(\d+),(\d+),"
    + _TEXT
    + b","
    + _TEXT
    + rb',(?:\{"method":'
    + _TEXT
    + rb',"flags":'
    + _TEXT
    # A path goes on to the last brace: in a request id behind it nobody but its caller is misread.
    + rb',"attempts":'
    + _TEXT
    + rb',"service":'
    + _TEXT
    + rb',"problem":'
    + _TEXT
    + rb',"path":"(.*)"\},)?"(.*)"\]',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One call, as the gateway saw it. What it does not say is None."""

    at_milliseconds: int
    status: int
    milliseconds: int
    operation: str | None
    caller: str | None
    method: str | None
    flags: str | None
    attempts: str | None
    service: str | None
    problem: str | None
    path: str | None
    request_id: str

    @property
    def at(self) -> datetime:
        """When the call came."""
        return datetime.fromtimestamp(self.at_milliseconds / 1000, UTC)


def read_line(line: bytes) -> AccessLine | None:
    """Return what a line says (without its end), or None if it is none of ours."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    at, status, milliseconds, *texts, request_id = found.groups()
    said = [None if text in (None, b"-") else text.decode("latin-1") for text in texts]
    operation, caller, method, flags, attempts, service, problem, path = said
    return AccessLine(
        int(at),
        int(status),
        int(milliseconds),
        operation,
        caller,
        method,
        flags,
        attempts,
        service,
        problem,
        path,
        request_id.decode("latin-1"),
    )


def files_of(path: Path) -> list[Path]:
    """Return a log's files that are there, the oldest first (vca/log_rotation.py puts them aside as `<name>.1` …)."""
    aside = [each for each in path.parent.glob(f"{path.name}.*") if each.suffix[1:].isdigit()]
    found = sorted(aside, key=lambda each: -int(each.suffix[1:]))
    return [*found, path] if path.exists() else found


def access_logs(path: Path) -> list[Json]:
    """Return the two loggers of one file: short for the calls of the API that were answered well, else with more.

    No query (it may name people), no token. SIGUSR1 opens the file anew, for rotation. Whether an answer names an operation
    no filter of Envoy's sees; to take the name off into metadata for it took 10,000 instructions of a read's 252,000.
    """
    served: Json = {"and_filter": {"filters": [_status("LE", 399), _below_api()]}}
    other: Json = {"or_filter": {"filters": [_status("GE", 400), _below_api(invert=True)]}}
    return [
        {
            "name": "envoy.access_loggers.file",
            "filter": chosen,
            "typed_config": {
                "@type": f"{ENVOY}.extensions.access_loggers.file.v3.FileAccessLog",
                "path": str(path),
                "log_format": {"text_format_source": {"inline_string": text}},
            },
        }
        for chosen, text in ((served, _COMMON + _REQUEST_ID), (other, _COMMON + _MORE + _REQUEST_ID))
    ]


def _below_api(*, invert: bool = False) -> Json:
    header = {"name": ":path", "string_match": {"prefix": "/v1/"}, "invert_match": invert}
    return {"header_filter": {"header": header}}


def _status(comparison: str, value: int) -> Json:
    # Envoy has "at least", "at most" and "equals".
    return {
        "status_code_filter": {
            "comparison": {"op": comparison, "value": {"default_value": value, "runtime_key": f"log.{comparison}"}}
        }
    }
