"""`vca logs`: one call over all parts, from the gateway's log and those of the services, files put aside included."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.gateway.access_log import AccessLine, files_of, read_line
from vca.errors import Refusal
from vca.settings import Place

Json = dict[str, Any]
_TOLD_APART = ("timestamp", "service", "event", "level", "request_id", "trace_id")


def entries_of(place: Place, request_id: str) -> list[Json]:
    """Return what each part says of a call, in order of time. Raises Refusal for a call that none knows."""
    found = sorted(_entries(place, request_id), key=lambda entry: _instant(str(entry["timestamp"])))
    if not found:
        raise NoSuchCall(request_id)
    return found


class NoSuchCall(Refusal):
    """No log that is there names the call."""

    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"Không nhật ký nào có yêu cầu {request_id}: có thể sai mã, hoặc nhật ký của nó đã bị xóa khi xoay vòng.",
            f"No log names request {request_id}: the id may be wrong, or its log is gone by rotation.",
        )


def _entries(place: Place, request_id: str) -> Iterator[Json]:
    for line in _lines_with(place.run / "envoy" / "access.log", request_id):
        call = read_line(line)
        if call is not None and call.request_id == request_id:
            yield _of_gateway(call)
    # By the part's name, as its present file may be away for a moment.
    for part in sorted({file.name.partition(".log")[0] for file in place.logs.glob("*.log*")}):
        log = place.logs / f"{part}.log"
        for line in _lines_with(log, request_id):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and event.get("request_id") == request_id and "timestamp" in event:
                yield {"service": part, **event}


def _lines_with(log: Path, text: str) -> Iterator[bytes]:
    """Return the lines of a log's files that hold `text`, as JSON writes it or as it is."""
    forms = {text.encode(), json.dumps(text)[1:-1].encode()}
    for file in files_of(log):
        try:
            with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
                starts: set[int] = set()
                for form in forms:
                    at = content.find(form)
                    while at >= 0:
                        starts.add(content.rfind(b"\n", 0, at) + 1)
                        at = content.find(form, at + 1)
                for start in sorted(starts):
                    end = content.find(b"\n", start)
                    yield content[start : end if end >= 0 else len(content)]
        except (OSError, ValueError):  # Empty, or put aside and gone in this moment.
            continue


def _of_gateway(call: AccessLine) -> Json:
    more = {
        "method": call.method,
        "path": call.path,
        "operation": call.operation,
        "status": call.status,
        "problem": call.problem,
        "milliseconds": call.milliseconds,
        "caller": call.caller,
        "to": call.service,
        "flags": call.flags,
        "attempts": call.attempts if call.attempts not in ("0", "1") else None,
    }
    stamp = call.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "timestamp": stamp,
        "service": "gateway",
        "event": "call.came",
        "request_id": call.request_id,
        **{name: value for name, value in more.items() if value is not None},
    }


def as_text(entry: Json) -> str:
    """Return an entry for people: when, which part, what, and the rest as name=value; a traceback below."""
    rest = {name: value for name, value in entry.items() if name not in _TOLD_APART and name != "exception"}
    words = " ".join(f"{name}={_plain(value)}" for name, value in rest.items())
    grave = "" if entry.get("level") in (None, "info") else f" {str(entry['level']).upper()}"
    line = f"{_clock(str(entry['timestamp']))}  {entry['service']:<10}{grave} {entry['event']}  {words}".rstrip()
    below = "\n".join(f"    {each}" for each in str(entry.get("exception") or "").splitlines())
    return f"{line}\n{below}" if below else line


def _plain(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return json.dumps(text, ensure_ascii=False) if " " in text or not text else text


def _instant(stamp: str) -> datetime:
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _clock(stamp: str) -> str:
    return _instant(stamp).strftime("%d/%m/%Y %H:%M:%S.%f")[:-3]
