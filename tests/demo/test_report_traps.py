"""What a reader of the five reports stumbles over, each on purpose: a figure says of what, by which plan and in which unit it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.demo.services import Services

pytestmark = pytest.mark.thorough

PHU_THO = {"province": "25-2008", "from": "2023-01-01", "to": "2023-08-31"}
NGHE_AN = {"province": "40-2008", "from": "2023-01-01", "to": "2023-12-31"}
HOA_BINH = {"province": "17-2008", "from": "2023-01-01", "to": "2023-12-31"}
YEN_BAI = {"province": "15-2008", "from": "2020-01-01", "to": "2020-12-20", "cut_off": "true"}


@pytest.fixture(scope="module")
def client(services_of_all_scenarios: Services) -> Iterator[httpx.Client]:
    """The services, called by somebody who may read all of the nation."""
    with services_of_all_scenarios.client() as client:
        yield client


def figures(client: httpx.Client, indicators: str, where: dict[str, str], **more: str) -> list[dict[str, Any]]:
    """Return figures in the order asked."""
    answer = client.get("/v1/reporting/figures", params={"indicators": indicators, **where, **more})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def figure(client: httpx.Client, indicator: str, where: dict[str, str], **more: str) -> dict[str, Any]:
    """Return one figure."""
    (item,) = figures(client, indicator, where, **more)
    return item


def test_exceeded_by_75_percent_is_175_percent_of_a_plan_of_40(client: httpx.Client) -> None:
    plan = figure(client, "cooperatives_new", HOA_BINH)["plan"]
    assert (plan["value"], plan["implied"]) == (40, True)
    assert (plan["percent"], plan["exceeds_by_percent"], plan["verdict"]) == (175, 75, "exceeded")


def test_19_of_100_dissolutions_are_missed_and_the_tax_debts_that_block_the_rest_are_known(
    client: httpx.Client,
) -> None:
    item = figure(client, "dissolution_target_achievement", HOA_BINH)
    assert (item["value"], item["plan"]["value"], item["plan"]["verdict"]) == (19, 100, "missed")
    cases = client.get(f"{item['evidence']}&limit=200").json()["items"]
    assert sum(case["contribution"] for case in cases) == 19
    blocked = [case for case in cases if case["outcome"] != "ended"]
    owing = [case for case in blocked if any(blocker["kind"] == "tax_debt" for blocker in case["blockers"])]
    assert len(owing) > len(blocked) / 2


def test_18_of_20_are_partly_met_and_19_percent_is_missed(client: httpx.Client) -> None:
    models, dissolved = figures(client, "advanced_cooperative_models,dissolution_target_achievement", HOA_BINH)
    assert (models["plan"]["percent"], models["plan"]["verdict"]) == (90, "partly_met")
    assert (dissolved["plan"]["percent"], dissolved["plan"]["verdict"]) == (19, "missed")


def test_an_income_of_a_month_is_twelve_times_less_than_of_a_year_and_its_plan_with_it(client: httpx.Client) -> None:
    code = "avg_income_per_cooperative_worker"
    month, year = (figure(client, code, HOA_BINH, money="million_vnd", per=per) for per in ("month", "year"))
    assert (month["value"], month["unit"]) == (4.54, "million_vnd_per_person_month")
    assert (year["value"], year["unit"]) == (54.48, "million_vnd_per_person_year")
    assert (month["plan"]["value"], year["plan"]["value"]) == (4.5, 54)
    assert month["plan"]["percent"] == year["plan"]["percent"]
    # Nghệ An plans by the year: 58.5 million, which is no 58.5 million a month.
    planned = {**NGHE_AN, "from": "2024-01-01", "to": "2024-12-31"}
    assert figure(client, code, planned, money="million_vnd", per="month")["plan"]["value"] == 4.875


def test_intermediate_or_higher_contains_the_colleges_and_elementary_to_intermediate_does_not(
    client: httpx.Client,
) -> None:
    higher, college, lower = figures(
        client,
        "managers_share_intermediate_or_higher,managers_share_college_or_higher,managers_share_elementary_intermediate",
        HOA_BINH,
    )
    # 82.5 % and 35.1 % overlap: adding them makes more than there are. 25 % and 60 % of Nghệ An's plan do not.
    assert higher["value"] + college["value"] > 100
    assert college["value"] + lower["value"] < 100
    assert higher["denominator"] == college["denominator"] == lower["denominator"]


def test_new_cooperatives_have_one_plan_for_the_alliance_and_another_for_the_province(client: httpx.Client) -> None:
    led, whole = figures(client, "cooperatives_new:alliance_led,cooperatives_new:province", YEN_BAI)
    assert (led["value"], led["plan"]["value"], led["plan"]["percent"]) == (65, 30, 216.7)
    assert (whole["value"], whole["plan"]["value"], whole["plan"]["percent"]) == (92, 60, 153.3)
    assert led["plan"]["plan_id"] != whole["plan"]["plan_id"]


def test_a_report_of_20_december_closes_the_year_and_the_day_alone_does_not(client: httpx.Client) -> None:
    closed = figure(client, "cooperatives_effective", YEN_BAI)
    assert (closed["plan"]["verdict"], closed["plan"]["percent"]) == ("exceeded", 106)
    running = figure(client, "cooperatives_effective", {**YEN_BAI, "cut_off": "false"})
    assert (running["plan"]["verdict"], running["plan"]["percent"]) == ("running", 106)


def test_members_are_a_share_of_the_operating_cooperatives_and_not_of_all(client: httpx.Client) -> None:
    share, members, operating, whole = figures(
        client,
        "alliance_member_share_of_active,alliance_member_cooperatives_total,cooperatives_operating,cooperatives_total",
        PHU_THO,
    )
    assert (members["value"], operating["value"], whole["value"]) == (415, 548, 698)
    assert (round(share["value"], 1), share["denominator"]) == (75.7, 548)
    assert round(members["value"] / whole["value"] * 100, 1) == 59.5


def test_an_estimate_of_885_meets_a_plan_of_885_while_878_are_counted(client: httpx.Client) -> None:
    year = figure(client, "cooperatives_total", NGHE_AN)
    assert (year["status"], year["value"], year["plan"]["value"], year["plan"]["implied"]) == (
        "not_reported",
        None,
        885,
        True,
    )
    (estimate,) = year["estimates"]
    assert (estimate["value"], estimate["percent"], estimate["verdict"]) == (885, 100, "met")
    half = figure(client, "cooperatives_total", {**NGHE_AN, "to": "2023-06-30"})
    assert (half["value"], half["plan"]["verdict"]) == (878, "running")


def test_an_estimate_is_judged_by_its_own_percent(client: httpx.Client) -> None:
    item = figure(client, "avg_revenue_per_cooperative", NGHE_AN, money="million_vnd")
    (estimate,) = item["estimates"]
    assert (estimate["value"], item["plan"]["value"], item["plan"]["unit"]) == (2280, 2275, "million_vnd_per_year")
    assert (estimate["percent"], estimate["verdict"], item["plan"]["percent"]) == (100.2, "exceeded", None)


def test_five_of_six_tasks_exceed_and_the_one_without_a_number_is_met_by_its_four_reports(
    client: httpx.Client,
) -> None:
    item = figure(client, "plan_indicators_exceeded", YEN_BAI)
    progress = client.get(item["evidence"].replace("verdict=exceeded", "")).json()
    assert [task["verdict"] for task in progress["tasks"]] == ["exceeded"] * 2 + ["met"] + ["exceeded"] * 3
    reports = progress["tasks"][2]
    assert (reports["measures"], reports["completions_due"]) == ([], 3)
    stars = [measure for measure in progress["tasks"][4]["measures"] if measure["is_condition"]]
    assert [(measure["figure"]["value"], measure["figure"]["plan"]["condition"]) for measure in stars] == [(3, "3 sao")]


def test_of_twelve_targets_nine_are_exceeded_one_met_one_partly_and_one_missed(client: httpx.Client) -> None:
    codes = [f"plan_indicators_{name}" for name in ("assigned", "exceeded", "met", "partly_met", "missed")]
    items = figures(client, ",".join(codes), {**HOA_BINH, "cut_off": "true"})
    assert [item["value"] for item in items] == [12, 9, 1, 1, 1]
    assert (items[0]["plan"]["value"], items[0]["plan"]["percent"]) == (12, 83.3)


def test_more_than_forty_is_shown_beside_what_is_counted(client: httpx.Client) -> None:
    where = {"province": "62-2008", "from": "2022-01-01", "to": "2022-12-31"}
    item = figure(client, "trade_promotion_cooperative_participations:alliance_supported", where)
    assert item["value"] > 40
    assert [(each["comparator"], each["value"]) for each in item["reported_elsewhere"]] == [("gt", 40)]
    assert item["plan"] is None
