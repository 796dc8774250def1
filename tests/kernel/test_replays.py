"""The same id and the same content again is the record of before; anything else under that id is refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel

from kernel.database.connections import Database, Transaction
from kernel.problems import IdInUse
from kernel.records.replays import content_of, fingerprint, replay_of
from kernel.storage.sealing import Sealer
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.training.classes.trainees.columns import without_secrets
from tests.kernel.plots import (
    LAO_CAI,
    ORGANIZATION,
    OTHER_ORGANIZATION,
    PHU_THO,
    PLOT,
    SHARED_PLOT,
    PlotRow,
    a_caller,
    a_plot,
)

CONTENT = {"name": "Đồi chè", "area_m2": 500}


async def _sent(
    tx: Transaction, id_: str | None, content: Any = CONTENT, *, by: Caller | None = None, parent: str | None = None
) -> tuple[PlotRow | None, bytes]:
    below = None if parent is None else ("organization_id", parent)
    return await replay_of(tx, PLOT, id_, content, by or a_caller(), below=below)


async def test_the_same_id_and_content_is_the_record_of_before_as_it_stands_now(plots: Database) -> None:
    async with plots.transaction() as tx:
        id_ = new_id()
        nothing, digest = await _sent(tx, id_)
        assert nothing is None
        plot = await a_plot(tx, id=id_, digest=digest)
        await tx.execute("UPDATE plot SET name = 'Đồi cam'")
        again, same_digest = await _sent(tx, id_, {"area_m2": 500, "name": "Đồi chè"})
        assert again is not None
        assert (again["id"], again["name"], same_digest) == (plot["id"], "Đồi cam", digest)


async def test_without_an_id_nothing_was_sent_before(plots: Database) -> None:
    async with plots.transaction() as tx:
        await a_plot(tx, digest=fingerprint(CONTENT))
        assert await _sent(tx, None) == (None, fingerprint(CONTENT))


@pytest.mark.parametrize("content", [{**CONTENT, "area_m2": 501}, {"name": "Đồi chè"}, {}])
async def test_other_content_under_an_id_in_use_is_refused(plots: Database, content: dict[str, Any]) -> None:
    async with plots.transaction() as tx:
        plot = await a_plot(tx, digest=fingerprint(CONTENT))
        with pytest.raises(IdInUse):
            await _sent(tx, plot["id"], content)


async def test_a_record_that_was_imported_has_no_content_to_be_sent_again(plots: Database) -> None:
    async with plots.transaction() as tx:
        plot = await a_plot(tx, digest=None)
        with pytest.raises(IdInUse):
            await _sent(tx, plot["id"])


async def test_below_another_parent_the_same_content_is_refused(plots: Database) -> None:
    async with plots.transaction() as tx:
        plot = await a_plot(tx, digest=fingerprint(CONTENT), organization_id=ORGANIZATION)
        again, _ = await _sent(tx, plot["id"], parent=ORGANIZATION)
        assert again is not None
        assert dict(again) == plot
        with pytest.raises(IdInUse):
            await _sent(tx, plot["id"], parent=OTHER_ORGANIZATION)


@pytest.mark.parametrize(
    "caller", [a_caller(LAO_CAI), a_caller(PHU_THO, organization=OTHER_ORGANIZATION)], ids=["area", "organization"]
)
async def test_outside_the_callers_area_the_same_content_is_refused(plots: Database, caller: Caller) -> None:
    async with plots.transaction() as tx:
        plot = await a_plot(tx, digest=fingerprint(CONTENT))
        with pytest.raises(IdInUse):
            await _sent(tx, plot["id"], by=caller)


async def test_a_record_that_is_gone_keeps_its_id(plots: Database) -> None:
    async with plots.transaction() as tx:
        plot = await a_plot(tx, digest=fingerprint(CONTENT))
        await tx.execute("DELETE FROM plot")
        with pytest.raises(IdInUse):
            await _sent(tx, plot["id"])


async def test_of_two_who_send_the_same_id_at_once_the_second_waits_and_finds_the_record(plots: Database) -> None:
    id_ = new_id()

    async def second() -> PlotRow | None:
        async with plots.transaction() as tx:
            return (await _sent(tx, id_))[0]

    async with plots.transaction() as first:
        _, digest = await _sent(first, id_)
        waiting = asyncio.create_task(second())
        while not await plots.fetchval(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
        ):
            assert not waiting.done(), "the second did not wait for the first"
            await asyncio.sleep(0.005)
        plot = await a_plot(first, id=id_, digest=digest)
    again = await waiting
    assert again is not None
    assert dict(again) == plot


async def test_the_same_id_of_another_type_of_record_does_not_wait(plots: Database) -> None:
    id_ = new_id()
    async with plots.transaction() as first, plots.transaction() as second:
        await _sent(first, id_)
        await second.execute("SET LOCAL lock_timeout = '2s'")
        assert (await replay_of(second, replace(PLOT, name="field"), id_, CONTENT, a_caller()))[0] is None


class Body(BaseModel):
    id: str | None = None
    name: str
    note: str | None = None


def test_content_is_what_was_sent_and_not_what_was_left_out() -> None:
    assert content_of(Body(name="x")) == {"name": "x"}
    assert content_of(Body(name="x", note=None)) == {"name": "x", "note": None}
    assert fingerprint(content_of(Body(name="x"))) != fingerprint(content_of(Body(name="x", note=None)))


def test_the_fingerprint_knows_no_order_of_names_but_of_values() -> None:
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"b": [1, 2]}) != fingerprint({"b": [2, 1]})


def test_what_names_a_person_goes_into_the_fingerprint_only_as_a_mark_of_this_installations_key() -> None:
    sent = {"name": "Lò Thị Mai", "id_number": "025190000001", "trainee": {"name": "Lò Thị Mai"}, "note": "vắng"}
    kept = without_secrets(Sealer(b"one key!" * 4, "training"), sent)
    assert "Lò Thị Mai" not in str(kept)
    assert "025190000001" not in str(kept)
    assert kept["note"] == "vắng"
    assert fingerprint(kept) == fingerprint(without_secrets(Sealer(b"one key!" * 4, "training"), sent))
    assert fingerprint(kept) != fingerprint(without_secrets(Sealer(b"another!" * 4, "training"), sent))


async def test_a_record_of_the_nation_is_read_by_all_but_sent_again_by_the_nation_alone(plots: Database) -> None:
    async with plots.transaction() as tx:
        plot = await a_plot(tx, digest=fingerprint(CONTENT), alliance="VN")
        with pytest.raises(IdInUse):
            await replay_of(tx, SHARED_PLOT, plot["id"], CONTENT, a_caller())
        again, _ = await replay_of(tx, SHARED_PLOT, plot["id"], CONTENT, a_caller("VN"))
        assert again is not None
        assert again["id"] == plot["id"]
