"""Logs: one JSON line an event, noun and past verb; ids and counts, never names, phones or bodies.

Everything that a process says goes this way, uvicorn's words and the standard library's too. A line that cannot be
written is counted and said later: no answer fails because of its log.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import threading
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import orjson

from kernel.runtime.request_context import CURRENT

# structlog's renderer for terminals loads rich, 7 MB in every process, and ours write JSON only.
_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402

del sys.modules["rich"]
if _rich is not None:
    sys.modules["rich"] = _rich


get_logger = structlog.get_logger
_STANDARD_OUTPUT, _STANDARD_ERROR = 1, 2
_FIRST = ("timestamp", "level", "service", "event")
_service = "vca"


class _Lines:
    """Where lines go: standard error, each in one write, so that those of several processes never mix."""

    def __init__(self) -> None:
        self._dropped = 0
        self._is_torn = False
        # Where standard error is a file that is rotated, this is its name.
        self._path = os.environ.get("VCA_LOG_PATH")

    def write(self, line: bytes) -> None:
        """Write one line, or count it as dropped where the disk is full or nobody reads."""
        if self._dropped:
            said = render({"event": "log.dropped", "level": "warning", "count": self._dropped})
            if not self._written(said):
                self._dropped += 1
                return
            self._dropped = 0
        if not self._written(line):
            self._dropped += 1

    def _open_anew(self) -> None:
        """Go on in the file that lies where ours lay: it was put aside. Where that fails, ours will do."""
        if self._path is None:
            return
        with contextlib.suppress(OSError):
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.stat(self._path), os.fstat(_STANDARD_ERROR)):
                    return
            opened = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            for stream in (_STANDARD_OUTPUT, _STANDARD_ERROR):
                os.dup2(opened, stream)
            os.close(opened)

    def _written(self, line: bytes) -> bool:
        self._open_anew()
        rest = (b"\n" if self._is_torn else b"") + line + b"\n"
        whole = len(rest)
        try:
            while rest:
                rest = rest[os.write(_STANDARD_ERROR, rest) :]
        except OSError:
            # A part that is there already is ended before the next line.
            self._is_torn = self._is_torn or 0 < len(rest) < whole
            return False
        self._is_torn = False
        return True


_lines = _Lines()


def render(event: MutableMapping[str, Any]) -> bytes:
    """Return an event as a line: when, how grave, of which service and request, then what it says."""
    event.setdefault("timestamp", _STAMP(None, "", {})["timestamp"])
    event.setdefault("service", _service)
    if (context := CURRENT.get()) is not None:
        event.setdefault("request_id", context.request_id)
        event.setdefault("trace_id", context.trace.trace_id)
    ordered = {name: event[name] for name in _FIRST if name in event} | dict(event)
    try:
        return orjson.dumps(ordered, default=str, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError):  # Half a character, or a number without end: the standard library takes those.
        return json.dumps(ordered, default=repr, skipkeys=True, ensure_ascii=False).encode(errors="replace")


_STAMP = structlog.processors.TimeStamper(fmt="iso", utc=True)


class _Logger:
    """What structlog hands its last processor's result to."""

    def msg(self, line: bytes) -> None:
        _lines.write(line)

    log = debug = info = warn = warning = error = critical = exception = fatal = failure = err = msg


def _rendered(logger: object, method: str, event: MutableMapping[str, Any]) -> bytes:
    return render(event)


class _StandardHandler(logging.Handler):
    """Takes what is logged by way of the standard library."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record as one of ours. Never raises."""
        try:
            event = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
            if record.exc_info:
                event["exception"] = logging.Formatter().formatException(record.exc_info)
            _lines.write(render(event))
        except Exception:  # A message that does not fit its arguments is no reason to fail.
            _lines.write(render({"event": "log.unreadable", "level": "error", "logger": record.name}))


def configure_logging(level: str, service: str) -> None:
    """Write events of `service` as JSON lines to standard error, from `level` up; others' from warnings up."""
    global _service
    _service = service
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            _rendered,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: _Logger(),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, _StandardHandler) for handler in root.handlers):
        root.addHandler(_StandardHandler())
    # Set up by itself where it was started by its own command.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def take_over_process(service: str) -> None:
    """Have also what a process says before its service is made, its warnings and its last words, be JSON lines."""
    configure_logging(os.environ.get("VCA_LOG_LEVEL") or "INFO", service)
    logging.captureWarnings(True)

    def last_words(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            return
        get_logger().critical("process.failed", error=kind.__name__, exc_info=(kind, error, traceback))

    sys.excepthook = last_words
    threading.excepthook = lambda args: last_words(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
