"""A list of plots: what may be asked of it, in which order its pages follow each other, and whose rows are in it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from kernel.database.connections import Database
from kernel.problems import CursorMismatch, FieldError, Invalid
from kernel.records.listing import (
    Filter,
    Listing,
    SortKey,
    Source,
    answer_list,
    code_filter,
    day_range,
    flag_filter,
    id_filter,
    instant_range,
    integer_filter,
    name_filter,
    number_range,
    text_filter,
)
from kernel.records.listing.query import read_query, refuse_beyond
from kernel.records.listing.statement import Where, page_statement, sort_keys
from kernel.values.ids import new_ids
from kernel.web.auth import Caller
from tests.kernel.plots import (
    LAO_CAI,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    PHU_THO,
    PLOT,
    a_call,
    a_caller,
    a_plot,
)


def _source(parameters: dict[str, Any], *, shared: bool = False) -> Source:
    return Source(
        columns=", ".join(f"o.{name}" for name in PLOT.columns),
        tables="plot o",
        alliance="o.alliance",
        own="o.organization_id",
        conditions=("o.name <> {without}",) if "without" in parameters else (),
        shared=shared,
    )


def _listing(**options: Any) -> Listing:
    return Listing(
        name="plots",
        filters=(
            name_filter("lower(o.name)"),
            text_filter("name", "o.name", "Name."),
            code_filter("crop", "o.crop", ("tea", "orange"), "Crop."),
            id_filter("organization_id", "o.organization_id", "Organization."),
            integer_filter("version", "o.version", "Version."),
            flag_filter("measured", "(o.area_m2 IS NOT NULL)", "Measured."),
            *number_range("area_m2", "o.area_m2", "Area"),
            *instant_range("created_at", "o.created_at", "Entered"),
            *day_range("entered_on", "o.created_at::date", "Entered"),
            Filter("without", "", "All but this name."),
            Filter("neighbour", "EXISTS (SELECT FROM plot n WHERE n.name = {0})", "Beside.", beyond=True),
        ),
        sorts={
            "id": SortKey("o.id", "uuid"),
            "name": SortKey('o.name COLLATE "C"'),
            "crop": SortKey("coalesce(o.crop, '')"),
            "area_m2": SortKey("coalesce(o.area_m2, -1)", "bigint"),
        },
        default_sort="name",
        source=options.pop("source", _source),
        represent=PLOT.represent,
        fields=(*PLOT.columns,),
        facets={"crop": "o.crop", "alliance": "o.alliance", "measure": "o.area_m2"},
        facet_filters={"measure": "area_m2_gte"},
        sums={"area_m2": "r.area_m2"},
        id_key=SortKey("o.id", "uuid"),
        **options,
    )


LISTING = _listing()
ROWS: tuple[tuple[str, str | None, int | None], ...] = (
    ("a", "tea", 300),
    ("b", None, None),
    ("c", "orange", 300),
    ("d", "tea", None),
    ("e", "tea", 100),
    ("f", None, 300),
    ("g", "orange", 20),
)


@pytest.fixture
async def seven(plots: Database) -> Database:
    """Seven plots of one organization, some of them without crop or area."""
    async with plots.transaction() as tx:
        for id_, (name, crop, area_m2) in zip(new_ids(len(ROWS)), ROWS, strict=True):
            await a_plot(tx, id=id_, name=name, crop=crop, area_m2=area_m2)
    return plots


async def _page(db: Database, query: str = "", caller: Caller | None = None, listing: Listing = LISTING) -> Any:
    response = await answer_list(a_call(db, caller or a_caller(), query), listing)
    return orjson.loads(response.body)


async def _names(db: Database, query: str = "", caller: Caller | None = None, listing: Listing = LISTING) -> str:
    return "".join(item["name"] for item in (await _page(db, query, caller, listing))["items"])


async def _walk(db: Database, query: str) -> str:
    """Return the names of all pages, followed by their `next`; each of them has at least one row."""
    names, path = "", query
    for _ in ROWS:
        page = await _page(db, path)
        names += "".join(item["name"] for item in page["items"])
        if page["next"] is None:
            return names
        path = page["next"].partition("?")[2]
    raise AssertionError(f"more pages than rows: {names}")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", "abcdefg"),
        ("-name", "gfedcba"),
        ("id", "abcdefg"),
        ("area_m2", "bdgeacf"),
        ("-area_m2", "fcaegdb"),
        ("crop", "bfcgade"),
        ("crop,-area_m2", "fbcgaed"),
        ("-crop,area_m2", "deagcbf"),
        ("-area_m2,name", "acfegbd"),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 3, 7])
async def test_pages_follow_each_other_without_loss_or_repetition_through_nulls_and_ties(
    seven: Database, sort: str, order: str, limit: int
) -> None:
    assert await _walk(seven, f"sort={sort}&limit={limit}") == order


async def test_a_row_that_is_entered_behind_the_cursor_is_met_and_one_before_it_moves_nothing(seven: Database) -> None:
    page = await _page(seven, "limit=3")
    async with seven.transaction() as tx:
        await a_plot(tx, name="aa")
        await a_plot(tx, name="dd")
    assert await _names(seven, page["next"].partition("?")[2]) == "ddde"


async def test_the_last_page_says_that_nothing_follows_also_where_it_is_full(seven: Database) -> None:
    page = await _page(seven, "limit=7")
    assert (len(page["items"]), page["next"], page["next_cursor"]) == (7, None, None)


async def test_the_link_of_the_next_page_stands_in_the_header_too(seven: Database) -> None:
    response = await answer_list(a_call(seven, a_caller(), "limit=2&crop=tea"), LISTING)
    following = orjson.loads(response.body)["next"]
    assert response.headers["link"] == f'<http://vca.test{following}>; rel="next"'


@pytest.mark.parametrize("other", ["limit=2&crop=tea", "limit=2&sort=-name", "limit=2&q=a"])
async def test_a_cursor_goes_on_in_its_own_list_alone(seven: Database, other: str) -> None:
    cursor = (await _page(seven, "limit=2"))["next_cursor"]
    with pytest.raises(CursorMismatch):
        await _page(seven, f"{other}&cursor={cursor}")
    with pytest.raises(CursorMismatch):
        await _page(seven, f"limit=2&cursor={cursor}", a_caller("VN"))
    assert await _names(seven, f"limit=4&cursor={cursor}") == "cdef", "the size of a page may change on the way"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("crop=tea", "ade"),
        ("crop=tea&crop=orange", "acdeg"),
        ("name=b&name=c&crop=orange", "c"),
        ("q=E", "e"),
        (f"organization_id={ORGANIZATION.upper()}", "abcdefg"),
        (f"organization_id={OTHER_ORGANIZATION}", ""),
        ("measured=false", "bd"),
        ("area_m2_gte=100&area_m2_lte=300", "acef"),
        ("area_m2_lte=99", "g"),
        ("version=1&version=2&without=a", "bcdefg"),
        ("created_at_lt=2000-01-01T00:00:00Z", ""),
        ("created_at_gte=2000-01-01T00:00:00%2B07:00&entered_on_gte=2000-01-01", "abcdefg"),
        ("neighbour=a", "abcdefg"),
        ("neighbour=z", ""),
    ],
)
async def test_a_list_holds_what_all_of_its_filters_let_through(seven: Database, query: str, names: str) -> None:
    assert await _names(seven, query) == names


async def test_count_and_facets_are_of_all_that_match_not_of_the_page(seven: Database) -> None:
    page = await _page(seven, "limit=1&count=exact&facets=crop,alliance&measured=true")
    assert page["count"] == 5
    assert page["facets"] == [
        {
            "name": "crop",
            "values": [{"value": "orange", "count": 2}, {"value": "tea", "count": 2}, {"value": None, "count": 1}],
        },
        {"name": "alliance", "values": [{"value": PHU_THO, "count": 5}]},
    ]
    assert (await _page(seven))["count"] is None


async def test_facets_and_count_of_a_later_page_are_the_same(seven: Database) -> None:
    asked = "limit=2&count=exact&facets=crop"
    page = await _page(seven, asked)
    following = await _page(seven, f"{asked}&cursor={page['next_cursor']}")
    assert (following["count"], following["facets"]) == (page["count"], page["facets"])


def _facet(page: Any, name: str) -> dict[str | None, int]:
    (facet,) = [each for each in page["facets"] if each["name"] == name]
    return {each["value"]: each["count"] for each in facet["values"]}


async def test_a_facet_leaves_its_own_filter_out_and_keeps_the_others(seven: Database) -> None:
    page = await _page(seven, "crop=tea&measured=true&area_m2_gte=200&facets=crop,alliance,measure&count=exact")
    assert page["count"] == 1
    assert _facet(page, "crop") == {"tea": 1, "orange": 1, None: 1}
    assert _facet(page, "alliance") == {PHU_THO: 1}
    assert _facet(page, "measure") == {"100": 1, "300": 1}, "its filter has another name"


async def test_a_facet_keeps_what_the_path_says(seven: Database) -> None:
    call = a_call(seven, a_caller(), "crop=tea&facets=crop")
    page = orjson.loads((await answer_list(call, LISTING, preset={"version": [9]})).body)
    assert _facet(page, "crop") == {}


async def test_a_facet_keeps_its_filter_where_the_list_cannot_do_without(seven: Database) -> None:
    def check(parameters: dict[str, Any]) -> list[FieldError]:
        return [] if "crop" in parameters else [FieldError("required", ("", ""), parameter="crop")]

    page = await _page(seven, "crop=tea&facets=crop", listing=_listing(check=check))
    assert _facet(page, "crop") == {"tea": 3}


async def test_sums_are_of_all_that_match_not_of_the_page(seven: Database) -> None:
    assert (await _page(seven, "limit=1&sums=area_m2&crop=tea"))["sums"] == {"area_m2": 400}
    page = await _page(seven, "limit=2&sums=area_m2")
    following = await _page(seven, f"limit=2&sums=area_m2&cursor={page['next_cursor']}")
    assert (page["sums"], following["sums"]) == ({"area_m2": 1020}, {"area_m2": 1020})
    assert (await _page(seven))["sums"] is None


@pytest.mark.parametrize("query", ["name=z", "name=b"], ids=["no row", "rows of which none has the value"])
async def test_a_sum_of_nothing_is_zero(seven: Database, query: str) -> None:
    assert (await _page(seven, f"sums=area_m2&{query}"))["sums"] == {"area_m2": 0}


async def test_a_sum_ends_at_the_callers_area_and_organization(plots: Database) -> None:
    async with plots.transaction() as tx:
        await a_plot(tx, area_m2=1)
        await a_plot(tx, area_m2=20, organization_id=OTHER_ORGANIZATION)
        await a_plot(tx, area_m2=300, alliance=LAO_CAI)
    callers = {321: a_caller("VN"), 21: a_caller(PHU_THO), 20: a_caller(PHU_THO, organization=OTHER_ORGANIZATION)}
    for expected, caller in callers.items():
        assert (await _page(plots, "sums=area_m2", caller))["sums"] == {"area_m2": expected}


async def test_a_sum_that_no_browser_keeps_exactly_is_refused_and_does_not_overflow(plots: Database) -> None:
    largest = 9_007_199_254_740_991
    async with plots.transaction() as tx:
        await a_plot(tx, area_m2=largest)
    assert (await _page(plots, "sums=area_m2"))["sums"] == {"area_m2": largest}
    async with plots.transaction() as tx:
        for _ in range(1030):
            await a_plot(tx, area_m2=largest)
    with pytest.raises(Invalid) as raised:
        await _page(plots, "sums=area_m2")
    assert [(fault.parameter, fault.code) for fault in raised.value.members["errors"]] == [("sums", "too_large")]


async def test_fields_leaves_out_the_others_but_never_the_id(seven: Database) -> None:
    (item,) = (await _page(seven, "fields=name,crop&limit=1"))["items"]
    assert (set(item), item["crop"]) == ({"id", "name", "crop"}, "TEA")


async def _everywhere(db: Database) -> None:
    async with db.transaction() as tx:
        await a_plot(tx, name="p", alliance=PHU_THO)
        await a_plot(tx, name="q", alliance=PHU_THO, organization_id=OTHER_ORGANIZATION)
        await a_plot(tx, name="l", alliance=LAO_CAI)
        await a_plot(tx, name="v", alliance="VN")


@pytest.mark.parametrize(
    ("caller", "names", "with_shared"),
    [
        (a_caller("VN"), "lpqv", "lpqv"),
        (a_caller(PHU_THO), "pq", "pqv"),
        (a_caller(LAO_CAI), "l", "lv"),
        (a_caller(PHU_THO, organization=ORGANIZATION), "p", "pv"),
        (a_caller(PHU_THO, organization=OTHER_ORGANIZATION), "q", "q"),
    ],
    ids=["nation", "Phú Thọ", "Lào Cai", "own", "another's own"],
)
async def test_a_list_ends_at_the_callers_area_and_organization(
    plots: Database, caller: Caller, names: str, with_shared: str
) -> None:
    await _everywhere(plots)
    assert await _names(plots, "", caller) == names
    assert (await _page(plots, "count=exact", caller))["count"] == len(names)
    shared = _listing(source=lambda parameters: _source(parameters, shared=True))
    assert await _names(plots, "", caller, shared) == with_shared


async def test_an_own_user_may_not_ask_by_what_others_have() -> None:
    query = read_query(LISTING, b"neighbour=a&crop=tea")
    with pytest.raises(Invalid) as raised:
        refuse_beyond(LISTING, query)
    assert [(fault.parameter, fault.code) for fault in raised.value.members["errors"]] == [
        ("neighbour", "officers_only")
    ]
    refuse_beyond(LISTING, read_query(LISTING, b"crop=tea"))


async def test_own_users_are_shown_what_their_view_leaves(seven: Database) -> None:
    listing = _listing(own_view=lambda item: {**item, "owners": None})
    (own,) = (await _page(seven, "limit=1", a_caller(organization=ORGANIZATION), listing))["items"]
    (officer,) = (await _page(seven, "limit=1", a_caller(), listing))["items"]
    assert (own["owners"], officer["owners"]) == (None, ["An"])


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("colour=red", "colour", "unknown_parameter"),
        ("limit=0", "limit", "out_of_range"),
        ("limit=201", "limit", "out_of_range"),
        ("limit=-1", "limit", "out_of_range"),
        ("limit=ten", "limit", "out_of_range"),
        ("limit=%D9%A1", "limit", "out_of_range"),
        ("limit=1&limit=2", "limit", "given_twice"),
        ("sort=colour", "sort", "not_allowed"),
        ("sort=name,-name", "sort", "given_twice"),
        ("count=about", "count", "not_allowed"),
        ("facets=name", "facets", "not_allowed"),
        ("sums=name", "sums", "not_allowed"),
        ("sums=area_m2&sums=area_m2", "sums", "given_twice"),
        ("fields=name,secret", "fields", "not_allowed"),
        ("crop=rice", "crop", "not_allowed"),
        ("name=", "name", "wrong_format"),
        ("organization_id=7", "organization_id", "not_an_id"),
        ("version=1.5", "version", "not_an_integer"),
        ("measured=yes", "measured", "not_a_boolean"),
        ("measured=true&measured=true", "measured", "given_twice"),
        ("created_at_lt=2023-08-01", "created_at_lt", "not_an_instant"),
        ("created_at_lt=1690848000", "created_at_lt", "not_an_instant"),
        ("entered_on_gte=01/08/2023", "entered_on_gte", "not_a_date"),
        ("&".join(f"name={n}" for n in range(101)), "name", "too_many"),
        ("&".join(["name=7"] * 101), "name", "too_many"),
        ("id=7", "id", "not_an_id"),
        ("&".join(f"id={id_}" for id_ in new_ids(201)), "id", "too_many"),
    ],
)
def test_what_a_list_does_not_know_is_refused_by_parameter(query: str, parameter: str, code: str) -> None:
    with pytest.raises(Invalid) as raised:
        read_query(LISTING, query.encode())
    assert [(fault.parameter, fault.code) for fault in raised.value.members["errors"]] == [(parameter, code)]


async def test_records_are_picked_by_id_as_many_as_a_page_holds(seven: Database) -> None:
    ids = [item["id"] for item in (await _page(seven, "name=b&name=f&sort=name"))["items"]]
    others = [f"id={id_}" for id_ in new_ids(198)]
    assert await _names(seven, "&".join([*others, f"id={ids[0].upper()}", f"id={ids[1]}"])) == "bf"
    assert await _names(seven, f"id={ids[0]}&id={ids[1]}&crop=tea") == ""
    assert await _names(seven, f"id={ids[0]}", a_caller(area="40-2025")) == ""


def test_every_fault_of_a_question_is_told_at_once() -> None:
    with pytest.raises(Invalid) as raised:
        read_query(LISTING, b"limit=0&crop=rice&colour=red&measured=no")
    assert {fault.parameter for fault in raised.value.members["errors"]} == {"limit", "crop", "colour", "measured"}


def test_a_listings_own_check_sees_the_parameters_together_once_each_is_right() -> None:
    def check(parameters: dict[str, Any]) -> list[FieldError]:
        parameters["version"] = [7]
        return [FieldError("beside", ("", ""), parameter="q")] if "q" in parameters else []

    listing = _listing(check=check)
    assert read_query(listing, b"crop=tea").parameters == {"crop": ["tea"], "version": [7]}
    with pytest.raises(Invalid) as raised:
        read_query(listing, b"q=a&limit=0")
    assert [fault.parameter for fault in raised.value.members["errors"]] == ["limit"]


def _sql(query: str, caller: Caller | None = None) -> tuple[str, tuple[Any, ...]]:
    call = a_call(Database(""), caller or a_caller(), query)
    asked = read_query(LISTING, query.encode())
    where = Where(LISTING, asked, call.caller)
    return page_statement(where, sort_keys(LISTING, where, asked.sort or "name"), asked.limit + 1, None)


def test_nothing_that_a_caller_sends_stands_in_the_text_which_is_the_same_for_all_values() -> None:
    (one, first), (other, second) = _sql("name=x'--&limit=3&without=y"), _sql("name=z&limit=9&without=w")
    assert one == other
    assert (first, second) == ((PHU_THO, "x'--", "y", 4), (PHU_THO, "z", "w", 10))


def test_one_value_is_an_equality_and_several_are_a_list() -> None:
    (one, values), (several, all_values) = _sql("crop=tea"), _sql("crop=tea&crop=orange&crop=tea")
    assert "o.crop = $2::text" in one
    assert "o.crop = ANY($2::text[])" in several
    assert (values[1], all_values[1]) == ("tea", ["tea", "orange"])


def test_the_id_is_the_last_key_and_follows_the_direction_of_a_single_one() -> None:
    assert 'ORDER BY o.name COLLATE "C" DESC, o.id DESC LIMIT' in _sql("sort=-name")[0]
    assert "DESC, coalesce(o.crop, '') ASC, o.id ASC LIMIT" in _sql("sort=-name,crop")[0]
    assert "ORDER BY o.id ASC LIMIT" in _sql("sort=id")[0]


def test_the_nation_has_no_condition_of_area() -> None:
    assert "WHERE TRUE ORDER BY" in _sql("", a_caller("VN"))[0]
    assert "WHERE o.alliance = $1 ORDER BY" in _sql("")[0]


def test_the_contract_says_by_what_a_list_is_sorted_counted_and_narrowed() -> None:
    parameters = {each["name"]: each for each in LISTING.parameters()}
    for name in ("sort", "facets", "fields"):
        assert (parameters[name]["style"], parameters[name]["explode"]) == ("form", False)
        assert parameters[name]["schema"]["type"] == "array"
    sorts = parameters["sort"]["schema"]["items"]["enum"]
    assert sorts == [sign + key for key in LISTING.sorts for sign in ("", "-")]
    assert parameters["facets"]["schema"]["items"]["enum"] == list(LISTING.facets)
    assert parameters["fields"]["schema"]["items"]["enum"] == list(LISTING.fields)
