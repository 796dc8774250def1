"""A planned stop of one process: told beforehand, it is ready no more, holds nobody waiting and finishes its calls.

SIGUSR1 tells it to drain; whoever runs several copies sends it first and SIGTERM when nothing more comes. SIGTERM
drains as well: the server that runs us then closes its socket and waits for the calls in flight.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Draining:
    """Whether this process is about to stop."""

    def __init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        """Be ready no more, and end polls that wait."""
        self.begun = True

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """Begin on SIGUSR1, and on SIGTERM before the server's own handler of it."""
        self.begun = False
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        servers_own = signal.getsignal(signal.SIGTERM)

        def begin_on(number: int, frame: FrameType | None) -> None:
            self.begin()
            if number == signal.SIGTERM and callable(servers_own):
                servers_own(number, frame)

        before = {signal.SIGUSR1: signal.signal(signal.SIGUSR1, begin_on)}
        if callable(servers_own):
            before[signal.SIGTERM] = signal.signal(signal.SIGTERM, begin_on)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
