"""The catalogue of all indicators: what it says is what the services' own tables say, and its versions rise by themselves."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from kernel.values.common_lists import FIGURE_GROUPS, FIGURE_SCOPES, FIGURE_UNITS
from services.funds.indicators import INDICATORS as FUNDS
from services.registry.indicators import INDICATORS as REGISTRY
from services.reporting import code_lists as codes
from services.reporting.catalogue import CATALOGUE, Entry
from services.reporting.indicators import INDICATORS as REPORTING
from services.training.indicators import INDICATORS as TRAINING
from tests.support.answers import ok
from tests.support.client import ApiClient
from vca import indicators

TABLES = {"registry": REGISTRY, "funds": FUNDS, "training": TRAINING, "reporting": REPORTING}
PATH = "/v1/reporting/indicators"


def test_the_committed_file_is_what_the_services_make() -> None:
    assert not indicators.is_stale(), "run: vca indicators"


def test_every_indicator_of_every_service_is_in_it_once() -> None:
    of_tables = [code for table in TABLES.values() for code in table.by_code]
    assert sorted(of_tables) == sorted(set(of_tables))
    assert CATALOGUE.keys() == {*of_tables, *codes.PLAN_COUNTS}


def test_its_version_rises_when_what_is_counted_changes_and_for_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    before = indicators.FILE.read_text(encoding="utf-8")
    versions = {code: entry.version for code, entry in CATALOGUE.items()}

    def version_with(**changed: object) -> dict[str, int]:
        table = FUNDS.by_code
        monkeypatch.setattr(
            FUNDS,
            "by_code",
            {**table, "loan_borrowers": replace(table["loan_borrowers"], **changed)},  # type: ignore[arg-type]
        )
        rows = json.loads(indicators.written(before))["indicators"]
        monkeypatch.setattr(FUNDS, "by_code", table)
        return {row["code"]: row["version"] for row in rows}

    assert version_with(label_vi="Người vay", source="Điều 45", legal_source="Điều 45") == versions
    risen = {**versions, "loan_borrowers": versions["loan_borrowers"] + 1}
    for changed in ({"distinct_of": "l.id"}, {"unit": "organization"}, {"needs": ("disbursements",)}):
        assert version_with(**changed) == risen
    # What is divided by is part of what a share is.
    own_risk = replace(FUNDS.by_code["fund_outstanding_own_risk"], measure="o.outstanding_vnd + 0")
    monkeypatch.setattr(FUNDS, "by_code", {**FUNDS.by_code, "fund_outstanding_own_risk": own_risk})
    rows = {row["code"]: row["version"] for row in json.loads(indicators.written(before))["indicators"]}
    changed_codes = {code for code, version in rows.items() if version != versions[code]}
    assert changed_codes == {"fund_outstanding_own_risk", "fund_npl_ratio"}


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: str(entry.code))
def test_an_entry_is_said_whole_and_without_sql(entry: Entry) -> None:
    assert len({entry.label_vi, entry.label_en, ""}) == 3
    assert {entry.unit, entry.display_unit} <= FIGURE_UNITS.keys()
    assert entry.display_unit.removeprefix("million_") == entry.unit
    assert set(entry.scopes) <= FIGURE_SCOPES.keys()
    assert set(entry.group_by) <= FIGURE_GROUPS.keys()
    assert entry.direction in codes.DIRECTIONS
    assert entry.aggregation in codes.AGGREGATIONS
    assert (entry.numerator is None) == (entry.denominator is None)
    assert not re.search(r"\b(SELECT|FROM|WHERE|JOIN|count\(|IS NOT NULL)\b", entry.source)


@pytest.mark.parametrize("service", list(TABLES))
def test_ratios_name_both_their_parts_and_nothing_else_does(service: str) -> None:
    for code, indicator in TABLES[service].by_code.items():
        entry = CATALOGUE[code]
        is_ratio = indicator.is_ratio and indicator.growth_of is None
        assert (entry.numerator is not None) == is_ratio, code
        assert entry.denominator_indicator == indicator.denominator
        if entry.denominator_indicator is not None:
            assert entry.denominator_indicator in CATALOGUE
        assert entry.aggregation == "recompute" or not is_ratio


def test_which_are_better_when_they_are_less() -> None:
    less = {code for code, entry in CATALOGUE.items() if entry.direction == "less_is_better"}
    assert less == {
        "cooperatives_weak_share",
        "fund_overdue",
        "fund_npl_ratio",
        "plan_indicators_partly_met",
        "plan_indicators_missed",
    }


async def test_it_is_answered_in_both_languages_and_may_be_kept(reporting: ApiClient) -> None:
    for at, language in enumerate(("vi", "en")):
        answer = await reporting.get(PATH, headers={"Accept-Language": language})
        items = {each["code"]: each for each in ok(answer)["items"]}
        assert list(items) == list(CATALOGUE)
        share = items["alliance_member_share_of_active"]
        assert share["label"] == CATALOGUE[share["code"]].labels[at]
        assert share["denominator"] == ("HTX đang hoạt động", "Operating cooperatives")[at]
        assert (share["denominator_indicator"], share["display_unit"], share["decimals"]) == (
            "cooperatives_operating",
            "percent",
            1,
        )
        again = await reporting.get(
            PATH, headers={"Accept-Language": language, "If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304
    assert items["districts_with_effective_model"]["valid_to"] == "2025-06-30"
    assert "predicate" not in items["cooperatives_total"]


async def test_who_may_not_read_reports_may_not_read_it(reporting: ApiClient) -> None:
    assert (await reporting.as_(scope="own.read").get(PATH)).status_code == 403
