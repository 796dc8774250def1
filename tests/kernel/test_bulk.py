"""What is written by COPY is read back as it was given, whatever signs a person typed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from kernel.database.connections import connect
from kernel.records.bulk import copied
from kernel.values.ids import is_id, new_ids
from tests.support.databases import Databases

_TYPED = (
    "Nguyễn Văn Ân",
    "",
    " ",
    r"\N",
    "\\",
    "\\\\N",
    "hai\tcột",
    "hai\ndòng",
    "hai\r\ndòng",
    "{}",
    '{"a": "b\\"c"}',
    "NULL",
    "\u00a0",
    "a,b;c",
    "'",
    '"',
    "\\t",
)


@pytest.mark.parametrize(
    ("sql_type", "values"),
    [
        ("text", [*_TYPED, None]),
        ("text[]", [[*_TYPED], [], ["NULL", "null"], None]),
        ("bytea", [b"", b"\x00\\N\n\t\xff", None]),
        ("bigint", [0, -1, 9_007_199_254_740_991, None]),
        ("boolean", [True, False, None]),
        ("date", [date(1945, 9, 2), None]),
        ("timestamptz", [datetime(2023, 3, 6, 1, 2, 3, 456789, tzinfo=UTC), None]),
    ],
)
async def test_every_value_is_copied_as_it_was_given(databases: Databases, sql_type: str, values: list[Any]) -> None:
    connection = await connect(databases.server.url("postgres"))
    try:
        await connection.execute(f"CREATE TEMP TABLE copied (at int, value {sql_type})")
        lines = "".join(f"{at}\t{copied(value)}\n" for at, value in enumerate(values))

        async def source() -> Any:
            yield lines.encode()

        await connection.copy_to_table("copied", source=source())
        assert [row["value"] for row in await connection.fetch("SELECT value FROM copied ORDER BY at")] == values
    finally:
        await connection.close()


def test_many_ids_made_at_once_are_ids_each_of_its_own() -> None:
    ids = new_ids(5000)
    assert len(set(ids)) == 5000
    assert all(is_id(id_) and id_[14] == "7" and id_[19] in "89ab" for id_ in ids)
