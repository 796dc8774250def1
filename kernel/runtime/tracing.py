"""Spans of OpenTelemetry, sent to VCA_OTLP_ENDPOINT (OTLP over HTTP); without that setting its SDK is not even imported.

A request is a span, named by the template of its route, and a job is one; within it each statement (kernel/database/traced.py),
also one that is streamed in or out, and each call to another service. A caller's `traceparent` is carried on. No span holds a parameter, a path, a query or the words of an
error: they may name people.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.runtime.metrics import template_of, version
from kernel.runtime.request_context import CURRENT, RequestContext, Trace

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, SpanKind

_SEND_SECONDS = 5.0
_FIRST_FAULT = 500


class Tracing:
    """Where this process sends its spans. `share`: of the traces that begin here, how many are recorded, 0 to 1."""

    def __init__(self, service: str, endpoint: str, share: float) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

        resource = Resource.create({"service.name": service, "service.namespace": "vca", "service.version": version()})
        self._provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(share)), resource=resource)
        # In a thread of its own, with a queue that has an end: where nobody receives, spans are lost and nothing waits.
        self._exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_SEND_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter, schedule_delay_millis=2_000))
        self._tracer = self._provider.get_tracer("vca")

    def close(self) -> None:
        """Send what waits, and end; blocking, and no longer than some seconds where nobody receives."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(_SEND_SECONDS)
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    @contextmanager
    def span(self, name: str, kind: SpanKind, context: Context | None = None) -> Iterator[Span]:
        """Have a span for as long as the block runs. An error is told of by its type alone."""
        from opentelemetry.trace import Status, StatusCode

        with self._tracer.start_as_current_span(
            name, context, kind, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                if getattr(error, "status", _FIRST_FAULT) >= _FIRST_FAULT:
                    span.set_status(Status(StatusCode.ERROR))
                raise


_tracing: Tracing | None = None


def begin_tracing(service: str, endpoint: str, share: float) -> Tracing:
    """Trace from now on in this process, which is one service's."""
    global _tracing
    _tracing = Tracing(service, endpoint, share)
    return _tracing


def recording() -> Tracing | None:
    """Return the tracing of this process where a span is being recorded; what a process does by itself has none."""
    if _tracing is None:
        return None
    from opentelemetry.trace import get_current_span

    return _tracing if get_current_span().is_recording() else None


@contextmanager
def statement_span(name: str) -> Iterator[None]:
    """Have a statement of the database as a span, where one is being recorded."""
    traces = recording()
    if traces is None:
        yield
        return
    from opentelemetry.trace import SpanKind

    with traces.span(name, SpanKind.CLIENT) as span:
        span.set_attribute("db.system.name", "postgresql")
        yield


@contextmanager
def job_span(kind: str) -> Iterator[None]:
    """Have a job that somebody asked for as a trace of its own: its request was answered long before."""
    if _tracing is None:
        yield
        return
    from opentelemetry.context import Context
    from opentelemetry.trace import SpanKind

    with _tracing.span(f"job {kind}", SpanKind.INTERNAL, Context()):
        yield


class Traced:
    """Makes each request of an ASGI app a span. It stands within what gives the request its context."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self.app, self._tracing = app, tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = CURRENT.get() if scope["type"] == "http" else None
        if context is None:
            await self.app(scope, receive, send)
            return
        status: int | None = None

        async def with_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._span(context) as span:
            try:
                await self.app(scope, receive, with_status)
            except Exception as error:
                # A refusal that is rendered further out.
                status = getattr(error, "status", status)
                raise
            finally:
                if span.is_recording():
                    _describe(span, scope, status, context.request_id)

    @contextmanager
    def _span(self, context: RequestContext) -> Iterator[Span]:
        from opentelemetry.trace import SpanKind

        with self._tracing.span("request", SpanKind.SERVER, _caller(context.trace)) as span:
            ours, trace = span.get_span_context(), context.trace
            trace.trace_id, trace.span_id = f"{ours.trace_id:032x}", f"{ours.span_id:016x}"
            trace.sampled = ours.trace_flags.sampled
            yield span


def _caller(trace: Trace) -> Context:
    """Return the context of the caller's span, where it sent one."""
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, TraceState, set_span_in_context

    if trace.parent_span_id is None:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if trace.sampled else TraceFlags.DEFAULT)
    state = TraceState.from_header([trace.state])
    caller = SpanContext(int(trace.trace_id, 16), int(trace.parent_span_id, 16), True, flags, state)
    return set_span_in_context(NonRecordingSpan(caller), Context())


def _describe(span: Span, scope: Scope, status: int | None, request_id: str) -> None:
    from opentelemetry.trace import Status, StatusCode

    route = scope.get("route")
    template = template_of(scope)
    span.update_name(f"{scope['method']} {template}")
    span.set_attributes(
        {
            "http.request.method": scope["method"],
            "http.route": template,
            "vca.operation": getattr(route, "operation_id", None) or "",
            "vca.request_id": request_id,
        }
    )
    if status is not None:
        span.set_attribute("http.response.status_code", status)
        span.set_status(Status(StatusCode.ERROR if status >= _FIRST_FAULT else StatusCode.UNSET))


class _TracedTransport(httpx.AsyncBaseTransport):
    """Makes each call to another service a span, and tells the other of it."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        tracing = recording()
        if tracing is None:
            return await self._transport.handle_async_request(request)
        from opentelemetry.trace import SpanKind

        service = request.url.path.split("/")[2:3]
        with tracing.span(f"{request.method} {''.join(service)}", SpanKind.CLIENT) as span:
            ours = span.get_span_context()
            request.headers["traceparent"] = f"00-{ours.trace_id:032x}-{ours.span_id:016x}-{ours.trace_flags:02x}"
            answer = await self._transport.handle_async_request(request)
            span.set_attributes(
                {
                    "http.request.method": request.method,
                    "http.response.status_code": answer.status_code,
                    "server.address": request.url.host,
                    "server.port": request.url.port or 0,
                }
            )
            return answer

    async def aclose(self) -> None:
        await self._transport.aclose()


def traced(transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
    """Return the transport, with a span for each call where this process traces."""
    return transport if _tracing is None else _TracedTransport(transport)
