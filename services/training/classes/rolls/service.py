"""The roll of a class: everybody who has a place or came, with name, organization and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import orjson
from sqlmodel import col, select

from kernel.database.connections import Database
from kernel.database.statements import param, statement
from kernel.values.text import name_folded
from services.training import models, problems
from services.training.classes.rolls.schemas import MOST_PEOPLE


class _SessionRow(TypedDict):
    id: str


class _PersonRow(TypedDict):
    trainee_id: str
    full_name: str | None
    organization_id: str | None
    organization_name: str | None
    is_registered: bool
    is_walk_in: bool
    session_ids: str | None


_SESSIONS = statement(
    _SessionRow,
    select(models.ClassSession.id)
    .where(models.ClassSession.class_id == param(1))
    .order_by(col(models.ClassSession.number)),
)
# Who has a place and who came, each once, with the organization that the person came from, else has a place for, else belongs
# to. A signed list names nobody. By ix_registration_class_id and ix_attendance_class_id.
_PEOPLE = statement(
    _PersonRow,
    f"""
    SELECT p.id AS trainee_id, p.name AS full_name, o.id AS organization_id, coalesce(f.name, o.name) AS organization_name,
           g.id IS NOT NULL AS is_registered, coalesce(a.is_walk_in, false) AS is_walk_in, a.session_ids
      FROM (SELECT trainee_id FROM registration WHERE class_id = $1::uuid AND state = 'registered'
            UNION SELECT trainee_id FROM attendance WHERE class_id = $1::uuid AND trainee_id IS NOT NULL) who
      JOIN trainee p ON p.id = who.trainee_id
      LEFT JOIN registration g ON g.class_id = $1::uuid AND g.trainee_id = p.id AND g.state = 'registered'
      LEFT JOIN attendance a ON a.class_id = $1::uuid AND a.trainee_id = p.id
      LEFT JOIN LATERAL (
           SELECT of.id, of.name
             FROM (VALUES (1, a.organization_id, a.organization_name), (2, g.organization_id, g.organization_name),
                          (3, p.organization_id, p.organization_name)) AS of (turn, id, name)
            WHERE of.id IS NOT NULL OR of.name IS NOT NULL ORDER BY turn LIMIT 1) o ON true
      LEFT JOIN followed_organization f ON f.id = o.id
     LIMIT {MOST_PEOPLE + 1}""",  # noqa: S608  of this module's constants
)


async def read_roll(db: Database, class_id: str) -> list[dict[str, Any]]:
    """Return the people of a class by given name, each with every session. Raises ClassTooLarge."""
    sessions = [row["id"] for row in await db.fetch(_SESSIONS, class_id)]
    people = await db.fetch(_PEOPLE, class_id)
    if len(people) > MOST_PEOPLE:
        raise problems.ClassTooLarge(most=MOST_PEOPLE)
    return [_person(row, sessions) for row in sorted(people, key=_by_given_name)]


def _by_given_name(person: _PersonRow) -> tuple[bool, str, str]:
    folded = name_folded(person["full_name"] or "")
    return not folded, folded.rpartition(" ")[2], folded


def _person(row: _PersonRow, sessions: Sequence[str]) -> dict[str, Any]:
    came = row["session_ids"] is not None
    present = frozenset(orjson.loads(row["session_ids"] or "[]"))
    known = row["organization_id"] is not None or row["organization_name"] is not None
    return {
        "trainee_id": row["trainee_id"],
        "full_name": row["full_name"],
        "organization": {"id": row["organization_id"], "name": row["organization_name"]} if known else None,
        "is_registered": row["is_registered"],
        "is_walk_in": row["is_walk_in"],
        "sessions": [
            {"session_id": id_, "is_present": None if came and not present else id_ in present} for id_ in sessions
        ],
    }
