"""Logs: one JSON line an event, noun and past verb; ids and counts, never names, phones or bodies."""

from __future__ import annotations

import logging
import sys

# structlog's renderer for terminals loads rich, 7 MB in every process, and ours write JSON only.
_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402

del sys.modules["rich"]
if _rich is not None:
    sys.modules["rich"] = _rich


get_logger = structlog.get_logger


def configure_logging(level: str) -> None:
    """Write structlog's events as JSON lines to standard error, from `level` up."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
