"""A class and a fair through the gateway, as the people of one alliance live them, and what another alliance sees of it.

All of it lies in old Vĩnh Phúc (26-2008, of Phú Thọ's alliance today) and in 2024, where the demo has nothing.
"""

from __future__ import annotations

import concurrent.futures
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from kernel.values.ids import new_id
from tests.platform.conftest import Platform

pytestmark = pytest.mark.platform
MILLION = 1_000_000
HERE = {"commune_code": "08707", "commune_map": "2008"}
YEAR = {"from": "2024-01-01", "to": "2024-12-31", "province": "26-2008"}
TRAINING = "/v1/training"

Figure = Callable[[str], dict[str, Any]]


@dataclass(frozen=True)
class Person:
    """One of the demo's people, signed in."""

    client: httpx.Client

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        answer = self.client.get(path, params=query or None)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def post(self, path: str, body: Any, status: int = 201) -> dict[str, Any]:
        answer = self.client.post(path, json=body)
        assert answer.status_code == status, answer.text
        return dict(answer.json())


@dataclass(frozen=True)
class Alliance:
    """The people of Phú Thọ's alliance who take part, and three cooperatives that one of them registered."""

    registrar: Person
    officer: Person
    cooperative: Person
    cooperative_id: str
    organizations: list[dict[str, Any]]


def signed_in(platform: Platform, role: str) -> Person:
    username = next(a["username"] for a in platform.credentials["accounts"] if a["role"] == role)
    token = platform.token(username)
    headers = {"Authorization": f"Bearer {token}"}
    return Person(httpx.Client(base_url=platform.gateway, headers=headers, timeout=30))


@pytest.fixture(scope="module")
def alliance(platform: Platform) -> Alliance:
    registrar = signed_in(platform, "registry_officer")
    officer = signed_in(platform, "training_officer")
    cooperative = signed_in(platform, "cooperative_user")
    own = cooperative.get("/v1/registry/organizations")["items"]
    organizations = [
        registrar.post(
            "/v1/registry/organizations",
            {
                "type": "cooperative",
                "name": f"Hợp tác xã {name} {os.urandom(4).hex()}",
                "seat": HERE,
                "registered_on": "2024-01-15",
                "operating_state": "operating",
                "force": True,
                "reason": "Hành trình",
            },
        )
        for name in ("Rau Sạch", "Trà Xanh", "Mật Ong")
    ]
    types = ["classes", "attendances", "participations", "market_links"]
    coverage = {"province": "26-2008", "record_types": types, "covered_from": "2024-01-01", "covered_to": "2024-12-31"}
    officer.post(f"{TRAINING}/coverages", coverage)
    return Alliance(registrar, officer, cooperative, str(own[0]["id"]), organizations)


@pytest.fixture(scope="module")
def stranger(platform: Platform) -> Person:
    """Return the system of another province's alliance."""
    return Person(platform.client(area="40-2025"))


@pytest.fixture(scope="module")
def figure(alliance: Alliance) -> Figure:
    def value(indicator: str) -> dict[str, Any]:
        (item,) = alliance.officer.get(f"{TRAINING}/indicator-values", indicators=indicator, **YEAR)["items"]
        return dict(item)

    return value


def a_person(organization: dict[str, Any] | None = None) -> dict[str, Any]:
    organization_fields = {} if organization is None else {"organization_id": organization["id"]}
    return {"name": f"Trần Thị {os.urandom(4).hex()}", "birth_year": 1985, "audience": "manager", **organization_fields}


def test_a_class_from_its_program_to_the_figure_it_makes(
    alliance: Alliance, stranger: Person, figure: Figure, platform: Platform
) -> None:
    officer, own = alliance.officer, alliance.cooperative
    program = officer.post(
        f"{TRAINING}/programs",
        {
            "code": f"HT-{os.urandom(4).hex()}",
            "name": "Kế hoạch tập huấn năm 2024",
            "valid_from": "2024-01-01",
            "budget": [{"source": "provincial_budget", "amount_vnd": 90 * MILLION}],
        },
    )
    training_class = officer.post(
        f"{TRAINING}/classes",
        {
            "name": "Tập huấn Luật Hợp tác xã 2023",
            "kind": "short_course",
            "topic": "law",
            "attribution": "alliance_led",
            "program_id": program["id"],
            "starts_on": "2024-03-11",
            "ends_on": "2024-03-12",
            "capacity": 3,
            "expected_audience": ["manager"],
            "gives_certificate": True,
            **HERE,
        },
    )
    path = f"{TRAINING}/classes/{training_class['id']}"
    first, second = (
        officer.post(f"{path}/sessions", {"number": n, "held_on": f"2024-03-1{n}", "minutes": 210}) for n in (1, 2)
    )
    officer.post(f"{path}/opening", {})

    # A cooperative registered a moment ago is invited at once; one that nobody knows is not.
    invited = [
        officer.post(f"{path}/invitations", {"organization_id": id_, "organization_name": "HTX", "seats": 2})
        for id_ in (alliance.cooperative_id, *(each["id"] for each in alliance.organizations))
    ]
    nobody = {"organization_id": new_id(), "organization_name": "HTX"}
    refused = officer.post(f"{path}/invitations", nobody, 422)
    assert [(e["pointer"], e["code"]) for e in refused["errors"]] == [("/organization_id", "unknown_organization")]
    own.post(f"{TRAINING}/invitations/{invited[0]['id']}/answer", {"state": "accepted"})

    # Two for the cooperative's own people, one by the officer; the fourth and all others at once are too many.
    mine = {"id": alliance.cooperative_id}
    bodies = [{"class_id": training_class["id"], "trainee": a_person(mine)} for _ in range(2)]
    places = [own.post(f"{TRAINING}/registrations", body) for body in bodies]
    assert {place["channel"] for place in places} == {"own"}

    def register(_: int) -> httpx.Response:
        body = {"class_id": training_class["id"], "trainee": a_person(alliance.organizations[0])}
        return officer.client.post(f"{TRAINING}/registrations", json=body)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(register, range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"class_full"}
    places += [answer.json() for answer in answers if answer.status_code == 201]
    officer.post(f"{path}/start", {})

    # A tablet kept both days: it sends them twice, the second day first. Who walked in has to be said so.
    walk_in = a_person(alliance.organizations[1])
    late = [
        {
            "id": new_id(),
            "class_session_id": session["id"],
            "trainee_id": place["trainee_id"],
            "device": "may-01",
            "source": "phone",
            "checked_in_at": f"{session['held_on']}T01:00:00Z",
        }
        for session in (first, second)
        for place in places
    ]
    late.append(
        {
            "id": new_id(),
            "class_session_id": second["id"],
            "trainee": walk_in,
            "is_walk_in": True,
            "device": "may-01",
            "checked_in_at": "2024-03-12T01:05:00Z",
        }
    )
    unsaid = {"class_session_id": first["id"], "trainee": a_person(alliance.organizations[1])}
    assert officer.post(f"{TRAINING}/check-ins", unsaid, 409)["code"] == "not_registered"
    seen = []
    for items, status in ((late[::-1], 201), (late, 200)):
        answer = officer.post(f"{TRAINING}/check-ins/batch", {"mode": "each", "items": items}, 207)
        assert {item["status"] for item in answer["items"]} == {status}
        seen.append(officer.get(f"{path}/attendances")["items"])
    assert seen[0] == seen[1]
    entries = seen[0]
    assert sorted((len(e["session_ids"]), e["is_walk_in"]) for e in entries) == [(1, True), *[(2, False)] * 3]

    assert figure("training_classes_alliance")["value"] == 0
    officer.post(f"{path}/completion", {})
    officer.post(f"{path}/report", {"reported_on": "2024-03-20", "results": "Đạt"})
    values = {
        "training_classes_alliance": 1,
        "training_attendances_alliance": 4,
        "training_distinct_trainees": 4,
        "training_cooperatives_reached": 3,
        "training_hours": 7,
    }
    assert {name: figure(name)["value"] for name in values} == values
    behind = officer.get(figure("training_attendances_alliance")["evidence"])["items"]
    assert {entry["id"] for entry in behind} == {entry["id"] for entry in entries}
    assert sum(entry["counted"] for entry in behind) == 4

    certificate = officer.post(
        f"{TRAINING}/certificates",
        {
            "class_id": training_class["id"],
            "trainee_id": places[0]["trainee_id"],
            "issued_on": "2024-03-20",
            "certificate_number": f"1/{os.urandom(3).hex()}",
            "register_number": "Sổ 1, số 1",
        },
    )
    anybody = Person(httpx.Client(base_url=platform.gateway))
    verified = anybody.get(f"{TRAINING}/verify/{certificate['verification_code']}")
    assert (verified["state"], verified["class_name"]) == ("valid", training_class["name"])
    assert bodies[0]["trainee"]["name"] not in str(verified)

    sheet = officer.client.get(f"{path}/signature-sheet", params={"purpose": "In danh sách ký nhận"})
    assert sheet.headers["content-type"].endswith("spreadsheetml.sheet")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    printed = {str(cell) for row in rows for cell in row}
    assert {walk_in["name"], *(body["trainee"]["name"] for body in bodies)} <= printed

    (year,) = (
        each
        for each in own.get(f"{TRAINING}/organizations/{alliance.cooperative_id}/training-record")["years"]
        if each["year"] == 2024
    )
    assert (year["classes"], year["attendances"], year["certificates"]) == (1, 2, 1)

    for hidden in (
        path,
        f"{path}/attendances",
        f"{path}/registrations",
        f"{TRAINING}/programs/{program['id']}",
        f"{TRAINING}/trainees/{places[0]['trainee_id']}",
        f"{TRAINING}/certificates/{certificate['id']}",
        f"{TRAINING}/organizations/{alliance.cooperative_id}/training-record",
    ):
        assert stranger.client.get(hidden).status_code == 404, hidden
    sees_nothing(stranger, "training_attendances_alliance", "classes", "attendances", "trainees")


def test_a_fair_from_its_announcement_to_what_was_sold_at_it(
    alliance: Alliance, stranger: Person, figure: Figure
) -> None:
    officer = alliance.officer
    greens, tea, honey = alliance.organizations
    fair = officer.post(
        f"{TRAINING}/trade-events",
        {
            "name": "Hội chợ nông sản mùa thu",
            "kind": "fair",
            "organizer_kind": "department",
            "organizer_name": "Sở Công Thương",
            "attribution": "supported",
            "starts_on": "2024-10-10",
            "ends_on": "2024-10-14",
            "support_per_cooperative_vnd": 5 * MILLION,
            **HERE,
        },
    )
    path = f"{TRAINING}/trade-events/{fair['id']}"
    officer.post(f"{path}/opening", {})
    product = alliance.registrar.post(
        f"/v1/registry/organizations/{tea['id']}/products",
        {
            "name": "Chè xanh Tam Đảo",
            "group": "beverage",
            "ocop_stars": 4,
            "recognized_on": "2024-05-01",
        },
    )

    def booth(organization: dict[str, Any], *products: dict[str, Any]) -> dict[str, Any]:
        return {
            "organization_id": organization["id"],
            "organization_name": organization["name"],
            "province": "26-2008",
            "products": list(products),
            "support_received_vnd": 5 * MILLION,
        }

    green_tea = {"kind": "tea", "product_id": product["id"]}
    others = officer.post(f"{path}/participations", booth(honey, green_tea), 409)
    assert (others["code"], others["product_id"]) == ("product_of_another_organization", product["id"])
    participations = [
        officer.post(f"{path}/participations", booth(greens, {"kind": "vegetables"}, {"kind": "rice"})),
        officer.post(f"{path}/participations", booth(tea, green_tea)),
    ]
    assert officer.post(f"{path}/participations", booth(tea), 409)["participation_id"] == participations[1]["id"]
    officer.post(f"{path}/completion", {})
    sold = officer.client.patch(
        f"{TRAINING}/participations/{participations[1]['id']}",
        headers={"If-Match": f'"{participations[1]["version"]}"'},
        json={"revenue_vnd": 30 * MILLION, "contract_count": 1, "contract_value_vnd": 200 * MILLION},
    )
    assert sold.status_code == 200, sold.text
    officer.post(f"{path}/report", {"reported_on": "2024-10-30", "visitors": 12_000})
    link = officer.post(
        f"{TRAINING}/market-links",
        {
            "organization_id": tea["id"],
            "organization_name": tea["name"],
            "province": "26-2008",
            "trade_event_id": fair["id"],
            "buyer_kind": "shop_chain",
            "buyer_name": "Chuỗi cửa hàng Nông sản Việt",
            "product_kind": "tea",
            "product_id": product["id"],
            "signed_on": "2024-10-12",
            "value_vnd": 250 * MILLION,
        },
    )

    (year,) = officer.get(f"{TRAINING}/organizations/{tea['id']}/trade-record")["years"]
    year_figures = (
        year["year"],
        year["participations"],
        year["product_types"],
        year["revenue_vnd"],
        year["market_links"],
    )
    assert year_figures == (2024, 1, 1, 30 * MILLION, 1)
    values = {
        "trade_promotion_cooperative_participations": 2,
        "trade_promotion_cooperatives": 2,
        "trade_promotion_product_types": 3,
        "trade_promotion_revenue": 30 * MILLION,
        "trade_promotion_contracts": 1,
        "trade_promotion_support": 10 * MILLION,
        "market_linkage_cooperatives": 1,
    }
    assert {name: figure(name)["value"] for name in values} == values
    behind = officer.get(figure("trade_promotion_cooperative_participations")["evidence"])["items"]
    assert {each["id"] for each in behind} == {each["id"] for each in participations}
    linked = officer.get(figure("market_linkage_cooperatives")["evidence"])["items"]
    assert [each["id"] for each in linked] == [link["id"]]

    for hidden in (
        path,
        f"{path}/participations",
        f"{TRAINING}/participations/{participations[0]['id']}",
        f"{TRAINING}/market-links/{link['id']}",
        f"{TRAINING}/organizations/{tea['id']}/trade-record",
    ):
        assert stranger.client.get(hidden).status_code == 404, hidden
    sees_nothing(
        stranger, "trade_promotion_cooperative_participations", "trade-events", "participations", "market-links"
    )
    theirs = {**booth(tea), "trade_event_id": fair["id"]}
    refused = stranger.client.post(f"{TRAINING}/participations", json=theirs)
    assert refused.status_code == 403 or refused.json()["errors"][0]["code"] == "unknown_trade_event"


def sees_nothing(stranger: Person, indicator: str, *lists: str) -> None:
    """Check that a caller of another alliance finds neither records nor a figure of this place."""
    for name in lists:
        assert stranger.get(f"{TRAINING}/{name}", province="26-2008", count="exact")["count"] == 0, name
    (item,) = stranger.get(f"{TRAINING}/indicator-values", indicators=indicator, **YEAR)["items"]
    assert (item["value"], item["status"]) == (None, "outside_area")
