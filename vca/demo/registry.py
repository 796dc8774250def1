"""The demo: scenarios loaded through the API, record by record, as any client system would."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from vca.demo.lending import Loader
from vca.errors import Refusal
from vca.settings import Place

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
DEFAULT = "phu_tho_2023"
ALL = (DEFAULT, "nghe_an_2023", "hoa_binh_2023", "yen_bai_2020", "kon_tum_2022")
OFFICERS = {DEFAULT: "25-2025", "nghe_an_2023": "40-2025"}
"""Whose client system prepares the loans of a scenario; the nation's, which has every scope, decides."""
_BATCH = 500
_FLAGS = ("is_credit_fund", "is_synthetic", "with_alliance_support")
_SEAT = ("commune_code", "commune_map", "district_name", "province")
_NUMBERS = ("charter_capital_vnd", "ocop_stars")

app = typer.Typer(help="Dữ liệu mẫu / demo data")


def _plain(row: dict[str, str]) -> dict[str, Any]:
    """Return a CSV row as JSON values: empty is absent."""
    values: dict[str, Any] = {name: text for name, text in row.items() if text != ""}
    for name in _FLAGS:
        if name in values:
            values[name] = values[name] == "true"
    for name in _NUMBERS:
        if name in values:
            values[name] = int(values[name])
    return values


def _organization(row: dict[str, str]) -> dict[str, Any]:
    body = _plain(row)
    body["seat"] = {name: body.pop(name) for name in _SEAT if name in body}
    # Told apart by the report itself from one with a like name.
    body["force"] = "reason" in body
    if "representative" in body:
        body["legal_representatives"] = [{"full_name": body.pop("representative")}]
    return body


def _coverage(row: dict[str, str]) -> dict[str, Any]:
    body = _plain(row)
    body["record_types"] = body["record_types"].split()
    return body


# File → path of its resource and how a row becomes a body; organizations first, what hangs on them after.
_KINDS: tuple[tuple[str, str, Callable[[dict[str, str]], dict[str, Any]]], ...] = (
    ("organizations", "organizations", _organization),
    ("status_changes", "status-changes", _plain),
    ("type_conversions", "type-conversions", _plain),
    ("alliance_memberships", "alliance-memberships", _plain),
    ("products", "products", _plain),
    ("certificates", "certificates", _plain),
    ("coverages", "coverages", _coverage),
)


def records(scenario: str, kind: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one file of a scenario; none if it has no such file."""
    path = SCENARIOS / scenario / f"{kind}.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)


def load(client: httpx.Client, scenario: str) -> int:
    """Load a scenario in batches; return how many records were new. Loading it again changes nothing."""
    new = 0
    for kind, path, body in _KINDS:
        items = [body(row) for row in records(scenario, kind)]
        for at in range(0, len(items), _BATCH):
            answer = client.post(
                f"/v1/registry/{path}/batch", json={"mode": "atomic", "items": items[at : at + _BATCH]}, timeout=60
            )
            if answer.status_code != 201:
                raise Refusal(
                    f"Không nạp được {scenario}/{kind}: {answer.text[:300]}",
                    f"{scenario}/{kind} could not be loaded: {answer.text[:300]}",
                )
            new += sum(item["status"] == 201 for item in answer.json()["items"])
    return new


def _client(gateway: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=gateway, headers={"Authorization": f"Bearer {token}"})


def demo_organization() -> str:
    """Return the id of the cooperative whose own user the demo has: an invented one, with a certificate."""
    invented = {row["id"] for row in records(DEFAULT, "organizations") if row["is_synthetic"] == "true"}
    holders = (row["organization_id"] for row in records(DEFAULT, "certificates"))
    return next(id_ for id_ in holders if id_ in invented)


def _tokens(gateway: str, credentials: dict[str, Any]) -> Callable[[str], httpx.Client]:
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
        return _client(gateway, answer.json()["access_token"])

    return client_of


def load_everything(gateway: str, credentials: dict[str, Any], scenario: str) -> int:
    """Load the records of a scenario into every service; return how many were new."""
    from vca.demo.training import load_training

    client_of = _tokens(gateway, credentials)
    with client_of("VN") as nation:
        new = load(nation, scenario) + load_training(nation, scenario)
        with client_of(OFFICERS.get(scenario, "VN")) as officer:
            return new + Loader(officer, nation, scenario).load()


def load_default_demo(gateway: str, credentials: dict[str, Any]) -> None:
    """Load Phú Thọ, January to August 2023."""
    load_everything(gateway, credentials, DEFAULT)


@app.callback(invoke_without_command=True)
def demo(
    all_: Annotated[bool, typer.Option("--all", help="Mọi tỉnh / every province")] = False,
    scale: Annotated[str | None, typer.Option(help="national: bộ dữ liệu lớn / a large invented set")] = None,
    organizations: Annotated[
        int, typer.Option(help="Số tổ chức của bộ lớn / organizations of the large set")
    ] = 115_200,
) -> None:
    """Nạp dữ liệu mẫu vào bản đang chạy / load demo data into the running platform."""
    if scale is not None:
        if scale != "national":
            raise Refusal("--scale chỉ nhận national.", "--scale takes national only.")
        from vca.maintenance import database_urls
        from vca.national import load_national

        with database_urls() as urls:
            load_national(urls["registry"], organizations)
        return
    place = Place.from_environment()
    import json

    if not place.credentials.exists():
        raise Refusal("Chưa có bản chạy mẫu; hãy chạy vca up.", "There is no demo run; run vca up.")
    known = json.loads(place.credentials.read_text(encoding="utf-8"))
    for scenario in ALL if all_ else (DEFAULT,):
        began = time.monotonic()
        new = load_everything(place.gateway, known, scenario)
        typer.echo(f"{scenario}: {new} bản ghi mới / new records, {time.monotonic() - began:.1f} s")
