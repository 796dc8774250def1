"""Which trace a request belongs to (W3C Trace Context), and what is sent on of it."""

from __future__ import annotations

import pytest

from kernel.runtime.request_context import RequestContext, given_request_id, read_trace

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("sent", "sampled"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f" \t00-{TRACE}-{SPAN}-01 ", True),
        # Bits that this version does not know are not ours to read.
        (f"00-{TRACE}-{SPAN}-fe", False),
        # A later version is read as far as it is known, and may say more.
        (f"cc-{TRACE}-{SPAN}-01", True),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-brings", True),
        (f"01-{TRACE}-{SPAN}-09", True),
    ],
)
def test_a_valid_trace_of_the_callers_is_kept(sent: str, sampled: bool) -> None:
    trace = read_trace([(b"accept", b"*/*"), (b"traceparent", sent.encode())])
    assert (trace.trace_id, trace.parent_span_id, trace.sampled) == (TRACE, SPAN, sampled)
    assert trace.parent == f"00-{TRACE}-{trace.span_id}-{'01' if sampled else '00'}"
    assert trace.span_id != SPAN


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "00",
        "00-1-2-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN.upper()}-01",
        f"FE-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-0g",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}0-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01-",
        f"cc-{TRACE}-{SPAN}-01.more",
        f"0-{TRACE}-{SPAN}-01",
        f"00_{TRACE}_{SPAN}_01",
        "x" * 10_000,
    ],
)
def test_what_is_no_trace_is_ignored_and_one_of_our_own_is_made(sent: str) -> None:
    trace = read_trace([(b"traceparent", sent.encode()), (b"tracestate", b"vendor=1")])
    assert len(trace.trace_id) == 32
    assert trace.trace_id != TRACE
    assert (trace.parent_span_id, trace.sampled, trace.state) == (None, False, "")
    assert trace.parent == f"00-{trace.trace_id}-{trace.span_id}-00"


def test_of_two_traces_neither_is_taken() -> None:
    one = (b"traceparent", f"00-{TRACE}-{SPAN}-01".encode())
    assert read_trace([one, one]).trace_id != TRACE


def test_what_others_attached_is_sent_on_together_with_the_trace() -> None:
    headers = [
        (b"traceparent", f"00-{TRACE}-{SPAN}-01".encode()),
        (b"tracestate", b"rojo=00f067aa0ba902b7"),
        (b"tracestate", b"congo=t61rcWkgMzE"),
    ]
    context = RequestContext("r-1", headers)
    assert context.onward() == {
        "X-Request-Id": "r-1",
        "traceparent": f"00-{TRACE}-{context.trace.span_id}-01",
        "tracestate": "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    }
    assert context.trace is context.trace


def test_an_id_of_the_callers_is_printable_and_not_too_long() -> None:
    for sent, taken in (("abc-1", "abc-1"), ("a b", "a b"), ("x" * 128, "x" * 128)):
        assert given_request_id([(b"x-request-id", sent.encode())]) == taken
    for refused in (b"", b"x" * 129, b"a\nb", "né".encode(), b"\xff"):
        assert given_request_id([(b"x-request-id", refused)]) is None
    assert given_request_id([]) is None
