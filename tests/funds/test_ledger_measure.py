"""The ledger is looked through again and again: what a trigger would have refused is found where it went past."""

from __future__ import annotations

import pytest

from kernel.database.connections import Database, connect
from services.funds.books.ledger import measures
from tests.funds.builders import MILLION, Make

_UNBALANCED, _CHECKED = "vca_ledger_unbalanced_transactions", "vca_ledger_checked_timestamp_seconds"


@pytest.mark.parametrize("stretch", [2, 3, 50_000])
async def test_a_transaction_that_does_not_balance_is_found_and_stays_told_until_it_does(
    make: Make, db: Database, funds_url: str, monkeypatch: pytest.MonkeyPatch, stretch: int
) -> None:
    monkeypatch.setattr(measures, "_ENTRIES", stretch)
    fund = await make.fund()
    for _ in range(4):
        await make.movement(fund, amount_vnd=10 * MILLION)
    entries = await db.fetchval("SELECT count(*) FROM ledger_entry")
    assert entries >= 8
    steps_of_a_walk = entries // stretch + 1
    walk = measures.ledger_balanced()

    async def walked() -> dict[str, float]:
        for _ in range(steps_of_a_walk):
            found = await walk.read(db)
        return {sample.name: sample.value for sample in found}

    balanced = await walked()
    assert balanced[_UNBALANCED] == 0
    assert balanced[_CHECKED] > 0
    await _change_by(funds_url, 1)
    assert (await walked())[_UNBALANCED] == 1
    # One walk later still: it was not mended.
    assert (await walked())[_UNBALANCED] == 1
    await _change_by(funds_url, -1)
    await walked()
    assert (await walked())[_UNBALANCED] == 0


async def _change_by(url: str, amount: int) -> None:
    """Change the debit of one entry past every trigger, as a hand at the database might."""
    connection = await connect(url, session_replication_role="replica")
    await connection.execute(
        """
        UPDATE ledger_entry SET debit_vnd = debit_vnd + $1 WHERE number =
               (SELECT number FROM ledger_entry WHERE debit_vnd > 1 ORDER BY number OFFSET 2 LIMIT 1)""",
        amount,
    )
    await connection.close()
