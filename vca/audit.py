"""`vca audit`: whether the audit is what it was when each of its days was closed."""

from __future__ import annotations

import asyncio
from typing import Annotated, NamedTuple

import typer

from kernel.audit.days import Verified, verify
from kernel.audit.erasures import UnmatchedErasure, unmatched_erasures
from kernel.database.connections import connect
from kernel.values.days import VIETNAM
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

_ERASURE_FAULTS = {
    "erasure_without_entry": ("xóa mà không có mục nhật ký", "an erasure without an entry"),
    "entry_without_erasure": ("có mục nhật ký mà không có việc xóa", "an entry without its erasure"),
    "erasure_added_to": ("việc xóa bị thêm vào sau", "an erasure that was added to later"),
}
_MOST_NAMED = 20


class _Found(NamedTuple):
    """What a service's audit says: of its days, of erasures, and whether a day has the hash that is known."""

    days: Verified
    erasures: int
    unmatched: list[UnmatchedErasure]
    has_known: bool


@app.callback()
def _audit() -> None:
    """Nhật ký / the audit."""


async def _verify(url: str, known: str) -> _Found:
    connection = await connect(url)
    try:
        # One view of it, while services go on adding.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            is_known = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM audit_day WHERE encode(hash, 'hex') = $1)", known
            )
            return _Found(await verify(connection), *await unmatched_erasures(connection), is_known)
    finally:
        await connection.close()


@app.command("verify")
def verify_audit(
    service: Annotated[str | None, typer.Argument()] = None,
    known: Annotated[str | None, typer.Option(help="Mã băm đã giữ ở nơi khác / a hash that was kept elsewhere")] = None,
) -> None:
    """So nhật ký với các ngày đã chốt và với việc xóa / compare the audit with its closed days, and with erasures."""
    broken, has_known = list[tuple[str, str]](), known is None
    with database_urls() as urls:
        if service is not None and service not in urls:
            raise Refusal(f"Không có dịch vụ {service}.", f"There is no service {service}.")
        for name, url in urls.items():
            if service not in (None, name):
                continue
            whole = asyncio.run(_verify(url, known or ""))
            found, has_known = whole.days, has_known or whole.has_known
            if faults := _faults(name, whole):
                broken += faults
                continue
            through = f"{found.last_day:%d/%m/%Y}, {found.last_hash}" if found.last_day else "-"
            typer.echo(
                f"{name}: đúng / intact: {found.days} ngày / days, {found.entries} mục / entries, đến / through {through}; "
                f"chưa chốt / not closed yet: {found.unclosed}; xóa / erasures: {whole.erasures}"
            )
    if broken:
        vi, en = ("; ".join(each[language] for each in broken) for language in (0, 1))
        raise Refusal(f"{vi}.", f"{en}.")
    if not has_known:
        raise Refusal(
            "Không ngày nào có mã băm đã giữ: nhật ký đã bị viết lại từ ngày đó, hoặc được khôi phục từ trước đó.",
            "No day has the hash that was kept: the audit was written anew from that day on, or restored from before it.",
        )


def _faults(name: str, found: _Found) -> list[tuple[str, str]]:
    """Return a sentence a fault, in both languages: the first of the days, and every erasure's, as many as one can read."""
    faults = []
    if (broken := found.days.broken) is not None:
        vi, en = (words.format(entry=broken.entry) for words in _FAULTS[broken.fault])
        faults.append((f"{name} {broken.day:%d/%m/%Y}: {vi}", f"{name} {broken.day:%d/%m/%Y}: {en}"))
    for each in found.unmatched[:_MOST_NAMED]:
        vi, en = _ERASURE_FAULTS[each.fault]
        at = f"{each.at.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}"
        who = f"{each.subject_type} {each.subject_id}"
        faults.append((f"{name} {at}: {vi}: {who}, do {each.actor}", f"{name} {at}: {en}: {who}, by {each.actor}"))
    if (more := len(found.unmatched) - _MOST_NAMED) > 0:
        faults.append((f"{name}: và {more} việc xóa khác", f"{name}: and {more} more erasures"))
    return faults
