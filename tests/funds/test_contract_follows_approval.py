"""The contract follows the approval: what it may not have otherwise, and the way back to a new approval."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.database.connections import Database
from services.funds.engine.days import MONTHLY, shifted
from services.funds.lending.agreed_terms import default_terms, shortened, spans_of
from services.funds.lending.schedule_terms import ScheduleTerms, engine_terms
from services.funds.servicing.loans.approval import differing_terms
from tests.funds.builders import (
    APPLICATIONS,
    COLLATERALS,
    MILLION,
    PATH,
    Make,
    Record,
    a_contract,
    a_tranche,
    an_appraisal,
    an_approval,
    keyed,
    terms,
)
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient

LOANS = f"{PATH}/loans"
YEAR = terms()


@pytest.fixture
def approver(funds: ApiClient) -> ApiClient:
    """The one who decides, and prepares nothing."""
    return funds.as_(scope="funds.read funds.approve", sub="fund-approver")


async def approved(make: Make, fund: Record | None = None, **appraisal: Any) -> Record:
    """Make an approved application of a year at 6.60 % by equal principal parts, month by month."""
    proposed = {"proposed_term_months": 12, "proposed_terms": YEAR, **appraisal}
    product = {"loan_product_id": proposed.pop("loan_product_id")} if "loan_product_id" in proposed else {}
    return await make.approved(fund or await make.rich_fund(), appraisal=proposed, **product)


def differences(document: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {each["field"]: (each["approved"], each["asked"]) for each in document["differences"]}


async def test_a_contract_that_names_nothing_is_as_approved(funds: ApiClient, make: Make) -> None:
    quarterly = terms(installments=4, interval={"count": 3, "unit": "months"}, principal_grace=1)
    application = await approved(make, proposed_terms=quarterly)
    assert application.approval["approved_terms"]["interval"] == {"count": 3, "unit": "months"}
    body = a_contract(application)
    del body["terms"]
    loan = ok(await funds.post(LOANS, json=body), 201)
    assert loan["terms"] == application.approval["approved_terms"]
    assert loan["annual_rate_percent"] == "6.60"


async def test_what_differs_from_the_approval_is_refused_with_each_thing_named(funds: ApiClient, make: Make) -> None:
    application = await approved(make)
    body = a_contract(application, annual_rate_percent="0", terms=terms(method="flat", installments=600))
    document = assert_problem(await funds.post(LOANS, json=body), 409, "differs_from_approval")
    assert differences(document) == {
        "annual_rate_percent": ("6.60", "0"),
        "method": ("equal_principal", "flat"),
        "term_months": (12, 600),
    }
    assert {each["pointer"] for each in document["differences"]} == {
        "/annual_rate_percent",
        "/terms/method",
        "/terms/installments",
    }
    assert "600" in document["detail"]
    same = a_contract(application, annual_rate_percent="6.6")
    assert ok(await funds.post(LOANS, json=same), 201)["annual_rate_percent"] == "6.6"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (terms(installments=13), {"term_months": (12, 13)}),
        (
            terms(first_due_on="2023-05-02"),
            {"term_months": (12, 13), "principal_grace": (0, 1), "interest_grace": (0, 1)},
        ),
        (terms(principal_grace=1), {"principal_grace": (0, 1)}),
        (terms(principal_every=12), {"principal_grace": (0, 11)}),
        (terms(interest_grace=2), {"interest_grace": (0, 2)}),
        (terms(interest_free=12), {"interest_free": (0, 12)}),
        (
            terms(installments=1, interval={"count": 12, "unit": "months"}),
            {"principal_grace": (0, 11), "interest_grace": (0, 11)},
        ),
        (terms(method="bullet"), {"method": ("equal_principal", "bullet"), "principal_grace": (0, 11)}),
    ],
)
async def test_a_longer_term_or_grace_in_any_dress_is_refused(
    funds: ApiClient, make: Make, asked: dict[str, Any], expected: dict[str, Any]
) -> None:
    application = await approved(make)
    answer = await funds.post(LOANS, json=a_contract(application, terms=asked))
    assert differences(assert_problem(answer, 409, "differs_from_approval")) == expected


async def test_a_shorter_term_and_fewer_graces_are_free(funds: ApiClient, make: Make) -> None:
    application = await approved(make, proposed_terms=terms(principal_grace=3, interest_grace=2, interest_free=1))
    less = terms(installments=6, principal_grace=1, first_due_on="2023-04-10")
    assert ok(await funds.post(LOANS, json=a_contract(application, terms=less)), 201)["state"] == "contracted"


async def test_terms_corrected_on_a_contract_go_no_further_than_the_approval(funds: ApiClient, make: Make) -> None:
    loan = await make.create("loans", a_contract(await approved(make)))
    for asked in (terms(installments=24), terms(method="bullet"), terms(interest_free=6)):
        answer = await funds.patch(f"{LOANS}/{loan.id}", json={"terms": asked}, headers=etag(loan))
        assert_problem(answer, 409, "differs_from_approval")
    shorter = await funds.patch(f"{LOANS}/{loan.id}", json={"terms": terms(installments=6)}, headers=etag(loan))
    assert ok(shorter)["terms"]["installments"] == 6


async def test_terms_are_those_of_the_product_where_nobody_names_others(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    product = await make.product(
        method="equal_installment", interval={"count": 3, "unit": "months"}, principal_grace=1, security="not_required"
    )
    application = await make.appraised(await make.rich_fund(), loan_product_id=product.id)
    proposed = application.appraisal["proposed_terms"]
    assert (proposed["method"], proposed["installments"], proposed["principal_grace"]) == ("equal_installment", 8, 1)
    assert application.appraisal["required_security"]["security"] == "not_required"
    path = f"{APPLICATIONS}/{application.id}/approval"
    approval = ok(await approver.post(path, json=an_approval(term_months=14)), 201)["approval"]
    assert (approval["approved_terms"]["installments"], approval["term_months"]) == (4, 14)
    bare = await make.appraised(await make.rich_fund())
    assert bare.appraisal["proposed_terms"]["method"] == "equal_principal"
    assert bare.appraisal["proposed_terms"]["installments"] == 24
    assert bare.appraisal["required_security"] == {"security": "by_agreement", "least_value_vnd": None, "note": None}


async def test_an_approver_may_shorten_the_term_or_name_other_terms(approver: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    graced = {"proposed_term_months": 24, "proposed_terms": terms(installments=24, principal_grace=6)}
    one, two = [await make.appraised(fund, appraisal=graced) for _ in range(2)]
    path = f"{APPLICATIONS}/{one.id}/approval"
    approval = ok(await approver.post(path, json=an_approval(term_months=12)), 201)["approval"]
    assert (approval["approved_terms"]["installments"], approval["approved_terms"]["principal_grace"]) == (12, 6)
    path = f"{APPLICATIONS}/{two.id}/approval"
    approval = ok(await approver.post(path, json=an_approval(approved_terms=terms(method="bullet"))), 201)["approval"]
    assert (approval["term_months"], approval["approved_terms"]["method"]) == (12, "bullet")


async def test_terms_that_last_longer_than_the_term_are_no_terms_of_it(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    application = await make.application(await make.rich_fund())
    path = f"{APPLICATIONS}/{application.id}"
    long = an_appraisal(proposed_terms=terms(installments=25))
    assert faults(await funds.post(f"{path}/appraisal", json=long)) == {
        ("/proposed_terms/installments", "longer_than_term")
    }
    odd = an_appraisal(proposed_terms=terms(principal_grace=12))
    assert faults(await funds.post(f"{path}/appraisal", json=odd)) == {
        ("/proposed_terms/principal_grace", "not_below_installments")
    }
    ok(await funds.post(f"{path}/appraisal", json=an_appraisal()), 201)
    beyond = an_approval(term_months=12, approved_terms=terms(installments=13))
    assert faults(await approver.post(f"{path}/approval", json=beyond)) == {
        ("/approved_terms/installments", "longer_than_term")
    }
    none = {"security": "not_required", "least_value_vnd": 5}
    assert faults(await approver.post(f"{path}/approval", json=an_approval(required_security=none))) == {
        ("/required_security/least_value_vnd", "not_null")
    }


async def test_an_approved_application_is_appraised_and_approved_anew_for_a_contract_that_differs(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    application = await approved(make, fund)
    path, two_years = f"{APPLICATIONS}/{application.id}", terms(installments=24)
    assert_problem(await funds.post(LOANS, json=a_contract(application, terms=two_years)), 409, "differs_from_approval")
    again = ok(await funds.post(f"{path}/appraisal", json=an_appraisal(proposed_terms=two_years)), 201)
    assert (again["state"], again["approval"], again["approved_on"], again["approved_amount_vnd"]) == (
        "under_appraisal",
        None,
        None,
        None,
    )
    position = ok(await funds.get(f"{PATH}/funds/{fund.id}/position"))
    assert position["commitments_vnd"] == 0
    assert_problem(await funds.post(LOANS, json=a_contract(application)), 409, "application_not_approved")
    ok(await approver.post(f"{path}/approval", json=an_approval()), 201)
    assert ok(await funds.post(LOANS, json=a_contract(application, terms=two_years)), 201)["state"] == "contracted"
    assert_problem(await funds.post(f"{path}/appraisal", json=an_appraisal()), 409, "state_forbids", state="contracted")
    history = ok(await funds.get(f"{path}/history"))["items"]
    assert [each["action"] for each in history] == [
        "created",
        "appraised",
        "approved",
        "appraised",
        "approved",
        "contracted",
    ]


async def test_a_contract_and_a_new_appraisal_at_once_are_one_or_the_other(
    funds: ApiClient, make: Make, db: Database
) -> None:
    application = await approved(make)
    contracts = [funds.post(LOANS, json=a_contract(application)) for _ in range(10)]
    appraisals = [funds.post(f"{APPLICATIONS}/{application.id}/appraisal", json=an_appraisal()) for _ in range(10)]
    answers = await asyncio.gather(*(each for pair in zip(contracts, appraisals, strict=True) for each in pair))
    signed = [answer for answer in answers[::2] if answer.status_code == 201]
    state = await db.fetchval("SELECT state FROM loan_application WHERE id = $1::uuid", application.id)
    assert (len(signed), state) in [(1, "contracted"), (0, "under_appraisal")]
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} <= {
        "application_not_approved",
        "state_forbids",
    }


async def test_a_contract_has_the_security_that_was_approved(funds: ApiClient, make: Make) -> None:
    required = {"security": "required", "least_value_vnd": 700 * MILLION}
    application = await approved(make, required_security=required)
    contract = a_contract(application)
    document = assert_problem(await funds.post(LOANS, json=contract), 409, "differs_from_approval")
    assert differences(document) == {"security": ("required", "not_required")}
    house = await make.create("collaterals", a_collateral(application, value_vnd=400 * MILLION))
    document = assert_problem(await funds.post(LOANS, json=contract), 409, "differs_from_approval")
    assert differences(document) == {"least_value_vnd": (700 * MILLION, 400 * MILLION)}
    land = await make.create("collaterals", a_collateral(application, value_vnd=300 * MILLION))
    loan = Record(ok(await funds.post(LOANS, json=contract), 201))
    tranche = f"{LOANS}/{loan.id}/disbursements"
    for registered in (0, 400 * MILLION):
        answer = await funds.post(tranche, json=a_tranche(500 * MILLION), headers=keyed())
        assert_problem(answer, 409, "security_not_registered", required_vnd=700 * MILLION, registered_vnd=registered)
        await register(funds, house, "2023-03-01")
    # Registered the day after the tranche is not registered before it.
    await register(funds, land, "2023-03-03")
    answer = await funds.post(tranche, json=a_tranche(500 * MILLION), headers=keyed())
    assert_problem(answer, 409, "security_not_registered", over_vnd=300 * MILLION)
    await register(funds, land, "2023-03-02")
    ok(await funds.post(tranche, json=a_tranche(200 * MILLION), headers=keyed()), 201)
    gone = await funds.delete(f"{COLLATERALS}/{land.id}", headers={"If-Match": "*"} | etag(await read(funds, land)))
    assert gone.status_code in (200, 204)
    ok(await funds.post(tranche, json=a_tranche(300 * MILLION), headers=keyed()), 201)


def a_collateral(application: Record, **fields: Any) -> dict[str, Any]:
    return {
        "loan_application_id": application.id,
        "kind": "land_use_right",
        "description": "Đất vườn 1.200 m²",
        "owner_name": "Nguyễn Văn A",
        "value_vnd": 700 * MILLION,
        **fields,
    }


async def read(funds: ApiClient, collateral: Record) -> dict[str, Any]:
    return ok(await funds.get(f"{COLLATERALS}/{collateral.id}"))


async def register(funds: ApiClient, collateral: Record, on: str) -> None:
    current = await read(funds, collateral)
    ok(await funds.patch(f"{COLLATERALS}/{collateral.id}", json={"registered_on": on}, headers=etag(current)))


async def test_a_products_least_rate_and_security_hold_at_approval_and_at_the_first_tranche(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    product = await make.product(annual_rate_minimum_percent="6", security="required")
    application = await make.appraised(fund, loan_product_id=product.id, appraisal={"proposed_terms": YEAR})
    path = f"{APPLICATIONS}/{application.id}/approval"
    low = await approver.post(path, json=an_approval(annual_rate_percent="5.99"))
    assert_problem(low, 409, "below_product_minimum", limit_percent="6", asked_percent="5.99")
    bare = await approver.post(path, json=an_approval(required_security={"security": "by_agreement"}))
    assert_problem(bare, 409, "product_needs_security", security="by_agreement")
    approval = ok(await approver.post(path, json=an_approval(annual_rate_percent="6.0")), 201)["approval"]
    assert approval["required_security"]["security"] == "required"
    kept = next(check for check in approval["limits"] if check["check"] == "product_rate_minimum")
    assert (kept["is_met"], kept["limit_percent"], kept["asked_percent"]) == (True, "6", "6.0")
    land = await make.create("collaterals", a_collateral(application))
    other = await make.product(security="not_required")
    elsewhere = await funds.post(LOANS, json=a_contract(application, loan_product_id=other.id))
    assert differences(assert_problem(elsewhere, 409, "differs_from_approval")) == {
        "loan_product_id": (product.id, other.id)
    }
    loan = Record(ok(await funds.post(LOANS, json=a_contract(application)), 201))
    tranche = f"{LOANS}/{loan.id}/disbursements"
    answer = await funds.post(tranche, json=a_tranche(500 * MILLION), headers=keyed())
    assert_problem(answer, 409, "security_not_registered", registered_vnd=0)
    await register(funds, land, "2023-03-01")
    raised = {"annual_rate_minimum_percent": "6.5"}
    product = Record(ok(await funds.patch(f"{PATH}/loan-products/{product.id}", json=raised, headers=etag(product))))
    answer = await funds.post(tranche, json=a_tranche(500 * MILLION), headers=keyed())
    assert_problem(answer, 409, "below_product_minimum", limit_percent="6.5", asked_percent="6.0")
    lowered = {"annual_rate_minimum_percent": "6"}
    ok(await funds.patch(f"{PATH}/loan-products/{product.id}", json=lowered, headers=etag(product)))
    ok(await funds.post(tranche, json=a_tranche(500 * MILLION), headers=keyed()), 201)


async def test_without_a_least_rate_a_product_lends_at_its_own(approver: ApiClient, make: Make) -> None:
    product = await make.product()
    application = await make.appraised(await make.rich_fund(), loan_product_id=product.id)
    path = f"{APPLICATIONS}/{application.id}/approval"
    low = await approver.post(path, json=an_approval(annual_rate_percent="6.59"))
    assert_problem(low, 409, "below_product_minimum", limit_percent="6.60")
    assert ok(await approver.post(path, json=an_approval(annual_rate_percent="7")), 201)["state"] == "approved"


async def test_an_approval_from_before_terms_were_kept_binds_to_amount_and_day_alone(
    funds: ApiClient, make: Make, db: Database
) -> None:
    fund = await make.rich_fund()
    product = await make.product(security="required")
    application = await make.approved(fund, loan_product_id=product.id)
    await db.execute(
        'UPDATE loan_application SET approval = approval || \'{"approved_terms": null, "required_security": null}\''
    )
    free = a_contract(application, annual_rate_percent="1", terms=terms(method="flat", installments=60))
    loan = Record(ok(await funds.post(LOANS, json=free), 201))
    changed = await funds.patch(f"{LOANS}/{loan.id}", json={"terms": terms(method="bullet")}, headers=etag(loan))
    assert ok(changed)["terms"]["method"] == "bullet"
    ok(await funds.post(f"{LOANS}/{loan.id}/disbursements", json=a_tranche(500 * MILLION), headers=keyed()), 201)
    other = await make.approved(fund, loan_product_id=product.id)
    await db.execute("UPDATE loan_application SET approval = approval - 'approved_terms' WHERE state = 'approved'")
    body = a_contract(other)
    del body["terms"]
    assert ok(await funds.post(LOANS, json=body), 201)["terms"]["installments"] == 24


METHODS = ("equal_principal", "equal_installment", "flat", "bullet")
INTERVALS = st.builds(
    lambda count, unit: {"count": count, "unit": unit}, st.integers(1, 6), st.just("months")
) | st.builds(lambda count: {"count": count, "unit": "days"}, st.integers(7, 100))
START = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@st.composite
def kept_terms(draw: st.DrawFn) -> dict[str, Any]:
    installments = draw(st.integers(1, 48))
    chosen = ScheduleTerms(
        method=draw(st.sampled_from(METHODS)),
        installments=installments,
        interval=draw(INTERVALS),
        principal_every=draw(st.integers(1, installments)),
        principal_grace=draw(st.integers(0, installments - 1)),
        interest_grace=draw(st.integers(0, installments - 1)),
        interest_free=draw(st.integers(0, installments)),
    )
    return chosen.model_dump(mode="json")


def months_later(start: date, months: int) -> date:
    return shifted(start, MONTHLY, months)


@given(kept_terms(), kept_terms(), START, st.integers(1, 600))
def test_what_is_let_through_asks_for_no_more_than_was_approved(
    approved_terms: dict[str, Any], asked: dict[str, Any], start: date, term: int
) -> None:
    named = {each["field"] for each in differing_terms(approved_terms, term, asked, start)}
    assert ("method" in named) == (approved_terms["method"] != asked["method"])
    from decimal import Decimal

    plan = engine_terms(asked, 1, Decimal(1), start)
    last = plan.nominal_due_dates()[-1]
    assert ("term_months" in named) == (last >= months_later(start, term + 1))
    limits, spans = spans_of(approved_terms, start), spans_of(asked, start)
    for name in ("principal_grace", "interest_grace", "interest_free"):
        assert (name in named) == (getattr(spans, name) > getattr(limits, name))


@given(kept_terms(), START)
def test_terms_are_never_longer_than_themselves(kept: dict[str, Any], start: date) -> None:
    assert list(differing_terms(kept, spans_of(kept, start).term, kept, start)) == []


@given(kept_terms(), START, st.data())
def test_fewer_rows_of_grace_are_never_more_than_approved(
    kept: dict[str, Any], start: date, data: st.DataObject
) -> None:
    less = {
        **kept,
        **{name: data.draw(st.integers(0, kept[name])) for name in ("interest_grace", "interest_free")},
    }
    assert list(differing_terms(kept, 600, less, start)) == []


@given(st.integers(1, 600), START)
def test_default_terms_fill_the_term_and_no_more(months: int, start: date) -> None:
    assert spans_of(default_terms(None, months).model_dump(), start).term == months


@given(kept_terms(), st.integers(1, 600), START)
def test_shortened_terms_fit_where_one_installment_does(kept: dict[str, Any], months: int, start: date) -> None:
    fitted = shortened(ScheduleTerms(**kept), months)
    assert fitted.installments is not None
    assert 1 <= fitted.installments <= kept["installments"]
    plain = {**fitted.model_dump(), "principal_grace": 0, "interest_grace": 0, "interest_free": 0, "principal_every": 1}
    if fitted.installments > 1:
        assert spans_of(plain, start).term <= months
