"""What a browser noted: selenium's own function has no types."""

from __future__ import annotations

from typing import Any

from selenium import webdriver


def log_of(browser: webdriver.Chrome, kind: str) -> list[dict[str, Any]]:
    """Return the entries of a log (`browser`, `performance`) since they were last read."""
    entries: list[dict[str, Any]] = browser.get_log(kind)  # type: ignore[no-untyped-call]  # selenium leaves it untyped
    return entries
