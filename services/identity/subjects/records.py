"""Whoever a record names as its writer, by name alone: accounts of people and client systems, and nothing else of them.

A view, so that there is nothing to keep in step: what an account or a client is called, is what it is called here, also of
those that were there before the view. Public apps write nothing and are not among them.
"""

from __future__ import annotations

from typing import Any, TypedDict

from sqlalchemy import Column, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import UUID

from kernel.feed.change_routes import changes_router
from kernel.feed.subjects import SCOPE, SUBJECTS
from kernel.records import Resource
from services.identity.accounts.records import PATH as ACCOUNTS
from services.identity.clients.records import PATH as CLIENTS


class SubjectRow(TypedDict):
    """A row of the view."""

    id: str
    version: int
    alliance: str
    subject: str
    name: str
    kind: str


# The view of migration identity_0006; not among the models, which are tables.
_VIEW = Table(
    "subject",
    MetaData(),
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("version", Integer),
    *(Column(name, Text) for name in ("alliance", "subject", "name", "kind")),
)


def _represent(row: SubjectRow) -> dict[str, Any]:
    return {**row}


SUBJECT = Resource("subject", _VIEW, "/v1/identity/subjects", _represent, shared=True, row=SubjectRow)
"""`id`: of the account or client. `subject`: what tokens and records call it, an account's id or a system's client_id."""

router = changes_router(
    "identity", [SUBJECT], (SCOPE,), snapshot_url=SUBJECTS.feed, told_of={"account": ACCOUNTS, "client": CLIENTS}
)
