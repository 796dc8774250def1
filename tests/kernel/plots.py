"""A record of the tests' own, a plot of land of an organization: what the kernel does with any record is seen on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypedDict

import asyncpg
import orjson
from sqlalchemy import Column, MetaData, Table
from sqlalchemy.dialects.postgresql import JSONB
from starlette.requests import Request

from kernel import records
from kernel.database.connections import Database, Transaction
from kernel.records import Resource
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from kernel.web.calls import Call
from kernel.web.limits import CALLER_KEY
from tests.support.tokens import PUBLIC_URL

PHU_THO, LAO_CAI = "25-2025", "15-2025"
ORGANIZATION, OTHER_ORGANIZATION = "0192f000-0000-7000-8000-000000000001", "0192f000-0000-7000-8000-000000000002"


class PlotRow(TypedDict):
    """A row of plot."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    organization_id: str
    name: str
    crop: str | None
    area_m2: int | None
    owners: str | None


# The kernel reads the columns' names here, and which of them hold jsonb.
_PLAIN: list[Column[Any]] = [Column(name) for name in PlotRow.__annotations__ if name != "owners"]
_TABLE = Table("plot", MetaData(), *_PLAIN, Column("owners", JSONB))
_CREATE = """
    CREATE TABLE plot (
        id uuid PRIMARY KEY, version int NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
        created_by text NOT NULL, alliance text NOT NULL, organization_id uuid NOT NULL, name text NOT NULL, crop text,
        area_m2 bigint, owners jsonb)"""


def _represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plot as it is answered: its crop stands in capitals, so that two crops of a row may be shown alike."""
    owners = None if row["owners"] is None else orjson.Fragment(row["owners"])
    crop = None if row["crop"] is None else row["crop"].upper()
    return {**row, "crop": crop, "owners": owners}


PLOT = Resource(
    name="plot",
    table=_TABLE,
    path="/v1/tests/plots",
    represent=_represent,
    row=PlotRow,
    own_column="organization_id",
    subjects=None,
)
SHARED_PLOT = Resource(
    name="plot", table=_TABLE, path="/v1/tests/plots", represent=_represent, row=PlotRow, shared=True, subjects=None
)
"""The same, where plots of the nation are everyone's to read."""


async def make_table(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Make the plots' table beside a service's feed and history."""
    await connection.execute(_CREATE)


def a_caller(area: str = PHU_THO, *, organization: str | None = None, scopes: str = "") -> Caller:
    """Return a caller of `area`; with `organization` one who is confined to its records."""
    return Caller(
        id="officer",
        client_id="tests",
        scopes=frozenset(scopes.split()),
        area=area,
        organization_id=organization,
        token_id="",
        name="officer",
        expires_at=0.0,
        confined_to=organization,
    )


def a_call(db: Database, caller: Caller, query: str = "", **headers: str) -> Call:
    """Return the request of `caller` for the plots, with `query` behind the question mark."""
    app = SimpleNamespace(
        state=SimpleNamespace(db=db, verifier=None, settings=SimpleNamespace(public_url=PUBLIC_URL)),
    )
    call = Call(
        Request(
            {
                "type": "http",
                "method": "GET",
                "path": PLOT.path,
                "query_string": query.encode(),
                "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
                "app": app,
                CALLER_KEY: caller,
            }
        )
    )
    call.authenticate()
    return call


async def a_plot(tx: Transaction, *, by: Caller | None = None, digest: bytes | None = None, **values: Any) -> PlotRow:
    """Enter a plot."""
    plot = {
        "id": new_id(),
        "alliance": PHU_THO,
        "organization_id": ORGANIZATION,
        "name": "Đồi chè",
        "crop": "tea",
        "area_m2": 500,
        "owners": ["An"],
        **values,
    }
    return await records.create(tx, PLOT, plot, by=by or a_caller(), digest=digest)
