"""Entering organizations: what is taken, what is refused, and that a refusal writes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.values.ids import new_id
from tests.registry.builders import (
    GIA_CAM,
    LE_LOI,
    ORGANIZATIONS,
    TAN_DAN,
    Make,
    Record,
    a_cooperative,
    a_group,
    a_seat,
)
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient

_WRITTEN = "SELECT (SELECT count(*) FROM organization) + (SELECT count(*) FROM history) + (SELECT count(*) FROM change)"


async def rows_written(db: Database) -> int:
    """Return how many rows the business, its history and its feed hold."""
    count: int = await db.fetchval(_WRITTEN)
    return count


async def test_a_cooperative_is_entered_with_what_was_sent(registry: ApiClient) -> None:
    body = a_cooperative(
        name="Hợp tác xã Nông nghiệp Đồng Tâm",
        name_short="HTX Đồng Tâm",
        legacy_number="0034/HTX",
        report_sector="agriculture",
        charter_capital_vnd=2_000_000_000,
        paid_capital_vnd=1_500_000_000,
        founded_on="2020-04-01",
        founded_precision="month",
        founding_attribution="alliance_led",
        governance="simplified",
        business_lines=[{"code": "0118", "version": "2018", "is_main": True, "detail": "Rau an toàn"}],
        legal_representatives=[{"full_name": "Nguyễn Văn An", "title": "Giám đốc"}],
        contacts=[{"kind": "phone", "value": "0210 000 000"}],
        external_ids=[{"system": "national_coop_system", "value": "HTX-00123"}],
    )
    organization = ok(await registry.post(ORGANIZATIONS, json=body), 201)
    assert {name: organization[name] for name in body if name != "seat"} == {
        n: v for n, v in body.items() if n != "seat"
    }
    assert organization["version"] == 1
    assert organization["legal_status"] == "active"
    assert organization["created_by"] == "officer"
    assert organization["alliance"] == "25-2025"
    assert organization["warnings"] == []


async def test_a_seat_is_placed_on_both_maps_by_name(registry: ApiClient) -> None:
    organization = ok(await registry.post(ORGANIZATIONS, json=a_cooperative(commune=GIA_CAM)), 201)
    assert organization["seat"] == {
        "commune_code": "07900",
        "commune_map": "2008",
        "commune_name": "Gia Cẩm",
        "district_name": "Thành phố Việt Trì",
        "address": None,
        "province_2008": "25-2008",
        "province_2008_name": "Phú Thọ",
        "province_2025": "25-2025",
        "province_2025_name": "Phú Thọ",
    }


async def test_one_code_names_different_communes_on_the_two_maps(make: Make) -> None:
    old = await make.organization(seat=a_seat("04792", "2008"))
    new = await make.organization(seat=a_seat("04795", "2025"))
    assert (old.seat["commune_name"], old.seat["province_2008"]) == ("Tân Hòa", "17-2008")
    assert (new.seat["commune_name"], new.seat["province_2008"]) == ("Hoà Bình", "17-2008")
    assert new.seat["district_name"] is None


async def test_a_new_organization_stands_at_its_location(registry: ApiClient) -> None:
    response = await registry.post(ORGANIZATIONS, json=a_cooperative())
    assert response.headers["location"] == f"{ORGANIZATIONS}/{response.json()['id']}"
    assert response.headers["etag"].startswith('W/"1-')
    read = await registry.get(response.headers["location"])
    assert ok(read) == {name: value for name, value in response.json().items() if name != "warnings"}


async def test_text_is_kept_as_nfc_and_trimmed(registry: ApiClient) -> None:
    decomposed = "  Hợp tác xã Đồng Tâm "
    organization = ok(await registry.post(ORGANIZATIONS, json=a_cooperative(name=decomposed)), 201)
    assert organization["name"] == "Hợp tác xã Đồng Tâm"


async def test_groups_need_no_code(registry: ApiClient) -> None:
    first, second = [ok(await registry.post(ORGANIZATIONS, json=a_group()), 201) for _ in range(2)]
    assert first["code"] is None
    assert second["code"] is None


async def test_leading_zeros_and_the_code_of_a_dependent_unit_survive(registry: ApiClient) -> None:
    organization = ok(await registry.post(ORGANIZATIONS, json=a_cooperative(code="0100109106-001")), 201)
    assert organization["code"] == "0100109106001"


async def test_a_wrong_check_digit_is_a_warning_not_a_refusal(registry: ApiClient) -> None:
    organization = ok(await registry.post(ORGANIZATIONS, json=a_cooperative(code="2600123450")), 201)
    assert [(w["code"], w["pointer"]) for w in organization["warnings"]] == [("check_digit", "/code")]


async def test_a_warning_is_said_in_the_language_asked_for(registry: ApiClient) -> None:
    response = await registry.post(
        ORGANIZATIONS, json=a_cooperative(code="2600123450"), headers={"Accept-Language": "en"}
    )
    assert "check digit" in ok(response, 201)["warnings"][0]["detail"]


# --- duplicates


async def test_a_code_that_is_in_use_is_refused(registry: ApiClient, make: Make, db: Database) -> None:
    organization = await make.organization()
    before = await rows_written(db)
    response = await registry.post(ORGANIZATIONS, json=a_cooperative(code=organization.code, force=True, reason="khác"))
    assert_problem(response, 409, "code_in_use", organization_code=organization.code, organization_id=organization.id)
    assert await rows_written(db) == before


async def test_a_code_in_use_elsewhere_does_not_say_where(registry: ApiClient, make: Make) -> None:
    abroad = await make.organization(commune=LE_LOI)
    response = await registry.post(ORGANIZATIONS, json=a_cooperative(code=abroad.code))
    assert "organization_id" not in assert_problem(response, 409, "code_in_use")


async def test_a_like_name_in_the_same_commune_is_shown_as_a_candidate(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(name="Hợp tác xã Dịch vụ Nông nghiệp Đồng Tâm")
    response = await registry.post(ORGANIZATIONS, json=a_cooperative(name="HTX nông nghiệp ĐỒNG TÂM"))
    candidate = {"id": organization.id, "code": organization.code, "name": organization.name, "legal_status": "active"}
    assert_problem(response, 409, "possible_duplicate", candidates=[candidate])


async def test_force_with_a_reason_passes_a_like_name_and_keeps_the_reason(registry: ApiClient, make: Make) -> None:
    await make.organization(name="Hợp tác xã Đồng Tâm")
    body = a_cooperative(name="Hợp tác xã Đồng Tâm", force=True, reason="Hai HTX khác nhau")
    organization = ok(await registry.post(ORGANIZATIONS, json=body), 201)
    history = ok(await registry.get(f"{ORGANIZATIONS}/{organization['id']}/history"))
    assert history["items"][0]["reason"] == "Hai HTX khác nhau"


async def test_force_needs_a_reason(registry: ApiClient) -> None:
    assert faults(await registry.post(ORGANIZATIONS, json=a_cooperative(force=True))) == {("/reason", "required")}


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"commune": TAN_DAN}, id="in another commune"),
        pytest.param({"name": "Hợp tác xã Minh Khai"}, id="with another name"),
    ],
)
async def test_others_are_no_duplicates(registry: ApiClient, make: Make, given: dict[str, Any]) -> None:
    await make.organization(name="Hợp tác xã Đồng Tâm", commune=GIA_CAM)
    ok(await registry.post(ORGANIZATIONS, json=a_cooperative(**{"name": "Hợp tác xã Đồng Tâm", **given})), 201)


async def test_a_name_is_free_again_once_its_bearer_ended(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(name="Hợp tác xã Đồng Tâm")
    await make.status(organization, "ended", on="2022-01-01")
    ok(await registry.post(ORGANIZATIONS, json=a_cooperative(name="Hợp tác xã Đồng Tâm")), 201)


async def test_an_external_id_belongs_to_one_organization(registry: ApiClient, make: Make) -> None:
    key = [{"system": "national_coop_system", "value": "HTX-1"}]
    await make.organization(external_ids=key)
    assert_problem(await registry.post(ORGANIZATIONS, json=a_cooperative(external_ids=key)), 409, "external_id_in_use")


# --- ids that the client minted


async def test_the_same_id_and_content_again_answers_what_exists(registry: ApiClient, db: Database) -> None:
    body = a_cooperative(id=new_id())
    first = ok(await registry.post(ORGANIZATIONS, json=body), 201)
    before = await rows_written(db)
    assert ok(await registry.post(ORGANIZATIONS, json=body), 200) == first
    assert await rows_written(db) == before


async def test_the_same_content_again_answers_what_it_has_become(registry: ApiClient, make: Make) -> None:
    body = a_cooperative(id=new_id())
    organization = Record(ok(await registry.post(ORGANIZATIONS, json=body), 201))
    await make.changed(organization, name_short="HTX ĐT")
    again = ok(await registry.post(ORGANIZATIONS, json=body), 200)
    assert (again["version"], again["name_short"]) == (2, "HTX ĐT")


async def test_the_same_id_with_other_content_is_refused(registry: ApiClient) -> None:
    body = a_cooperative(id=new_id())
    ok(await registry.post(ORGANIZATIONS, json=body), 201)
    response = await registry.post(ORGANIZATIONS, json={**body, "name_short": "HTX khác"})
    assert_problem(response, 409, "id_in_use", id=body["id"])


async def test_an_id_of_another_area_is_refused_without_showing_its_record(registry: ApiClient, make: Make) -> None:
    abroad = await make.organization(commune=LE_LOI)
    response = await registry.post(ORGANIZATIONS, json=a_cooperative(id=abroad.id))
    assert_problem(response, 409, "id_in_use", id=abroad.id)


async def test_an_id_in_capitals_is_the_same_id(registry: ApiClient) -> None:
    body = a_cooperative(id=new_id())
    organization = ok(await registry.post(ORGANIZATIONS, json=body), 201)
    again = ok(await registry.post(ORGANIZATIONS, json={**body, "id": body["id"].upper()}), 200)
    assert again["id"] == organization["id"]
    assert ok(await registry.get(f"{ORGANIZATIONS}/{organization['id'].upper()}"))["id"] == organization["id"]


# --- where the seat may be


async def test_an_unknown_commune_is_refused(registry: ApiClient) -> None:
    response = await registry.post(ORGANIZATIONS, json=a_cooperative(seat=a_seat("99999")))
    assert faults(response) == {("/seat/commune_code", "unknown_commune")}


async def test_a_commune_merged_away_before_the_snapshot_is_taken_with_a_warning(registry: ApiClient) -> None:
    seat = a_seat("08888", commune_name="Vĩnh Lại Cũ", province="25-2008")
    organization = ok(await registry.post(ORGANIZATIONS, json=a_cooperative(seat=seat)), 201)
    assert organization["seat"]["commune_name"] == "Vĩnh Lại Cũ"
    assert (organization["seat"]["province_2008"], organization["alliance"]) == ("25-2008", "25-2025")
    assert [w["code"] for w in organization["warnings"]] == ["commune_merged_away"]


@pytest.mark.parametrize(
    "seat",
    [
        pytest.param(a_seat("08888", commune_name="Vĩnh Lại Cũ"), id="without its province"),
        pytest.param(a_seat("08888", province="25-2008"), id="without its name"),
        pytest.param(a_seat("08888", commune_name="Vĩnh Lại Cũ", province="99-2008"), id="in no province"),
        pytest.param(a_seat("08888", "2025", commune_name="Vĩnh Lại", province="25-2008"), id="on today's map"),
    ],
)
async def test_a_commune_merged_away_needs_name_and_province(registry: ApiClient, seat: dict[str, Any]) -> None:
    response = await registry.post(ORGANIZATIONS, json=a_cooperative(seat=seat))
    assert faults(response) == {("/seat/commune_code", "unknown_commune")}


UNKNOWN = a_seat("00000", province="25-2008")


@pytest.mark.parametrize(
    ("district", "shown"), [(None, None), ("Việt Trì", "Thành phố Việt Trì"), ("huyện tân sơn", "Huyện Tân Sơn")]
)
async def test_a_seat_may_be_known_to_its_province_or_district_only(
    registry: ApiClient, district: str | None, shown: str | None
) -> None:
    body = a_cooperative(seat={**UNKNOWN, **({"district_name": district} if district else {})})
    organization = ok(await registry.post(ORGANIZATIONS, json=body), 201)
    seat = organization["seat"]
    assert (seat["commune_name"], seat["district_name"], seat["province_2008"]) == (None, shown, "25-2008")
    assert [(w["code"], w["pointer"]) for w in organization["warnings"]] == [("commune_unknown", "/seat/commune_code")]
    assert organization["alliance"] == "25-2025"


@pytest.mark.parametrize(
    ("seat", "fault"),
    [
        pytest.param(a_seat("00000"), ("/seat/province", "needs_province"), id="without a province"),
        pytest.param({**UNKNOWN, "province": "99-2008"}, ("/seat/province", "needs_province"), id="in no province"),
        pytest.param({**UNKNOWN, "commune_map": "2025"}, ("/seat/province", "needs_province"), id="on today's map"),
        pytest.param(
            {**UNKNOWN, "district_name": "Trấn Yên"}, ("/seat/district_name", "unknown_district"), id="elsewhere"
        ),
    ],
)
async def test_a_seat_whose_commune_is_not_known_lies_in_a_province(
    registry: ApiClient, seat: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(await registry.post(ORGANIZATIONS, json=a_cooperative(seat=seat))) == {fault}


async def test_like_names_of_unknown_communes_are_compared_inside_one_province(registry: ApiClient) -> None:
    nation = registry.as_(area="VN")
    body = a_cooperative(name="HTX Rau sạch Đồng Tâm", seat=UNKNOWN, code=None)
    ok(await nation.post(ORGANIZATIONS, json=body), 201)
    assert_problem(await nation.post(ORGANIZATIONS, json=body), 409, "possible_duplicate")
    ok(await nation.post(ORGANIZATIONS, json={**body, "seat": {**UNKNOWN, "province": "15-2008"}}), 201)


async def test_a_seat_outside_the_callers_area_is_refused(registry: ApiClient) -> None:
    response = await registry.post(ORGANIZATIONS, json=a_cooperative(commune=LE_LOI))
    assert faults(response) == {("/seat/commune_code", "outside_area")}


# --- faults


WRONG: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"type": "club"}, ("/type", "not_allowed")),
    ({"type": 7}, ("/type", "not_a_string")),
    ({"name": " \t"}, ("/name", "blank")),
    ({"name": "x" * 301}, ("/name", "too_long")),
    ({"name": "Đồng\u0000Tâm"}, ("/name", "control_character")),
    ({"name": "\u200b \ufeff"}, ("/name", "blank")),
    ({"code": "26001"}, ("/code", "wrong_format")),
    ({"code": 2600123456}, ("/code", "not_a_string")),
    ({"charter_capital_vnd": 1.5}, ("/charter_capital_vnd", "not_an_integer")),
    ({"charter_capital_vnd": "1000"}, ("/charter_capital_vnd", "not_an_integer")),
    ({"charter_capital_vnd": True}, ("/charter_capital_vnd", "not_an_integer")),
    ({"charter_capital_vnd": -1}, ("/charter_capital_vnd", "too_small")),
    ({"charter_capital_vnd": 9_007_199_254_740_992}, ("/charter_capital_vnd", "too_large")),
    ({"is_synthetic": "yes"}, ("/is_synthetic", "not_a_boolean")),
    ({"is_synthetic": 1}, ("/is_synthetic", "not_a_boolean")),
    ({"registered_on": "2999-01-01"}, ("/registered_on", "in_the_future")),
    ({"registered_on": "01/05/2020"}, ("/registered_on", "not_a_date")),
    ({"registered_on": "2020-02-30"}, ("/registered_on", "not_a_date")),
    ({"registered_on": "1899-12-31"}, ("/registered_on", "not_a_date")),
    ({"registered_on": 1588291200}, ("/registered_on", "not_a_date")),
    ({"founded_on": "2020-05-02"}, ("/registered_on", "end_before_start")),
    ({"founded_precision": "year"}, ("/founded_precision", "needs_founded_on")),
    ({"legal_status": "terminated"}, ("/legal_status", "status_not_of_type")),
    ({"type": "cooperative_group", "legal_status": "ended"}, ("/legal_status", "status_not_of_type")),
    ({"seat": None}, ("/seat", "not_an_object")),
    ({"seat": {"commune_code": "07900"}}, ("/seat/commune_map", "ambiguous_commune")),
    ({"seat": a_seat("7900")}, ("/seat/commune_code", "wrong_format")),
    ({"seat": a_seat(map_="1999")}, ("/seat/commune_map", "not_allowed")),
    ({"business_lines": [{"code": "0118", "version": "2018"}]}, ("/business_lines", "one_main_line")),
    ({"contacts": [{"kind": "pigeon", "value": "x"}]}, ("/contacts/0/kind", "not_allowed")),
    ({"contacts": [{"kind": "phone", "value": "1"}] * 21}, ("/contacts", "too_many")),
    ({"contacts": {"kind": "phone"}}, ("/contacts", "not_a_list")),
    (
        {"external_ids": [{"system": "a_b", "value": "1"}, {"system": "a_b", "value": "2"}]},
        ("/external_ids", "given_twice"),
    ),
    ({"id": "not-a-uuid"}, ("/id", "wrong_format")),
    ({"colour": "red"}, ("/colour", "unknown_field")),
]


@pytest.mark.parametrize(("given", "fault"), WRONG, ids=[f"{next(iter(g))}-{f[1]}" for g, f in WRONG])
async def test_what_breaks_the_contract_is_named_by_pointer(
    registry: ApiClient, db: Database, given: dict[str, Any], fault: tuple[str, str]
) -> None:
    assert faults(await registry.post(ORGANIZATIONS, json=a_cooperative(**given))) == {fault}
    assert await rows_written(db) == 0


async def test_all_faults_are_named_at_once(registry: ApiClient, db: Database) -> None:
    body = a_cooperative(
        name="x" * 301,
        code="12",
        seat=a_seat("99999"),
        charter_capital_vnd=0.5,
        founded_on="2021-01-01",
        registered_on="2020-01-01",
        legal_status="terminated",
        business_lines=[{"code": "0118", "version": "2030", "is_main": "no"}],
        force=True,
        colour="red",
    )
    assert faults(await registry.post(ORGANIZATIONS, json=body)) == {
        ("/name", "too_long"),
        ("/code", "wrong_format"),
        ("/seat/commune_code", "unknown_commune"),
        ("/charter_capital_vnd", "not_an_integer"),
        ("/registered_on", "end_before_start"),
        ("/legal_status", "status_not_of_type"),
        ("/business_lines/0/version", "not_allowed"),
        ("/business_lines/0/is_main", "not_a_boolean"),
        ("/reason", "required"),
        ("/colour", "unknown_field"),
    }
    assert await rows_written(db) == 0


async def test_what_is_missing_is_named(registry: ApiClient) -> None:
    assert faults(await registry.post(ORGANIZATIONS, json={})) == {
        ("/type", "required"),
        ("/name", "required"),
        ("/seat", "required"),
    }


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"7"])
async def test_a_body_that_is_no_object_is_invalid(registry: ApiClient, body: bytes) -> None:
    response = await registry.post(ORGANIZATIONS, content=body, headers={"Content-Type": "application/json"})
    assert faults(response) == {("", "not_an_object")}


@pytest.mark.parametrize("body", [b'{"name": ', b"", b"{'name': 1}", b'{"name": "\xff"}'])
async def test_a_body_that_is_no_json_cannot_be_read(registry: ApiClient, body: bytes) -> None:
    response = await registry.post(ORGANIZATIONS, content=body, headers={"Content-Type": "application/json"})
    assert_problem(response, 400, "malformed")


async def test_a_precision_coarser_than_the_day_does_not_compare_days(registry: ApiClient) -> None:
    body = a_cooperative(founded_on="2020-12-31", founded_precision="year", registered_on="2020-05-01")
    assert ok(await registry.post(ORGANIZATIONS, json=body), 201)["founded_precision"] == "year"


async def test_a_refusal_speaks_the_language_asked_for(registry: ApiClient) -> None:
    body = a_cooperative(code="1")
    vi = await registry.post(ORGANIZATIONS, json=body)
    en = await registry.post(ORGANIZATIONS, json=body, headers={"Accept-Language": "en-GB,en;q=0.9,vi;q=0.1"})
    assert (vi.json()["errors"][0]["detail"], vi.headers["content-language"]) == (
        "Sai cách ghi; hãy xem ví dụ trong tài liệu.",
        "vi",
    )
    assert (en.json()["errors"][0]["detail"], en.headers["content-language"]) == (
        "The format is wrong; see the example in the documentation.",
        "en",
    )


async def test_the_first_day_of_life_is_the_certificates_else_the_foundings(db: Database, make: Make) -> None:
    registered = await make.organization(registered_on="2020-05-01", founded_on="2020-04-01")
    founded = await make.organization(registered_on=None, founded_on="2020-04-01")
    first_days = {
        row["id"]: row["first"]
        for row in await db.fetch("SELECT organization_id AS id, valid_from::text AS first FROM organization_state")
    }
    assert first_days == {registered.id: "2020-05-01", founded.id: "2020-04-01"}


async def test_a_refusal_says_how_many_faults_there_are_and_what_the_first_field_is_called(registry: ApiClient) -> None:
    body = a_cooperative(legal_representatives=[{"full_name": "Nguyễn Văn An", "title": 5}], governance="none", name="")
    vi = assert_problem(await registry.post(ORGANIZATIONS, json=body), 422, "invalid")
    assert len(vi["errors"]) == 3
    assert vi["detail"].startswith("Có 3 chỗ cần sửa, chỗ đầu tiên: “")
    closed = assert_problem(await registry.post(ORGANIZATIONS, json=a_cooperative(governance="none")), 422, "invalid")
    assert closed["detail"] == (
        "Có 1 chỗ cần sửa. “Tổ chức quản trị”: Hãy chọn một trong các giá trị: “Tổ chức quản trị đầy đủ” hoặc “Tổ chức quản "
        "trị rút gọn”."
    )
    assert closed["errors"][0]["allowed"] == ["full", "simplified"]


async def test_a_faulty_item_of_a_batch_is_told_by_its_fields_label(registry: ApiClient) -> None:
    items = [a_cooperative(legal_representatives=[{"full_name": "Nguyễn Văn An", "title": 5}])]
    answer = ok(await registry.post(f"{ORGANIZATIONS}/batch", json={"mode": "each", "items": items}), 207)
    assert answer["items"][0]["problem"]["detail"] == "Có 1 chỗ cần sửa. “Chức danh”: Hãy ghi một đoạn chữ."


async def test_a_faulty_parameter_is_told_by_its_label(registry: ApiClient) -> None:
    refused = assert_problem(await registry.get(ORGANIZATIONS, params={"founded_on_gte": "2023"}), 422, "invalid")
    assert refused["detail"].startswith("Có 1 chỗ cần sửa. “Ngày thành lập (từ)”: Hãy ghi một ngày có thật")
