"""Who has not issued what, since when: by rules that are data."""

from __future__ import annotations

from datetime import date

import pytest

from services.reporting.reports.completeness import kind_of, rule_for, rules
from tests.reporting.builders import Make
from tests.reporting.reports.builders import COMPLETENESS, REPORTS, Office
from tests.support.answers import faults, ok
from tests.support.client import ApiClient


def test_a_period_code_asks_for_its_kind_of_report() -> None:
    assert kind_of("2023-8M")[:2] == ("eight_months", "plan_year")
    assert kind_of("S2026") == ("year", "statistical_year", date(2025, 12, 15), date(2026, 12, 14))
    assert kind_of("2023-H2")[0] == "six_months"


def test_a_rule_is_in_force_from_its_day() -> None:
    rule = rule_for("year", "statistical_year", date(2025, 12, 14))
    assert rule is not None
    assert rule.days_after_end == 7
    assert rule_for("year", "statistical_year", date(2023, 12, 14)) is None
    assert rule_for("free", "plan_year", date(2023, 12, 31)) is None
    assert all(rule.source for rule in rules())


async def test_who_has_not_reported_is_told_with_how_late(office: Office, make: Make) -> None:
    await make.coverage("contests", "bulletins")
    everyone = ok(await office.receiver.get(COMPLETENESS, params={"period": "2023"}))
    assert (everyone["expected_count"], everyone["issued_count"]) == (63, 0)
    assert {line["state"] for line in everyone["items"]} == {"missing"}
    assert everyone["due_on"] == "2024-01-15"
    assert all(line["days_late"] > 300 for line in everyone["items"])
    report = await office.issued(geography="2008", province="25-2008")
    found = ok(await office.receiver.get(COMPLETENESS, params={"period": "2023"}))
    (line,) = [line for line in found["items"] if line["province"] == "25-2008"]
    assert (line["state"], line["report_id"], line["issued_on"]) == ("issued", report["id"], "2024-01-05")
    assert line["days_late"] == 0
    await office.receive(report, "returned", reason="Thiếu")
    outstanding = ok(await office.receiver.get(COMPLETENESS, params={"period": "2023", "is_outstanding": "true"}))
    assert {line["province"]: line["state"] for line in outstanding["items"]}["25-2008"] == "returned"
    await office.revise(report)
    own = ok(await office.preparer.get(COMPLETENESS, params={"period": "2023"}))
    states = {line["province"]: (line["state"], line["version_number"]) for line in own["items"]}
    assert states == {"25-2008": ("draft", 2), "17-2008": ("missing", None), "26-2008": ("missing", None)}


async def test_a_year_that_is_not_over_is_not_late_and_is_of_the_map_in_force(office: Office) -> None:
    found = ok(await office.receiver.get(COMPLETENESS, params={"period": "2099"}))
    assert found["expected_count"] == 34
    assert {line["days_late"] for line in found["items"]} == {0}


@pytest.mark.parametrize("period", ["2023-7M", "2023-13"])
async def test_a_period_without_a_kind_of_report_is_refused(reporting: ApiClient, period: str) -> None:
    ((parameter, _),) = faults(await reporting.get(COMPLETENESS, params={"period": period}))
    assert parameter == "period"


async def test_a_report_cut_early_is_the_year_all_the_same(office: Office, make: Make) -> None:
    await make.coverage("contests", "bulletins")
    await office.draft(to="2023-12-20")
    found = ok(await office.preparer.get(COMPLETENESS, params={"period": "2023", "geography": "2025"}))
    assert [line["state"] for line in found["items"]] == ["draft"]
    assert found["items"][0]["report"].startswith(REPORTS)
