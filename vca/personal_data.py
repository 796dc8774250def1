"""`vca personal-data`: whom nothing keeps any more, erasing them, and erasing again whom a backup brought back."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import asyncpg
import typer
from pydantic import TypeAdapter

from kernel.database.connections import Database, Transaction, opened
from kernel.database.statements import Statement
from kernel.personal_data.erased import ErasedPerson, Place, erased_since
from kernel.personal_data.erasure import erase_again, erase_person
from kernel.personal_data.persons import Persons
from kernel.personal_data.removed import erase_removed_again
from kernel.personal_data.schemas import Erasure
from kernel.problems import Problem
from kernel.values.common_lists import RETENTION_RULES
from kernel.values.ids import is_id
from kernel.web.auth import NATION, Caller
from vca.errors import Refusal
from vca.maintenance import database_urls
from vca.persons import NAMED, PERSONS, ended
from vca.services import SERVICES

app = typer.Typer(no_args_is_help=True, help="Dữ liệu cá nhân / personal data")

BY = Caller("system", "system", frozenset(), NATION, None, "", "vca personal-data", 0.0)
"""Who erases: the platform itself, as nobody signs in at the terminal of the host."""
_ENDED = Erasure(ground="retention_ended")
_DONE = ("erased", "erased_before", "not_there")
_PLACES = TypeAdapter(list[Place])
_BUSY = (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)


@app.callback()
def _personal_data() -> None:
    """Dữ liệu cá nhân / personal data."""


@app.command("due")
def due() -> None:
    """Bao nhiêu người không còn lý do lưu giữ / how many persons nothing keeps any more."""

    async def count(url: str, service: str) -> dict[tuple[str, str], int]:
        async with opened(url) as db:
            return await ended(db, service)

    total = 0
    with database_urls() as urls:
        for service in PERSONS:
            for (kind, rule), persons in asyncio.run(count(urls[service], service)).items():
                total += persons
                vi, en = RETENTION_RULES[rule]
                typer.echo(f"{service} {kind}: {persons} ({rule}: {vi} / {en})")
    if not total:
        typer.echo("Không có ai. / Nobody.")


@app.command("erase-due")
def erase_due(
    service: Annotated[str | None, typer.Option(help="Chỉ dịch vụ này / this service alone")] = None,
) -> None:
    """Xóa dữ liệu của những người đó, mỗi người một giao dịch / erase them, each in a transaction of its own."""
    _refuse_unknown(service)
    with database_urls() as urls:
        for name in PERSONS:
            if service in (None, name):
                for kind, done in asyncio.run(_erase_due(urls[name], name)).items():
                    typer.echo(f"{name} {kind}: {_in_words(done)}")


def _refuse_unknown(service: str | None) -> None:
    if service is not None and service not in PERSONS:
        names = ", ".join(PERSONS)
        raise Refusal(f"Chỉ {names} lưu người có thể xóa.", f"Only {names} keep persons that can be erased.")


def _in_words(done: Counter[str]) -> str:
    others = [f"{code} {count}" for code, count in sorted(done.items()) if code != "erased"]
    left = f"; bỏ qua / passed over: {', '.join(others)}" if others else ""
    return f"đã xóa / erased: {done['erased']}{left}"


async def _erase_due(url: str, service: str) -> dict[str, Counter[str]]:
    """Erase whom nothing keeps; return what became of them by kind: `erased`, or why one was passed over."""
    done = {}
    async with opened(url) as db:
        for persons in PERSONS[service]:
            counts = done[persons.resource.name] = Counter[str]()
            for id_ in await persons.due(db):
                counts[await _erase_one(db, persons, id_)] += 1
    return done


async def _erase_one(db: Database, persons: Persons, id_: str) -> str:
    try:
        async with db.transaction() as tx:
            row = await _held_fast(tx, persons, id_)
            # Whoever came to something anew since they were counted is needed again.
            if row is None or not await persons.is_due(tx, id_):
                return "needed_again"
            await erase_person(tx, persons, row, _ENDED, by=BY, request_id=None)
            return "erased"
    except Problem as problem:
        return problem.code
    except _BUSY:
        return "busy"


async def _held_fast(tx: Transaction, persons: Persons, id_: str) -> Any:
    await tx.execute(persons.held_fast, id_)
    return await tx.fetchrow(Statement(persons.resource.row, f"{persons.resource.select} WHERE id = $1::uuid"), id_)


@app.command("erased")
def list_erased(
    since: Annotated[str | None, typer.Option(help="Từ ngày này / since this day, YYYY-MM-DD")] = None,
) -> None:
    """In mỗi người đã xóa một dòng JSON, để cất cùng bản sao lưu / print whom was erased, one JSON a line."""
    first = date.min if since is None else _day(since, "--since")

    async def read(url: str) -> list[ErasedPerson]:
        async with opened(url) as db:
            return await erased_since(db, first)

    with database_urls() as urls:
        for service, url in urls.items():
            for row in asyncio.run(read(url)):
                typer.echo(_printed(service, row))


def _printed(service: str, row: ErasedPerson) -> str:
    said: dict[str, Any] = {"service": service, **row}
    if row["places"] is None:
        del said["erased_at"], said["places"]
    else:
        said["places"] = json.loads(row["places"])
    return json.dumps(said, ensure_ascii=False, default=lambda day: day.isoformat())


def _day(text: Any, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        raise Refusal(f"{where}: hãy ghi ngày dạng YYYY-MM-DD.", f"{where}: give a day as YYYY-MM-DD.") from None


class _Line(NamedTuple):
    """A person who was erased, as a line says it. `places`: of one who has no record, where one named it until `at`."""

    service: str
    kind: str
    id_: str
    ground: Erasure
    on: date
    at: datetime | None
    places: list[Place]

    @property
    def persons(self) -> Persons | None:
        """Return the kind of person, where one has a record."""
        return next((each for each in PERSONS.get(self.service, ()) if each.resource.name == self.kind), None)


@app.command("erase-again")
def erase_again_after_restore(
    file: Annotated[Path, typer.Argument(help="Tệp do `erased` in ra / a file that `erased` printed")],
) -> None:
    """Sau khi khôi phục: xóa lại những người mà bản sao lưu cũ mang về / erase again whom a restored backup brought back."""
    lines, left = lines_of(file), list[str]()
    with database_urls() as urls:
        for name, of_service in lines.items():
            done, in_the_way = asyncio.run(_erase_again(urls[name], of_service))
            left += in_the_way
            again, before, gone = (done[word] for word in ("erased", "erased_before", "not_there"))
            typer.echo(
                f"{name}: đã xóa lại / erased again: {again}; vốn đã xóa / erased already: {before}; "
                f"không còn hồ sơ / no such record: {gone}"
            )
    if left:
        raise Refusal(
            f"Chưa xóa lại được {', '.join(left)}; hãy xử lý rồi chạy lại lệnh này.",
            f"Not erased again yet: {', '.join(left)}; see to it, then run this again.",
        )


def lines_of(file: Path) -> dict[str, list[_Line]]:
    """Return what a file says, by service. Raises Refusal for a line that cannot be read, before anything is erased."""
    lines: dict[str, list[_Line]] = {}
    try:
        texts = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = type(error).__name__
        raise Refusal(f"Không đọc được {file} ({reason}).", f"{file} cannot be read ({reason}).") from None
    for number, text in enumerate(texts, 1):
        if text.strip():
            service, line = _line(text, f"{file}:{number}")
            lines.setdefault(service, []).append(line)
    return lines


def _line(text: str, where: str) -> tuple[str, _Line]:
    unreadable = Refusal(f"{where}: không phải dòng do `erased` in ra.", f"{where} is no line that `erased` printed.")
    try:
        said = json.loads(text)
        service, kind, id_ = said["service"], said["subject_type"], said["subject_id"]
        ground = Erasure(ground=said["ground"], document_number=said["document_number"])
        places = _PLACES.validate_python(said.get("places", []))
        at = datetime.fromisoformat(said["erased_at"]) if places else None
    except (ValueError, KeyError, TypeError):
        raise unreadable from None
    if service not in {each.name for each in SERVICES} or not isinstance(kind, str) or not is_id(str(id_)):
        raise unreadable
    return service, _Line(service, kind, id_, ground, _day(said.get("erased_on"), where), at, places)


async def _erase_again(url: str, lines: list[_Line]) -> tuple[Counter[str], list[str]]:
    """Erase those who stand there unerased; return what became of how many, and whom something stands in the way of."""
    done, left = Counter[str](), []
    async with opened(url) as db:
        for line in lines:
            try:
                became = await _one_again(db, line)
            except Problem as problem:
                became = problem.code
            except _BUSY:
                became = "busy"
            if became in _DONE:
                done[became] += 1
            else:
                left.append(f"{line.kind} {line.id_} ({became})")
    return done, left


async def _one_again(db: Database, line: _Line) -> str:
    async with db.transaction() as tx:
        if line.persons is None:
            return await _named_again(tx, line)
        row = await _held_fast(tx, line.persons, line.id_)
        if row is None:
            return await erase_removed_again(tx, line.persons, line.id_, line.ground, by=BY)
        if row["erased_on"] is not None:
            return "erased_before"
        await erase_again(tx, line.persons, row, line.ground, on=line.on, by=BY)
        return "erased"


async def _named_again(tx: Transaction, line: _Line) -> str:
    again = NAMED.get(line.service, {}).get(line.kind)
    if again is None or line.at is None:
        return "by_hand"
    return await again(tx, line.id_, line.places, line.ground, at=line.at, by=BY)
