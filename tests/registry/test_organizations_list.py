"""Listing organizations: filters, search, pages, counts, facets, and the past."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import orjson
import pytest

from tests.registry.builders import (
    GIA_CAM,
    LE_LOI,
    ORGANIZATIONS,
    TAN_DAN,
    THAI_BINH,
    Make,
    Record,
    a_cooperative,
    a_group,
    a_seat,
)
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient


async def names(client: ApiClient, **params: Any) -> list[str]:
    """Return the names on the list that these parameters give, in its order."""
    return [item["name"] for item in await every_item(client, ORGANIZATIONS, **params)]


@pytest.fixture
async def five(make: Make) -> dict[str, Record]:
    """Five organizations that differ in everything a filter looks at."""
    organization = await make.organization(name="Hợp tác xã Gốc Đa", registered_on="2015-01-01", commune=TAN_DAN)
    await make.status(organization, "ended", on="2021-01-01")
    return {
        "gone": await make.now(organization),
        "tea": await make.organization(
            name="Hợp tác xã Chè Phú Hộ",
            report_sector="agriculture",
            charter_capital_vnd=5_000_000_000,
            founding_attribution="alliance_led",
            registered_on="2023-03-01",
            legacy_number="0034/HTX",
            external_ids=[{"system": "national_coop_system", "value": "HTX-1"}],
            governance="full",
        ),
        "fund": await make.organization(
            name="Quỹ tín dụng nhân dân Thanh Sơn",
            is_credit_fund=True,
            report_sector="credit_fund",
            commune=THAI_BINH,
            founded_on="2019-02-01",
            registered_on="2019-03-01",
            operating_state="dormant",
        ),
        "group": await make.group(name="Tổ hợp tác Bưởi Đoan Hùng", is_synthetic=True, registered_on=None),
        "abroad": await make.organization(name="Hợp tác xã Cam Vinh", commune=LE_LOI),
    }


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"gone", "tea", "fund", "group"}),
    ({"type": "cooperative_group"}, {"group"}),
    ({"type": ["cooperative_group", "cooperative"]}, {"gone", "tea", "fund", "group"}),
    ({"legal_status": "ended"}, {"gone"}),
    ({"legal_status": "active", "operating_state": "operating"}, {"tea"}),
    ({"operating_state": ["dormant", "operating"]}, {"gone", "tea", "fund"}),
    ({"province": "17-2008"}, {"fund"}),
    ({"province": ["17-2008", "25-2008"]}, {"gone", "tea", "fund", "group"}),
    ({"province": "25-2025"}, {"gone", "tea", "fund", "group"}),
    ({"province": ["26-2008", "25-2025"]}, {"gone", "tea", "fund", "group"}),
    ({"province": "40-2025"}, set()),
    ({"commune_code": TAN_DAN, "commune_map": "2008"}, {"gone"}),
    ({"commune_code": [TAN_DAN, THAI_BINH]}, {"gone", "fund"}),
    ({"commune_map": "2025"}, set()),
    ({"legacy_number": "0034/HTX"}, {"tea"}),
    ({"external_id": "national_coop_system:HTX-1"}, {"tea"}),
    ({"external_id": ["national_coop_system:HTX-9", "national_coop_system:HTX-1"]}, {"tea"}),
    ({"report_sector": "credit_fund"}, {"fund"}),
    ({"founding_attribution": "alliance_led"}, {"tea"}),
    ({"governance": "full"}, {"tea"}),
    ({"is_credit_fund": "true"}, {"fund"}),
    ({"is_credit_fund": "false", "is_synthetic": "false"}, {"gone", "tea"}),
    ({"registered_on_gte": "2019-03-01"}, {"tea", "fund"}),
    ({"registered_on_gte": "2015-01-01", "registered_on_lte": "2019-03-01"}, {"gone", "fund"}),
    ({"founded_on_lte": "2020-01-01"}, {"fund"}),
    ({"charter_capital_vnd_gte": "5000000000"}, {"tea"}),
    ({"charter_capital_vnd_gte": "5000000001"}, set()),
    ({"updated_at_gte": "2020-01-01T00:00:00Z"}, {"gone", "tea", "fund", "group"}),
    ({"updated_at_lt": "2020-01-01T00:00:00Z"}, set()),
    ({"alliance": "25-2025"}, {"gone", "tea", "fund", "group"}),
    ({"alliance": "40-2025"}, set()),
    ({"as_of": "2019-12-31"}, {"gone", "fund"}),
    ({"as_of": "2019-12-31", "legal_status": "active"}, {"gone", "fund"}),
    ({"as_of": "2021-01-01", "legal_status": "active"}, {"fund"}),
]


async def test_each_filter_gives_what_it_names(registry: ApiClient, five: dict[str, Record]) -> None:
    by_id = {record.id: name for name, record in five.items()}
    for params, expected in FILTERS:
        names_listed = {by_id[item["id"]] for item in await every_item(registry, ORGANIZATIONS, **params)}
        assert names_listed == expected, params


async def test_a_code_is_found_exactly(registry: ApiClient, five: dict[str, Record]) -> None:
    tea = five["tea"]
    assert await names(registry, code=tea.code) == [tea.name]
    assert await names(registry, code=tea.code[:9]) == []


async def test_the_nation_sees_all_areas(registry: ApiClient, five: dict[str, Record]) -> None:
    listed = await names(registry.as_(area="VN"))
    assert sorted(listed) == sorted(record.name for record in five.values())
    assert await names(registry.as_(area="VN"), province="40-2008") == [five["abroad"].name]


async def test_as_of_lists_what_organizations_were(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(commune=GIA_CAM)
    await make.move(organization, TAN_DAN, on="2022-07-01")
    communes = {
        day: [item["seat"]["commune_code"] for item in await every_item(registry, ORGANIZATIONS, as_of=day)]
        for day in ("2020-04-30", "2020-05-01", "2022-06-30", "2022-07-01")
    }
    assert communes == {
        "2020-04-30": [],
        "2020-05-01": [GIA_CAM],
        "2022-06-30": [GIA_CAM],
        "2022-07-01": [TAN_DAN],
    }
    assert await names(registry, as_of="2022-06-30", commune_code=TAN_DAN) == []


# --- faults


WRONG: list[tuple[dict[str, str | list[str]], tuple[str, str]]] = [
    ({"colour": "red"}, ("colour", "unknown_parameter")),
    ({"type": "club"}, ("type", "not_allowed")),
    ({"province": "25"}, ("province", "unknown_province")),
    ({"province": "99-2025"}, ("province", "unknown_province")),
    ({"is_synthetic": "1"}, ("is_synthetic", "not_a_boolean")),
    ({"registered_on_gte": "01/05/2020"}, ("registered_on_gte", "not_a_date")),
    ({"charter_capital_vnd_gte": "1e6"}, ("charter_capital_vnd_gte", "not_an_integer")),
    ({"charter_capital_vnd_gte": "99999999999999999999"}, ("charter_capital_vnd_gte", "not_an_integer")),
    ({"updated_at_gte": "2020-01-01"}, ("updated_at_gte", "not_an_instant")),
    ({"updated_at_gte": "2020-01-01T00:00:00"}, ("updated_at_gte", "not_an_instant")),
    ({"updated_at_lt": "0.5"}, ("updated_at_lt", "not_an_instant")),
    ({"updated_at_lt": "1767225600"}, ("updated_at_lt", "not_an_instant")),
    ({"external_id": "HTX-1"}, ("external_id", "wrong_format")),
    ({"q": ""}, ("q", "wrong_format")),
    ({"q": "!!!"}, ("q", "wrong_format")),
    ({"q": "x" * 301}, ("q", "wrong_format")),
    ({"as_of": "2020-13-01"}, ("as_of", "not_a_date")),
    ({"as_of": ["2020-01-01", "2020-01-02"]}, ("as_of", "given_twice")),
    ({"limit": "0"}, ("limit", "out_of_range")),
    ({"limit": "201"}, ("limit", "out_of_range")),
    ({"limit": "ten"}, ("limit", "out_of_range")),
    ({"limit": ["1", "2"]}, ("limit", "given_twice")),
    ({"sort": "colour"}, ("sort", "not_allowed")),
    ({"sort": "name,-name"}, ("sort", "given_twice")),
    ({"sort": "name,name"}, ("sort", "given_twice")),
    ({"count": "about"}, ("count", "not_allowed")),
    ({"facets": "name"}, ("facets", "not_allowed")),
    ({"fields": "name,"}, ("fields", "not_allowed")),
    ({"commune_code": "x" * 301}, ("commune_code", "wrong_format")),
    ({"code": [f"{n:010d}" for n in range(101)]}, ("code", "too_many")),
    ({"scope": "province"}, ("scope", "needs_counted_in")),
]


async def test_what_a_list_cannot_take_is_named_by_parameter(registry: ApiClient) -> None:
    for params, fault in WRONG:
        response = await registry.get(ORGANIZATIONS, params=params)
        assert response.status_code == 422, params
        assert faults(response) == {fault}, params


async def test_all_faults_of_a_query_are_named_at_once(registry: ApiClient) -> None:
    response = await registry.get(ORGANIZATIONS, params={"limit": 500, "colour": "red", "type": "club", "sort": "x"})
    assert faults(response) == {
        ("limit", "out_of_range"),
        ("colour", "unknown_parameter"),
        ("type", "not_allowed"),
        ("sort", "not_allowed"),
    }


@pytest.mark.parametrize(
    ("path", "parameter"),
    [(ORGANIZATIONS, "fields"), (ORGANIZATIONS, "sort"), (ORGANIZATIONS, "facets"), ("/v1/registry/changes", "types")],
)
async def test_each_wrong_part_of_a_comma_list_is_named_as_it_was_given(
    registry: ApiClient, path: str, parameter: str
) -> None:
    response = await registry.get(path, params={parameter: f"status,{'x' * 60}"}, headers={"Accept-Language": "en"})
    errors = assert_problem(response, 422, "invalid")["errors"]
    assert [(each["parameter"], each["detail"].split(" is ")[0]) for each in errors] == [
        (parameter, "“status”"),
        (parameter, f"“{'x' * 40}…”"),
    ]


async def test_faults_of_parameters_that_are_looked_at_together_are_named_at_once_too(registry: ApiClient) -> None:
    asked = {"scope": "province", "commune_code": GIA_CAM, "q": "!!!"}
    assert faults(await registry.get(ORGANIZATIONS, params=asked)) == {
        ("scope", "needs_counted_in"),
        ("commune_map", "ambiguous_commune"),
        ("q", "wrong_format"),
    }


@pytest.mark.parametrize("query", ["q=%ff", "q=%00", "code=%ed%a0%80", "=", "&&&", "limit=%31%30"])
async def test_strange_query_strings_are_judged_not_stumbled_over(registry: ApiClient, query: str) -> None:
    response = await registry.get(f"{ORGANIZATIONS}?{query}")
    assert response.status_code in (200, 422), response.text


# --- search


async def test_search_needs_neither_case_nor_marks(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(name="Hợp tác xã Đồng Tâm")
    for typed in ("hop tac xa dong tam", "ĐỒNG TÂM", "đồng t", "Dong Tam", "htx đồng tâm", "ong tam", "  dong   tam "):
        assert await names(registry, q=typed) == [organization.name], typed
    assert await names(registry, q="đồng tân") == []


async def test_search_ranks_by_what_tells_names_apart(registry: ApiClient, make: Make) -> None:
    for name in (
        "Hợp tác xã Vĩnh Lại",
        "HTX Dịch vụ Nông nghiệp Vĩnh Lại Thượng",
        "Hợp tác xã Tân Vĩnh Lại",
        "Hợp tác xã dịch vụ tổng hợp Vĩnh Lại Hạ Long",
    ):
        await make.organization(name=name, force=True, reason="khác nhau")
    assert await names(registry, q="vinh lai") == [
        "Hợp tác xã Vĩnh Lại",
        "HTX Dịch vụ Nông nghiệp Vĩnh Lại Thượng",
        "Hợp tác xã dịch vụ tổng hợp Vĩnh Lại Hạ Long",
        "Hợp tác xã Tân Vĩnh Lại",
    ]


async def test_generic_words_alone_search_the_whole_name(registry: ApiClient, make: Make) -> None:
    farm = await make.organization(name="Hợp tác xã Nông nghiệp Đồng Tâm")
    await make.organization(name="Hợp tác xã Minh Khai")
    assert await names(registry, q="nông nghiệp") == [farm.name]
    assert len(await names(registry, q="hợp tác xã")) == 2


async def test_signs_in_a_search_stand_for_nothing(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(name="HTX 6/12 Đào Thịnh")
    assert await names(registry, q="6-12 dao") == [organization.name]
    assert await names(registry, q="%dao%") == [organization.name]
    assert await names(registry, q="6_12") == [organization.name]


async def test_search_goes_with_filters_sort_and_the_past(registry: ApiClient, make: Make) -> None:
    old = await make.organization(name="Hợp tác xã Đồng Tâm", registered_on="2010-01-01")
    new = await make.organization(name="Tổ hợp tác Đồng Tâm", type="cooperative_group", commune=TAN_DAN, code=None)
    assert await names(registry, q="dong tam", type="cooperative_group") == [new.name]
    assert await names(registry, q="dong tam", sort="-registered_on") == [new.name, old.name]
    assert await names(registry, q="dong tam", as_of="2015-01-01") == [old.name]


# --- counts and facets


async def test_count_is_of_all_that_match_and_only_on_request(registry: ApiClient, five: dict[str, Record]) -> None:
    page = ok(await registry.get(ORGANIZATIONS, params={"limit": 1, "count": "exact", "type": "cooperative"}))
    assert (page["count"], len(page["items"])) == (3, 1)
    second = ok(await registry.get(page["next"]))
    assert second["count"] == 3
    assert ok(await registry.get(ORGANIZATIONS))["count"] is None


async def test_facets_count_by_value(registry: ApiClient, five: dict[str, Record]) -> None:
    wanted = "type,legal_status,report_sector,province_2008,commune_code"
    page = ok(await registry.get(ORGANIZATIONS, params={"facets": wanted, "limit": 1}))
    facets = {f["name"]: {v["value"]: v["count"] for v in f["values"]} for f in page["facets"]}
    assert facets == {
        "type": {"cooperative": 3, "cooperative_group": 1},
        "legal_status": {"active": 3, "ended": 1},
        "report_sector": {"agriculture": 1, "credit_fund": 1, None: 2},
        "province_2008": {"25-2008": 3, "17-2008": 1},
        "commune_code": {"07900-2008": 2, "07897-2008": 1, "04789-2008": 1},
    }


async def test_facets_follow_the_filters_and_the_past(registry: ApiClient, five: dict[str, Record]) -> None:
    page = ok(await registry.get(ORGANIZATIONS, params={"facets": "legal_status", "as_of": "2020-12-31"}))
    assert page["facets"][0]["values"] == [{"value": "active", "count": 2}]
    page = ok(await registry.get(ORGANIZATIONS, params={"facets": "legal_status", "q": "chè"}))
    assert page["facets"][0]["values"] == [{"value": "active", "count": 1}]


async def test_only_the_fields_asked_for_are_listed(registry: ApiClient, five: dict[str, Record]) -> None:
    page = ok(await registry.get(ORGANIZATIONS, params={"fields": "code", "type": "cooperative_group"}))
    assert page["items"] == [{"id": five["group"].id, "code": None}]


# --- pages


async def test_a_list_is_paged_and_says_where_the_next_page_is(registry: ApiClient, make: Make) -> None:
    await make.batch("organizations", [a_group() for _ in range(51)])
    response = await registry.get(ORGANIZATIONS, params={"type": "cooperative_group"})
    page = ok(response)
    assert len(page["items"]) == 50
    assert page["next"].startswith(f"{ORGANIZATIONS}?type=cooperative_group&cursor=")
    assert page["next"].endswith(page["next_cursor"])
    assert response.headers["link"] == f'<http://vca.test{page["next"]}>; rel="next"'
    last = await registry.get(page["next"])
    assert len(ok(last)["items"]) == 1
    assert (last.json()["next"], last.json()["next_cursor"], last.headers.get("link")) == (None, None, None)


SORTS = ("id", "name", "registered_on", "updated_at", "charter_capital_vnd")


@pytest.fixture
async def thirty(make: Make) -> list[str]:
    """Thirty organizations with many equal and absent values to sort by; return their ids."""
    bodies = [
        a_cooperative(
            registered_on=[None, "2020-05-01", "2021-05-01"][n % 3],
            charter_capital_vnd=[None, 0, 5, 5_000_000_000][n % 4],
            name=["Hợp tác xã Đồng Tâm", "Hợp tác xã An Bình", f"Hợp tác xã Số {n}"][n % 3],
            force=True,
            reason="nhiều HTX trùng tên",
        )
        for n in range(30)
    ]
    return await make.batch("organizations", bodies)


async def test_every_sort_pages_through_all_without_loss_or_repeat(registry: ApiClient, thirty: list[str]) -> None:
    single = [sign + name for name in SORTS for sign in ("", "-")]
    double = [f"{a},{b}" for a, b in itertools.product(single, single) if a.lstrip("-") != b.lstrip("-")]
    for sort in single + double[::7]:
        for limit in (7, 200):
            items = await every_item(registry, ORGANIZATIONS, sort=sort, limit=limit)
            ids = [item["id"] for item in items]
            assert len(ids) == len(set(ids)), (sort, limit)
            assert set(ids) == set(thirty), (sort, limit)


async def test_each_sort_gives_the_order_it_names(registry: ApiClient, thirty: list[str]) -> None:
    keys: dict[str, Any] = {
        "registered_on": lambda o: (o["registered_on"] or "", o["id"]),
        "charter_capital_vnd": lambda o: (
            -1 if o["charter_capital_vnd"] is None else o["charter_capital_vnd"],
            o["id"],
        ),
        "updated_at": lambda o: (o["updated_at"], o["id"]),
        "id": lambda o: o["id"],
    }
    for name, key in keys.items():
        up = await every_item(registry, ORGANIZATIONS, sort=name, limit=7)
        down = await every_item(registry, ORGANIZATIONS, sort=f"-{name}", limit=7)
        assert up == sorted(up, key=key), name
        assert down == up[::-1], name


async def test_names_sort_by_the_vietnamese_alphabet(registry: ApiClient, make: Make) -> None:
    ordered = ["An Bình", "Ân Thi", "Dân Tiến", "Đại Nghĩa", "Em", "Ông Đình", "Thắng Lợi", "Thượng Long", "Ước"]
    for name in ordered[::-1]:
        await make.organization(name=name)
    assert await names(registry, sort="name") == ordered
    assert await names(registry, sort="-name", limit=2) == ordered[::-1]


async def test_pages_hold_while_records_are_entered_and_changed(registry: ApiClient, make: Make) -> None:
    ids = await make.batch("organizations", [a_group() for _ in range(9)])
    page = ok(await registry.get(ORGANIZATIONS, params={"limit": 4}))
    seen = [item["id"] for item in page["items"]]
    await make.group()
    await make.changed(Record(id=ids[0]), name_short="x")
    while page["next"]:
        page = ok(await registry.get(page["next"]))
        seen += [item["id"] for item in page["items"]]
    assert seen[:9] == sorted(ids)


@pytest.mark.parametrize(
    "other", [{"type": "cooperative"}, {"sort": "-name"}, {"q": "x"}, {"as_of": "2020-01-01"}, {"province": "25-2025"}]
)
async def test_a_cursor_belongs_to_its_filter_and_sort(registry: ApiClient, make: Make, other: dict[str, str]) -> None:
    await make.batch("organizations", [a_group() for _ in range(3)])
    cursor = ok(await registry.get(ORGANIZATIONS, params={"limit": 2}))["next_cursor"]
    response = await registry.get(ORGANIZATIONS, params={"limit": 2, "cursor": cursor, **other})
    assert_problem(response, 422, "cursor_mismatch")
    # What is shown of each item, and how many, may change on the way.
    page = ok(await registry.get(ORGANIZATIONS, params={"limit": 1, "cursor": cursor, "fields": "id"}))
    assert len(page["items"]) == 1


async def test_a_cursor_belongs_to_its_caller_area(registry: ApiClient, make: Make) -> None:
    await make.batch("organizations", [a_group() for _ in range(3)])
    cursor = ok(await registry.get(ORGANIZATIONS, params={"limit": 2}))["next_cursor"]
    abroad = registry.as_(area="40-2025")
    assert_problem(await abroad.get(ORGANIZATIONS, params={"limit": 2, "cursor": cursor}), 422, "cursor_mismatch")


async def test_what_is_no_cursor_is_refused(registry: ApiClient, make: Make) -> None:
    await make.batch("organizations", [a_group() for _ in range(3)])
    cursor = ok(await registry.get(ORGANIZATIONS, params={"limit": 2}))["next_cursor"]
    bound = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0]
    forged = [
        base64.urlsafe_b64encode(orjson.dumps([bound, value])).decode().rstrip("=")
        for value in ("not-a-uuid", None, 7, {"a": 1})
    ]
    for wrong in ("", "x", "%%%", cursor[:-3], "ÿ", *forged):
        response = await registry.get(ORGANIZATIONS, params={"limit": 2, "cursor": wrong})
        assert_problem(response, 422, "cursor_mismatch")


async def test_an_own_user_lists_its_own_organization_only(registry: ApiClient, make: Make) -> None:
    organization, _ = await make.organization(), await make.organization()
    own = registry.as_(scope="own.read", organization_id=organization.id)
    page = ok(await own.get(ORGANIZATIONS, params={"count": "exact", "facets": "type"}))
    assert [item["id"] for item in page["items"]] == [organization.id]
    assert (page["count"], page["facets"][0]["values"]) == (1, [{"value": "cooperative", "count": 1}])


async def test_a_list_shows_versions_to_build_etags_from(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    listed = ok(await registry.get(ORGANIZATIONS))["items"][0]
    response = await registry.patch(
        f"{ORGANIZATIONS}/{organization.id}", json={"name_short": "x"}, headers=etag(listed)
    )
    assert ok(response)["version"] == 2


async def test_seats_on_both_maps_are_listed_under_both_provinces(registry: ApiClient, make: Make) -> None:
    await make.organization(seat=a_seat("04795", "2025"))
    for province in ("17-2008", "25-2025"):
        assert len(await names(registry, province=province)) == 1
    assert await names(registry, province="25-2008") == []


async def _facets(registry: ApiClient, query: str) -> dict[str, dict[str | None, int]]:
    page = ok(await registry.get(f"{ORGANIZATIONS}?{query}"))
    return {facet["name"]: {each["value"]: each["count"] for each in facet["values"]} for facet in page["facets"]}


async def test_tabs_show_the_other_values_within_all_other_filters(registry: ApiClient, make: Make) -> None:
    nation = registry.as_(area="VN")
    await make.organization(name="HTX Sao Mai")
    await make.group(name="THT Sao Hôm")
    await make.organization(name="HTX Sao Xa", commune=LE_LOI)
    await make.organization(name="HTX Khác")
    facets = await _facets(nation, "q=sao&type=cooperative&province=25-2025&facets=type,province_2025,legal_status")
    assert facets == {
        "type": {"cooperative": 1, "cooperative_group": 1},
        "province_2025": {"25-2025": 1, "40-2025": 1},
        "legal_status": {"active": 1},
    }


async def test_the_records_of_a_figure_keep_its_province_in_every_facet(registry: ApiClient, make: Make) -> None:
    nation = registry.as_(area="VN")
    await make.organization()
    await make.organization(commune=LE_LOI)
    figure = "counted_in=cooperatives_total&from=2023-01-01&to=2023-12-31&province=25-2008"
    assert await _facets(nation, f"{figure}&facets=province_2025") == {"province_2025": {"25-2025": 1}}


async def test_charter_capital_is_summed_over_all_that_match(registry: ApiClient, make: Make) -> None:
    await make.organization(charter_capital_vnd=3_000_000_001)
    await make.organization(charter_capital_vnd=4, paid_capital_vnd=3)
    await make.group()
    page = ok(await registry.get(f"{ORGANIZATIONS}?sums=charter_capital_vnd,paid_capital_vnd&limit=1"))
    assert page["sums"] == {"charter_capital_vnd": 3_000_000_005, "paid_capital_vnd": 3}
