"""`vca demo`: demo data into the running platform."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from vca.demo.load import load_scenario
from vca.demo.scenarios import ALL, FIRST
from vca.errors import Refusal
from vca.maintenance import served
from vca.settings import Place

app = typer.Typer(help="Dữ liệu mẫu / demo data")


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
        from vca.national import load_national, load_targets

        # It tidies the tables up after itself, which is their owner's to do.
        with served() as databases:
            load_national(databases["registry"].owner_url, organizations)
            load_targets(databases["reporting"].url)
        return
    place = Place.from_environment()
    if not place.credentials.exists():
        raise Refusal("Chưa có bản chạy mẫu; hãy chạy vca up.", "There is no demo run; run vca up.")
    credentials = json.loads(place.credentials.read_text(encoding="utf-8"))
    for scenario in ALL if all_ else FIRST:
        began = time.monotonic()
        new = load_scenario(place.gateway, credentials, scenario)
        typer.echo(f"{scenario}: {new} bản ghi mới / new records, {time.monotonic() - began:.1f} s")
