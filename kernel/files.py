"""Attachments."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.auth import Caller
from kernel.db import Transaction
from kernel.problems import Fault


async def check_files(tx: Transaction, caller: Caller, file_ids: Sequence[str]) -> list[Fault]:
    """Return a fault for each id that is no file of the caller's area."""
    return []
