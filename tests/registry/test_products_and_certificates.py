"""Products with their OCOP grades, and certificates with the area they cover."""

from __future__ import annotations

import pytest

from tests.registry.builders import ORGANIZATIONS, PATH, Make, a_certificate, a_product
from tests.support.answers import faults, ok
from tests.support.client import ApiClient


@pytest.mark.parametrize(
    ("sent", "shown"), [("75.50", "75.5"), ("100", "100"), ("100.00", "100"), ("0", "0"), ("9.05", "9.05")]
)
async def test_a_score_is_an_exact_decimal(registry: ApiClient, make: Make, sent: str, shown: str) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/products"
    assert ok(await registry.post(path, json=a_product(ocop_score=sent)), 201)["ocop_score"] == shown


@pytest.mark.parametrize(
    ("sent", "shown"),
    [("643", "643"), ("12.5000", "12.5"), ("0.0001", "0.0001"), ("999999999.9999",) * 2, ("100", "100")],
)
async def test_an_area_is_an_exact_decimal(registry: ApiClient, make: Make, sent: str, shown: str) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/certificates"
    assert ok(await registry.post(path, json=a_certificate(area_hectares=sent)), 201)["area_hectares"] == shown


async def test_a_product_without_a_grade_needs_no_day(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    path = f"{ORGANIZATIONS}/{organization.id}/products"
    product = ok(await registry.post(path, json={"name": "Chè xanh"}), 201)
    assert (product["ocop_stars"], product["recognized_on"], product["attribution"]) == (None, None, None)


async def test_products_are_found_by_name_group_stars_and_day(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    tea = await make.fact(
        "products", organization, name="Chè xanh Đinh", valid_until="2025-10-01", attribution="supported"
    )
    cake = await make.fact(
        "products", organization, name="Bánh gai", group="food", ocop_stars=3, recognized_on="2023-01-01"
    )

    async def found(**params: str) -> list[str]:
        page = ok(await registry.get(f"{PATH}/products", params=params))
        return [item["id"] for item in page["items"]]

    assert await found(q="che xanh") == [tea.id]
    assert await found(q="gai") == [cake.id]
    assert await found(group="food") == [cake.id]
    assert await found(ocop_stars="4") == [tea.id]
    assert await found(attribution="supported") == [tea.id]
    assert await found(recognized_on_gte="2023-01-01") == [cake.id]
    assert await found(valid_until_lte="2025-12-31") == [tea.id]
    assert await found(sort="recognized_on") == [tea.id, cake.id]
    response = await registry.get(f"{PATH}/products", params={"q": "!!", "ocop_stars": "four"})
    assert faults(response) == {("q", "wrong_format"), ("ocop_stars", "not_an_integer")}


async def test_certificates_are_found_by_scheme_number_and_day(registry: ApiClient, make: Make) -> None:
    organization = await make.organization()
    first = await make.fact("certificates", organization, number="VG-1", valid_until="2024-08-31")
    second = await make.fact(
        "certificates", organization, scheme="organic", area_hectares=None, valid_from="2023-01-01"
    )

    async def found(**params: str) -> list[str]:
        page = ok(await registry.get(f"{PATH}/certificates", params=params))
        return [item["id"] for item in page["items"]]

    assert await found(scheme="organic") == [second.id]
    assert await found(number="VG-1") == [first.id]
    assert await found(valid_from_gte="2023-01-01") == [second.id]
    assert await found(valid_until_lte="2024-12-31") == [first.id]
    assert await found(sort="-valid_from") == [second.id, first.id]
