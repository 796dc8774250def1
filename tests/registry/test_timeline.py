"""The timeline against a model of its own: what was entered last of the latest day is what holds."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.database.connections import Database
from tests.registry.builders import DONG_VINH, GIA_CAM, PATH, TAN_DAN, THAI_BINH, Make, Record, a_seat
from tests.support.answers import etag, ok

pytestmark = pytest.mark.thorough

FIRST = date(2020, 1, 1)
# Few days, so that facts meet on one.
days = st.integers(0, 12).map(lambda n: FIRST + timedelta(days=30 * n))
# Statuses that a group and a cooperative both have, so that every order of entry is lawful.
SHARED = ("active", "temporarily_suspended", "not_at_registered_address", "revoked_tax_enforcement")


@dataclass(frozen=True)
class Entry:
    """A fact as a test enters it."""

    plural: str
    on: date
    sets: str
    value: str


entries = st.one_of(
    st.builds(Entry, st.just("status-changes"), days, st.just("legal_status"), st.sampled_from(SHARED)),
    st.builds(
        Entry, st.just("status-changes"), days, st.just("operating_state"), st.sampled_from(["operating", "dormant"])
    ),
    st.builds(
        Entry,
        st.just("seat-changes"),
        days,
        st.just("commune"),
        st.sampled_from([GIA_CAM, TAN_DAN, THAI_BINH, DONG_VINH]),
    ),
)
conversion = st.builds(Entry, st.just("type-conversions"), days, st.just("type"), st.just("cooperative"))

Model = dict[str, str]


def model(opening: Model, entered: list[Entry], day: date) -> Model:
    """Return what holds on `day`: of each side, what was entered last of the latest day that has come."""
    holds = dict(opening)
    for side in holds:
        effective = [
            (entry.on, at, entry.value) for at, entry in enumerate(entered) if entry.sets == side and entry.on <= day
        ]
        if effective:
            holds[side] = max(effective)[2]
    return holds


def shown(organization: Record) -> Model:
    return {
        "type": organization.type,
        "legal_status": organization.legal_status,
        "operating_state": organization.operating_state,
        "commune": organization.seat["commune_code"],
    }


def body_of(entry: Entry) -> dict[str, Any]:
    match entry.sets:
        case "commune":
            return {"seat": a_seat(entry.value)}
        case "type":
            return {"kind": "group_to_cooperative"}
        case side:
            return {"status": entry.value, "kind": side.partition("_")[0]}


async def entered(make: Make, organization: Record, entry: Entry) -> Record:
    body = {**body_of(entry), "effective_on": entry.on.isoformat()}
    return await make.fact(entry.plural, organization, **body)


async def assert_agrees(make: Make, db: Database, organization: Record, opening: Model, facts: list[Entry]) -> None:
    """Compare the present, the days around each fact and the stored periods with the model."""
    assert shown(await make.now(organization)) == model(opening, facts, date.max)
    rows = await db.fetch(
        "SELECT valid_from, valid_to, type, legal_status, operating_state, commune_code AS commune, province_2025, alliance"
        "  FROM organization_state WHERE organization_id = $1::uuid ORDER BY valid_from",
        organization.id,
    )
    assert rows[0]["valid_from"] == FIRST
    assert rows[-1]["valid_to"] == date.max
    for before, after in itertools.pairwise(rows):
        assert before["valid_to"] == after["valid_from"], "a gap or an overlap"
    for row in rows:
        assert {side: row[side] for side in opening} == model(opening, facts, row["valid_from"])
        last_day = row["valid_to"] - timedelta(days=1) if row["valid_to"] != date.max else date.max
        assert {side: row[side] for side in opening} == model(opening, facts, last_day)
    assert {row["alliance"] for row in rows} == {rows[-1]["province_2025"]}
    for day in sorted({entry.on for entry in facts})[:3]:
        assert shown(await make.now(organization, as_of=day.isoformat())) == model(opening, facts, day)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    facts=st.lists(entries, max_size=9),
    turned=st.lists(conversion, max_size=1),
    seed=st.randoms(use_true_random=False),
)
async def test_facts_entered_in_any_order_agree_with_the_model(
    make: Make, db: Database, facts: list[Entry], turned: list[Entry], seed: random.Random
) -> None:
    facts = [*facts, *turned]
    seed.shuffle(facts)
    opening = {"type": "cooperative_group", "legal_status": "active", "operating_state": "unknown", "commune": GIA_CAM}
    organization = await make.group(registered_on=FIRST.isoformat())
    records = [(entry, await entered(make, organization, entry)) for entry in facts]
    await assert_agrees(make, db, organization, opening, facts)

    # Then some are taken back and some corrected, and the whole past follows again.
    standing: list[Entry] = []
    for entry, record in records:
        path = f"{PATH}/{entry.plural}/{record.id}"
        choice = seed.random()
        present = ok(await make.client.get(path))
        if choice < 0.3:
            assert (await make.client.delete(path, headers=etag(present))).status_code == 204
        elif choice < 0.6:
            moved = FIRST + timedelta(days=seed.randrange(400))
            change = {"effective_on": moved.isoformat()}
            ok(await make.client.patch(path, json=change, headers=etag(present)))
            standing.append(Entry(entry.plural, moved, entry.sets, entry.value))
        else:
            standing.append(entry)
    await assert_agrees(make, db, organization, opening, standing)
