"""Rules of lending as dated data, and the products that keep to them."""

from __future__ import annotations

from services.funds.code_lists import APPROVAL_WARNINGS
from tests.funds.builders import (
    APPLICATIONS,
    FUNDS,
    PRODUCTS,
    RULES,
    Make,
    a_product,
    a_rule,
    an_approval,
)
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient


async def test_the_rules_of_the_nation_are_there_for_everyone_with_their_legal_basis(funds: ApiClient) -> None:
    by_rule = {item["rule"]: item for item in await every_item(funds, RULES)}
    assert {rule: item["value_percent"] for rule, item in by_rule.items() if item["value_percent"]} == {
        "single_borrower_limit": "15",
        "related_borrowers_limit": "25",
        "own_capital_minimum": "20",
        "overdue_rate_maximum": "150",
    }
    assert by_rule["single_borrower_limit"]["legal_basis"] == "Decree 45/2021/NĐ-CP, Art. 23(2a)"
    assert {item["alliance"] for item in by_rule.values()} == {"VN"}
    one = by_rule["bad_debt_check_validity"]
    assert ok(await funds.get(f"{RULES}/{one['id']}"))["value_days"] == 30
    assert [entry["action"] for entry in ok(await funds.get(f"{RULES}/{one['id']}/history"))["items"]] == ["created"]


async def test_a_rule_of_the_nation_is_not_an_alliances_to_change(funds: ApiClient) -> None:
    one = (await every_item(funds, RULES))[0]
    answer = await funds.patch(f"{RULES}/{one['id']}", json={"note": "x"}, headers=etag(one))
    assert_problem(answer, 404, "not_found")
    nation = funds.as_(area="VN")
    changed = await nation.patch(f"{RULES}/{one['id']}", json={"valid_until": "2030-12-31"}, headers=etag(one))
    assert ok(changed)["valid_until"] == "2030-12-31"
    assert [item["id"] for item in await every_item(funds, RULES, as_of="2031-01-01", rule=one["rule"])] == []


async def test_a_fund_may_be_stricter_than_the_nation_and_not_looser(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    stricter = a_rule(fund_id=fund.id, rule="own_capital_minimum", value_percent="30")
    assert ok(await funds.post(RULES, json=stricter), 201)["alliance"] == "25-2025"
    for rule, percent, national in [
        ("single_borrower_limit", "15.5", "15"),
        ("own_capital_minimum", "19.99", "20"),
        ("related_borrowers_limit", "26", "25"),
        ("overdue_rate_maximum", "151", "150"),
    ]:
        answer = await funds.post(RULES, json=a_rule(rule=rule, value_percent=percent))
        assert_problem(answer, 409, "looser_than_national", rule=rule, national_percent=national, asked_percent=percent)


async def test_a_rule_from_before_the_nations_is_no_way_around_it(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    before = a_rule(fund_id=fund.id, value_percent="40", valid_from="2019-01-01")
    assert_problem(await funds.post(RULES, json=before), 409, "looser_than_national", national_percent="15")
    old = ok(await funds.post(RULES, json={**before, "valid_until": "2021-05-14"}), 201)
    on = await funds.patch(f"{RULES}/{old['id']}", json={"valid_until": None}, headers=etag(old))
    assert_problem(on, 409, "looser_than_national", national_percent="15")
    longer = a_rule(fund_id=fund.id, rule="bad_debt_check_validity", value_days=31)
    assert faults(await funds.post(RULES, json=longer)) == {("/value_days", "too_large")}
    assert ok(await funds.post(RULES, json={**longer, "value_days": 7}), 201)["value_days"] == 7


async def test_where_the_nation_becomes_stricter_a_rule_of_before_gives_way(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    await make.rule(fund_id=fund.id, value_percent="12")
    (national,) = [
        rule for rule in await every_item(funds, RULES, rule="single_borrower_limit") if rule["alliance"] == "VN"
    ]
    nation = funds.as_(area="VN")
    ok(await nation.patch(f"{RULES}/{national['id']}", json={"value_percent": "0.01"}, headers=etag(national)))
    application = await make.appraised(fund)
    body = an_approval(acknowledged=list(APPROVAL_WARNINGS))
    refused = await make.approver.post(f"{APPLICATIONS}/{application.id}/approval", json=body)
    assert_problem(refused, 409, "single_borrower_limit_exceeded", limit_percent="0.01")


async def test_each_rule_has_the_value_that_it_needs_and_no_other(funds: ApiClient) -> None:
    for body, fault in [
        (a_rule(value_percent=None), ("/value_percent", "required")),
        (a_rule(value_days=3), ("/value_days", "not_null")),
        (a_rule(rule="approval_authority"), ("/authority", "required")),
        (a_rule(rule="bad_debt_check_validity", value_percent=None), ("/value_days", "required")),
        (a_rule(amount_up_to_vnd=1), ("/amount_up_to_vnd", "not_null")),
        (a_rule(value_months=3), ("/value_months", "not_null")),
        (a_rule(rule="rescheduling_cure"), ("/value_months", "required")),
        (a_rule(rule="rescheduling_cure", value_installments=3, value_days=90), ("/value_days", "not_null")),
    ]:
        assert faults(await funds.post(RULES, json=body)) == {fault}


async def test_rules_of_another_alliance_are_not_there(funds: ApiClient, make: Make) -> None:
    foreign = await make.rule(alliance="40-2025")
    assert_problem(await funds.get(f"{RULES}/{foreign.id}"), 404, "not_found")
    assert foreign.id not in {item["id"] for item in await every_item(funds, RULES)}
    assert faults(await funds.post(RULES, json=a_rule(alliance="40-2025"))) == {("/alliance", "outside_area")}


async def test_a_product_says_whom_it_is_for_and_on_which_terms(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    body = a_product(
        fund_id=fund.id,
        rate_as_quoted="0,55%/tháng",
        rate_quoted_per="month",
        principal_every=6,
        interval={"count": 1, "unit": "months"},
        borrower_kinds=["cooperative"],
    )
    product = ok(await funds.post(PRODUCTS, json=body), 201)
    assert {name: product[name] for name in body} == body
    assert product["annual_rate_percent"] == "6.60"
    assert (product["day_count"], product["repayment_order"]) == (
        "actual_365",
        ["fee", "penalty", "interest", "principal"],
    )
    assert await every_item(funds, PRODUCTS, fund_id=fund.id, as_of="2022-01-01") == [product]


async def test_an_overdue_rate_above_the_cap_is_refused_with_by_how_much(funds: ApiClient) -> None:
    ok(await funds.post(PRODUCTS, json=a_product(overdue_rate_percent_of_rate="150")), 201)
    answer = await funds.post(PRODUCTS, json=a_product(overdue_rate_percent_of_rate="150.5"))
    assert_problem(answer, 409, "overdue_rate_too_high", limit_percent="150", asked_percent="150.5", over_percent="0.5")


async def test_a_funds_own_cap_binds_its_products_and_no_others(funds: ApiClient, make: Make) -> None:
    strict, other = await make.fund(), await make.fund()
    await make.rule(fund_id=strict.id, rule="overdue_rate_maximum", value_percent="130")
    answer = await funds.post(PRODUCTS, json=a_product(fund_id=strict.id, overdue_rate_percent_of_rate="140"))
    assert_problem(answer, 409, "overdue_rate_too_high", limit_percent="130", over_percent="10")
    ok(await funds.post(PRODUCTS, json=a_product(fund_id=other.id, overdue_rate_percent_of_rate="140")), 201)


async def test_what_a_loan_needs_is_asked_for_and_what_a_guarantee_does_not_is_not(funds: ApiClient) -> None:
    answer = await funds.post(PRODUCTS, json=a_product(annual_rate_percent=None))
    assert faults(answer) == {("/annual_rate_percent", "required")}
    guarantee = {"code": "BL-01", "name": "Bảo lãnh", "type": "credit_guarantee", "valid_from": "2024-07-01"}
    assert ok(await funds.post(PRODUCTS, json=guarantee), 201)["method"] is None
    for wrong in (6.6, "6,6", "-1", 6):
        answer = await funds.post(PRODUCTS, json=a_product(annual_rate_percent=wrong))
        assert {pointer for pointer, _ in faults(answer)} == {"/annual_rate_percent"}


async def test_a_code_stands_for_one_product_of_an_alliance(funds: ApiClient, make: Make) -> None:
    product = await make.product(code="VAY-9")
    answer = await funds.post(PRODUCTS, json=a_product(code="VAY-9"))
    assert_problem(answer, 409, "product_code_in_use", product_code="VAY-9", loan_product_id=product.id)
    assert (await make.product(code="VAY-9", alliance="40-2025")).alliance == "40-2025"


async def test_a_correction_is_judged_as_the_product_that_it_leads_to(funds: ApiClient, make: Make) -> None:
    product = await make.product(term_min_months=6, term_max_months=36)
    path = f"{PRODUCTS}/{product.id}"
    assert faults(await funds.patch(path, json={"term_max_months": 3}, headers=etag(product))) == {
        ("/term_max_months", "too_small")
    }
    assert faults(await funds.patch(path, json={"name": None}, headers=etag(product))) == {("/name", "required")}
    after = ok(await funds.patch(path, json={"term_min_months": None, "term_max_months": 3}, headers=etag(product)))
    assert (after["term_min_months"], after["term_max_months"], after["version"]) == (None, 3, 2)
    assert ok(await funds.get(path)) == after


async def test_a_product_of_another_alliances_fund_cannot_be_made(funds: ApiClient, make: Make) -> None:
    foreign = await make.fund(province="40-2025")
    answer = await funds.post(PRODUCTS, json=a_product(fund_id=foreign.id))
    assert faults(answer) == {("/fund_id", "unknown_fund")}
    assert (await funds.get(f"{FUNDS}/{foreign.id}")).status_code == 404
