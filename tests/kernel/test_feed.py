"""The feed is read page by page in the order of (xid, seq), within one's area and in one life of the database."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest

from kernel import records
from kernel.database.connections import Database
from kernel.feed import changes
from kernel.feed.changes import Cursor, CursorExpired, Events, FeedUnsafe, Place, read_cursor
from kernel.problems import Invalid
from kernel.records import cursors
from kernel.values.ids import new_id
from tests.kernel.plots import LAO_CAI, PHU_THO, PLOT, a_caller, a_plot

SNAPSHOT = "/v1/tests/exports"


async def _read(
    db: Database,
    after: Cursor | None = None,
    *,
    limit: int = 100,
    area: str = "VN",
    types: Sequence[str] = (),
    shared: Sequence[str] = (),
) -> Events:
    return await changes.events(
        db, after=after, types=types, limit=limit, area=area, snapshot_url=SNAPSHOT, shared=shared
    )


async def _enter(db: Database, *names: str, alliance: str = PHU_THO) -> list[str]:
    """Enter plots in a transaction each; return their ids."""
    ids = []
    for name in names:
        async with db.transaction() as tx:
            ids.append((await a_plot(tx, name=name, alliance=alliance))["id"])
    return ids


def _ids(events: Events) -> list[str]:
    return [row["resource_id"] for row in events.rows]


def _as_sent(cursor: Cursor) -> Cursor:
    return read_cursor(str(cursor))


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
async def test_pages_follow_each_other_in_the_order_of_what_happened(plots: Database, limit: int) -> None:
    async with plots.transaction() as tx:
        together = [(await a_plot(tx))["id"] for _ in range(3)]
    ids = [*together, *await _enter(plots, "d", "e")]
    found: list[str] = []
    page = await _read(plots, limit=limit)
    while page.rows:
        places = [(row["xid"], row["seq"]) for row in page.rows]
        assert places == sorted(places)
        assert page.at_head is (len(page.rows) < limit)
        found += _ids(page)
        page = await _read(plots, _as_sent(page.cursor), limit=limit)
    assert (found, page.at_head) == (ids, True)


async def test_an_event_of_a_transaction_that_began_earlier_is_not_passed_by(plots: Database) -> None:
    async with plots.transaction() as early:
        early_id = (await a_plot(early))["id"]
        late = await _enter(plots, "late")
        waiting = await _read(plots)
        assert _ids(waiting) == [], "what stands behind an open transaction waits for it"
    assert _ids(await _read(plots, _as_sent(waiting.cursor))) == [early_id, *late]


async def test_every_event_has_a_cursor_that_resumes_behind_it(plots: Database) -> None:
    ids = await _enter(plots, "a", "b", "c")
    page = await _read(plots)
    for at, row in enumerate(page.rows, 1):
        assert _ids(await _read(plots, _as_sent(page.cursor_of(row)))) == ids[at:]


async def test_who_is_at_the_head_of_an_empty_area_goes_on_from_the_newest_event_of_all(plots: Database) -> None:
    ids = await _enter(plots, "a")
    page = await _read(plots, area=LAO_CAI)
    assert (page.rows, page.at_head) == ([], True)
    assert page.cursor.at is not None
    assert page.cursor.at.id == (await _read(plots)).rows[-1]["id"]
    moved = await _enter(plots, "l", alliance=LAO_CAI)
    assert _ids(await _read(plots, page.cursor, area=LAO_CAI)) == moved
    assert _ids(await _read(plots)) == [*ids, *moved]


async def test_before_anything_happened_the_cursor_names_no_event_and_misses_none(plots: Database) -> None:
    start = _as_sent((await _read(plots)).cursor)
    assert start.at is None
    ids = await _enter(plots, "a")
    assert _ids(await _read(plots, start)) == ids


async def test_the_feed_ends_at_the_callers_area_and_at_what_the_nation_shares(plots: Database) -> None:
    (own,) = await _enter(plots, "p")
    (other,) = await _enter(plots, "l", alliance=LAO_CAI)
    (national,) = await _enter(plots, "v", alliance="VN")
    assert _ids(await _read(plots)) == [own, other, national]
    assert _ids(await _read(plots, area=PHU_THO)) == [own]
    assert _ids(await _read(plots, area=PHU_THO, shared=["plot"])) == [own, national]
    assert _ids(await _read(plots, area=PHU_THO, shared=["field"])) == [own]


async def test_only_the_types_that_were_asked_for_are_told(plots: Database) -> None:
    (plot,) = await _enter(plots, "p")
    async with plots.transaction() as tx:
        values = {**await a_plot(tx), "id": new_id()}
        field = await records.create(tx, dataclasses.replace(PLOT, name="field"), values, by=a_caller())
    assert _ids(await _read(plots, types=["field"])) == [field["id"]]
    assert _ids(await _read(plots, types=["field"], area=PHU_THO, shared=["field"])) == [field["id"]]
    assert _ids(await _read(plots, types=["plot"]))[0] == plot
    assert len(_ids(await _read(plots, types=["plot", "field"]))) == 3


async def test_a_move_is_a_tombstone_for_those_who_lost_it_and_nothing_more_for_the_nation(plots: Database) -> None:
    async with plots.transaction() as tx:
        plot = await a_plot(tx)
        await records.update(tx, PLOT, plot, {"alliance": LAO_CAI}, by=a_caller("VN"))

    async def told(area: str) -> list[tuple[str, str | None]]:
        return [(row["type"], row["reason"]) for row in (await _read(plots, area=area)).rows]

    assert await told(PHU_THO) == [("plot.created", None), ("plot.removed", "out_of_scope")]
    assert await told(LAO_CAI) == [("plot.changed", None)]
    assert await told("VN") == [("plot.created", None), ("plot.changed", None)]


async def test_a_cursor_of_another_life_is_told_to_start_over(plots: Database) -> None:
    await _enter(plots, "a")
    cursor = (await _read(plots)).cursor
    async with plots.connection() as connection:
        assert await changes.renew(connection.raw)
    for foreign in (cursor, Cursor("", None), Cursor("another", None)):
        with pytest.raises(CursorExpired) as raised:
            await _read(plots, foreign)
        assert (raised.value.status, raised.value.members) == (410, {"snapshot_url": SNAPSHOT})
    assert (await _read(plots)).cursor.epoch != cursor.epoch


@pytest.mark.parametrize("wrong", ["id", "seq", "xid"])
async def test_a_cursor_whose_event_does_not_stand_here_is_told_to_start_over(plots: Database, wrong: str) -> None:
    await _enter(plots, "a", "b")
    cursor = (await _read(plots)).cursor
    assert cursor.at is not None
    other = {"id": new_id(), "seq": cursor.at.seq + 1, "xid": cursor.at.xid + 1}
    places = {name: getattr(cursor.at, name) for name in ("xid", "seq", "id")} | {wrong: other[wrong]}
    for lost in (Cursor(cursor.epoch, Place(**places)), Cursor(cursor.epoch, cursor.at, Place(**places))):
        with pytest.raises(CursorExpired):
            await _read(plots, lost)


async def test_a_feed_with_rows_of_another_server_is_closed_until_a_new_life_puts_them_in_place(
    own_plots: Database,
) -> None:
    ids = await _enter(own_plots, "a", "b", "c")
    await own_plots.execute("ALTER TABLE change DISABLE TRIGGER USER")
    await own_plots.execute("UPDATE change SET xid = (4000000000 + seq)::text::xid8")
    with pytest.raises(FeedUnsafe):
        await _read(own_plots)
    assert (await changes.feed_ready(own_plots))["feed"] != "ok"
    async with own_plots.connection() as connection:
        await changes.renew(connection.raw)
    assert _ids(await _read(own_plots)) == ids
    assert (await changes.feed_ready(own_plots))["feed"] == "ok"
    later = await _enter(own_plots, "d")
    assert _ids(await _read(own_plots)) == [*ids, *later]


async def test_following_a_snapshot_misses_nothing_that_it_did_not_hold(plots: Database) -> None:
    before = await _enter(plots, "a")
    async with plots.transaction() as early:
        open_id = (await a_plot(early))["id"]
        held = await _enter(plots, "b")
        async with plots.transaction(isolation="repeatable_read", read_only=True) as tx:
            row = await tx.fetchrow(changes.SNAPSHOT_CURSOR)
            assert row is not None
            assert {each["id"] for each in await tx.fetch("SELECT id FROM plot")} == {*before, *held}
    cursor = _as_sent(changes.snapshot_cursor(row))
    assert _ids(await _read(plots, cursor)) == [open_id, *held]


ID = "0192f000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    "cursor",
    [Cursor("life", None), Cursor("life", Place(7, 3, ID)), Cursor("life", Place(7, 3, ID), Place(8, 4, ID))],
)
def test_a_cursor_is_read_back_as_it_was_given_out(cursor: Cursor) -> None:
    assert read_cursor(str(cursor)) == cursor


def test_a_cursor_of_the_form_of_before_belongs_to_no_life() -> None:
    assert read_cursor(cursors.encode(["life", 7, 3])) == Cursor("", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a cursor",
        *(
            cursors.encode(parts)
            for parts in (
                [],
                [7],
                ["life", 7],
                ["life", 7, 3, "no id"],
                ["life", -1, 3, ID],
                ["life", 1 << 63, 3, ID],
                ["life", True, 3, ID],
                ["life", "7", 3, ID],
                ["life", 7, 3, ID, 8, 4, ID, 9, 5, ID],
            )
        ),
    ],
)
def test_what_is_no_cursor_is_a_fault_of_its_parameter(text: str) -> None:
    with pytest.raises(Invalid) as raised:
        read_cursor(text)
    assert [(fault.parameter, fault.code) for fault in raised.value.members["errors"]] == [("after", "wrong_format")]
