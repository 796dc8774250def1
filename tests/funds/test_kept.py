"""Position and debt groups as the loans keep them: on any day of any lives what they are when every loan is derived in full."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from kernel.database.connections import Database
from kernel.values.days import today
from services.funds import loan_facts
from services.funds.debt_groups import sums_of
from services.funds.engine.debt_groups import provision_step_vnd
from services.funds.loan_facts import (
    CommittedLoans,
    LoanFacts,
    alike_in_full,
    alike_of,
    committed_of,
    facts_in_full,
    facts_of,
)
from services.funds.servicing.loans.kept import keep_missing
from tests.funds.builders import (
    CLEAN,
    COLLATERALS,
    MILLION,
    PATH,
    Make,
    Record,
    a_recovery,
    a_repayment,
    a_tranche,
    keyed,
    terms,
)
from tests.funds.test_collaterals import a_collateral
from tests.support.answers import ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"
START = date(2023, 3, 2)
DECIDED: dict[str, Any] = {"decision_number": "5/QĐ", "decided_on": "2024-06-21"}


def facts(loans: Iterable[LoanFacts]) -> list[dict[str, Any]]:
    return [{name: value for name, value in loan.items() if name in LoanFacts.__annotations__} for loan in loans]


def sums(alike: Sequence[CommittedLoans], on: date) -> dict[str, Any]:
    """Return what position and debt groups are made of."""
    added: dict[Any, int] = defaultdict(int)
    for loans in alike:
        for name in ("outstanding_vnd", "undrawn_vnd", "lost_vnd", "owing"):
            added[loans["own_risk"], loans["is_elsewhere"], name] += loans[name]
    return {"sums": {key: value for key, value in added.items() if value}, "groups": sums_of(alike, on)}


async def agree(db: Database, fund_id: str, days: Iterable[date]) -> None:
    """Compare what is kept with what is derived in full: each way of deriving those of which nothing is kept."""
    for on in days:
        step = provision_step_vnd(on=on)
        async with db.transaction(isolation="repeatable_read", read_only=True) as tx:
            assert facts(await facts_of(tx, fund_id, on)) == facts(await facts_in_full(tx, fund_id, on)), on
            committed, in_full = await committed_of(tx, fund_id, on, step), await alike_in_full(tx, fund_id, on, step)
            assert sums(committed, on) == sums(in_full, on), on
            assert sums_of(await alike_of(tx, fund_id, on, step), on) == sums_of(in_full, on), on


async def kept(db: Database) -> tuple[int, int]:
    """Return how many loans had begun, and of how many of them all is kept today."""
    rows = await db.fetch(
        "SELECT kept_version, kept_from, deductible_vnd, secured_from FROM loan WHERE starts_on IS NOT NULL"
    )
    whole = [
        row
        for row in rows
        if row["kept_version"] is not None
        and row["deductible_vnd"] is not None
        and max(row["kept_from"], row["secured_from"]) <= today()
    ]
    return len(rows), len(whole)


class Life:
    """Lives of the loans of one fund, made up as they go: what is refused did not happen."""

    def __init__(self, make: Make, chance: random.Random) -> None:
        self.make, self.chance = make, chance
        self.loans: list[Record] = []
        self.taken: list[str] = []
        self.collaterals: list[Record] = []
        self.steps = (
            self.repay,
            self.repay,
            self.repay,
            self.draw,
            self.reschedule,
            self.recall,
            self.reduce,
            self.undo,
            self.undo,
            self.secure,
            self.secure,
            self.change_collateral,
            self.write_off,
            self.recover,
            self.settle,
            self.report,
            self.tell,
        )

    async def begin(self) -> None:
        make = self.make
        self.fund = await make.rich_fund(5_000 * MILLION)
        for method in ("equal_principal", "bullet"):
            self.loans.append(await make.contract(self.fund, 120 * MILLION, terms=terms(method=method)))
        self.loans.append(await make.contract(self.fund, 120 * MILLION, channel="entrusted_out", own_risk=True))
        self.loans.append(await make.contract(self.fund, 120 * MILLION, own_risk=False))
        for loan in self.loans:
            await make.money(f"loans/{loan.id}/disbursements", a_tranche(60 * MILLION))
        opening = {"overdue_principal_vnd": 5 * MILLION, "overdue_since": "2022-11-05", "reschedule_count": 1}
        self.loans.append(await make.opened(self.fund, await make.borrower(), opening=opening))

    def day(self) -> str:
        return (START + timedelta(days=self.chance.randint(0, 700))).isoformat()

    @property
    def days(self) -> list[date]:
        chance = self.chance
        return [START + timedelta(days=chance.randint(-100, 900)) for _ in range(2)] + [today(), date(2035, 1, 1)]

    async def step(self) -> str:
        step = self.chance.choice(self.steps)
        answer = await step(self.chance.choice(self.loans))
        if answer is not None and answer.is_success:
            return step.__name__
        return f"{step.__name__} refused: {'' if answer is None else answer.json()['code']}"

    async def _post(self, path: str, body: dict[str, Any], *, approves: bool = False) -> httpx.Response:
        client = self.make.approver if approves else self.make.client
        return await client.post(f"{PATH}/{path}", json=body, headers=keyed())

    async def _confirmed(self, path: str, body: dict[str, Any], of: str) -> httpx.Response:
        answer = await self._post(path, body)
        if not answer.is_success:
            return answer
        entered = answer.json()
        decision = self.chance.choice(({"decision": "confirm"},) * 3 + ({"decision": "reject", "reason": "Sai"},))
        return await self._post(f"{of}/{entered['id']}/confirmation", decision, approves=True)

    def _undoable(self, path: str, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            self.taken.append(f"{path}/{answer.json()['id']}")
        return answer

    async def repay(self, loan: Record) -> httpx.Response:
        choice = self.chance.choice(("keep", "shorten", "lower"))
        body = a_repayment(self.chance.randint(1, 30) * MILLION, paid_on=self.day(), excess="hold", prepayment=choice)
        return self._undoable("repayments", await self._post(f"loans/{loan.id}/repayments", body))

    async def draw(self, loan: Record) -> httpx.Response:
        day = self.chance.choice((START.isoformat(), self.day()))
        body = a_tranche(self.chance.choice((20, 60, 120)) * MILLION, disbursed_on=day)
        body["bad_debt_check"] = {**CLEAN, "checked_on": day}
        return self._undoable("disbursements", await self._post(f"loans/{loan.id}/disbursements", body))

    async def reschedule(self, loan: Record) -> httpx.Response:
        body = {
            "kind": "extension",
            "effective_on": self.day(),
            "request_reason": "Mất mùa",
            "terms": terms(installments=24),
        }
        answer = await self._post(f"loans/{loan.id}/reschedulings", body)
        if not answer.is_success:
            return answer
        path = f"reschedulings/{answer.json()['id']}/approval"
        return self._undoable("reschedulings", await self._post(path, DECIDED, approves=True))

    async def recall(self, loan: Record) -> httpx.Response:
        on = self.day()
        body = {"effective_on": on, "due_on": on, "reason": "Sai mục đích", **DECIDED}
        return self._undoable(
            "reschedulings", await self._confirmed(f"loans/{loan.id}/early-recall", body, "reschedulings")
        )

    async def reduce(self, loan: Record) -> httpx.Response:
        body = {
            "kind": "reduced",
            "effective_on": self.day(),
            "interest_vnd": self.chance.choice((1, 1000, 100_000)),
            "for_inability": self.chance.random() < 0.7,
            **DECIDED,
        }
        path = f"loans/{loan.id}/interest-reductions"
        return self._undoable("interest-reductions", await self._confirmed(path, body, "interest-reductions"))

    async def undo(self, _: Record) -> httpx.Response | None:
        if not self.taken:
            return None
        path = self.chance.choice(self.taken)
        answer = await self._post(f"{path}/reversal", {"reason": "Nhầm"})
        if not answer.is_success:
            return answer
        entered = answer.json()
        if path.startswith("disbursements"):
            return answer
        waiting = entered.get("pending_reversal_id") if path.startswith("repayments") else entered["id"]
        if waiting is None:
            return answer
        return await self._post(f"reversals/{waiting}/confirmation", {"decision": "confirm"}, approves=True)

    async def secure(self, loan: Record) -> httpx.Response:
        chance = self.chance
        by = {"loan_application_id": loan.loan_application_id} if loan.loan_application_id else {"loan_id": loan.id}
        registered = chance.choice((None, self.day()))
        body = a_collateral(deductible_value_vnd=chance.randint(1, 40) * MILLION, registered_on=registered, **by)
        answer = await self._post("collaterals", body)
        if answer.is_success:
            self.collaterals.append(Record(answer.json()))
        return answer

    async def change_collateral(self, _: Record) -> httpx.Response | None:
        if not self.collaterals:
            return None
        one = self.collaterals.pop(self.chance.randrange(len(self.collaterals)))
        match = {"If-Match": f'"{one.version}"'}
        if self.chance.random() < 0.4:
            return await self.make.client.delete(f"{COLLATERALS}/{one.id}", headers=match)
        body = {"deductible_value_vnd": self.chance.randint(1, 40) * MILLION, "released_on": "2025-02-01"}
        answer = await self.make.client.patch(f"{COLLATERALS}/{one.id}", json=body, headers=match)
        if answer.is_success:
            self.collaterals.append(Record(answer.json()))
        return answer

    async def write_off(self, loan: Record) -> httpx.Response | None:
        if self.chance.random() < 0.5:
            return None
        on = (today() - timedelta(days=self.chance.randint(3, 400))).isoformat()
        borrower = await self.make.read("borrowers", loan.borrower_id)
        if borrower.ended_as is None:
            await self.make.ended(loan, START.isoformat())
        body = await self.make.a_write_off(on, ground="dissolved")
        return self._undoable("write-offs", await self._confirmed(f"loans/{loan.id}/write-offs", body, "write-offs"))

    async def recover(self, loan: Record) -> httpx.Response:
        """Recover something of what was written off, if anything was."""
        lost = [each for each in self.loans if (await self.make.read("loans", each.id)).written_off_vnd]
        loan = self.chance.choice(lost or [loan])
        on = (today() - timedelta(days=self.chance.randint(1, 30))).isoformat()
        body = a_recovery(self.chance.choice((1000, MILLION)), effective_on=on)
        return self._undoable("write-offs", await self._confirmed(f"loans/{loan.id}/write-offs", body, "write-offs"))

    async def settle(self, loan: Record) -> httpx.Response:
        """Pay what is owed and settle; sometimes undo that at once."""
        on = (today() - timedelta(days=1)).isoformat()
        owed = ok(await self.make.client.get(f"{LOANS}/{loan.id}/position?as_of={on}"))["total_owed_vnd"]
        if owed and self.chance.random() < 0.5:
            await self._post(f"loans/{loan.id}/repayments", a_repayment(owed, paid_on=on))
        answer = await self._post(f"loans/{loan.id}/settlement", {"settled_on": on})
        if answer.is_success and self.chance.random() < 0.7:
            undone = (await self._post(f"loans/{loan.id}/settlement/reversal", {"reason": "Nhầm"})).json()
            await self._post(f"reversals/{undone['id']}/confirmation", {"decision": "confirm"}, approves=True)
        return answer

    async def report(self, _: Record) -> httpx.Response:
        loan = self.loans[2]
        late = self.chance.random() < 0.5
        day = self.day()
        body: dict[str, Any] = {"as_of": day, "outstanding_vnd": 10 * MILLION, "overdue_principal_vnd": 0}
        if late:
            body |= {"overdue_principal_vnd": MILLION, "overdue_since": START.isoformat()}
        return await self._post(f"loans/{loan.id}/balance-statements", body)

    async def tell(self, loan: Record) -> httpx.Response:
        """Change what has nothing to do with the loan's money."""
        shown = await self.make.read("loans", loan.id)
        body = {"result": f"Kết quả {shown.version}"}
        return await self.make.client.patch(f"{LOANS}/{loan.id}", json=body, headers={"If-Match": f'"{shown.version}"'})


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(4))
async def test_any_lives_on_any_day_are_kept_as_they_are_derived(
    seed: int, make: Make, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    life = Life(make, chance)
    await make.rule(rule="rescheduling_cure", value_months=3, valid_from="2023-10-01")
    await life.begin()
    happened = []
    for number in range(60):
        happened.append(await life.step())
        # Nothing kept, few not, many not: each of the ways is gone.
        monkeypatch.setattr(loan_facts, "MANY", (0, 300)[number % 2])
        await agree(db, life.fund.id, life.days)
        begun, whole = await kept(db)
        assert begun == whole, happened
    assert len({each for each in happened if "refused" not in each}) > 8, sorted(happened)


async def test_the_document_of_today_is_that_of_a_service_that_kept_nothing(
    funds: ApiClient, make: Make, db: Database
) -> None:
    life = Life(make, random.Random(11))
    await life.begin()
    for _ in range(60):
        await life.step()
    paths = [f"{PATH}/funds/{life.fund.id}/{what}" for what in ("position", "debt-groups", "classified-loans")]

    async def said() -> list[Any]:
        return [ok(await funds.get(path)) for path in paths]

    shown = await said()
    versions = await db.fetch("SELECT id, version, updated_at FROM loan ORDER BY id")
    await db.execute("UPDATE loan SET kept_version = NULL, deductible_vnd = NULL, secured_from = NULL")
    assert await said() == shown
    assert await keep_missing(db) == (await kept(db))[0]
    assert await said() == shown
    begun, whole = await kept(db)
    assert begun == whole > 2
    assert await keep_missing(db) == 0
    # Nobody is told of it.
    assert await db.fetch("SELECT id, version, updated_at FROM loan ORDER BY id") == versions


async def test_who_changes_a_loan_without_keeping_it_empties_what_is_kept(make: Make, db: Database) -> None:
    loan = await make.loan()
    await make.money(f"loans/{loan.id}/repayments", a_repayment())
    assert await kept(db) == (1, 1)
    await db.execute("UPDATE loan SET version = version + 1, result = 'x'")
    await db.execute("UPDATE loan SET outstanding_vnd = outstanding_vnd")
    assert await kept(db) == (1, 1)
    await db.execute("UPDATE loan SET version = version + 1, interest_paid_vnd = interest_paid_vnd + 1")
    assert await kept(db) == (1, 0)
    await keep_missing(db)
    assert await kept(db) == (1, 1)
    await db.execute(
        """
        INSERT INTO interest_reduction (id, version, created_at, updated_at, created_by, alliance, fund_id, loan_id, kind,
               effective_on, interest_vnd, overdue_interest_vnd, for_inability, decision_number, decided_on)
        SELECT gen_random_uuid(), 1, now(), now(), 'x', alliance, fund_id, id, 'reduced', '2023-05-05', 1, 0, true, '1', '2023-05-05'
          FROM loan"""
    )
    assert await kept(db) == (1, 0)


async def test_entries_and_collaterals_at_once_leave_what_a_full_derivation_finds(make: Make, db: Database) -> None:
    fund = await make.rich_fund(5_000 * MILLION)
    application = await make.approved(fund)
    loan = await make.contract(fund, 120 * MILLION)
    await make.money(f"loans/{loan.id}/disbursements", a_tranche())
    key = keyed()

    async def post(path: str, body: dict[str, Any], headers: dict[str, str]) -> int:
        for _ in range(100):
            answer = await make.client.post(f"{PATH}/{path}", json=body, headers=headers)
            if answer.status_code not in (409, 429, 503):
                return answer.status_code
            await asyncio.sleep(0.05)
        return answer.status_code

    secured = a_collateral(deductible_value_vnd=3 * MILLION, registered_on="2023-02-21")
    signed = {"loan_application_id": application.id, "contract_number": "77/HĐTD", "signed_on": "2023-03-02"}
    statuses = await asyncio.gather(
        *(post(f"loans/{loan.id}/repayments", a_repayment(paid_on=f"2023-0{4 + n}-02"), keyed()) for n in range(4)),
        *(post(f"loans/{loan.id}/repayments", a_repayment(paid_on="2023-08-02"), key) for _ in range(3)),
        *(post("collaterals", {**secured, "loan_application_id": loan.loan_application_id}, keyed()) for _ in range(4)),
        *(post("collaterals", {**secured, "loan_application_id": application.id}, keyed()) for _ in range(4)),
        post("loans", {**signed, "terms": terms()}, keyed()),
    )
    assert set(statuses) <= {200, 201}, statuses
    rows = await db.fetch("SELECT deductible_vnd FROM loan")
    assert [row["deductible_vnd"] for row in rows] == [12 * MILLION] * 2
    assert await db.fetchval("SELECT count(*) FROM repayment") == 5
    await agree(db, fund.id, [today(), date(2023, 6, 1)])
    assert await kept(db) == (1, 1)
