"""History loses of a person what an erasure names, and nothing else, whoever asks."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import orjson
import pytest

from kernel.database.connections import Database
from kernel.personal_data.retention import RULES, rule_of
from kernel.values.common_lists import ERASURE_GROUNDS
from tests.support.databases import Databases, as_service

ID, OTHER = "0195aaaa-0000-7000-8000-000000000001", "0195aaaa-0000-7000-8000-000000000002"
THIRD = "0195aaaa-0000-7000-8000-000000000003"
_HISTORY = """
    INSERT INTO history (resource_id, version, resource_type, action, recorded_at, recorded_by, alliance, reason, changed,
                         input_hash, content)
    VALUES ($1::uuid, $2, 'borrower', 'changed', now(), 'somebody', '25-2025', 'Ông An xin sửa', '{}', '\\x01', $3::jsonb)"""
_ERASURE = """
    INSERT INTO erasure (id, resource_type, resource_id, subject_type, subject_id, fields, versions, ground, erased_at, erased_by)
    VALUES (gen_random_uuid(), 'borrower', $1::uuid, 'borrower', $1::uuid, $2::text[], $3::int[], 'own_request', now(), 'somebody')"""
_CONTENT = {"name": "Nguyễn Văn An", "phone_last4": "4567", "kind": "member_person"}


@pytest.fixture
async def db(databases: Databases) -> AsyncIterator[Database]:
    """Three versions of one borrower and one of another; what an erasure names are name and phone, in two of the first's."""
    async with databases.clone("funds") as url:
        made = Database(as_service(url), size=2)
        await made.open()
        for id_, version in ((ID, 1), (ID, 2), (ID, 3), (OTHER, 1)):
            await made.execute(_HISTORY, id_, version, orjson.dumps(_CONTENT).decode())
        await made.execute(_ERASURE, ID, ["name", "phone_last4", "address"], [1, 2])
        yield made
        await made.close()


async def test_what_an_erasure_names_may_become_null(db: Database) -> None:
    await db.execute(
        'UPDATE history SET content = content || \'{"name": null, "phone_last4": null}\', reason = NULL, input_hash = NULL '
        "WHERE resource_id = $1::uuid AND version < 3",
        ID,
    )
    rows = await db.fetch("SELECT content, reason FROM history WHERE resource_id = $1::uuid AND version < 3", ID)
    assert [(orjson.loads(row["content"]), row["reason"]) for row in rows] == [
        ({"name": None, "phone_last4": None, "kind": "member_person"}, None)
    ] * 2


@pytest.mark.parametrize(
    "change",
    [
        """content = content || '{"name": "Trần Văn Ba"}'""",
        """content = content || '{"name": null}'""",
        """content = content || '{"name": null, "phone_last4": null, "kind": null}'""",
        """content = content || '{"name": null, "phone_last4": null, "address": null}'""",
        """content = content - 'name' - 'phone_last4'""",
        """content = content || '{"name": null, "phone_last4": null}', recorded_by = 'another'""",
        """content = content || '{"name": null, "phone_last4": null}', reason = 'another'""",
        """content = content || '{"name": null, "phone_last4": null}', input_hash = '\\x02'""",
        """content = content || '{"name": null, "phone_last4": null}', recorded_at = now() - INTERVAL '1 year'""",
    ],
    ids=["renamed", "half", "more", "added", "removed", "by another", "other words", "other hash", "other day"],
)
async def test_nothing_else_of_it_changes(db: Database, change: str) -> None:
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await db.execute(f"UPDATE history SET {change} WHERE resource_id = $1::uuid AND version < 3", ID)


async def test_a_version_that_no_erasure_names_keeps_all(db: Database) -> None:
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await db.execute(
            'UPDATE history SET content = content || \'{"name": null, "phone_last4": null}\' '
            "WHERE resource_id = $1::uuid AND version = 3",
            ID,
        )


async def test_each_erasure_empties_its_own_versions(db: Database) -> None:
    await db.execute(_ERASURE, ID, ["kind"], [2, 3])
    for version, content in ((1, {"name": None, "phone_last4": None}), (3, {"kind": None})):
        emptied = orjson.dumps(content).decode()
        await db.execute(
            "UPDATE history SET content = content || $3::jsonb WHERE resource_id = $1::uuid AND version = $2",
            ID,
            version,
            emptied,
        )
    rows = await db.fetch("SELECT content FROM history WHERE resource_id = $1::uuid ORDER BY version", ID)
    told = [orjson.loads(row["content"]) for row in rows]
    assert [(each["name"], each["kind"]) for each in told] == [
        (None, "member_person"),
        ("Nguyễn Văn An", "member_person"),
        ("Nguyễn Văn An", None),
    ]


async def test_what_stands_within_a_field_is_emptied_there_and_in_each_of_a_list(db: Database) -> None:
    within = {
        "project": {"purpose": "Nuôi bò nhà ông An", "jobs": 3},
        "papers": [{"note": "của An", "kind": "a"}, {"kind": "b"}],
        "steps": [],
    }
    await db.execute(_HISTORY, THIRD, 1, orjson.dumps(within).decode())
    fields = ["project.purpose", "papers.note", "project.purpose.words", "steps.note", "none.at_all"]
    await db.execute(_ERASURE, THIRD, fields, [1])
    await db.execute(
        "UPDATE history SET content = emptied(resource_type, resource_id, version, content) WHERE resource_id = $1::uuid",
        THIRD,
    )
    rows = await db.fetch("SELECT content FROM history WHERE resource_id = $1::uuid", THIRD)
    assert orjson.loads(rows[0]["content"]) == {
        "project": {"purpose": None, "jobs": 3},
        "papers": [{"note": None, "kind": "a"}, {"kind": "b"}],
        "steps": [],
    }


async def test_a_record_that_no_erasure_names_keeps_its_history(db: Database) -> None:
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await db.execute(
            'UPDATE history SET content = content || \'{"name": null, "phone_last4": null}\' WHERE resource_id = $1::uuid',
            OTHER,
        )


@pytest.mark.parametrize(
    "statement", ["DELETE FROM history", "DELETE FROM erasure", "UPDATE erasure SET fields = '{}'"]
)
async def test_neither_history_nor_erasures_are_removed(db: Database, statement: str) -> None:
    with pytest.raises((asyncpg.RestrictViolationError, asyncpg.InsufficientPrivilegeError)):
        await db.execute(statement)


def test_each_day_has_one_rule_of_a_code() -> None:
    codes = {rule.code for rule in RULES}
    for code in codes:
        days = [rule.since for rule in RULES if rule.code == code]
        assert days == sorted(set(days))
        assert rule_of(code, date(2026, 1, 1)).code == code


def test_grounds_are_those_of_the_law() -> None:
    said = [re.findall(r"điểm (\w) khoản 1 Điều 14\)$", vi) for vi, _ in ERASURE_GROUNDS.values()]
    assert said == [["a"], ["b"], ["c"], ["d"], ["đ"], ["e"]]
