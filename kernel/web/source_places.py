"""Where an operation stands in the code, for `vca routes`, and what tracebacks call it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

_KERNEL = str(Path(__file__).resolve().parent.parent)


class Place(NamedTuple):
    """A line of the code."""

    file: str
    line: int


def place_of(function: Callable[..., Any]) -> Place:
    """Return where a function begins, with its decorators."""
    code = inspect.unwrap(function).__code__
    return Place(code.co_filename, code.co_firstlineno)


def declared_here(above: int = 0) -> Place:
    """Return the line outside the kernel that is declaring something now: a service's, or a test's.

    `above`: how many functions of the service itself stand between that line and the kernel's.
    """
    frame = sys._getframe(1)
    # "<string>": the __init__ that dataclass writes.
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_KERNEL, "<string>")):
        frame = frame.f_back
    for _ in range(above):
        assert frame.f_back is not None
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno)


def name_after_operation(function: Callable[..., Any], name: str) -> None:
    """Let tracebacks and profiles say the operation's name, where a generic core would say `declare.<locals>._create`."""
    if isinstance(function, FunctionType) and function.__code__.co_qualname != name:
        function.__name__ = function.__qualname__ = name
        function.__code__ = function.__code__.replace(co_name=name, co_qualname=name)
