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
