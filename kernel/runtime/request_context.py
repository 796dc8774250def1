"""The request that this task answers: its id and its trace, for every log line and every call that it causes.

Cheap on the way in: a trace is read, or made, only when somebody asks for it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field

Headers = Iterable[tuple[bytes, bytes]]

# W3C Trace Context: lower case alone; version ff and ids of zeros are none; a version after 00 may say more behind.
_TRACEPARENT = re.compile(
    rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL
)
_SAMPLED = 1
_LONGEST_STATE = 512
_LONGEST_ID = 128


@dataclass(slots=True)
class Trace:
    """A trace and our part of it. `parent_span_id`: the caller's part, where it sent one; `sampled`: it is recorded."""

    trace_id: str = field(default_factory=lambda: secrets.token_hex(16))
    parent_span_id: str | None = None
    sampled: bool = False
    state: str = ""
    span_id: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def parent(self) -> str:
        """What a call that we make says of it (`traceparent`)."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def read_trace(headers: Headers) -> Trace:
    """Return the caller's trace, or one of our own where it sent none that is valid."""
    given = [value for name, value in headers if name == b"traceparent"]
    # Of two nobody knows which is meant.
    found = _TRACEPARENT.fullmatch(given[0].strip(b" \t")) if len(given) == 1 else None
    if found is None or (found[1] == b"00" and found[5] is not None):
        return Trace()
    # What others attached to the trace is passed on as it came.
    state = b",".join(value.strip(b" \t") for name, value in headers if name == b"tracestate")
    return Trace(
        found[2].decode(),
        found[3].decode(),
        bool(int(found[4], 16) & _SAMPLED),
        state.decode() if len(state) <= _LONGEST_STATE and state.isascii() else "",
    )


class RequestContext:
    """One request: its id, and its trace from the first time that it is asked for."""

    __slots__ = ("_headers", "_trace", "request_id")

    def __init__(self, request_id: str, headers: Headers = ()) -> None:
        self.request_id, self._headers = request_id, headers
        self._trace: Trace | None = None

    @property
    def trace(self) -> Trace:
        """The caller's trace, or one of our own; who records spans may set its fields."""
        if self._trace is None:
            self._trace = read_trace(self._headers)
        return self._trace

    def onward(self) -> dict[str, str]:
        """Return the headers of a call to another service."""
        headers = {"X-Request-Id": self.request_id, "traceparent": self.trace.parent}
        if self.trace.state:
            headers["tracestate"] = self.trace.state
        return headers


CURRENT: ContextVar[RequestContext | None] = ContextVar("vca_request", default=None)
"""The request of the present task; None in what a process does by itself."""


def request_id() -> str | None:
    """Return the id of the request that is answered here, if one is."""
    context = CURRENT.get()
    return None if context is None else context.request_id


def trace_id() -> str | None:
    """Return the trace of the request that is answered here, if one is."""
    context = CURRENT.get()
    return None if context is None else context.trace.trace_id


def given_request_id(headers: Headers) -> str | None:
    """Return the request id that the caller chose: up to 128 printable characters."""
    for name, value in headers:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            return text if 0 < len(text) <= _LONGEST_ID and text.isprintable() and text.isascii() else None
    return None
