"""What Phú Thọ published of its lending, through the gateway, with the loans behind it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.platform.conftest import Platform

pytestmark = pytest.mark.platform
QUERY = "from=2023-01-01&to=2023-08-31&province=25-2008"


def everything(client: httpx.Client, address: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    following: str | None = f"{address}&limit=200"
    while following:
        page = client.get(following).json()
        items, following = items + page["items"], page["next"]
    return items


def test_the_lending_phu_tho_published_is_computed_from_the_loans(platform: Platform) -> None:
    with platform.client() as client:
        by_indicator = {i["indicator"]: i for i in client.get(f"/v1/funds/indicator-values?{QUERY}").json()["items"]}
        assert by_indicator["loan_projects_disbursed"]["value"] == 43
        assert by_indicator["loan_amount_disbursed"]["value"] == 13_200_000_000
        assert by_indicator["loan_project_turns"]["value"] > 43
        projects = everything(client, by_indicator["loan_projects_disbursed"]["evidence"])
        assert len(projects) == 43
        assert sum(project["disbursed_in_period_vnd"] for project in projects) == 13_200_000_000
        tranches = everything(client, by_indicator["loan_amount_disbursed"]["evidence"])
        assert sum(tranche["amount_vnd"] for tranche in tranches) == 13_200_000_000


def test_older_loans_stand_in_every_debt_group_and_state(platform: Platform) -> None:
    with platform.client() as client:
        funds = client.get("/v1/funds/funds?as_of=2023-08-31&province=25-2008").json()["items"]
        published = [fund for fund in funds if fund["name"].startswith(("Quỹ hỗ trợ", "Vốn Quỹ"))]
        groups: set[int] = set()
        for fund in published:
            classification = client.get(f"/v1/funds/funds/{fund['id']}/debt-groups?as_of=2023-08-31").json()
            groups |= {item["debt_group"] for item in classification["items"] if item["loans"]}
            position = client.get(f"/v1/funds/funds/{fund['id']}/position?as_of=2023-08-31").json()
            assert position["short_vnd"] == 0
            assert position["lent_out_vnd"] == classification["outstanding_vnd"]
            trial = client.get(f"/v1/funds/ledger/trial-balance?fund_id={fund['id']}").json()
            assert trial["is_balanced"]
        assert groups == {1, 2, 3, 4, 5}
        facets = client.get("/v1/funds/loans?facets=state&limit=1").json()["facets"][0]["values"]
        assert {"active", "settled", "risk_handled"} <= {value["value"] for value in facets}
        rescheduled = client.get("/v1/funds/reschedulings?state=approved").json()["items"]
        assert rescheduled
