"""Locks on persons: two entries about one person at the same time take turns.

Each lock is named, held until the transaction ends, and taken in this order: person, number, attendance.
"""

from __future__ import annotations

from kernel.database.connections import Transaction
from kernel.database.statements import command

_TURN = command("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")


async def person_turn(tx: Transaction, alliance: str, person_key: str) -> None:
    """Wait for others who describe a person of this name, birth year and organization."""
    await tx.execute(_TURN, f"trainee/{alliance}/{person_key}")


async def number_turn(tx: Transaction, alliance: str, mark: str, *, own: str | None = None) -> None:
    """Wait for others who enter this number. An `own` user waits for those of its organization alone.

    A wait for any other would tell of it.
    """
    await tx.execute(_TURN, f"trainee/{alliance}/{own or ''}/{mark}")


async def attendance_turn(tx: Transaction, class_id: str, who: str) -> None:
    """Wait for others who enter or delete what this person attended of a class. `who`: the mark of its number, else its id."""
    await tx.execute(_TURN, f"attendance/{class_id}/{who}")
