"""`vca audit`: whether the audit is what it was when each of its days was closed."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from kernel.audit.days import Verified, verify
from kernel.database.connections import connect
from vca.errors import Refusal
from vca.maintenance import database_urls

app = typer.Typer(no_args_is_help=True, help="Nhật ký / the audit")

_FAULTS = {
    "entry_missing": ("thiếu mục {entry}", "entry {entry} is missing"),
    "entry_changed": ("mục {entry} đã bị sửa", "entry {entry} was changed"),
    "entry_added": ("mục {entry} được thêm vào sau", "entry {entry} was added later"),
    "day_missing": ("thiếu ngày này", "the day is missing"),
    "day_changed": ("chuỗi băm của ngày này không khớp", "the day's hash does not fit"),
    "unknown_format": ("phiên bản mới hơn đã chốt ngày này", "a newer version closed the day"),
}


@app.callback()
def _audit() -> None:
    """Nhật ký / the audit."""


async def _verify(url: str, known: str) -> tuple[Verified, bool]:
    """Return what a check finds, and whether a day has the hash that is known."""
    connection = await connect(url)
    try:
        # One view of it, while services go on adding.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            is_known = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM audit_day WHERE encode(hash, 'hex') = $1)", known
            )
            return await verify(connection), is_known
    finally:
        await connection.close()


@app.command("verify")
def verify_audit(
    service: Annotated[str | None, typer.Argument()] = None,
    known: Annotated[str | None, typer.Option(help="Mã băm đã giữ ở nơi khác / a hash that was kept elsewhere")] = None,
) -> None:
    """So nhật ký với các ngày đã chốt / compare the audit with its closed days."""
    broken, has_known = [], known is None
    with database_urls() as urls:
        if service is not None and service not in urls:
            raise Refusal(f"Không có dịch vụ {service}.", f"There is no service {service}.")
        for name, url in urls.items():
            if service not in (None, name):
                continue
            found, is_known = asyncio.run(_verify(url, known or ""))
            has_known |= is_known
            if found.broken is not None:
                broken.append((name, found))
                continue
            through = f"{found.last_day:%d/%m/%Y}, {found.last_hash}" if found.last_day else "-"
            typer.echo(
                f"{name}: đúng / intact: {found.days} ngày / days, {found.entries} mục / entries, đến / through {through}; "
                f"chưa chốt / not closed yet: {found.unclosed}"
            )
    if broken:
        raise Refusal(
            "; ".join(_sentence(*each, 0) for each in broken), "; ".join(_sentence(*each, 1) for each in broken)
        )
    if not has_known:
        raise Refusal(
            "Không ngày nào có mã băm đã giữ: nhật ký đã bị viết lại từ ngày đó, hoặc được khôi phục từ trước đó.",
            "No day has the hash that was kept: the audit was written anew from that day on, or restored from before it.",
        )


def _sentence(name: str, found: Verified, language: int) -> str:
    assert found.broken is not None
    what = _FAULTS[found.broken.fault][language].format(entry=found.broken.entry)
    return f"{name} {found.broken.day:%d/%m/%Y}: {what}"
