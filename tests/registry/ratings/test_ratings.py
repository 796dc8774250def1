"""How organizations were rated in a year: entered by one person, confirmed by another, the band derived from the points."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kernel.values.days import today
from kernel.values.ids import new_id
from services.registry.rating_schemes import SCHEMES
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make, Record, a_rating
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.client import ApiClient
from tests.support.followed import Followed

RATINGS, APPROVALS = f"{PATH}/ratings", f"{PATH}/approvals"
CONFIRM = {"decision": "confirm"}
REJECT = {"decision": "reject", "reason": "Sai điểm tiêu chí 3"}


@pytest.fixture
def another(registry: ApiClient) -> ApiClient:
    """A second person who keeps the registry."""
    return registry.as_(sub="second", name="Hoàng Thị Duyệt", scope="registry.read registry.write")


async def enter(registry: ApiClient, organization: Record, **fields: Any) -> dict[str, Any]:
    return ok(await registry.post(f"{ORGANIZATIONS}/{organization.id}/ratings", json=a_rating(**fields)), 201)


async def refused(registry: ApiClient, organization: Record, **fields: Any) -> set[tuple[str, str]]:
    return faults(await registry.post(f"{ORGANIZATIONS}/{organization.id}/ratings", json=a_rating(**fields)))


async def found(registry: ApiClient, **params: str) -> list[str]:
    return [item["id"] for item in ok(await registry.get(RATINGS, params=params))["items"]]


def confirmation(rating: dict[str, Any]) -> str:
    return f"{RATINGS}/{rating['id']}/confirmation"


async def test_a_rating_counts_once_another_person_has_confirmed_it(
    registry: ApiClient, another: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    rating = await enter(registry.as_(name="Lê Thị Sổ"), organization, score="82.5", self_score="90")
    assert (rating["confirmation_state"], rating["band"], rating["score"]) == ("pending", "good", "82.5")
    assert rating["confirmation"]["entered_by_name"] == "Lê Thị Sổ"
    assert_problem(await registry.post(confirmation(rating), json=CONFIRM), 403, "same_person")
    system = another.as_(sub="system", client_id="system")
    assert_problem(await system.post(confirmation(rating), json=CONFIRM), 403, "person_needed")
    reader = another.as_(scope="registry.read")
    assert_problem(await reader.post(confirmation(rating), json=CONFIRM), 403, "scope_missing")
    assert_problem(await another.as_(area="40-2025").post(confirmation(rating), json=CONFIRM), 404, "not_found")
    confirmed = ok(await another.post(confirmation(rating), json=CONFIRM), 201)
    assert (confirmed["confirmation_state"], confirmed["confirmation"]["decided_by_name"]) == (
        "confirmed",
        "Hoàng Thị Duyệt",
    )
    assert_problem(await another.post(confirmation(rating), json=REJECT), 409, "not_pending")


async def test_what_waits_stands_in_the_inbox_of_the_others(
    registry: ApiClient, another: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    rating = await enter(registry, organization)
    assert ok(await registry.get(APPROVALS))["items"] == []
    [waiting] = ok(await another.get(APPROVALS))["items"]
    assert (waiting["resource_type"], waiting["resource_id"]) == ("rating", rating["id"])
    assert waiting["title"] == f"{organization.name} · 2023 · 82.5"
    assert ok(await another.as_(area="40-2025").get(APPROVALS))["items"] == []
    ok(await another.post(waiting["decision_path"], json=REJECT), 201)
    assert ok(await another.get(APPROVALS))["items"] == []


async def test_one_rating_a_year_and_scheme_and_one_that_was_rejected_makes_room(
    registry: ApiClient, another: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/ratings"
    first = await enter(registry, organization)
    again = await registry.post(path, json=a_rating(score="70"))
    assert_problem(again, 409, "rating_exists", rating_id=first["id"], rated_year="2023", confirmation_state="pending")
    await enter(registry, organization, year=2022, rated_on=None)
    await enter(registry, organization, scheme="circular_09_2017", criterion_scores=[])
    ok(await another.post(confirmation(first), json=REJECT), 201)
    second = await enter(registry, organization, score="70")
    withdrawn = await registry.post(f"{RATINGS}/{second['id']}/withdrawal", json={"reason": "Nhập nhầm đơn vị"})
    assert ok(withdrawn, 201)["confirmation_state"] == "withdrawn"
    answers = await asyncio.gather(*(registry.post(path, json=a_rating(score=f"{n}")) for n in (60, 61, 62)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


@pytest.mark.parametrize(
    ("score", "band"),
    [("80", "good"), ("79.99", "fair"), ("65", "fair"), ("64.99", "average"), ("50", "average"), ("49.99", "weak")],
)
async def test_the_band_follows_from_the_points(registry: ApiClient, make: Make, score: str, band: str) -> None:
    rating = await enter(registry, await make.organization(), score=score)
    assert rating["band"] == band
    assert await found(registry, band=band) == [rating["id"]]
    assert (await refused(registry, await make.organization(), band=band)) == {("/band", "unknown_field")}


@pytest.mark.parametrize("score", ["101", "100.01", "82,5", "-1"])
async def test_points_are_told_to_go_from_0_to_100(registry: ApiClient, make: Make, score: str) -> None:
    path = f"{ORGANIZATIONS}/{(await make.organization()).id}/ratings"
    answer = await registry.post(path, json=a_rating(score=score), headers={"Accept-Language": "en"})
    assert faults(answer) == {("/score", "wrong_format")}
    assert answer.json()["errors"][0]["detail"].startswith("Give points from 0 to 100, with a point before decimals")


async def test_who_was_not_rated_has_a_reason_in_place_of_points(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    rating = await enter(registry, organization, score=None, not_rated_reason="under_12_months")
    assert (rating["score"], rating["band"], rating["not_rated_reason"]) == (None, None, "under_12_months")
    assert await refused(registry, organization, score=None) == {("/score", "required")}
    assert await refused(registry, organization, not_rated_reason="other") == {("/score", "not_with_a_reason")}
    self_scored = await refused(registry, organization, score=None, self_score="70", not_rated_reason="other")
    assert self_scored == {("/self_score", "not_with_a_reason")}


async def test_points_of_the_criteria_keep_to_the_table_and_add_up(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()

    async def given(score: str, **points: str) -> set[tuple[str, str]]:
        scores = [{"criterion": name, "score": value} for name, value in points.items()]
        return await refused(registry, organization, score=score, criterion_scores=scores)

    assert await given("80", capital="7.5") == {("/criterion_scores/0/score", "too_large")}
    assert await given("80", capital="7", luck="1") == {("/criterion_scores/1/criterion", "not_allowed")}
    assert await given("12", capital="7", assets="6") == {("/score", "sum_differs")}
    twice = [{"criterion": "capital", "score": "1"}] * 2
    assert await refused(registry, organization, criterion_scores=twice) == {
        ("/criterion_scores/1/criterion", "given_twice")
    }
    whole = {name: str(each.maximum_points or 5) for name, each in SCHEMES["circular_01_2020"].criteria.items()}
    assert await given("91", **whole) == {("/score", "sum_differs")}
    scores = [{"criterion": name, "score": value} for name, value in whole.items()]
    rating = await enter(registry, organization, score="90", criterion_scores=scores)
    assert rating["criterion_scores"] == scores


async def test_a_rating_is_of_a_year_that_has_begun_by_a_scheme_in_force_for_its_type(
    registry: ApiClient, make: Make
) -> None:
    organization = await make.organization()
    assert await refused(registry, organization, year=today().year + 1) == {("/year", "in_the_future")}
    assert await refused(registry, organization, year=2019) == {("/year", "scheme_not_in_force")}
    assert await refused(registry, organization, rated_on="2022-12-31") == {("/rated_on", "before_year")}
    assert await refused(registry, organization, scheme="iso") == {("/scheme", "not_allowed")}
    assert await refused(registry, organization, score="100.5") == {("/score", "wrong_format")}
    group = await make.group()
    response = await registry.post(f"{ORGANIZATIONS}/{group.id}/ratings", json=a_rating())
    assert_problem(response, 409, "scheme_not_of_type", organization_type="cooperative_group")


async def test_what_no_figure_follows_from_is_corrected_and_points_are_entered_anew(
    registry: ApiClient, make: Make
) -> None:
    rating = await enter(registry, await make.organization())
    path = f"{RATINGS}/{rating['id']}"
    assert faults(await registry.patch(path, json={"score": "90"}, headers=etag(rating))) == {
        ("/score", "unknown_field")
    }
    assert faults(await registry.patch(path, json={"rated_on": "2020-01-01"}, headers=etag(rating))) == {
        ("/rated_on", "before_year")
    }
    changed = ok(await registry.patch(path, json={"decision_number": "12/QĐ-SKHĐT"}, headers=etag(rating)))
    assert (changed["decision_number"], changed["score"]) == ("12/QĐ-SKHĐT", "82.5")
    assert (await registry.delete(f"{path}?reason=sai điểm", headers=etag(changed))).status_code == 204


async def test_ratings_are_sent_again_followed_and_found(registry: ApiClient, another: ApiClient, make: Make) -> None:
    follower = Followed(registry.as_(scope="sync.read"), "registry")
    await follower.begin()
    organization = await make.organization()
    body = {**a_rating(), "id": new_id(), "organization_id": organization.id}
    rating = ok(await registry.post(RATINGS, json=body), 201)
    assert ok(await registry.post(RATINGS, json=body)) == rating
    assert_problem(await registry.post(RATINGS, json={**body, "score": "1"}), 409, "id_in_use")
    older = await enter(registry, organization, year=2022, rated_on=None, score="30")
    ok(await another.post(confirmation(rating), json=CONFIRM), 201)
    assert await found(registry, confirmation_state="confirmed") == [rating["id"]]
    assert await found(registry, year="2022") == [older["id"]]
    assert await found(registry, scheme="circular_01_2020", sort="-score") == [rating["id"], older["id"]]
    assert await found(registry, rated_on_gte="2023-01-01", province="25-2025") == [rating["id"]]
    await follower.assert_equal()
    own = registry.as_(scope="own.read", sub="htx", organization_id=organization.id)
    [shown, _] = ok(await own.get(RATINGS))["items"]
    assert (shown["band"], shown["confirmation"]) == ("good", None), "who of the alliance confirmed it is not told"
    assert await found(own.as_(organization_id=(await make.organization()).id)) == []


async def test_a_rating_follows_a_deduplication_and_lies_where_the_organization_did_at_the_years_end(
    registry: ApiClient, make: Make
) -> None:
    duplicate, kept = await make.organization(), await make.organization()
    rating, rival = await enter(registry, duplicate), await enter(registry, kept, score="60")
    path, body = f"{ORGANIZATIONS}/{duplicate.id}/deduplication", {"into": kept.id, "reason": "Nhập hai lần"}
    overlaps = [{"resource_type": "rating", "record_id": rating["id"], "overlaps_id": rival["id"]}]
    assert_problem(await registry.post(path, json=body), 409, "records_overlap", overlaps=overlaps)
    ok(await registry.post(f"{RATINGS}/{rival['id']}/withdrawal", json={"reason": "Nhập nhầm"}), 201)
    ok(await registry.post(path, json=body), 201)
    await make.move(kept, LE_LOI, "2024-03-01")
    there = registry.as_(area="40-2025")
    assert await found(there, province="25-2008", confirmation_state="pending") == [rating["id"]]


async def test_the_tables_of_criteria_are_data_and_what_is_not_known_is_null(registry: ApiClient) -> None:
    schemes = {each["code"]: each for each in ok(await registry.get(f"{PATH}/rating-schemes"))["items"]}
    general = ok(await registry.get(f"{PATH}/rating-schemes/circular_01_2020"))
    assert schemes["circular_01_2020"] == general
    criteria = {each["code"]: each["maximum_points"] for group in general["groups"] for each in group["criteria"]}
    assert (len(criteria), criteria["business_result"], criteria["member_benefits"]) == (15, "11", None)
    assert [group["maximum_points"] for group in general["groups"]] == ["30", "30", "40"]
    assert [(each["band"], each["from_points"]) for each in general["bands"]] == [
        ("good", "80"),
        ("fair", "65"),
        ("average", "50"),
        ("weak", "0"),
    ]
    assert_problem(await registry.get(f"{PATH}/rating-schemes/circular_00"), 404, "not_found")


def test_known_maxima_of_a_group_do_not_exceed_its_own() -> None:
    for scheme in SCHEMES.values():
        for group in scheme.groups:
            known = [each.maximum_points for each in group.criteria if each.maximum_points is not None]
            most = group.maximum_points
            assert most is not None
            assert sum(known) <= most
            if len(known) == len(group.criteria):
                assert sum(known) == most
