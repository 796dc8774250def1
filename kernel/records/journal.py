"""The history of a record and its place in the change feed, written in the statement that writes its row.

The events of one record stand in the feed in the order of its versions, also where a transaction that began earlier
writes later: a place is never before that of the record's event before (`_PLACE`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kernel.database.connections import Transaction
from kernel.database.statements import command
from kernel.records.resources import Resource
from kernel.values.history_actions import HistoryAction
from kernel.values.ids import new_id
from kernel.web.auth import NATION, Caller
from kernel.web.replies import dump

_HISTORY = "resource_id, version, resource_type, action, recorded_at, recorded_by, alliance, reason, changed, input_hash, content"
_CHANGE = "id, type, resource_type, resource_id, resource_version, alliance, changed, reason, merged_into, occurred_at"


# The place of an event: the transaction's id, or that of the record's event before where this is greater. A transaction
# gets its id early, by a key or a lock, and may then wait for a record that a younger one is writing: its own id alone
# would put the newer version first. All writers hold the record's lock before this statement begins, so its snapshot
# holds the history of every earlier version, and its seq, taken here, is greater than theirs.
# A place at or beyond the snapshot's end is of this very transaction, or of a server that this data was restored from;
# neither may raise ours. It costs one look into the primary key of history, beside the row that is added there.
_PLACE = """
    SELECT greatest(pg_current_xact_id(), (
           SELECT xid FROM history
            WHERE resource_type = {kind}::text AND resource_id = {id}::uuid AND version < {version}::int
              AND xid < pg_snapshot_xmax(pg_current_snapshot())
            ORDER BY version DESC LIMIT 1)) AS xid"""


def journal_sql(n: int, *, first: bool = False, removed: bool = False, merged: bool = False) -> str:
    """Return the rest of a write: history and change from parameters $n+1…$n+14.

    `first`: no event came before. `removed`: the record is gone. `merged`: into what stands behind the parameters.
    """
    why = "'merged'" if merged else "'deleted'" if removed else "NULL"
    into = f"${n + 15}::uuid" if merged else "NULL"
    i, v, kind, action, at, by, alliance, reason, changed, digest, content, change_id, event, told_to = (
        f"${n + k}" for k in range(1, 15)
    )
    place = "SELECT pg_current_xact_id() AS xid" if first else _PLACE.format(kind=kind, id=i, version=v)
    return (
        f"place AS ({place}), "  # noqa: S608  names are constants of the code
        f"past AS (INSERT INTO history ({_HISTORY}, xid) SELECT {i}::uuid, {v}::int, {kind}::text, {action}::text, "
        f"{at}::timestamptz, {by}::text, {alliance}::text, {reason}::text, {changed}::text[], {digest}::bytea, "
        f"{content}::jsonb, xid FROM place) "
        f"INSERT INTO change ({_CHANGE}, xid) SELECT {change_id}::uuid, {event}::text, {kind}, {i}, {v}, {told_to}::text, "
        f"{changed}, {why}, {into}, {at}, xid FROM place"
    )


def many_journals_sql() -> str:
    """Return the rest of a write of many: their histories and changes from $2 (one object each) and what is alike, $3…$6."""
    place = _PLACE.format(kind="$3", id="j.id", version="j.version")
    return (
        "journal AS (SELECT j.*, place.xid FROM jsonb_to_recordset($2::jsonb) AS j(event_id uuid, id uuid, version int, "  # noqa: S608  as above
        f"at timestamptz, alliance text, told_to text, reason text, changed text[], content jsonb), LATERAL ({place}) place), "
        f"past AS (INSERT INTO history ({_HISTORY}, xid) SELECT id, version, $3::text, $4::text, at, $5::text, alliance, "
        "reason, changed, NULL, content, xid FROM journal) "
        f"INSERT INTO change ({_CHANGE}, xid) SELECT event_id, $6::text, $3::text, id, version, told_to, changed, NULL, NULL, "
        "at, xid FROM journal"
    )


def journal_values(
    resource: Resource[Any],
    row: Mapping[str, Any],
    *,
    by: Caller,
    event: str,
    action: HistoryAction,
    reason: str | None,
    changed: Iterable[str],
    digest: bytes | None,
    document: Mapping[str, Any] | None = None,
) -> tuple[Any, ...]:
    """Return the parameters of history and change. `document`: the representation of `row`, where it is known."""
    content = dump(resource.represent(row) if document is None else document).decode()
    return (
        row["id"],
        row["version"],
        resource.name,
        action,
        row["updated_at"],
        by.id,
        row["alliance"],
        reason,
        sorted(changed),
        digest,
        content,
        new_id(),
        f"{resource.name}.{event}",
        resource.told_to(row),
    )


OUT_OF_SCOPE = "out_of_scope"
"""Reason of a tombstone for callers of one alliance; those of the whole nation still see the record, so it is not theirs."""


# Its place is that of the version which left, as the history just written says.
_LEAVE = command(f"""
    INSERT INTO change ({_CHANGE}, xid)
    SELECT $1::uuid, $2::text, $3::text, $4::uuid, $5::int, $6::text, '{{}}', '{OUT_OF_SCOPE}', NULL, $7::timestamptz, xid
      FROM history WHERE resource_type = $3::text AND resource_id = $4::uuid AND version = $5::int""")  # noqa: S608  names are constants of the code


async def leave(tx: Transaction, resource: Resource[Any], row: Mapping[str, Any], *, alliance: str) -> None:
    """Write the tombstone that tells the callers of `alliance` that the record left their area with this version."""
    assert not (resource.shared and alliance == NATION), "what was everyone's to read does not become one alliance's"
    await tx.execute(
        _LEAVE,
        new_id(),
        f"{resource.name}.removed",
        resource.name,
        row["id"],
        row["version"],
        alliance,
        row["updated_at"],
    )
