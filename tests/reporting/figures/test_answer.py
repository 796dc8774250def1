"""One question for figures of all services: who is asked, as whom, and what stands beside each figure."""

from __future__ import annotations

import pytest

from kernel.values.days import today
from services.reporting.catalogue import CATALOGUE
from services.reporting.figures.ask import FigureAsk
from services.reporting.figures.asking import VALUES_PATH, questions
from tests.funds.builders import MILLION
from tests.funds.builders import Make as FundsMake
from tests.registry.builders import THAI_BINH
from tests.registry.builders import Make as RegistryMake
from tests.reporting.builders import Make
from tests.reporting.figures.conftest import Asking, ServiceWire
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.tokens import token
from tests.training.builders import Make as TrainingMake

OF_EACH = "training_classes,cooperatives_total,loan_amount_disbursed,media_contests"


async def _something_of_each(register: RegistryMake, lend: FundsMake, teach: TrainingMake, make: Make) -> None:
    await register.coverage(province="25-2025")
    await register.organization()
    await lend.create("coverages", {**_FUNDS, "province": "25-2025"})
    await lend.loan(amount=120 * MILLION)
    await teach.coverage()
    await teach.training_class(state="held")
    await make.coverage("contests")
    await make.activity("contest")


_FUNDS = {"record_types": ["disbursements", "loans"], "covered_from": "2020-01-01"}


async def test_one_question_is_answered_by_all_services_in_the_order_asked(
    ask: Asking, register: RegistryMake, lend: FundsMake, teach: TrainingMake, make: Make
) -> None:
    await _something_of_each(register, lend, teach, make)
    items = await ask.items(OF_EACH)
    assert [(each["indicator"], each["source_service"], each["value"], each["status"]) for each in items] == [
        ("training_classes", "training", 1, "reported"),
        ("cooperatives_total", "registry", 1, "reported"),
        ("loan_amount_disbursed", "funds", 120 * MILLION, "reported"),
        ("media_contests", "reporting", 1, "reported"),
    ]


@pytest.mark.parametrize("service", ["registry", "funds", "training", "reporting"])
async def test_a_figure_is_its_services_own_word_for_word(
    ask: Asking,
    registry: ApiClient,
    funds: ApiClient,
    training: ApiClient,
    reporting: ApiClient,
    register: RegistryMake,
    lend: FundsMake,
    teach: TrainingMake,
    make: Make,
    service: str,
) -> None:
    await _something_of_each(register, lend, teach, make)
    clients = {"registry": registry, "funds": funds, "training": training, "reporting": reporting}
    days = {"from": "2023-01-01", "to": "2023-12-31", "province": "25-2025"}
    theirs = ok(await clients[service].get(VALUES_PATH.format(service=service), params=days))["items"]
    ours = await ask.items(",".join(each["indicator"] for each in theirs))
    assert len(theirs) == sum(entry.service == service and bool(entry.group_by) for entry in CATALOGUE.values())
    assert [{name: item[name] for name in own} for item, own in zip(ours, theirs, strict=True)] == theirs


async def test_all_indicators_are_answered_where_none_is_named(ask: Asking) -> None:
    items = await ask.items(None)
    assert [each["indicator"] for each in items] == list(CATALOGUE)
    assert {each["status"] for each in items} == {"not_reported"}
    assert {each["value"] for each in items} == {None}


async def test_each_service_is_asked_once_for_each_scope(ask: Asking, wire: ServiceWire) -> None:
    codes = "cooperatives_new,cooperatives_total,cooperatives_new:alliance_led,loan_amount_disbursed,media_contests"
    items = await ask.items(f"{codes},cooperatives_new")
    assert sorted(wire.calls) == [
        ("GET", "/v1/funds/indicator-values"),
        ("GET", "/v1/registry/indicator-values"),
        ("GET", "/v1/registry/indicator-values"),
    ]
    assert [f"{each['indicator']}:{each['scope']}" for each in items] == [
        "cooperatives_new:province",
        "cooperatives_total:province",
        "cooperatives_new:alliance_led",
        "loan_amount_disbursed:alliance",
        "media_contests:alliance_led",
    ]


TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def test_services_are_asked_with_the_callers_token_request_and_language(
    reporting: ApiClient, wire: ServiceWire
) -> None:
    params = {"indicators": "cooperatives_total", "from": "2023-01-01", "to": "2023-12-31"}
    headers = {"Accept-Language": "en", "X-Request-Id": "request-of-a-test", "traceparent": TRACEPARENT}
    (item,) = ok(await reporting.get("/v1/reporting/figures", params=params, headers=headers))["items"]
    (sent,) = wire.headers
    assert sent["authorization"] == f"Bearer {token(**reporting.caller)}"
    assert (sent["x-request-id"], sent["accept-language"]) == ("request-of-a-test", "en")
    # The same trace, and a part of it that is ours.
    assert sent["traceparent"].split("-")[1] == TRACEPARENT.split("-")[1]
    assert sent["traceparent"] != TRACEPARENT
    assert item["indicator_label"] == CATALOGUE["cooperatives_total"].label_en


@pytest.mark.parametrize("service", ["registry", "funds", "training"])
async def test_questions_are_as_the_other_services_contract_has_them(service: str) -> None:
    keys = tuple(
        (entry.code, scope) for entry in CATALOGUE.values() if entry.service == service for scope in entry.scopes
    )
    days = (today().replace(month=1, day=1), today())
    ask = FigureAsk(keys, *days, "25-2025", "province", "2008", None, None, "year", "year", "million_vnd")
    operation = contract_of(service).find("GET", VALUES_PATH.format(service=service))
    assert operation is not None
    known = {each["name"]: each for each in operation.document["parameters"]}
    for question in questions(ask, service, keys):
        assert question.keys() <= known.keys()
        assert len(question["indicators"]) <= 2000


async def test_money_and_per_reach_the_services_that_know_them(
    ask: Asking, register: RegistryMake, lend: FundsMake, teach: TrainingMake
) -> None:
    await register.coverage(province="25-2025")
    income = {"amount_vnd": 5_000_000, "per": "month"}
    await register.statistic(await register.organization(), period="2023", income_per_worker=income)
    await lend.create("coverages", {**_FUNDS, "province": "25-2025"})
    await lend.loan(amount=120 * MILLION)
    codes = "avg_income_per_cooperative_worker,loan_amount_disbursed,training_classes"
    earned, amount, classes = await ask.items(codes, per="year", money="million_vnd")
    assert (earned["value"], earned["unit"]) == (60, "million_vnd_per_person_year")
    assert (amount["value"], amount["unit"]) == (120, "million_vnd")
    assert (classes["status"], classes["unavailable"]) == ("not_reported", None)


async def test_an_entry_is_in_the_figure_at_once(ask: Asking, register: RegistryMake) -> None:
    await register.coverage(province="25-2025")
    for number in range(1, 4):
        await register.organization(registered_on="2023-05-01")
        assert (await ask.one("cooperatives_new"))["value"] == number


async def test_a_foreign_province_is_outside_the_area_in_every_service(ask: Asking) -> None:
    items = await ask.items(OF_EACH, province="40-2025")
    assert [(each["status"], each["value"]) for each in items] == [("outside_area", None)] * 4


async def test_a_question_on_either_map_or_the_nation(reporting: ApiClient, register: RegistryMake) -> None:
    for province in ("25-2025", "40-2025"):
        await register.coverage(province=province)
    await register.organization()
    await register.organization(commune=THAI_BINH)
    nation = Asking(reporting.as_(area="VN"))
    asked: tuple[tuple[str | None, int], ...] = (("25-2008", 1), ("25-2025", 2), ("VN", 2), (None, 2))
    for place, value in asked:
        assert (await nation.one("cooperatives_total", province=place))["value"] == value


async def test_figures_are_compared_with_the_days_before(ask: Asking, register: RegistryMake) -> None:
    await register.coverage(province="25-2025")
    for year in (2022, 2023, 2023):
        await register.organization(registered_on=f"{year}-05-01")
    item = await ask.one("cooperatives_new", previous="year")
    assert (item["value"], item["previous"]["value"], item["change"], item["change_percent"]) == (2, 1, 1, 100)


async def test_months_have_figures_and_plans_of_their_own_days(ask: Asking, register: RegistryMake) -> None:
    await register.coverage(province="25-2025")
    await register.organization(registered_on="2023-02-01")
    items = await ask.items("cooperatives_new", group_by="quarter")
    assert [(each["group"], each["from"], each["value"]) for each in items] == [
        ("2023-Q1", "2023-01-01", 1),
        ("2023-Q2", "2023-04-01", 0),
        ("2023-Q3", "2023-07-01", 0),
        ("2023-Q4", "2023-10-01", 0),
    ]


async def test_groups_that_nothing_lies_in_are_no_bad_answer(ask: Asking, lend: FundsMake) -> None:
    await lend.create("coverages", {**_FUNDS, "province": "25-2025"})
    assert await ask.items("loan_amount_disbursed", group_by="fund") == []


async def test_data_stand_for_the_last_day_but_none_to_come(ask: Asking, register: RegistryMake) -> None:
    await register.coverage(province="25-2025")
    year = today().year
    now = await ask.one("cooperatives_new", **{"from": f"{year}-01-01", "to": f"{year}-12-31"})
    assert now["data_through"] == min(today().isoformat(), f"{year}-12-31")
    assert (await ask.one("cooperatives_new"))["data_through"] == "2023-12-31"
    assert (await ask.one("training_classes"))["data_through"] is None


@pytest.mark.parametrize(
    ("first", "last", "previous", "marked"),
    [
        ("2025-01-01", "2025-12-31", None, True),
        ("2025-01-01", "2025-06-30", None, False),
        ("2025-07-01", "2025-12-31", None, False),
        ("2025-07-01", "2025-12-31", "period", True),
        ("2026-01-01", "2026-03-31", "year", True),
        ("2026-07-01", "2026-07-31", "year", False),
    ],
)
async def test_days_across_the_change_of_maps_are_marked(
    ask: Asking, first: str, last: str, previous: str | None, marked: bool
) -> None:
    items = await ask.items(OF_EACH, **{"from": first, "to": last, "previous": previous})
    assert {each["series_break"] for each in items} == {"2025-07-01" if marked else None}


async def test_a_cooperatives_own_user_is_refused(reporting: ApiClient) -> None:
    own = Asking(reporting.as_(scope="own.read", organization_id="0197f0aa-0000-7000-8000-000000000001"))
    assert (await own.answer("cooperatives_total")).status_code == 403
    assert (await Asking(reporting.anonymous()).answer("cooperatives_total")).status_code == 401
