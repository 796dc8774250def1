"""Pieces that the first step of every service's history repeats."""

from __future__ import annotations

from alembic import op


def begin_feed() -> None:
    """Give the database the first life that cursors of its feed belong to."""
    op.execute("INSERT INTO feed_epoch (epoch) VALUES (replace(gen_random_uuid()::text, '-', ''))")


def append_only(*tables: str) -> None:
    """Make the database itself refuse to change or delete rows of `tables`, whoever asks."""
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$"""
    )
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def drop_append_only(*tables: str) -> None:
    """Undo `append_only`."""
    for table in tables:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change()")


# A record's events keep the places and numbers that they have among them, dealt out again in the order of the versions:
# places may be raised to that of an event before, numbers grow. Rows that are in order already are not touched.
_IN_ORDER = """
    CREATE TEMPORARY TABLE misplaced ON COMMIT DROP AS
    WITH versions AS (
        SELECT id, xid, seq, resource_type, resource_id,
               row_number() OVER (PARTITION BY resource_type, resource_id ORDER BY resource_version, seq) AS nth,
               max(xid::text::bigint) OVER (
                   PARTITION BY resource_type, resource_id ORDER BY resource_version, seq) AS place
          FROM change),
    numbers AS (
        SELECT seq, resource_type, resource_id,
               row_number() OVER (PARTITION BY resource_type, resource_id ORDER BY seq) AS nth
          FROM change)
    SELECT v.id, v.place, n.seq
      FROM versions v JOIN numbers n USING (resource_type, resource_id, nth)
     WHERE (v.place, n.seq) IS DISTINCT FROM (v.xid::text::bigint, v.seq)"""


def order_feed_by_version() -> None:
    """Put the events of each record that stand in another order than its versions in order."""
    op.execute("LOCK TABLE change IN ACCESS EXCLUSIVE MODE")
    op.execute(_IN_ORDER)
    # Negative first: two rows that take each other's place would meet in the primary key.
    op.execute("UPDATE change c SET xid = m.place::text::xid8, seq = -m.seq FROM misplaced m WHERE m.id = c.id")
    op.execute("UPDATE change SET seq = -seq WHERE seq < 0")


def begin_new_life() -> None:
    """Have every follower start over: cursors of before are refused."""
    op.execute("UPDATE feed_epoch SET epoch = replace(gen_random_uuid()::text, '-', ''), began_at = now()")
