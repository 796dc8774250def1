"""People and systems by name: what a service keeps of identity's names-only feed, to answer who did something.

A name is for reading alone: what is not known, because identity is down, or was new, is null, and nothing waits for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import CheckConstraint, Column, Index, MetaData, Table, Text

from kernel.database.tables import followed_columns
from kernel.feed.following import Projection, following
from kernel.runtime.settings import ServiceSettings
from kernel.web.http_client import Tokens, Upstream, credentials_of, open_client

SCOPE = "names.read"
"""What a service's own client system holds to follow the feed."""


def followed_subject_table(metadata: MetaData) -> Table:
    """People and systems as identity's feed tells of them; the same in every service that follows it.

    `subject`: what records call them, an account's id or a system's client_id.
    """
    return Table(
        "followed_subject",
        metadata,
        *followed_columns(),
        Column("subject", Text),
        Column("name", Text),
        Column("kind", Text),
        Column("alliance", Text),
        CheckConstraint(
            "removed_as IS NOT NULL OR (subject IS NOT NULL AND name IS NOT NULL)", name="known_unless_removed"
        ),
        # Not unique: of an identity that began anew, a system has its old row and its new one.
        Index("ix_followed_subject_subject", "subject"),
    )


FIELDS_READ = ("id", "version", "subject", "name", "kind", "alliance")
"""What is read of identity's representation."""


def _facts(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in ("subject", "name", "kind", "alliance")}


SUBJECTS = Projection(
    "identity", "subject", followed_subject_table(MetaData()), _facts, path="/v1/identity/subjects/changes"
)


def following_subjects(
    transport: httpx.AsyncBaseTransport | None = None,
) -> Callable[[FastAPI], AsyncIterator[None]]:
    """Return the task that follows identity's names while the service runs; one without a client system stands alone."""

    async def task(app: FastAPI) -> AsyncIterator[None]:
        settings: ServiceSettings = app.state.settings
        credentials = credentials_of(settings)
        if credentials is None:
            yield
            return
        async with open_client(transport) as client:
            app.state.names = Upstream(credentials.identity_url, client, Tokens(client, credentials))
            async for _ in following(SUBJECTS, subjects_feed)(app):
                yield
            del app.state.names

    return task


def subjects_feed(app: FastAPI) -> Upstream | None:
    """Return where identity's names are followed, or None."""
    return getattr(app.state, "names", None)
