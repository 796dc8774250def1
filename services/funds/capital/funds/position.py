"""What a fund owns, has lent, has promised and may still lend, on any day.

The limits read what is lent as the loans keep it now; a position what it was on its day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.database.connections import Database, Transaction
from services.funds.capital.funds.queries import CAPITAL, LENT_NOW, PROMISED
from services.funds.code_lists import CAPITAL_KINDS, OWN_CAPITAL
from services.funds.debt_groups import loans_committed, sums_of
from services.funds.loan_facts import CommittedLoans
from services.funds.names import FUND_NAME
from services.funds.rows import FundRow


@dataclass(frozen=True)
class Capital:
    """Sums of the movements of a fund until a day, by (kind, stage, direction), in whole đồng."""

    sums: Mapping[tuple[str, str, str], int]

    def of(self, kind: str, stage: str, direction: str) -> int:
        """Return one sum; 0 if nothing moved."""
        return self.sums.get((kind, stage, direction), 0)

    def net(self, kind: str, stage: str) -> int:
        """Return what came in less what went out; negative for a loss and for what is entrusted to others."""
        return self.of(kind, stage, "in") - self.of(kind, stage, "out")

    @property
    def money_vnd(self) -> int:
        """What was received less what was paid out, over all sources."""
        return sum(self.net(kind, "received") for kind in CAPITAL_KINDS)

    @property
    def has_own(self) -> bool:
        """Whether any own capital was ever booked as received."""
        return any(kind in OWN_CAPITAL and stage == "received" for kind, stage, _ in self.sums)

    def actual_charter_capital_vnd(self, fund: FundRow) -> int:
        """Return the charter capital in the books with undistributed surplus or unresolved loss.

        Where nothing is booked yet the registered charter capital stands for it. Never below 0.
        Source: Decree 45/2021/NĐ-CP, Art. 2(3).
        """
        if not self.has_own:
            return fund["charter_capital_vnd"] or 0
        return max(0, sum(self.net(kind, "received") for kind in OWN_CAPITAL))


async def capital_of(db: Database | Transaction, fund_id: str, as_of: date) -> Capital:
    """Return the capital of a fund as its movements until `as_of` (inclusive) make it."""
    rows = await db.fetch(CAPITAL, fund_id, as_of)
    return Capital({(row["kind"], row["stage"], row["direction"]): row["amount_vnd"] for row in rows})


@dataclass(frozen=True)
class Lent:
    """What a fund has out with borrowers, in whole đồng."""

    outstanding_vnd: int
    """Principal paid out and not yet repaid, of loans whose books the fund keeps."""
    entrusted_vnd: int
    """The same of loans whose books another lender keeps."""
    commitments_vnd: int
    """Approved or contracted and not yet paid out."""
    lost_vnd: int
    """Principal handled by provisions, less what was recovered of it."""

    @property
    def exposure_vnd(self) -> int:
        """What counts against the limits: outstanding and promised."""
        return self.outstanding_vnd + self.entrusted_vnd + self.commitments_vnd


async def lent(db: Database | Transaction, fund_id: str, *, borrower_ids: Sequence[str] | None = None) -> Lent:
    """Return what the fund has lent and promised, to all or to `borrower_ids`, as it stands now.

    A commitment lasts from the approval to the contract, and of the contract what is not drawn until drawing closes.
    """
    row = await db.fetchrow(LENT_NOW, fund_id, None if borrower_ids is None else list(borrower_ids))
    assert row is not None, "an aggregate answers one row"
    return Lent(**row)


async def lent_on(tx: Transaction, fund_id: str, on: date, alike: Iterable[CommittedLoans]) -> Lent:
    """Return what the fund had lent and promised on a day; `alike`: its loans on that day."""
    sums = {False: 0, True: 0}
    promised, lost = await tx.fetchval(PROMISED, fund_id, on), 0
    for loans in alike:
        sums[loans["is_elsewhere"]] += loans["outstanding_vnd"]
        promised += loans["undrawn_vnd"]
        lost += loans["lost_vnd"]
    return Lent(outstanding_vnd=sums[False], entrusted_vnd=sums[True], commitments_vnd=promised, lost_vnd=lost)


async def cash_free(tx: Transaction, fund_id: str) -> int:
    """Return the capital of the locked fund that is not out with borrowers or lost, whatever was promised of it."""
    capital, out = await capital_of(tx, fund_id, date.max), await lent(tx, fund_id)
    return capital.money_vnd - out.outstanding_vnd - out.lost_vnd


RULE = {
    "id": "fund_position",
    "version": "2021-05",
    "legal_basis": "Decree 45/2021/NĐ-CP, Art. 2(3) (actual charter capital)",
}


async def position_of(tx: Transaction, fund: FundRow, as_of: date) -> dict[str, Any]:
    """Return the position of `fund` on `as_of` as it is answered."""
    capital = await capital_of(tx, fund["id"], as_of)
    alike = await loans_committed(tx, fund["id"], as_of)
    out = await lent_on(tx, fund["id"], as_of, alike)
    free = capital.money_vnd - out.outstanding_vnd - out.lost_vnd - out.commitments_vnd
    return {
        "fund_id": fund["id"],
        "fund": FUND_NAME.of(fund),
        "as_of": as_of,
        "capital": [
            {
                "kind": kind,
                "allocated_vnd": max(0, capital.net(kind, "allocated")),
                "received_vnd": capital.of(kind, "received", "in"),
                "paid_out_vnd": capital.of(kind, "received", "out"),
                "not_received_vnd": max(0, capital.net(kind, "allocated") - capital.net(kind, "received")),
            }
            for kind in CAPITAL_KINDS
        ],
        "actual_charter_capital_vnd": capital.actual_charter_capital_vnd(fund),
        "charter_capital_source": "movements" if capital.has_own else "registered",
        "capital_vnd": max(0, capital.money_vnd),
        "lent_out_vnd": out.outstanding_vnd,
        "entrusted_lent_vnd": out.entrusted_vnd,
        "commitments_vnd": out.commitments_vnd,
        "free_balance_vnd": max(0, free),
        "short_vnd": max(0, -free),
        "losses_vnd": out.lost_vnd,
        "provisions_vnd": sum(group.provision_vnd for group in sums_of(alike, as_of)),
        "rule": RULE,
    }
