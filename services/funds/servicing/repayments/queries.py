"""The statement that a batch of repayments begins with."""

from __future__ import annotations

from kernel.database.statements import command

# The lock of every loan of a batch, taken in the order of their ids: batches that name the same loans wait for each other
# and never in a ring. $2: the caller's alliance, null for the nation. By pk_loan.
LOCK_LOANS = command("""
    SELECT id FROM loan WHERE id = ANY($1::uuid[]) AND ($2::text IS NULL OR alliance = $2)
     ORDER BY id FOR NO KEY UPDATE""")
