"""A write is the row, its history and its event in one statement; what does not differ is not written at all."""

from __future__ import annotations

import dataclasses
from typing import Any, TypedDict

import asyncpg
import orjson
import pytest

from kernel import records
from kernel.database.connections import Database, Row
from kernel.problems import IfMatchMissing, NotFound, Stale
from kernel.records import Resource
from kernel.values.ids import new_id
from tests.kernel.plots import (
    LAO_CAI,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    PHU_THO,
    PLOT,
    PlotRow,
    a_call,
    a_caller,
    a_plot,
)

_WRITTEN = (
    "SELECT resource_version AS version, type, alliance, changed, reason, merged_into FROM change ORDER BY xid, seq"
)
_PAST = "SELECT version, action, recorded_by, reason, changed, content, input_hash FROM history ORDER BY version"


async def _update(db: Database, plot: PlotRow, **values: Any) -> PlotRow:
    async with db.transaction() as tx:
        return await records.update(tx, PLOT, plot, values, by=a_caller())


async def _created(db: Database, **values: Any) -> PlotRow:
    async with db.transaction() as tx:
        return await a_plot(tx, **values)


async def _events(db: Database) -> list[Row]:
    return await db.fetch(_WRITTEN)


async def test_creating_writes_the_row_its_first_version_and_its_event(plots: Database) -> None:
    plot = await _created(plots, digest=b"hash")
    assert dict(await plots.fetchrow(PLOT.select) or {}) == plot
    (version,) = await plots.fetch(_PAST)
    assert (version["version"], version["action"], version["recorded_by"]) == (1, "created", "officer")
    assert (version["input_hash"], version["changed"]) == (b"hash", [])
    shown = orjson.loads(version["content"])
    assert (shown["crop"], shown["owners"]) == ("TEA", ["An"]), "history keeps what is shown, not the columns"
    (event,) = await _events(plots)
    assert (event["version"], event["type"], event["alliance"]) == (1, "plot.created", PHU_THO)


async def test_history_and_event_stand_at_one_place_of_the_feed(plots: Database) -> None:
    plot = await _created(plots)
    await _update(plots, plot, name="Đồi cam")
    both = await plots.fetch(
        "SELECT h.version FROM history h JOIN change c ON c.resource_version = h.version AND c.xid = h.xid"
    )
    assert {row["version"] for row in both} == {1, 2}


@pytest.mark.parametrize("lost", ["history", "change"])
async def test_without_its_history_or_event_nothing_is_written(own_plots: Database, lost: str) -> None:
    await own_plots.execute(f"ALTER TABLE {lost} ADD CONSTRAINT never CHECK (resource_type <> 'plot')")
    with pytest.raises(asyncpg.CheckViolationError):
        await _created(own_plots)
    assert await own_plots.fetchval("SELECT count(*) FROM plot") == 0


async def test_a_change_counts_the_version_and_names_what_is_shown_otherwise(plots: Database) -> None:
    plot = await _created(plots)
    async with plots.transaction() as tx:
        values = {"name": "Đồi cam", "area_m2": 500, "owners": ["An", "Bình"]}
        after = await records.update(tx, PLOT, plot, values, by=a_caller(), reason="measured", action="corrected")
    assert (after["version"], after["name"], after["created_at"]) == (2, "Đồi cam", plot["created_at"])
    assert dict(await plots.fetchrow(PLOT.select) or {}) == {**after, "owners": '["An", "Bình"]'}
    past = (await plots.fetch(_PAST))[-1]
    assert (past["version"], past["action"], past["reason"]) == (2, "corrected", "measured")
    assert past["changed"] == ["name", "owners"]
    event = (await _events(plots))[-1]
    assert (event["version"], event["type"], event["changed"]) == (2, "plot.changed", ["name", "owners"])


@pytest.mark.parametrize(
    "values",
    [{}, {"name": "Đồi chè"}, {"name": "Đồi chè", "area_m2": 500}, {"owners": ["An"]}],
    ids=["nothing", "one", "two", "jsonb"],
)
async def test_where_nothing_differs_nothing_is_written(plots: Database, values: dict[str, Any]) -> None:
    plot = await _created(plots)
    assert await _update(plots, plot, **values) == plot
    assert [event["version"] for event in await _events(plots)] == [1]
    assert await plots.fetchval("SELECT version FROM plot") == 1


async def test_jsonb_that_differs_in_spaces_and_order_alone_does_not_differ(plots: Database) -> None:
    plot = await _created(plots, owners={"a": 1, "b": [2]})
    same = await _update(plots, plot, owners='{"b":[2],   "a": 1}')
    assert same["version"] == 1


async def test_a_column_that_changes_without_being_shown_otherwise_is_a_version_that_names_nothing(
    plots: Database,
) -> None:
    plot = await _created(plots, crop="tea")
    await _update(plots, plot, crop="Tea")
    event = (await _events(plots))[-1]
    assert (event["version"], event["changed"]) == (2, [])


async def test_what_becomes_null_and_what_was_null_differ(plots: Database) -> None:
    plot = await _update(plots, await _created(plots, owners=None), area_m2=None, owners=["An"])
    assert (await _events(plots))[-1]["changed"] == ["area_m2", "owners"]
    assert (plot["area_m2"], plot["owners"]) == (None, '["An"]')


async def test_who_loses_a_record_to_another_area_is_told_that_it_left(plots: Database) -> None:
    plot = await _created(plots)
    await _update(plots, plot, alliance=LAO_CAI)
    told = [(e["version"], e["type"], e["alliance"], e["reason"]) for e in await _events(plots)]
    assert told == [
        (1, "plot.created", PHU_THO, None),
        (2, "plot.changed", LAO_CAI, None),
        (2, "plot.removed", PHU_THO, "out_of_scope"),
    ]
    assert await plots.fetchval("SELECT count(DISTINCT xid) FROM change WHERE resource_version = 2") == 1


async def test_a_record_that_becomes_everyones_to_read_leaves_nobody(plots: Database) -> None:
    plot = await _created(plots)
    async with plots.transaction() as tx:
        shared = dataclasses.replace(PLOT, shared=True)
        await records.update(tx, shared, plot, {"alliance": "VN"}, by=a_caller("VN"))
    assert [event["reason"] for event in await _events(plots)] == [None, None]


async def test_a_removed_record_leaves_its_history_and_a_tombstone(plots: Database) -> None:
    plot = await _created(plots)
    async with plots.transaction() as tx:
        await records.remove(tx, PLOT, plot, by=a_caller(), reason="entered twice")
    assert await plots.fetchval("SELECT count(*) FROM plot") == 0
    past = (await plots.fetch(_PAST))[-1]
    assert (past["version"], past["action"], past["reason"]) == (2, "removed", "entered twice")
    event = (await _events(plots))[-1]
    assert (event["version"], event["type"], event["reason"]) == (2, "plot.removed", "deleted")


async def test_a_merged_record_says_into_which_it_went(plots: Database) -> None:
    plot, other = await _created(plots), new_id()
    async with plots.transaction() as tx:
        await records.remove(tx, PLOT, plot, by=a_caller(), reason=None, merged_into=other)
    event = (await _events(plots))[-1]
    assert (event["reason"], event["merged_into"]) == ("merged", other)


async def test_versions_stand_in_order_where_the_transaction_that_began_first_writes_last(plots: Database) -> None:
    plot = await _created(plots)
    async with plots.transaction() as early:
        await early.fetchval("SELECT pg_current_xact_id()")
        changed = await _update(plots, plot, name="second")
        await records.update(early, PLOT, changed, {"name": "third"}, by=a_caller())
    assert [event["version"] for event in await _events(plots)] == [1, 2, 3]


async def test_versions_of_one_transaction_stand_in_order(plots: Database) -> None:
    async with plots.transaction() as tx:
        plot = await a_plot(tx)
        for name in ("second", "third"):
            plot = await records.update(tx, PLOT, plot, {"name": name}, by=a_caller())
        await records.remove(tx, PLOT, plot, by=a_caller(), reason=None)
    assert [event["version"] for event in await _events(plots)] == [1, 2, 3, 4]


async def test_a_place_of_another_servers_life_raises_nothing(own_plots: Database) -> None:
    plot = await _created(own_plots)
    await own_plots.execute("ALTER TABLE history DISABLE TRIGGER USER")
    await own_plots.execute("UPDATE history SET xid = '4000000000'::xid8")
    await _update(own_plots, plot, name="Đồi cam")
    assert await own_plots.fetchval("SELECT max(xid::text::bigint) < 4000000000 FROM change")


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        (a_caller("VN"), True),
        (a_caller(PHU_THO), True),
        (a_caller(LAO_CAI), False),
        (a_caller(PHU_THO, organization=ORGANIZATION), True),
        (a_caller(PHU_THO, organization=OTHER_ORGANIZATION), False),
        (a_caller(LAO_CAI, organization=ORGANIZATION), False),
    ],
    ids=["nation", "area", "other area", "own", "other's", "own of another area"],
)
async def test_a_record_is_read_within_the_callers_area_and_organization(
    plots: Database, caller: Any, seen: bool
) -> None:
    plot = await _created(plots)
    assert (await records.read(plots, PLOT, plot["id"], caller) is not None) is seen


# The gateway weakens the tag of what it compresses.
@pytest.mark.parametrize("if_match", ['"1"', '"7", "1"', ' "1" ', 'W/"1"', 'W/"1-9f2c41d07a"', '"1-9f2c41d07a"'])
async def test_a_write_that_names_the_present_version_goes_on(plots: Database, if_match: str) -> None:
    plot = await _created(plots)
    call = a_call(plots, a_caller(), if_match=if_match)
    await records.existing(PLOT, "plot_id", if_match=True)(call, {"plot_id": plot["id"]})
    assert dict(records.loaded(call, PLOT)) == plot


@pytest.mark.parametrize("if_match", ['"2"', "1", 'W/"2"', "W/1", '"11"', '"-1"', '"', "*"])
async def test_a_write_that_names_another_version_is_refused_with_what_stands_now(
    plots: Database, if_match: str
) -> None:
    plot = await _created(plots)
    call = a_call(plots, a_caller(), if_match=if_match)
    with pytest.raises(Stale) as raised:
        await records.existing(PLOT, "plot_id", if_match=True)(call, {"plot_id": plot["id"]})
    assert raised.value.members["current"]["name"] == "Đồi chè"


async def test_a_write_that_needs_a_version_and_names_none_is_refused(plots: Database) -> None:
    plot = await _created(plots)
    with pytest.raises(IfMatchMissing):
        await records.existing(PLOT, "plot_id", if_match=True)(a_call(plots, a_caller()), {"plot_id": plot["id"]})
    empty = a_call(plots, a_caller(), if_match="")
    with pytest.raises(IfMatchMissing):
        await records.existing(PLOT, "plot_id", if_match=True)(empty, {"plot_id": plot["id"]})
    await records.existing(PLOT, "plot_id")(a_call(plots, a_caller()), {"plot_id": plot["id"]})


async def test_any_version_is_named_by_systems_that_write_in_batches_alone(plots: Database) -> None:
    plot = await _created(plots)
    call = a_call(plots, a_caller(scopes="sync.write"), if_match="*")
    await records.existing(PLOT, "plot_id", if_match=True)(call, {"plot_id": plot["id"]})


async def test_the_version_is_looked_at_again_under_the_lock(plots: Database) -> None:
    plot = await _created(plots)
    call = a_call(plots, a_caller(), if_match='"1"')
    await _update(plots, plot, name="Đồi cam")
    async with plots.transaction() as tx:
        with pytest.raises(Stale):
            await records.locked(tx, call, PLOT, plot["id"])
        with pytest.raises(NotFound):
            await records.locked(tx, call, PLOT, new_id())


class _OtherRow(TypedDict):
    id: str
    nom: str


def test_a_type_of_rows_that_is_not_the_tables_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match="_OtherRow is not the row of plot"):
        Resource(name="plot", table=PLOT.table, path=PLOT.path, represent=PLOT.represent, row=_OtherRow)
