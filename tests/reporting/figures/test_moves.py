"""Whatever one record is added, corrected, back-dated or removed through the API: exactly the cells move that should, by so much.

What should is counted here from a list of what was entered, as a clerk would: activities, organizations with their ends, and
loans paid out. The cells are the months of 2023 in two provinces; no other indicator of the catalogue moves at all.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.funds.builders import CLEAN, MILLION, a_tranche
from tests.funds.builders import Make as FundsMake
from tests.registry.builders import ORGANIZATIONS, TAN_DAN
from tests.registry.builders import PATH as REGISTRY
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import ACTIVITIES, GIA_CAM, THAI_BINH, Make
from tests.reporting.figures.conftest import Asking
from tests.support.answers import etag, ok
from tests.support.client import ApiClient

pytestmark = pytest.mark.thorough

PLACES = {"25-2008": (GIA_CAM, TAN_DAN), "17-2008": (THAI_BINH,)}
INDICATORS = (
    "media_items_newspaper_portal:alliance",
    "media_items_newspaper_portal:alliance_led",
    "media_bulletin_copies:alliance",
    "poor_households_supported:alliance_led",
    "poor_households_supported:province",
    "cooperatives_new:province",
    "cooperatives_new:alliance_led",
    "cooperatives_total:province",
    "cooperatives_dissolved:province",
    "loan_projects_disbursed:funds_managed_by_alliance",
    "loan_amount_disbursed:funds_managed_by_alliance",
)
PARTS = ("alliance_led", "joint", "supported", "none", None)
FIRST, LAST = date(2023, 1, 1), date(2023, 12, 31)
Cell = tuple[str, str, str]
"""Indicator with its scope, province of 2008, month."""


@dataclass(frozen=True)
class Activity:
    """An activity as it was entered last."""

    kind: str
    happened_on: date
    attribution: str | None
    province: str
    quantity: int = 1


@dataclass(frozen=True)
class Cooperative:
    """A cooperative as it was entered last; `ended_on`: since when it is dissolved, by the change `ended_by`."""

    registered_on: date
    attribution: str | None
    province: str
    ended_on: date | None = None
    ended_by: str | None = None


@dataclass(frozen=True)
class Paid:
    """A tranche that was paid out."""

    paid_on: date
    amount: int
    province: str


def month_of(day: date) -> str:
    """Return a month as figures are grouped by it."""
    return f"{day:%Y-%m}"


def month_ends() -> Iterator[date]:
    """Yield the last day of each month."""
    for month in range(1, 13):
        yield date(2023 + month // 12, month % 12 + 1, 1) - timedelta(days=1)


class Clerk:
    """Does to the services what the test says, and keeps a list of it to count by."""

    def __init__(
        self, chance: random.Random, make: Make, register: RegistryMake, lend: FundsMake, fund: Any, borrower: Any
    ) -> None:
        self._chance, self._make, self._register, self._lend = chance, make, register, lend
        self._fund, self._borrower = fund, borrower
        self.activities: dict[str, Activity] = {}
        self.cooperatives: dict[str, Cooperative] = {}
        self.paid: dict[str, Paid] = {}

    def cells(self) -> dict[Cell, int]:
        """Return what each cell that is not 0 should say, counted from the list."""
        cells: dict[Cell, int] = defaultdict(int)
        for each in self.activities.values():
            for code in self._indicators_of(each):
                cells[code, each.province, month_of(each.happened_on)] += each.quantity
        for one in self.cooperatives.values():
            codes = ["cooperatives_new:province"]
            codes += ["cooperatives_new:alliance_led"] * (one.attribution == "alliance_led")
            if FIRST <= one.registered_on <= LAST:
                for code in codes:
                    cells[code, one.province, month_of(one.registered_on)] += 1
            for day in month_ends():
                stands = one.registered_on <= day and (one.ended_on is None or one.ended_on > day)
                cells["cooperatives_total:province", one.province, month_of(day)] += stands
            if one.ended_on is not None:
                cells["cooperatives_dissolved:province", one.province, month_of(one.ended_on)] += 1
        for tranche in self.paid.values():
            where = (tranche.province, month_of(tranche.paid_on))
            cells["loan_projects_disbursed:funds_managed_by_alliance", *where] += 1
            cells["loan_amount_disbursed:funds_managed_by_alliance", *where] += tranche.amount
        return {cell: number for cell, number in cells.items() if number}

    def _indicators_of(self, each: Activity) -> list[str]:
        if not FIRST <= each.happened_on <= LAST:
            return []
        led = each.attribution == "alliance_led"
        if each.kind == "media_item":
            codes = ["media_items_newspaper_portal:alliance"] * (each.attribution != "none")
            return codes + ["media_items_newspaper_portal:alliance_led"] * led
        if each.kind == "bulletin":
            return ["media_bulletin_copies:alliance"] * (each.attribution != "none")
        return ["poor_households_supported:province"] + ["poor_households_supported:alliance_led"] * led

    def _day(self, first: date = FIRST, last: date = LAST) -> date:
        return first + timedelta(days=self._chance.randrange((last - first).days + 1))

    def _place(self) -> tuple[str, str]:
        province = self._chance.choice(list(PLACES))
        return province, self._chance.choice(PLACES[province])

    def _some(self, records: dict[str, Any]) -> str | None:
        return self._chance.choice(sorted(records)) if records else None

    async def _changed(self, path: str, client: ApiClient, **fields: Any) -> None:
        present = ok(await client.get(path))
        ok(await client.patch(path, json=fields, headers=etag(present)))

    async def _removed(self, path: str, client: ApiClient) -> None:
        present = ok(await client.get(path))
        answer = await client.delete(path, params={"reason": "Nhập nhầm"}, headers=etag(present))
        assert answer.status_code == 204, answer.text

    async def add_activity(self) -> None:
        kind = self._chance.choice(("media_item", "bulletin", "household_support"))
        province, commune = self._place()
        part = self._chance.choice(PARTS)
        more: dict[str, Any] = {} if part != "joint" else {"partners": ["Báo Phú Thọ"]}
        quantity = 1 if kind == "media_item" else self._chance.randrange(3, 600)
        if kind != "media_item":
            more["quantity"] = quantity
        on = self._day()
        made = await self._make.activity(
            kind, happened_on=str(on), attribution=part, commune_code=commune, commune_map="2008", **more
        )
        self.activities[made["id"]] = Activity(kind, on, part, province, quantity)

    async def correct_activity(self) -> None:
        if (id_ := self._some(self.activities)) is None:
            return await self.add_activity()
        part = self._chance.choice(("alliance_led", "supported", "none"))
        fields: dict[str, Any] = {"attribution": part, "partners": []}
        after = replace(self.activities[id_], attribution=part)
        if after.kind != "media_item":
            after = replace(after, quantity=self._chance.randrange(3, 600))
            fields["quantity"] = after.quantity
        await self._changed(f"{ACTIVITIES}/{id_}", self._make.client, **fields)
        self.activities[id_] = after

    async def back_date_activity(self) -> None:
        if (id_ := self._some(self.activities)) is None:
            return await self.add_activity()
        on = self._day(date(2022, 7, 1))
        await self._changed(f"{ACTIVITIES}/{id_}", self._make.client, happened_on=str(on))
        self.activities[id_] = replace(self.activities[id_], happened_on=on)

    async def remove_activity(self) -> None:
        if (id_ := self._some(self.activities)) is None:
            return await self.add_activity()
        await self._removed(f"{ACTIVITIES}/{id_}", self._make.client)
        del self.activities[id_]

    async def add_cooperative(self) -> None:
        province, commune = self._place()
        part = self._chance.choice(PARTS[2:] + PARTS[:1])
        on = self._day(date(2022, 1, 1))
        made = await self._register.organization(registered_on=str(on), founding_attribution=part, commune=commune)
        self.cooperatives[made.id] = Cooperative(on, part, province)

    async def correct_cooperative(self) -> None:
        if (id_ := self._some(self.cooperatives)) is None:
            return await self.add_cooperative()
        part = self._chance.choice(("alliance_led", "supported", "none"))
        await self._changed(f"{ORGANIZATIONS}/{id_}", self._register.client, founding_attribution=part)
        self.cooperatives[id_] = replace(self.cooperatives[id_], attribution=part)

    async def back_date_cooperative(self) -> None:
        if (id_ := self._some(self.cooperatives)) is None:
            return await self.add_cooperative()
        on = self._day(date(2021, 6, 1), self.cooperatives[id_].registered_on)
        await self._changed(f"{ORGANIZATIONS}/{id_}", self._register.client, registered_on=str(on))
        self.cooperatives[id_] = replace(self.cooperatives[id_], registered_on=on)

    async def end_cooperative(self) -> None:
        standing = {
            id_: one
            for id_, one in self.cooperatives.items()
            if one.ended_on is None and one.registered_on < date(2023, 11, 1)
        }
        if (id_ := self._some(standing)) is None:
            return await self.add_cooperative()
        on = self._day(max(FIRST, standing[id_].registered_on + timedelta(days=1)))
        body = {"kind": "legal", "status": "ended", "effective_on": str(on)}
        path = f"{ORGANIZATIONS}/{id_}/status-changes"
        made = ok(await self._register.client.post(path, json=body), 201)
        self.cooperatives[id_] = replace(standing[id_], ended_on=on, ended_by=made["id"])

    async def back_date_end(self) -> None:
        ended = {id_: one for id_, one in self.cooperatives.items() if one.ended_by is not None}
        if (id_ := self._some(ended)) is None:
            return await self.end_cooperative()
        one = ended[id_]
        assert one.ended_on is not None
        on = self._day(max(FIRST, one.registered_on + timedelta(days=1)), one.ended_on)
        path = f"{REGISTRY}/status-changes/{one.ended_by}"
        await self._changed(path, self._register.client, effective_on=str(on))
        self.cooperatives[id_] = replace(one, ended_on=on)

    async def take_back_end(self) -> None:
        ended = {id_: one for id_, one in self.cooperatives.items() if one.ended_by is not None}
        if (id_ := self._some(ended)) is None:
            return await self.end_cooperative()
        await self._removed(f"{REGISTRY}/status-changes/{ended[id_].ended_by}", self._register.client)
        self.cooperatives[id_] = replace(ended[id_], ended_on=None, ended_by=None)

    async def remove_cooperative(self) -> None:
        plain = {id_: one for id_, one in self.cooperatives.items() if one.ended_by is None}
        if (id_ := self._some(plain)) is None:
            return await self.add_cooperative()
        await self._removed(f"{ORGANIZATIONS}/{id_}", self._register.client)
        del self.cooperatives[id_]

    async def pay_out(self) -> None:
        amount = self._chance.randrange(10, 90) * MILLION
        loan = await self._lend.contract(self._fund, amount, borrower=self._borrower)
        on = self._day(date(2023, 3, 2), date(2023, 5, 31))
        body = a_tranche(amount, disbursed_on=str(on), bad_debt_check={**CLEAN, "checked_on": str(on)})
        made = await self._lend.money(f"loans/{loan.id}/disbursements", body)
        self.paid[made.id] = Paid(on, amount, "25-2008")

    async def take_back_payment(self) -> None:
        if (id_ := self._some(self.paid)) is None:
            return await self.pay_out()
        await self._lend.money(f"disbursements/{id_}/reversal", {"reason": "Nhập nhầm khoản vay"})
        del self.paid[id_]

    def steps(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """Return all that may be done."""
        return [
            self.add_activity,
            self.correct_activity,
            self.back_date_activity,
            self.remove_activity,
            self.add_cooperative,
            self.correct_cooperative,
            self.back_date_cooperative,
            self.end_cooperative,
            self.back_date_end,
            self.take_back_end,
            self.remove_cooperative,
            self.pay_out,
            self.take_back_payment,
        ]


async def cells_of(ask: Asking) -> dict[Cell, int]:
    """Return what the figures say of each cell that is not 0."""
    cells: dict[Cell, int] = {}
    for province in PLACES:
        for item in await ask.items(",".join(INDICATORS), province=province, group_by="month"):
            assert item["status"] == "reported", item
            if item["value"]:
                cells[f"{item['indicator']}:{item['scope']}", province, item["group"]] = item["value"]
    return cells


async def year_of(ask: Asking) -> dict[tuple[str, str], Any]:
    """Return every figure of the catalogue for the year, at its own scope."""
    return {(item["indicator"], item["scope"]): item["value"] for item in await ask.items(None)}


def moved(before: dict[Any, Any], after: dict[Any, Any]) -> dict[Any, Any]:
    """Return what moved, and by how much."""
    keys = {key for key in before.keys() | after.keys() if before.get(key, 0) != after.get(key, 0)}
    return {key: (after.get(key) or 0) - (before.get(key) or 0) for key in keys}


BESIDE = {
    "reporting": frozenset[str](),
    "registry": frozenset(
        (
            "cooperatives_operating",
            "cooperatives_without_credit_funds",
            "collective_organizations_total",
            "cooperatives_new_supported",
            # Their denominators are the operating ones.
            "alliance_member_share_of_active",
            "cooperatives_effective_share_of_active",
            # Of none that stands it is 0; of those that stand and did not report, nobody knows.
            "cooperative_members_total",
            "cooperative_workers_total",
            "collective_members_total",
            "collective_workers_total",
        )
    ),
    "funds": frozenset(
        (
            "loan_project_turns",
            "loan_borrowers",
            "fund_outstanding",
            "fund_outstanding_own_risk",
            "fund_overdue",
            "fund_disbursed_cumulative",
            "fund_npl_ratio",
        )
    ),
}
"""What the records of each service count for beside INDICATORS; shares of nothing become shares of something."""


def service_of(step: Callable[[], Coroutine[Any, Any, None]]) -> str:
    """Return the service whose record a step writes."""
    name = step.__name__
    return "reporting" if "activity" in name else "funds" if "pay" in name else "registry"


@pytest.mark.parametrize("seed", range(4))
async def test_one_record_moves_exactly_the_cells_that_it_should(
    ask: Asking, make: Make, register: RegistryMake, lend: FundsMake, seed: int
) -> None:
    chance = random.Random(seed)
    await make.coverage("media_items", "bulletins", "household_supports")
    await register.coverage(province="25-2025")
    await lend.create(
        "coverages", {"record_types": ["disbursements", "loans"], "covered_from": "2020-01-01", "province": "25-2025"}
    )
    clerk = Clerk(chance, make, register, lend, await lend.rich_fund(), await lend.borrower())
    steps = clerk.steps()
    before, year, expected = await cells_of(ask), await year_of(ask), clerk.cells()
    for step in [*steps, *chance.choices(steps, k=12)]:
        await step()
        after, counted = await cells_of(ask), clerk.cells()
        assert moved(before, after) == moved(expected, counted), step.__name__
        assert after == counted, step.__name__
        whole = await year_of(ask)
        may = {code.split(":")[0] for code in INDICATORS} | BESIDE[service_of(step)]
        assert {code for code, _ in moved(year, whole)} <= may, step.__name__
        before, year, expected = after, whole, counted
