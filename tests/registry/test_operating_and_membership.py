"""Operating means one thing, and membership on a day is asked for as figures count it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from services.registry import code_lists as codes
from tests.registry.builders import ORGANIZATIONS, PATH, Make, Record
from tests.registry.test_exports import snapshot
from tests.support.answers import every_item, faults, ok
from tests.support.client import ApiClient


async def ids(client: ApiClient, **params: Any) -> set[str]:
    return {item["id"] for item in await every_item(client, ORGANIZATIONS, **params)}


async def facet(client: ApiClient, name: str, **params: Any) -> dict[str, int]:
    (wanted_facet,) = ok(await client.get(ORGANIZATIONS, params={"facets": name, **params}))["facets"]
    return {value["value"]: value["count"] for value in wanted_facet["values"]}


async def figure(client: ApiClient, indicator: str, to: str) -> Any:
    params = {"from": "2020-01-01", "to": to, "province": "25-2008", "indicators": indicator}
    (item,) = ok(await client.get(f"{PATH}/indicator-values", params=params))["items"]
    return item["value"]


@pytest.fixture
async def states(make: Make) -> dict[tuple[str, str], Record]:
    """A cooperative in every legal status and operating state at once; all began active and operating."""
    by_name = {}
    for legal in sorted(codes.STATUSES_OF_TYPE["cooperative"]):
        for operating in codes.OPERATING_STATES:
            one = by_name[legal, operating] = await make.organization(registered_on="2020-05-01")
            if operating != "operating":
                await make.status(one, operating, on="2022-01-01")
            if legal != "active":
                await make.status(one, legal, on="2022-01-01")
    await make.coverage()
    return by_name


async def test_is_operating_lists_what_the_figure_counts(
    registry: ApiClient, states: dict[tuple[str, str], Record]
) -> None:
    for to in ("2021-12-31", "2022-01-01"):
        counted = await figure(registry, "cooperatives_operating", to)
        listed = await ids(registry, is_operating="true", as_of=to, type="cooperative")
        assert len(listed) == counted
        by_value = await facet(registry, "is_operating", as_of=to)
        assert (by_value["true"], sum(by_value.values())) == (counted, len(states))
    assert await ids(registry, is_operating="true") == {states["active", "operating"].id}
    # What was seen operating is more: most of those have ended or stand still by law.
    assert len(await ids(registry, operating_state="operating")) == len(codes.STATUSES_OF_TYPE["cooperative"])


async def test_the_field_says_what_the_filter_does(registry: ApiClient, states: dict[tuple[str, str], Record]) -> None:
    for to in ({}, {"as_of": "2021-12-31"}):
        items = await every_item(registry, ORGANIZATIONS, **to)
        assert {item["id"] for item in items if item["is_operating"]} == await ids(registry, is_operating="true", **to)
        others = await ids(registry, is_operating="false", **to)
        assert {item["id"] for item in items if not item["is_operating"]} == others


async def test_an_export_has_the_column(registry: ApiClient, states: dict[tuple[str, str], Record]) -> None:
    _, data = await snapshot(registry, format="csv")
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert {row["id"] for row in rows if row["is_operating"] == "true"} == {states["active", "operating"].id}
    assert {row["is_operating"] for row in rows} == {"true", "false"}


@pytest.fixture
async def members(make: Make) -> dict[str, Record]:
    """Cooperatives by what became of their memberships."""
    by_name = {name: await make.organization() for name in ("stayed", "left", "back", "affiliate", "risen", "none")}
    await make.membership(by_name["stayed"], admitted_on="2021-01-15")
    await make.membership(by_name["left"], admitted_on="2021-01-15", left_on="2022-06-01")
    await make.membership(by_name["back"], admitted_on="2021-01-15", left_on="2022-06-01")
    await make.membership(by_name["back"], admitted_on="2023-06-01")
    await make.membership(by_name["affiliate"], kind="affiliate", admitted_on="2021-01-15")
    await make.membership(by_name["risen"], kind="affiliate", admitted_on="2021-01-15", left_on="2023-01-01")
    await make.membership(by_name["risen"], admitted_on="2023-01-01")
    await make.coverage()
    return by_name


MEMBERSHIPS: list[tuple[str | None, dict[str, set[str]]]] = [
    ("2021-01-14", {"member": set(), "former": set()}),
    ("2021-01-15", {"member": {"stayed", "left", "back"}, "former": set()}),
    ("2022-05-31", {"member": {"stayed", "left", "back"}, "former": set()}),
    ("2022-06-01", {"member": {"stayed"}, "former": {"left", "back"}}),
    ("2023-01-01", {"member": {"stayed", "risen"}, "former": {"left", "back"}}),
    ("2023-06-01", {"member": {"stayed", "risen", "back"}, "former": {"left"}}),
    (None, {"member": {"stayed", "risen", "back"}, "former": {"left"}}),
]


@pytest.mark.parametrize(("day", "expected"), MEMBERSHIPS)
async def test_membership_is_the_official_one_on_the_day_asked(
    registry: ApiClient, members: dict[str, Record], day: str | None, expected: dict[str, set[str]]
) -> None:
    names = {record.id: name for name, record in members.items()}
    query = {} if day is None else {"as_of": day}
    expected = {**expected, "never": set(members) - expected["member"] - expected["former"]}
    for value, wanted in expected.items():
        assert {names[id_] for id_ in await ids(registry, membership=value, **query)} == wanted
    counted = await facet(registry, "membership", **query)
    assert counted == {value: len(wanted) for value, wanted in expected.items() if wanted}
    if day is not None:
        assert await figure(registry, "alliance_member_cooperatives_total", day) == len(expected["member"])


async def test_memberships_may_be_asked_for_together_and_no_other_word_is_known(
    registry: ApiClient, members: dict[str, Record]
) -> None:
    both = await ids(registry, membership=["member", "former"])
    assert both == {members[name].id for name in ("stayed", "risen", "back", "left")}
    page = ok(await registry.get(ORGANIZATIONS, params={"membership": "never", "limit": 1, "count": "exact"}))
    assert page["count"] == 2
    assert len(ok(await registry.get(page["next"]))["items"]) == 1
    assert faults(await registry.get(ORGANIZATIONS, params={"membership": "friend"})) == {("membership", "not_allowed")}
