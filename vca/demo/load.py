"""The demo: a scenario's records, loaded into every service through the gateway, by the demo's own client systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from vca.demo.lending import LoanLoader
from vca.demo.plans import load_plans
from vca.demo.registry import load_registry
from vca.demo.reporting import load_reporting
from vca.demo.scenarios import DEFAULT, SANDBOX
from vca.demo.training import load_training
from vca.tokens import sign_in

Say = Callable[[str], None]
OFFICERS = {DEFAULT: "25-2025", SANDBOX: "25-2025", "nghe_an_2023": "40-2025"}
"""Whose client system prepares the loans of a scenario."""
APPROVER = "fund-approver-vn"
"""Who decides on them: a person, as no client system may."""
REPORT_APPROVER = "report-approver-vn"
"""Who approves the plans."""


def _clients(gateway: str, credentials: dict[str, Any]) -> Callable[[str], httpx.Client]:
    """Return how to call as the demo's client system with most scopes of an area."""

    def client_of(area: str) -> httpx.Client:
        systems = [one for one in credentials["clients"] if one["area"] == area]
        system = max(systems, key=lambda one: len(one["scope"].split()))
        answer = httpx.post(
            f"{gateway}/v1/identity/token",
            data={"grant_type": "client_credentials"},
            auth=(system["client_id"], system["client_secret"]),
            timeout=15,
        )
        answer.raise_for_status()
        return httpx.Client(base_url=gateway, headers={"Authorization": f"Bearer {answer.json()['access_token']}"})

    return client_of


def _person(gateway: str, credentials: dict[str, Any], username: str) -> httpx.Client:
    """Return how to call as a person of the demo."""
    account = next(one for one in credentials["accounts"] if one["username"] == username)
    with httpx.Client(base_url=gateway, timeout=15) as client:
        token = sign_in(client, account["username"], account["password"])
    return httpx.Client(base_url=gateway, headers={"Authorization": f"Bearer {token}"})


def load_scenario(gateway: str, credentials: dict[str, Any], scenario: str, say: Say = lambda text: None) -> int:
    """Load the records of a scenario into every service, telling each part before it; return how many were new."""
    client_of = _clients(gateway, credentials)
    with client_of("VN") as nation:
        say("tổ chức và biến động / organizations and what became of them")
        new = load_registry(nation, scenario)
        say("đào tạo và xúc tiến thương mại / training and trade promotion")
        new += load_training(nation, scenario)
        say("hoạt động của Liên minh / the alliance's own work")
        new += load_reporting(nation, scenario)
        say("kế hoạch và chỉ tiêu / plans and their targets")
        new += load_plans(nation, lambda: _person(gateway, credentials, REPORT_APPROVER), scenario)
        say("khoản vay / loans")
        with client_of(OFFICERS.get(scenario, "VN")) as officer, _person(gateway, credentials, APPROVER) as approver:
            return new + LoanLoader(officer, approver, scenario).load()
