"""Figures of one relation counted in one statement, each over its own provinces."""

from __future__ import annotations

from datetime import date

from kernel.database.connections import Database
from kernel.indicators.queries import Wanted, count
from kernel.web.auth import Caller
from services.funds.indicators import INDICATORS
from tests.funds.builders import LE_LOI, MILLION, Make

PHU_THO, NGHE_AN = ("25-2008",), ("40-2008",)


async def test_figures_of_one_relation_keep_to_their_own_provinces(make: Make, db: Database) -> None:
    for millions in (24, 36):
        await make.loan(amount=millions * MILLION)
    there = await make.rich_fund(province="40-2025")
    borrower = await make.borrower(commune_code=LE_LOI)
    await make.loan(there, 60 * MILLION, borrower=borrower)
    turns, amount = (INDICATORS.by_code[code] for code in ("loan_project_turns", "loan_amount_disbursed"))
    assert turns.relation.name == amount.relation.name
    caller = Caller("x", "x", frozenset(), "VN", organization_id=None, token_id="x", name="x", expires_at=2**40)
    wanted = [
        Wanted(turns, "alliance", PHU_THO),
        Wanted(amount, "alliance", NGHE_AN),
        Wanted(turns, "alliance", (*PHU_THO, *NGHE_AN)),
        Wanted(amount, "alliance", ()),
    ]
    days = date(2023, 1, 1), date(2023, 8, 31)
    counted = await count(db, wanted, *days, caller=caller, group_by=None, geography="2008")
    assert [counted.get(at, {}).get(None) for at in range(4)] == [2, 60 * MILLION, 3, None]
    by_place = await count(db, wanted[:2], *days, caller=caller, group_by="province", geography="2008")
    assert {at: {k: v for k, v in groups.items() if v} for at, groups in by_place.items()} == {
        0: {"25-2008": 2},
        1: {"40-2008": 60 * MILLION},
    }
