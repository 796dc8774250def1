"""Having what somebody sent read by a process of its own with limits, a few at a time, one a subject."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from kernel.problems import Busy
from kernel.runtime import limited_child
from kernel.runtime.logging import get_logger

# With one file a subject, several subjects have to send what takes longest before anybody waits.
AT_ONCE, WAIT_SECONDS = 4, 8
_ROOT = Path(__file__).resolve().parent.parent.parent
# The reading process gets none of our secrets, and its modules from where ours are.
_ENVIRONMENT = {"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "LANG": "C.UTF-8"}
log = get_logger()


class Readers:
    """Whose turn it is to have a file read. Made anew with every start of a service."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._turns: dict[str, tuple[asyncio.Lock, int]] = {}

    async def output(self, module: str, argument: str, data: bytes, *, whose: str) -> bytes | None:
        """Return what `python -m module argument` says of the bytes; None if it said nothing or ran into its limits.

        Raises Busy after some seconds in the queue.
        """
        async with self._turn(whose):
            return await output_of_child(module, argument, data)

    @contextlib.asynccontextmanager
    async def _turn(self, whose: str) -> AsyncIterator[None]:
        lock, waiting = self._turns.get(whose, (asyncio.Lock(), 0))
        self._turns[whose] = (lock, waiting + 1)
        try:
            async with contextlib.AsyncExitStack() as stack:
                try:
                    async with asyncio.timeout(WAIT_SECONDS):
                        await stack.enter_async_context(lock)
                        await stack.enter_async_context(self._slots)
                except TimeoutError:
                    raise Busy() from None
                yield
        finally:
            lock, waiting = self._turns.pop(whose)
            if waiting > 1:
                self._turns[whose] = (lock, waiting - 1)


async def output_of_child(module: str, argument: str, data: bytes) -> bytes | None:
    """Return what `python -m module argument` makes of the bytes, without a queue; None if nothing or if it ran into its limits."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        module,
        argument,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_ENVIRONMENT,
        start_new_session=True,
    )
    output = b""
    try:
        async with asyncio.timeout(limited_child.WALL_SECONDS):
            output, _ = await child.communicate(data)
    except TimeoutError:
        pass
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode != 0 or not output:
        log.warning("file.reader_ended", reader=module, returncode=child.returncode, bytes=len(data))
        return None
    return output
