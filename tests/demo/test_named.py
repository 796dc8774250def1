"""Every organization that the articles name stands in the demo as they tell of it, and nothing else is said of it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import httpx
import pytest

import vca.scenarios
from kernel.values.geography import UNKNOWN_COMMUNE
from kernel.values.text import name_folded
from tests.demo.records import Records
from vca.demo.registry import demo_organization
from vca.demo.scenarios import ALL, records

pytestmark = pytest.mark.thorough

Loaded = tuple[httpx.Client, dict[str, int]]
FILE = Path(vca.scenarios.__file__).parent / "seed_names.csv"
PROVINCES = {"000": "25-2008", "003": "36-2008", "004": "15-2008"}
"""Article → province of whom it names; the one enterprise of 003 is of Nam Định."""


def rows() -> list[dict[str, str]]:
    """Return the rows of organizations; projects have no record yet."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["kind"] in ("cooperative", "enterprise")]


NAMED = rows()


def found(client: httpx.Client, name: str) -> dict[str, Any]:
    """Return the one organization with exactly this name, as people search for it."""
    items = client.get("/v1/registry/organizations", params={"q": name, "limit": 100}).json()["items"]
    (one,) = [item for item in items if item["name"] == name]
    return dict(one)


def facts(client: httpx.Client, kind: str, organization: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the facts of a kind that an organization has."""
    query: dict[str, str | int] = {"organization_id": organization["id"], "limit": 100}
    return list(client.get(f"/v1/registry/{kind}", params=query).json()["items"])


def real(client: httpx.Client) -> list[dict[str, Any]]:
    """Return every organization that is not invented."""
    answer = client.get("/v1/registry/organizations?is_synthetic=false&limit=200").json()
    assert answer.get("next_cursor") is None
    return list(answer["items"])


def printed_place(row: dict[str, str]) -> tuple[str | None, str | None]:
    """Return commune and district as printed, both folded: "xã An Thịnh, huyện Văn Yên"."""
    commune = district = None
    for part in filter(None, row["place_as_printed"].split(", ")):
        folded = name_folded(part)
        if folded.startswith("xa "):
            commune = folded.removeprefix("xa ")
        elif not folded.startswith("tinh "):
            district = folded.removeprefix("huyen ").removeprefix("tp ")
    return commune, district


def of_district(seat: dict[str, Any]) -> str | None:
    """Return the seat's district without its kind; the official list writes Mù Cang Chải as Mù Căng Chải."""
    if seat["district_name"] is None:
        return None
    return name_folded(seat["district_name"]).removeprefix("huyen ").removeprefix("thanh pho ")


def test_the_articles_name_twenty_one_organizations() -> None:
    assert len(NAMED) == 21


@pytest.mark.parametrize("row", NAMED, ids=[row["name_vi"] for row in NAMED])
def test_who_is_named_stands_under_its_name_at_its_place(
    registry_of_all_scenarios: Loaded, row: dict[str, str]
) -> None:
    client, _ = registry_of_all_scenarios
    one = found(client, row["name_vi"])
    assert (one["type"], one["is_synthetic"]) == (row["kind"], False)
    assert one["seat"]["province_2008"] == PROVINCES[row["seed_file"][:3]]
    commune, district = printed_place(row)
    named = one["seat"]["commune_name"]
    assert (named and name_folded(named), of_district(one["seat"])) == (commune, district)
    assert (one["seat"]["commune_code"] == UNKNOWN_COMMUNE) == (commune is None)


@pytest.mark.parametrize("row", NAMED, ids=[row["name_vi"] for row in NAMED])
def test_what_the_article_says_of_it_stands_there_and_nothing_else(
    registry_of_all_scenarios: Loaded, row: dict[str, str]
) -> None:
    client, _ = registry_of_all_scenarios
    text = row["what_the_article_says"]
    one = found(client, row["name_vi"])
    # Founding: a month where one is printed; of those said to be older than 2020 the records show them then.
    founded = ("2020-07-01", "month") if "founded 7/2020" in text else (None, None)
    assert (one["founded_on"], one["founded_precision"]) == founded
    if "founded before" in text:
        assert one["starts_on"] < "2020-01-01"
    # VietGAP: rice, of 2023, with support.
    certificates = facts(client, "certificates", one)
    kept = [(c["scheme"], c["scope"], c["valid_from"][:4], c["attribution"]) for c in certificates]
    assert kept == ([("vietgap", "Lúa", "2023", "joint")] if "VietGAP 2023" in text else [])
    # OCOP: each product, of 2020, with three stars.
    products = facts(client, "products", one)
    names = text.split(": ", 1)[1].split(" (there called")[0].split("; ") if ": " in text and "OCOP" in text else []
    names = [name.removeprefix("OCOP: ") for name in names]
    assert sorted(product["name"] for product in products) == sorted(names)
    assert all(
        (p["ocop_stars"], p["recognized_on"][:4], p["attribution"]) == (3, "2020", "alliance_led") for p in products
    )
    # Models: of a value chain, of 2020, led by the alliance.
    recognized = [(m["kind"], m["recognized_on"][:4], m["attribution"]) for m in facts(client, "models", one)]
    assert recognized == ([("value_chain", "2020", "alliance_led")] if "value-chain model 2020" in text else [])
    # The chain of rice noodles: who leads it and who supplies it.
    chains = [(c["name"], c["lead_organization_id"] == one["id"]) for c in facts(client, "value-chains", one)]
    in_it, leads = "VietGAP 2023" in text or "value chain; the four" in text, "value chain; the four" in text
    assert chains == ([("Chuỗi liên kết sản xuất mì gạo Hùng Lô", leads)] if in_it else [])
    # Members are one that was handed its certificate, and those whose products the alliance helped.
    members = facts(client, "alliance-memberships", one)
    assert len(members) == ("member certificate" in text or bool(names))


def test_nobody_else_is_said_to_be_real(registry_of_all_scenarios: Loaded) -> None:
    client, _ = registry_of_all_scenarios
    assert sorted(one["name"] for one in real(client)) == sorted(row["name_vi"] for row in NAMED)


def test_what_no_article_says_of_a_real_one_is_empty(registry_of_all_scenarios: Loaded) -> None:
    client, _ = registry_of_all_scenarios
    empty = (
        "code",
        "legacy_number",
        "name_short",
        "name_foreign",
        "business_lines",
        "report_sector",
        "charter_capital_vnd",
        "paid_capital_vnd",
        "registered_on",
        "founding_attribution",
        "legal_representatives",
        "contacts",
        "governance",
        "external_ids",
    )
    for one in real(client):
        assert not any(one[name] for name in empty), one
        assert one["seat"]["address"] is None
        for fact in (*facts(client, "certificates", one), *facts(client, "products", one)):
            assert not any(fact.get(name) for name in ("number", "certifier", "ocop_score", "decision_number", "group"))
            assert fact["valid_until"] is None
        for membership in facts(client, "alliance-memberships", one):
            assert (membership["admission_decision_number"], membership["certificate_number"]) == (None, None)


def test_a_fact_whose_day_or_area_is_not_printed_is_marked_as_invented(registry_of_all_scenarios: Loaded) -> None:
    client, _ = registry_of_all_scenarios
    kinds = (
        "certificates",
        "products",
        "alliance-memberships",
        "models",
        "status-changes",
        "type-conversions",
        "seat-changes",
    )
    doubtful = [fact for one in real(client) for kind in kinds for fact in facts(client, kind, one)]
    assert len(doubtful) == 4 + 8 + 8 + 5 + 2
    assert all(fact["is_synthetic"] for fact in doubtful)


def test_the_one_of_dao_thinh_is_none_of_2020_and_has_no_ocop_product(registry_of_all_scenarios: Loaded) -> None:
    client, _ = registry_of_all_scenarios
    older = found(client, "HTX 6/12 Đào Thịnh")
    query = {"type": "cooperative", "province": "15-2008", "q": "6/12 Đào Thịnh"}
    listed = client.get("/v1/registry/organizations", params={**query, "as_of": "2019-12-31"}).json()["items"]
    assert [one["id"] for one in listed] == [older["id"]]
    assert facts(client, "products", older) == []


def test_seven_cooperatives_were_linked_with_the_enterprise_that_is_named() -> None:
    links = [row for row in records("kon_tum_2022", "market_links") if row["buyer_name"] == "Công ty TNHH Toản Xuân"]
    assert len({row["organization_id"] for row in links}) == 7
    assert not any(row["value_vnd"] or row["product_kind"] for row in links)


def test_nobody_real_borrows_is_trained_or_shows_goods_in_the_invented_records() -> None:
    named = {row["id"] for scenario in ALL for row in Records(scenario).organizations if row["is_synthetic"] == "false"}
    for scenario in ALL:
        for kind in ("attendances", "participations", "market_links", "funds/borrowers"):
            for row in records(scenario, kind):
                assert row["organization_id"] not in named, (kind, row)
    assert demo_organization() not in named
