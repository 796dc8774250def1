"""The demo's registry, loaded through the API in batches, as any client system would."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import httpx
import orjson

from vca.demo.scenarios import BATCH, DEFAULT, Row, json_values, not_loaded, records

_FLAGS = ("is_credit_fund", "is_synthetic")
_SEAT = ("commune_code", "commune_map", "district_name", "province")
_WHOLE = ("ocop_stars", "planned_year")
_COUNTED = (
    "members_official",
    "workers_regular",
    "managers_no_qualification",
    "managers_elementary",
    "managers_intermediate",
    "managers_college",
    "managers_university_or_higher",
)
_LISTS = ("inspectors", "recommendations", "blockers", "steps", "organization_ids", "consolidations")
"""Columns that hold a list as JSON."""


def _plain(row: dict[str, str]) -> Row:
    body = json_values(row, whole=_WHOLE, flags=_FLAGS)
    if "partners" in body:
        body["partners"] = str(body["partners"]).split("; ")
    body.update({name: orjson.loads(body[name]) for name in _LISTS if name in body})
    return body


def _organization(row: dict[str, str]) -> Row:
    body = _plain(row)
    body["seat"] = {name: body.pop(name) for name in _SEAT if name in body}
    # Told apart by the report itself from one with a like name.
    body["force"] = "reason" in body
    if "representative" in body:
        body["legal_representatives"] = [{"full_name": body.pop("representative")}]
    return body


def _statistic(row: dict[str, str]) -> Row:
    body = json_values(row, whole=_COUNTED, flags=_FLAGS)
    if "income_per_worker_vnd" in body:
        body["income_per_worker"] = {"amount_vnd": body.pop("income_per_worker_vnd"), "per": body.pop("income_per")}
    return body


def _coverage(row: dict[str, str]) -> Row:
    body = _plain(row)
    body["record_types"] = body["record_types"].split()
    return body


_LINKS = "value_chain_links"


def _with_links(chains: list[Row], links: Iterable[dict[str, str]]) -> None:
    """Put into the chains their links, which are a file of their own."""
    by_id = {chain["id"]: chain for chain in chains}
    for row in links:
        link = _plain(row)
        by_id[link.pop("value_chain_id")].setdefault("links", []).append(link)


# File → path of its resource and how a row becomes a body; organizations first, what hangs on them after.
_KINDS: tuple[tuple[str, str, Callable[[dict[str, str]], Row]], ...] = (
    ("organizations", "organizations", _organization),
    ("status_changes", "status-changes", _plain),
    ("type_conversions", "type-conversions", _plain),
    ("alliance_memberships", "alliance-memberships", _plain),
    ("products", "products", _plain),
    ("certificates", "certificates", _plain),
    ("inspections", "inspections", _plain),
    ("dissolution_cases", "dissolution-cases", _plain),
    ("member_teams", "member-teams", _plain),
    ("models", "models", _plain),
    ("value_chains", "value-chains", _plain),
    ("organization_statistics", "organization-statistics", _statistic),
    ("coverages", "coverages", _coverage),
)


_OTHERWISE = "id_in_use"
"""What a record is refused with that is there under its id, with other content."""


def load_registry(client: httpx.Client, scenario: str) -> int:
    """Load a scenario in batches; return how many records were new. Loading it again changes nothing."""
    new = 0
    for kind, path, body in _KINDS:
        items = [body(row) for row in records(scenario, kind)]
        if kind == "value_chains":
            _with_links(items, records(scenario, _LINKS))
        for at in range(0, len(items), BATCH):
            answer = _enter(client, path, items[at : at + BATCH])
            if not answer.is_success:
                raise not_loaded(scenario, kind, answer)
            new += sum(item["status"] == 201 for item in answer.json()["items"])
    return new


def _enter(client: httpx.Client, path: str, items: list[Row]) -> httpx.Response:
    """Enter a batch whole, or around what an earlier version of the scenario loaded otherwise, which stays as it is."""
    url = f"/v1/registry/{path}/batch"
    answer = client.post(url, json={"mode": "atomic", "items": items}, timeout=60)
    if answer.is_success or answer.json().get("code") != _OTHERWISE:
        return answer
    each = client.post(url, json={"mode": "each", "items": items}, timeout=60)
    others = [item for item in each.json()["items"] if item["status"] >= 400 and item["problem"]["code"] != _OTHERWISE]
    return httpx.Response(others[0]["status"], json=others[0]["problem"]) if others else each


def demo_organization() -> str:
    """Return the id of the cooperative whose own user the demo has: an invented one, with a certificate."""
    invented = {row["id"] for row in records(DEFAULT, "organizations") if row["is_synthetic"] == "true"}
    holders = (row["organization_id"] for row in records(DEFAULT, "certificates"))
    return next(id_ for id_ in holders if id_ in invented)
