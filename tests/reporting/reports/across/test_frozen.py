"""Whatever is added, corrected, back-dated or removed after its issue, a report says the same, byte for byte; drift says the rest.

What drift has to name is known here from a list of what was entered since: the records written, and the cells that count them.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.funds.builders import Make as FundsMake
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import Make
from tests.reporting.figures.test_moves import INDICATORS, Clerk
from tests.reporting.reports.builders import REPORTS, Office

pytestmark = pytest.mark.thorough

STEPS, FORMATS = 12, ("docx", "xlsx", "html")
PROVINCES = {"25-2025": ("25-2008", "17-2008"), "25-2008": ("25-2008",)}
"""The province of a report, and where what it counts lies."""
_MONEY = ("loan", "disbursement", "reversal")

Said = dict[str, Any]


def year_of(clerk: Clerk, provinces: tuple[str, ...]) -> Said:
    """Return what the year's figures of some provinces should say: flows of all months, the stock of the last."""
    said: Said = dict.fromkeys(INDICATORS, 0)
    for (code, province, month), number in clerk.cells().items():
        if province in provinces and (not code.startswith("cooperatives_total") or month == "2023-12"):
            said[code] += number
    return said


def listed(clerk: Clerk) -> dict[str, Any]:
    """Return all on the clerk's list but money, by its id."""
    return {**clerk.activities, **clerk.cooperatives}


def written(before: dict[str, Any], after: dict[str, Any], provinces: tuple[str, ...]) -> set[str]:
    """Return the ids of the records that differ between two lists, with the ends of cooperatives that came or went."""
    ids: set[str] = set()
    for id_ in before.keys() | after.keys():
        one, other = before.get(id_), after.get(id_)
        if one == other or all(each is None or each.province not in provinces for each in (one, other)):
            continue
        ids.add(id_)
        ids.update(end for each in (one, other) if (end := getattr(each, "ended_by", None)) is not None)
    return ids


async def _bytes(office: Office, report: Said, what: str) -> bytes:
    answer = await office.preparer.get(f"{REPORTS}/{report['id']}/{what}")
    assert answer.status_code == 200, answer.text
    return answer.content


async def _documents(office: Office, report: Said) -> dict[str, bytes]:
    return {each: await _bytes(office, report, f"document?format={each}") for each in FORMATS}


@pytest.mark.parametrize("seed", range(3))
async def test_a_report_never_moves_and_drift_names_what_was_written_and_what_it_moves(
    office: Office, make: Make, register: RegistryMake, lend: FundsMake, seed: int
) -> None:
    chance = random.Random(seed)
    await make.coverage("media_items", "bulletins", "household_supports")
    await register.coverage(province="25-2025")
    await lend.create(
        "coverages", {"record_types": ["disbursements", "loans"], "covered_from": "2020-01-01", "province": "25-2025"}
    )
    clerk = Clerk(chance, make, register, lend, await lend.rich_fund(), await lend.borrower())
    steps = clerk.steps()
    for step in steps:
        await step()
    reports = {province: await office.issued(province=province, included=list(INDICATORS)) for province in PROVINCES}
    frozen = {province: year_of(clerk, within) for province, within in PROVINCES.items()}
    contents = {province: await _bytes(office, report, "content") for province, report in reports.items()}
    documents = await _documents(office, reports["25-2025"])
    for province, report in reports.items():
        cells = {cell["key"]: cell["value"] for cell in (await office.content(report))["cells"]}
        assert cells == frozen[province]
    touched: dict[str, set[str]] = {province: set() for province in PROVINCES}
    paid, taken_back = set[str](), 0
    for step in chance.choices(steps, k=STEPS):
        before, money_before = listed(clerk), set(clerk.paid)
        await step()
        paid |= clerk.paid.keys() - money_before
        taken_back += len(money_before - clerk.paid.keys())
        for province, report in reports.items():
            touched[province] |= written(before, listed(clerk), PROVINCES[province])
            assert await _bytes(office, report, "content") == contents[province], step.__name__
            drift = await office.drift(report)
            now = year_of(clerk, PROVINCES[province])
            assert {each["key"]: (each["before"], each["after"]) for each in drift["cells"]} == {
                key: (was, now[key]) for key, was in frozen[province].items() if was != now[key]
            }, step.__name__
            assert drift["unavailable"] == []
            found = {each["resource_id"]: each["resource_type"] for each in drift["records"]}
            assert {id_ for id_, kind in found.items() if kind not in _MONEY} == touched[province], step.__name__
            # What was paid out is never written again: taking it back is a record of its own.
            assert {id_ for id_, kind in found.items() if kind == "disbursement"} == paid, step.__name__
            assert list(found.values()).count("reversal") == taken_back, step.__name__
            assert drift["records_count"] == len(found), step.__name__
    assert await _documents(office, reports["25-2025"]) == documents
