"""`vca personal-data`: whom nothing keeps any more is counted and erased; whom a backup brings back is erased again."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from kernel import records
from kernel.database.connections import connect, opened
from kernel.values.days import today, use_clock
from kernel.values.ids import new_id
from services.funds.main import create_app as funds_app
from services.identity.accounts import service as accounts
from services.identity.accounts.records import ACCOUNT
from services.identity.accounts.schemas import AccountCreate
from services.identity.api import SYSTEM
from services.registry.main import create_app as registry_app
from services.training.main import create_app
from tests.funds import builders as funds_builders
from tests.registry import builders as registry_builders
from tests.support.answers import etag, ok
from tests.support.apps import Apps
from tests.support.client import ApiClient
from tests.support.contract import contract_of
from tests.support.databases import Databases, as_service
from tests.support.said_nowhere import said_in, said_nowhere
from tests.support.vca_home import lent_home
from tests.support.vca_home import vca as typed
from tests.training.builders import SCOPES, TRAINEES, Make, Record, a_person, an_id_number
from vca import doctor, maintenance
from vca.cli import app as cli
from vca.errors import Refusal
from vca.personal_data import lines_of as read_lines
from vca.settings import Place

GONE, PAID, HERE = "Quách Thị Mây", "Bùi Văn Núi", "Hà Thị Sông"


class Office(NamedTuple):
    """A home whose databases are named by settings, and training that runs on one of them."""

    training: ApiClient
    make: Make
    urls: dict[str, str]
    home: Path


@pytest.fixture
async def office(
    databases: Databases, apps: Apps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    async with (
        lent_home(databases, tmp_path, monkeypatch) as home,
        apps.running(create_app, home.urls["training"]) as running,
    ):
        home.has_keys(running.state.settings.home / "keys")
        client = ApiClient(running, contract_of("training"), scope=SCOPES, area="25-2025", sub="training-officer")
        async with client as training:
            yield Office(training, Make(training.as_(area="VN", sub="builder")), home.urls, tmp_path)


@contextlib.contextmanager
def on_the_day(folder: Path, day: str) -> Iterator[None]:
    """Have it be that day for as long."""
    file = folder / "today"
    file.write_text(day)
    use_clock(file)
    try:
        yield
    finally:
        use_clock(None)


async def vca(*words: str) -> str:
    """Run the command on persons; return what it prints."""
    return await typed("personal-data", *words)


async def _people(office: Office) -> dict[str, Record]:
    """Enter one whom nobody needs, one whom a voucher keeps until the end of 2033, and one who comes to a class of 2040."""
    held = await office.make.training_class(state="held")
    to_come = await office.make.training_class(state="open", starts_on="2040-03-06", ends_on="2040-03-07")
    gone = await office.make.attendance(
        held, trainee=a_person(name=GONE, id_number=an_id_number()), note=f"{GONE} vắng"
    )
    paid = await office.make.attendance(held, trainee=a_person(name=PAID), allowance_vnd=100_000)
    here = await office.make.registration(to_come, trainee=a_person(name=HERE))
    return {"gone": gone, "paid": paid, "here": here}


async def test_who_is_due_is_counted_by_the_rule_and_erased(office: Office) -> None:
    people, url = await _people(office), office.urls["training"]
    assert await vca("due") == "Không có ai. / Nobody.\n"
    with on_the_day(office.home, f"{today().year + 6}-01-01"):
        assert await vca("due") == "training trainee: 1 (contact: Không còn giao dịch / No more dealings)\n"
        assert await vca("erase-due", "--service", "identity") == "identity account: đã xóa / erased: 0\n"
        assert await said_in(url, GONE) == {"trainee.name", "trainee.name_folded", "trainee.person_key"} | {
            "attendance.note",
            "history.content",
        }
        assert await vca("erase-due") == "".join(
            f"{kind}: đã xóa / erased: {count}\n"
            for kind, count in (
                ("identity account", 0),
                ("registry officer", 0),
                ("funds borrower", 0),
                ("training trainee", 1),
            )
        )
        await said_nowhere(url, GONE)
        assert await said_in(url, PAID)
        assert await vca("due") == "Không có ai. / Nobody.\n"
    with on_the_day(office.home, "2034-01-01"):
        assert "training trainee: 1 (allowance_vouchers: " in await vca("due")
        assert "training trainee: đã xóa / erased: 1" in await vca("erase-due", "--service", "training")
        await said_nowhere(url, PAID)
        assert await said_in(url, HERE)
    connection = await connect(url)
    rows = await connection.fetch("SELECT actor, resource_id FROM audit WHERE action = 'trainee.erased' ORDER BY id")
    await connection.close()
    assert [tuple(row) for row in rows] == [("system", people[name].trainee_id) for name in ("gone", "paid")]


async def test_who_cannot_be_erased_is_passed_over_and_the_others_go(office: Office) -> None:
    people = await _people(office)
    mine = people["paid"].id
    own = office.training.as_(scope="own.read own.write", organization_id=mine)
    number = an_id_number()
    for caller in (office.training, own):
        organization = {"organization_id": mine} if caller is own else {}
        ok(await caller.post(TRAINEES, json=a_person(name="Đinh Văn Hai", id_number=number, **organization)), 201)
    with on_the_day(office.home, f"{today().year + 6}-01-01"):
        told = await vca("erase-due", "--service", "training")
    assert told == "training trainee: đã xóa / erased: 1; bỏ qua / passed over: trainee_unjoined 2\n"


async def test_a_service_without_persons_is_no_service_here(office: Office) -> None:
    with pytest.raises(Refusal, match="Only identity"):
        await vca("erase-due", "--service", "reporting")


async def test_whom_a_backup_brings_back_is_erased_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for service, address in office.urls.items():
        # Who restores makes databases.
        monkeypatch.setenv(f"VCA_DATABASE_URL_{service.upper()}", address)
    people, url = await _people(office), office.urls["training"]
    path, ground = (
        f"{TRAINEES}/{people['gone'].trainee_id}",
        {"ground": "authority_decision", "document_number": "7/QĐ"},
    )
    backup, list_ = office.home / "backup.tar", office.home / "erased.ndjson"
    await asyncio.to_thread(maintenance.backup, backup, with_keys=True)
    trainee = ok(await office.training.get(path))
    ok(await office.training.post(f"{path}/erasure", json=ground, headers=etag(trainee)))
    list_.write_text(await vca("erased", "--since", today().isoformat()))
    assert [json.loads(line) for line in list_.read_text().splitlines()] == [
        {
            "service": "training",
            "subject_type": "trainee",
            "subject_id": people["gone"].trainee_id,
            **ground,
            "erased_on": today().isoformat(),
        }
    ]
    await said_nowhere(url, GONE)
    told = await asyncio.to_thread(CliRunner().invoke, cli, ["restore", str(backup), "--replace"])
    assert "run vca personal-data erase-again FILE" in told.stdout
    assert await said_in(url, GONE), "the backup is older than the erasure"
    with on_the_day(office.home, "2046-05-04"):
        words = "training: đã xóa lại / erased again: {}; vốn đã xóa / erased already: {}; không còn hồ sơ / no such record: 0\n"
        assert await vca("erase-again", str(list_)) == words.format(1, 0)
        assert await vca("erase-again", str(list_)) == words.format(0, 1)
    await said_nowhere(url, GONE)
    connection = await connect(url)
    erased_on = await connection.fetchval("SELECT max(erased_on) FROM trainee")
    await connection.close()
    assert erased_on == today(), "the day on which it was, and not that of the restore"


@pytest.mark.parametrize("kind", ["account", "officer", "borrower"])
async def test_each_kind_of_person_goes_when_due_and_again_when_it_came_back(
    kind: str, office: Office, apps: Apps
) -> None:
    service, column = {
        "account": ("identity", "full_name"),
        "officer": ("registry", "full_name"),
        "borrower": ("funds", "name"),
    }[kind]
    url, list_ = office.urls[service], office.home / "erased.ndjson"
    id_ = await _ENTER[kind](url, apps)
    connection = await connect(url)
    # Entered long ago, as the days of a term cannot lie ahead.
    await connection.execute(f"UPDATE {kind} SET updated_at = '2010-01-01' WHERE id = $1::uuid", id_)
    with on_the_day(office.home, f"{today().year + 12}-01-01"):
        assert f"{service} {kind}: 1 (" in await vca("due")
        assert await vca("erase-due", "--service", service) == f"{service} {kind}: đã xóa / erased: 1\n"
        await said_nowhere(url, GONE)
        list_.write_text(await vca("erased"))
        # As a backup brings it back.
        await connection.execute(f"UPDATE {kind} SET erased_on = NULL, {column} = $2 WHERE id = $1::uuid", id_, GONE)
        assert f"{service}: đã xóa lại / erased again: 1;" in await vca("erase-again", str(list_))
    await said_nowhere(url, GONE)
    await connection.close()


async def _account(url: str, apps: Apps) -> str:
    body = AccountCreate(username="quach.may", full_name=GONE, roles=["viewer"], area="25-2025")
    async with opened(as_service(url)) as db, db.transaction() as tx:
        row, _ = await accounts.create(tx, body, password_hash="-", must_change=False, by=SYSTEM)
        await records.update(tx, ACCOUNT, row, {"is_active": False}, by=SYSTEM)
    return row["id"]


async def _officer(url: str, apps: Apps) -> str:
    scope = "registry.read registry.write"
    async with (
        apps.running(registry_app, url) as app,
        ApiClient(app, contract_of("registry"), scope=scope, area="VN", sub="builder") as client,
    ):
        make = registry_builders.Make(client)
        term = {"term_from": "2001-01-01", "term_to": "2005-12-31"}
        officer = await make.officer(await make.organization(), office="board_member", full_name=GONE, **term)
    id_: str = officer.id
    return id_


async def _borrower(url: str, apps: Apps) -> str:
    scope = funds_builders.SCOPES
    async with (
        apps.running(funds_app, url) as app,
        ApiClient(app, contract_of("funds"), scope=scope, area="25-2025", sub="officer") as client,
    ):
        borrower = await funds_builders.Make.anywhere(client).borrower("member_person", name=GONE)
    id_: str = borrower.id
    return id_


_ENTER = {"account": _account, "officer": _officer, "borrower": _borrower}


async def test_who_was_never_there_is_none_to_erase(office: Office) -> None:
    line = {"service": "training", "subject_type": "trainee", "subject_id": new_id(), "ground": "own_request"}
    list_ = office.home / "erased.ndjson"
    list_.write_text(json.dumps({**line, "document_number": None, "erased_on": "2026-05-04"}) + "\n\n")
    assert (await vca("erase-again", str(list_))).endswith("no such record: 1\n")


async def test_whom_a_list_does_not_say_where_to_find_is_left_to_who_knows_the_name(office: Office) -> None:
    id_ = new_id()
    line = {"service": "registry", "subject_type": "legal_representative", "subject_id": id_, "ground": "own_request"}
    list_ = office.home / "erased.ndjson"
    list_.write_text(json.dumps({**line, "document_number": None, "erased_on": "2026-05-04"}))
    with pytest.raises(Refusal, match=f"legal_representative {id_} .by_hand."):
        await vca("erase-again", str(list_))


@pytest.mark.parametrize(
    "change",
    [
        {"service": "post office"},
        {"subject_type": None},
        {"subject_id": "1"},
        {"ground": "because"},
        {"erased_on": "yesterday"},
        {"document_number": 7},
        {"places": "everywhere", "erased_at": "2026-05-04T02:00:00+00:00"},
        {"places": [{"fields": ["contacts.0.value"], "versions": ["1"]}], "erased_at": "2026-05-04T02:00:00+00:00"},
        {"places": [{"fields": [], "versions": []}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_line_that_says_something_else_is_refused_before_anybody_is_erased(
    tmp_path: Path, change: dict[str, object]
) -> None:
    line = {"service": "training", "subject_type": "trainee", "subject_id": new_id(), "ground": "own_request"}
    list_ = tmp_path / "erased.ndjson"
    list_.write_text(json.dumps({**line, "document_number": None, "erased_on": "2026-05-04", **change}))
    with pytest.raises(Refusal, match=r"erased\.ndjson:1"):
        read_lines(list_)
    with pytest.raises(Refusal, match="cannot be read"):
        read_lines(tmp_path / "nothing")


async def test_the_doctor_says_how_many_nothing_keeps_any_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await _people(office)
    monkeypatch.setenv("VCA_POOL_SIZE", "2")

    async def found() -> dict[str, str]:
        return {finding.code: finding.en for finding in await doctor._databases(Place.from_environment())}

    assert "retention_ended" not in await found()
    with on_the_day(office.home, f"{today().year + 6}-01-01"):
        words = (await found())["retention_ended"]
    assert words.startswith("training has data of 1 persons")
    assert "vca personal-data erase-due" in words
