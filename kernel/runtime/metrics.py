"""What is counted of one process, and the page of it that Prometheus reads.

Nothing is counted, and nothing of prometheus_client is imported, unless VCA_METRICS_PORT or VCA_METRICS_DIR is set. Requests
are counted in plain dictionaries, which a scrape reads from its own thread: a counter of the library's with four labels costs
several microseconds, this costs one. Every metric of ours stands in FAMILIES, so that rules, dashboards and the runbook can
be held against it.
"""

from __future__ import annotations

import platform
import shutil
import time
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from prometheus_client import Metric

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram of how long requests take, in seconds."""

UNMATCHED, OTHER_METHOD, LEFT = "unmatched", "OTHER", 499
"""What stands for every path and method that no operation has, and for a caller that left before it was answered."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

FAMILIES: dict[str, tuple[str, str]] = {
    "vca_build_info": ("gauge", "Always 1; which release runs, on which Python"),
    "vca_http_requests_total": ("counter", "Requests answered, by operation and status; 499: the caller left before"),
    "vca_http_request_seconds": ("histogram", "How long requests took until the last byte of the answer was sent"),
    "vca_http_requests_in_flight": ("gauge", "Requests that are being answered now"),
    "vca_pool_connections": ("gauge", "Connections to the database: in use, free"),
    "vca_pool_size": ("gauge", "How many connections to the database this process may have"),
    "vca_pool_waiting": ("gauge", "Calls that wait for a connection to the database now"),
    "vca_pool_waits_total": ("counter", "Calls that had to wait for a connection"),
    "vca_pool_wait_seconds_total": ("counter", "How long calls waited for a connection, all together"),
    "vca_pool_refused_total": ("counter", "Calls that were answered 503 because no connection came free in time"),
    "vca_database_answers": (
        "gauge",
        "1 while the database answers what is asked for these metrics, 0 when it does not",
    ),
    "vca_database_connections": ("gauge", "Connections of the whole database server"),
    "vca_database_connections_limit": ("gauge", "How many connections the whole database server takes"),
    "vca_feed_head": ("gauge", "The transaction of the newest change that the feed shows"),
    "vca_feed_held_rows": ("gauge", "Changes that are written and not shown yet: an older transaction is still open"),
    "vca_feed_unsafe": ("gauge", "1 when rows of another life of the database keep the feed closed"),
    "vca_oldest_transaction_seconds": ("gauge", "Age of the oldest open transaction of this service"),
    "vca_follower_behind_seconds": ("gauge", "How far what is kept of another service's feed lies behind it"),
    "vca_follower_problem": ("gauge", "1 while a feed cannot be followed, by feed"),
    "vca_jobs": ("gauge", "Jobs by state; failed: of the last 24 hours"),
    "vca_oldest_job_seconds": ("gauge", "How long the oldest job has waited that no worker took"),
    "vca_ledger_unbalanced_transactions": (
        "gauge",
        "Transactions of the ledger whose debits differ from their credits",
    ),
    "vca_ledger_checked_timestamp_seconds": ("gauge", "When the ledger was last looked through from end to end"),
    "vca_unusual_readings_total": (
        "counter",
        "Readings of personal data beyond the usual number of one subject's hour",
    ),
    "vca_orphans_removed_total": (
        "counter",
        "Stored files without a row that were removed: attachments, exports, uploads cut off",
    ),
    "vca_disk_used_ratio": ("gauge", "Share of the disk below VCA_HOME that is in use, 0 to 1"),
    "vca_disk_free_bytes": ("gauge", "Bytes left on the disk below VCA_HOME"),
    "vca_part_up": ("gauge", "1 for each part of this deployment that answers, 0 for one that does not"),
    "vca_last_backup_timestamp_seconds": ("gauge", "When `vca backup` last ended well here"),
}
"""Name → kind and meaning, of every metric of ours (beside those that prometheus_client has of a process)."""


class Sample(NamedTuple):
    """One value of a metric."""

    name: str
    value: float
    labels: Mapping[str, str] = {}


Source = Callable[[], Iterable[Sample]]
"""What is read at each scrape, from the scrape's own thread."""


@dataclass(slots=True)
class _Cell:
    """Requests of one operation with one status: how many took how long."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0


class Requests:
    """The requests of one process. Written by its event loop alone; read from other threads."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._cells: dict[tuple[str, str, int], _Cell] = {}

    def begun(self) -> float:
        """Note that a request came; return when."""
        self.in_flight += 1
        return time.perf_counter()

    def ended(self, scope: Scope, status: int, began: float) -> None:
        """Count a request that came at `began`."""
        self.in_flight -= 1
        seconds = time.perf_counter() - began
        route = scope.get("route")
        key = scope["method"], route.path if route is not None else template_of(scope), status
        cell = self._cells.get(key) or self._cell(*key)
        cell.counts[bisect_left(BOUNDS, seconds)] += 1
        cell.seconds += seconds

    def _cell(self, method: str, route: str, status: int) -> _Cell:
        # A caller may make up methods: they are one.
        return self._cells.setdefault((method if method in _METHODS else OTHER_METHOD, route, status), _Cell())

    def __call__(self) -> Iterator[Sample]:
        """Yield what was counted."""
        yield Sample("vca_http_requests_in_flight", self.in_flight)
        took: dict[tuple[str, str], _Cell] = {}
        for (method, route, status), cell in list(self._cells.items()):
            of = {"method": method, "route": route, "status": str(status)}
            counts, seconds = list(cell.counts), cell.seconds
            yield Sample("vca_http_requests_total", sum(counts), of)
            every = took.setdefault((method, route), _Cell())
            every.counts = [one + other for one, other in zip(every.counts, counts, strict=True)]
            every.seconds += seconds
        for (method, route), cell in took.items():
            yield from _histogram({"method": method, "route": route}, cell)


def _histogram(of: Mapping[str, str], cell: _Cell) -> Iterator[Sample]:
    reached = 0
    for bound, count in zip((*BOUNDS, float("inf")), cell.counts, strict=True):
        reached += count
        text = "+Inf" if bound == float("inf") else repr(bound)
        yield Sample("vca_http_request_seconds_bucket", reached, {**of, "le": text})
    yield Sample("vca_http_request_seconds_count", reached, of)
    yield Sample("vca_http_request_seconds_sum", cell.seconds, of)


class Counted:
    """Counts the requests of an ASGI app that is no service, by the template of the route that answered."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self.app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = LEFT, self._requests.begun()

        async def with_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, with_status)
        finally:
            self._requests.ended(scope, status, began)


def template_of(scope: Scope) -> str:
    """Return the template of the route that answered."""
    route = scope.get("route")
    if route is None and (endpoint := scope.get("endpoint")) is not None:
        # FastAPI names its own routes alone; the portal's are Starlette's.
        route = next((each for each in scope["app"].routes if _serves(each, endpoint)), None)
    return getattr(route, "path", UNMATCHED)


def _serves(route: object, endpoint: object) -> bool:
    return endpoint in (getattr(route, "endpoint", None), getattr(route, "app", None))


class Metrics:
    """What one process tells of itself. `service` and `labels` stand on each of its values."""

    def __init__(self, service: str) -> None:
        self.labels = {"service": service}
        self.requests = Requests()
        self.unusual_readings = 0
        self._sources: list[Source] = [_build, self.requests, self._readings]

    def add(self, source: Source) -> None:
        """Have `source` read at each scrape; its names are in FAMILIES."""
        self._sources.append(source)

    def _readings(self) -> Iterator[Sample]:
        yield Sample("vca_unusual_readings_total", self.unusual_readings)

    def page(self) -> bytes:
        """Return the page in the text format of Prometheus."""
        from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

        registry = CollectorRegistry(auto_describe=False)
        for metric in self._families(ProcessCollector(registry=None).collect()):
            registry.register(_Collected(metric))
        return generate_latest(registry)

    def _families(self, of_process: Iterable[Metric]) -> Iterator[Metric]:
        from prometheus_client import Metric

        families: dict[str, Metric] = {}
        for sample in (sample for source in self._sources for sample in source()):
            name = _family(sample.name)
            if name not in families:
                kind, words = FAMILIES[name]
                # The library puts the ending of a counter back.
                families[name] = Metric(name.removesuffix("_total"), words, kind)
            families[name].add_sample(sample.name, {**self.labels, **sample.labels}, sample.value)
        yield from families.values()
        for metric in of_process:
            metric.samples = [each._replace(labels={**self.labels, **each.labels}) for each in metric.samples]
            yield metric


class _Collected:
    """One family, as a registry of the library takes it."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterable[Metric]:
        return (self._metric,)


def _family(name: str) -> str:
    for suffix in ("_bucket", "_count", "_sum"):
        if name.endswith(suffix) and name not in FAMILIES:
            return name.removesuffix(suffix)
    return name


def version() -> str:
    """Return the release of this tree."""
    try:
        document = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
        return str(document["project"]["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "unknown"


def _build() -> Iterator[Sample]:
    yield Sample("vca_build_info", 1, {"version": version(), "python": platform.python_version()})


def disk_of(home: Path) -> Source:
    """Return the source that tells how full the disk of `home` is."""

    def read() -> Iterator[Sample]:
        usage = shutil.disk_usage(home if home.exists() else home.resolve().parent)
        # As df counts: what is reserved for root is not there for us.
        yield Sample("vca_disk_used_ratio", usage.used / ((usage.used + usage.free) or 1))
        yield Sample("vca_disk_free_bytes", usage.free)

    return read
