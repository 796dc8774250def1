"""The four exercises. Each raises RuntimeError where what must hold does not."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from kernel.database.connections import FAILURES, connect
from tests.drill import children, load
from tests.drill.cluster import TTL_SECONDS, Cluster, Node
from tests.drill.load import Acknowledged
from tests.drill.minutes import Minutes, seconds
from tests.drill.platform import Follower, Platform, told_sum
from tests.drill.state import State, books_agree, followed_sum, ids_of, state_of
from tests.funds.builders import Record
from tests.support.answers import ok
from vca.backups import without_password
from vca.encryption import make_identity
from vca.maintenance import database_urls
from vca.postgres import binaries, free_port

BEFORE, TAIL, FOLLOWERS = 400, 40, ("funds", "training", "reporting")
_COPIED = "organization"


def must(holds: object, what: str) -> None:
    """Raise RuntimeError unless something holds."""
    if not holds:
        raise RuntimeError(what)


@asynccontextmanager
async def _clients(platform: Platform, *names: str) -> AsyncIterator[list[httpx.AsyncClient]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(platform.client(name)) for name in names]


def synchronous_failover(cluster: Cluster, platform: Platform, minutes: Minutes) -> None:
    """Lose the primary under load while commits wait for the standby: nothing acknowledged may be missing."""
    minutes.exercise("The primary dies under load, synchronous replication")

    async def before() -> tuple[list[Record], State]:
        async with _clients(platform, "all-scopes-vn", "fund-approver-vn") as (client, approver):
            loans = await load.lend(client, approver)
        return loans, await state_of(cluster.url)

    loans, state = asyncio.run(before())
    minutes.fact("before the load", state)
    primary = cluster.primary()
    assert primary is not None
    told, killed_at = asyncio.run(_repay_while_it_dies(platform, loans, primary))
    new = cluster.primary()
    must(new is not None and new is not primary, "nobody else became the primary")
    minutes.fact(
        "acknowledged repayments before and after the kill",
        f"{told.until(killed_at):,}, {len(told.ids) - told.until(killed_at):,}",
    )
    minutes.fact(
        "answers that were sent again with their key",
        ", ".join(f"{count} × {what}" for what, count in sorted(told.failures.items())),
    )
    minutes.fact(
        f"**RTO**: longest time without an acknowledged write (lease {TTL_SECONDS} s)",
        f"**{seconds(told.longest_gap())}**",
    )

    async def after() -> None:
        stored = await ids_of(cluster.url("vca_funds"), "repayment")
        lost = set(told.ids.values()) - stored
        minutes.fact("**RPO**: acknowledged repayments that are missing", f"**{len(lost)}** of {len(told.ids):,}")
        must(not lost, "acknowledged repayments are missing")
        must(stored == set(told.ids.values()), "a repayment was booked twice")
        now = await state_of(cluster.url)
        minutes.fact("registry before and after", f"`{state.of('registry').checksum}`, `{now.of('registry').checksum}`")
        must(not _records(now.of("registry").differs(state.of("registry"))), "records changed that nobody wrote")
        minutes.fact("ledger", await books_agree(cluster.url))

    asyncio.run(after())
    primary.start()
    minutes.fact("the old primary stands by again (pg_rewind) after", seconds(cluster.wait_for_standby()))
    asyncio.run(_nodes_are_equal(cluster, minutes))
    minutes.done()


def _records(tables: list[str]) -> list[str]:
    """Leave out what services keep of themselves while nobody writes."""
    own = ("followed_feed", "revocation", "idempotency_key", "job", "lease")
    return [name for name in tables if not any(word in name for word in own)]


async def _repay_while_it_dies(
    platform: Platform, loans: Sequence[Record], primary: Node
) -> tuple[Acknowledged, float]:
    killed_at: list[float] = []

    def stop(told: Acknowledged) -> bool:
        if not killed_at and len(told.ids) >= BEFORE:
            # In the thread of the loop: the load stands still for the milliseconds that this takes.
            killed_at.append(primary.pull_the_plug())
        return len(told.ids) >= 2 * BEFORE

    async with _clients(platform, *["all-scopes-vn"] * load.WORKERS) as clients:
        told = await load.write(clients, load.repayments(loans), stop)
    return told, killed_at[0]


async def _nodes_are_equal(cluster: Cluster, minutes: Minutes) -> None:
    """Compare every table of both nodes, once the standby has replayed what the primary wrote."""
    primary, standby = cluster.primary(), cluster.standby()
    differing: list[str] = []
    for _ in range(10):
        mine = await state_of(functools.partial(cluster.url, node=primary))
        await _replayed(cluster.url(node=primary), cluster.url(node=standby))
        its = await state_of(functools.partial(cluster.url, node=standby))
        # Services note things of themselves at any moment: then once more.
        if not (differing := mine.differs(its)):
            minutes.fact("primary and standby, all tables", f"equal: {mine}")
            return
    raise RuntimeError(f"the nodes differ: {differing}")


async def _replayed(primary: str, standby: str) -> None:
    """Wait until the standby has replayed what the primary has written by now."""
    ours, its = await connect(primary), await connect(standby)
    try:
        written = await ours.fetchval("SELECT pg_current_wal_flush_lsn()::text")
        for _ in range(300):
            if await its.fetchval("SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn", written):
                return
            await asyncio.sleep(0.1)
    finally:
        await ours.close()
        await its.close()
    raise RuntimeError("the standby does not catch up")


def asynchronous_failover(cluster: Cluster, platform: Platform, minutes: Minutes, folder: Path) -> None:
    """Promote a standby that lagged: its tail is lost, and after `vca feeds renew` every follower is equal again."""
    minutes.exercise("A standby that lags becomes the primary, asynchronous replication, with followers")
    cluster.set_synchronous(False)
    cluster.wait_for_standby(synchronous=False)
    follower = Follower(platform, folder / "follower")
    try:
        minutes.fact("followers equal before, after", seconds(_wait_equal(cluster, platform, follower)))
        primary = cluster.primary()
        assert primary is not None
        names = asyncio.run(_lose_the_tail(cluster, platform, primary, follower))
        took = asyncio.run(_first_write_after(platform, primary))
        minutes.fact("**RTO**: first acknowledged write after the kill", f"**{seconds(took)}**")

        async def lost() -> int:
            return len(names - await ids_of(cluster.url("vca_registry"), "organization"))

        count = asyncio.run(lost())
        minutes.fact("**RPO**: acknowledged organizations that are missing", f"**{count}** of the last {len(names)}")
        must(count == len(names), "the standby had the tail: nothing was exercised")
        began = time.monotonic()
        platform.vca("feeds", "renew")
        minutes.fact("`vca feeds renew`", seconds(time.monotonic() - began))
        minutes.fact("all followers equal again after", seconds(_wait_equal(cluster, platform, follower)))
        minutes.fact("checksum of organizations", asyncio.run(_sums(cluster, platform, follower)))
    finally:
        follower.stop()
    minutes.fact("ledger", asyncio.run(books_agree(cluster.url)))
    # The last that the standby heard may have been that it is not let in.
    asyncio.run(_let_replicate(cluster, None, True))
    primary.start()
    minutes.fact(
        "the old primary stands by again (pg_rewind) after", seconds(cluster.wait_for_standby(synchronous=False))
    )
    asyncio.run(_nodes_are_equal(cluster, minutes))
    minutes.done()


async def _lose_the_tail(cluster: Cluster, platform: Platform, primary: Node, follower: Follower) -> set[str]:
    """Cut the standby off, then enter and change organizations until all followers know of them; return the new ones' ids."""
    await _let_replicate(cluster, primary, False)
    async with _clients(platform, "all-scopes-vn") as (client,):
        ids = {(await load.organization(client, f"Hợp tác xã Sẽ Mất {number}")).id for number in range(TAIL)}
        first = ok(await client.get("/v1/registry/organizations", params={"limit": 1}))["items"][0]
        changed = await client.patch(
            f"/v1/registry/organizations/{first['id']}",
            json={"name_short": "Sẽ Mất"},
            headers={"If-Match": f'"{first["version"]}"'},
        )
        ok(changed)
    await asyncio.to_thread(_wait_equal, cluster, platform, follower)
    return ids


async def _let_replicate(cluster: Cluster, primary: Node | None, on: bool) -> None:
    """Let the standby in, or cut it off."""
    connection = await connect(cluster.url(node=primary))
    try:
        await connection.execute(f"ALTER ROLE replicator {'LOGIN' if on else 'NOLOGIN'}")
        if not on:
            await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
    finally:
        await connection.close()


async def _first_write_after(platform: Platform, primary: Node) -> float:
    """Kill the primary and enter an organization until that is acknowledged; return how many seconds later that was."""

    async def send(client: httpx.AsyncClient, number: int, key: str) -> httpx.Response:
        body = load.an_organization("Hợp tác xã Đi Tiếp")
        return await client.post("/v1/registry/organizations", json=body, headers={"Idempotency-Key": key})

    # Its token is of before: nobody signs in without a database.
    async with _clients(platform, "all-scopes-vn") as clients:
        killed_at = primary.pull_the_plug()
        told = await load.write(clients, send, lambda told: bool(told.ids))
    return told.moments[0] - killed_at


async def _sums_of_all(cluster: Cluster, platform: Platform, follower: Follower) -> dict[str, tuple[int, str]]:
    async with _clients(platform, "sync-vn") as (client,):
        sums = {"registry": await told_sum(client, _COPIED), "outside": follower.sum_of(_COPIED)}
    return {**sums, **{name: await followed_sum(cluster.url(f"vca_{name}")) for name in FOLLOWERS}}


async def _sums(cluster: Cluster, platform: Platform, follower: Follower) -> str:
    sums = await _sums_of_all(cluster, platform, follower)
    ((count, checksum),) = set(sums.values())
    return f"{', '.join(sums)}: {count} records, `{checksum}`"


def _wait_equal(cluster: Cluster, platform: Platform, follower: Follower) -> float:
    """Wait until funds, training, reporting and the follower outside hold what the registry does; return the seconds."""
    return children.until(
        lambda: len(set(asyncio.run(_sums_of_all(cluster, platform, follower)).values())) == 1,
        "all followers are equal to the registry",
        pause=0.5,
    )


def to_a_point_in_time(cluster: Cluster, platform: Platform, minutes: Minutes, folder: Path) -> str:
    """Recover everything to just before a mistake, into an empty folder; return the address of what came out."""
    minutes.exercise("Recovery to just before a mistake, into an empty folder")
    data = children.give(_made(folder / "recovered"))
    primary = cluster.primary()
    assert primary is not None
    address, environment = without_password(cluster.url(node=primary))
    began = time.monotonic()
    children.run(
        [
            str(binaries() / "pg_basebackup"),
            "-D",
            str(data),
            "-X",
            "none",
            "-c",
            "fast",
            "--no-manifest",
            "-d",
            address,
        ],
        environment=environment,
        as_postgres=True,
    )
    minutes.fact("base backup", seconds(time.monotonic() - began))
    before, until, after = asyncio.run(_make_a_mistake(cluster))
    minutes.fact("just before the mistake", before)
    minutes.fact("after the mistake (TRUNCATE of a ledger)", after)
    must(before.differs(after), "the mistake changed nothing")
    server = _Recovered(data, cluster.archive, until)
    began = time.monotonic()
    server.start(folder)
    url = cluster.url("postgres", node=None).partition("@")[0] + f"@127.0.0.1:{server.port}/"
    children.until(lambda: asyncio.run(_takes_writes(url + "postgres")), "recovery has ended", seconds=60)
    minutes.fact(
        "**RTO**: from the empty folder's backup to a server that takes writes",
        f"**{seconds(time.monotonic() - began)}**",
    )
    recovered = asyncio.run(state_of(lambda name: url + name))
    minutes.fact("recovered", recovered)
    must(not (differing := recovered.differs(before)), f"what was recovered differs: {differing}")
    minutes.fact("ledger", asyncio.run(books_agree(lambda name: url + name)))
    renewed = Platform(platform.home, url + "postgres").vca("feeds", "renew").split()
    minutes.fact("`vca feeds renew`", ", ".join(renewed))
    minutes.done()
    return url + "postgres"


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    return folder


_MISTAKE = "TRUNCATE ledger_entry, ledger_transaction CASCADE"


async def _make_a_mistake(cluster: Cluster) -> tuple[State, str, State]:
    """Return the state, the moment just before the mistake, and the state after it, with all of it in the archive."""
    before = await state_of(cluster.url)
    connection = await connect(cluster.url("vca_funds"))
    try:
        until = str(await connection.fetchval("SELECT clock_timestamp()::text"))
        await asyncio.sleep(1)
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_MISTAKE)
        after = await state_of(cluster.url)
        wanted = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
    finally:
        await connection.close()
    children.until(lambda: (cluster.archive / wanted).exists(), "the archive has it all")
    return before, until, after


class _Recovered:
    """A PostgreSQL that replays an archive up to a moment, then goes on by itself."""

    def __init__(self, data: Path, archive: Path, until: str) -> None:
        self.data, self.port = data, free_port()
        with (data / "postgresql.auto.conf").open("a") as conf:
            conf.write(
                f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{until}'\n"
                "recovery_target_action = 'promote'\narchive_mode = off\nsynchronous_standby_names = ''\n"
                f"port = {self.port}\nprimary_conninfo = ''\nprimary_slot_name = ''\n"
            )
        children.give(data / "postgresql.auto.conf")
        (data / "recovery.signal").touch()
        children.give(data / "recovery.signal")

    def start(self, folder: Path) -> subprocess.Popen[bytes]:
        return children.spawn(
            [str(binaries() / "postgres"), "-D", str(self.data)],
            folder / "recovered.log",
            folder=self.data,
            as_postgres=True,
        )


async def _takes_writes(url: str) -> bool:
    try:
        connection = await connect(url)
    except FAILURES:
        return False
    try:
        return not await connection.fetchval("SELECT pg_is_in_recovery()")
    finally:
        await connection.close()


@contextmanager
def _environment(platform: Platform) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(platform.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def from_an_encrypted_backup(source: str, platform: Platform, minutes: Minutes, folder: Path) -> None:
    """Back up encrypted and without keys, restore into an empty home with its own PostgreSQL, and serve it."""
    minutes.exercise("A restore from an encrypted backup into an empty home")
    file, identity = folder / "backups" / "vca.tar.age", folder / "backup.key"
    recipient = make_identity(identity)
    before = asyncio.run(state_of(lambda name: source.rpartition("/")[0] + f"/{name}"))
    saved = Platform(platform.home, source)
    began = time.monotonic()
    saved.vca("backup", str(file), "--encrypt-to", recipient)
    minutes.fact(
        "backup, encrypted, without keys", f"{seconds(time.monotonic() - began)}, {file.stat().st_size:,} bytes"
    )
    began = time.monotonic()
    saved.vca("backup", "--verify", str(file), "--identity", str(identity))
    minutes.fact("verified in", seconds(time.monotonic() - began))
    home = Platform(folder / "empty")
    for words, what in (
        (("restore", str(file)), "without the identity"),
        (("restore", str(file), "--identity", str(identity)), "with the identity, into a home without keys"),
    ):
        minutes.fact(f"refused {what}", _refusal(home, words))
    shutil.copytree(platform.home / "keys", home.home / "keys", dirs_exist_ok=True)
    began = time.monotonic()
    home.vca("restore", str(file), "--identity", str(identity))
    restored_in = time.monotonic() - began
    minutes.fact("restored, with the keys kept apart, in", seconds(restored_in))
    _is_as_before(home, before, minutes)
    started_in = home.start()
    try:
        minutes.fact("**RTO**: from the file to a platform that answers", f"**{seconds(restored_in + started_in)}**")
        home.know_people_of(platform)
        minutes.fact("organizations that its API counts", asyncio.run(_organizations(home)))
    finally:
        home.stop()
    minutes.done()


def _refusal(platform: Platform, words: tuple[str, ...]) -> str:
    try:
        platform.vca(*words)
    except RuntimeError as refused:
        return (
            "“"
            + str(refused).strip().splitlines()[-1].removeprefix("vca: ").replace(str(platform.home.parent) + "/", "")
            + "”"
        )
    raise RuntimeError(f"not refused: {words}")


def _is_as_before(home: Platform, before: State, minutes: Minutes) -> None:
    """Compare what was restored with what was backed up, before anybody works on it."""
    with _environment(home), database_urls() as urls:
        by_database = {f"vca_{service}": url for service, url in urls.items()}
        now = asyncio.run(state_of(by_database.__getitem__))
        books = asyncio.run(books_agree(by_database.__getitem__))
    # A restore begins a new life of each feed, and numbers its events anew.
    renewed = ("feed_epoch", "change")
    differing = [name for name in now.differs(before) if name.partition(".")[2] not in renewed]
    same = len(now.tables) - len(now.differs(before))
    minutes.fact("tables with the same rows before and after; the others", f"{same}; feeds, in a new life")
    must(not differing, f"what was restored differs: {differing}")
    must(now.rows == before.rows, "rows are missing")
    minutes.fact("rows before, after", f"{before.rows:,}, {now.rows:,}")
    minutes.fact("ledger", books)


async def _organizations(home: Platform) -> int:
    """Return how many organizations the API counts."""
    async with _clients(home, "all-scopes-vn") as (client,):
        page = ok(await client.get("/v1/registry/organizations", params={"count": "exact", "limit": 1}))
        return int(page["count"])
