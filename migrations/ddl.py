"""Pieces that steps have in common: what the first of every service repeats, and what is done beside those who write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import text

BATCH = 5000
"""Rows of a batch: some tens of milliseconds in which they are locked, and the feed of the server waits."""


@contextmanager
def _by_itself() -> Iterator[None]:
    """Run statements each by itself, with the limit of a step on waiting for locks: `SET LOCAL` does not hold here."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        yield
        op.execute("RESET lock_timeout")


def build_index(name: str, table: str, columns: list[Any], **options: Any) -> None:
    """Build an index beside those who write (CONCURRENTLY), outside the step's transaction. Options as of `create_index`.

    A build that broke off left an invalid index of this name, which nobody reads and everybody keeps up to date: it is
    dropped and built again. One that stands is left: the step broke off behind it.
    """
    with _by_itself():
        if _is_invalid(name):
            op.execute(f"DROP INDEX CONCURRENTLY {name}")
        op.create_index(name, table, columns, postgresql_concurrently=True, if_not_exists=True, **options)


def drop_index(name: str) -> None:
    """Drop an index beside those who read and write."""
    with _by_itself():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def _is_invalid(name: str) -> bool:
    if op.get_context().as_sql:
        return False
    found = text("SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    return bool(op.get_bind().execute(found, {"name": name}).scalar())


def in_batches(statement: str) -> None:
    """Run `statement` again and again, each time in a transaction of its own, until a batch is not full.

    It changes at most `:batch` rows, and its condition says which are left: so it goes on where it broke off. Rows that
    come meanwhile are the running version's to fill; waiting for none to be left would never end beside one that does not.
    """
    with _by_itself():
        if op.get_context().as_sql:
            op.execute(statement)
            return
        while op.get_bind().execute(text(statement), {"batch": BATCH}).rowcount == BATCH:
            pass


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


# A field of what stands within another, `project.purpose`, is emptied there; of a list, in each of its objects.
_EMPTIED_AT = """
    CREATE FUNCTION emptied_at(content jsonb, path text[]) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN
        IF jsonb_typeof(content) = 'array' THEN
            RETURN (SELECT coalesce(jsonb_agg(emptied_at(item, path) ORDER BY place), '[]')
                      FROM jsonb_array_elements(content) WITH ORDINALITY items(item, place));
        ELSIF jsonb_typeof(content) <> 'object' OR NOT content ? path[1] THEN
            RETURN content;
        ELSIF cardinality(path) = 1 THEN
            RETURN jsonb_set(content, path, 'null');
        END IF;
        RETURN jsonb_set(content, path[1:1], emptied_at(content -> path[1], path[2:]));
    END $$"""

_EMPTIED = """
    CREATE FUNCTION emptied(kind text, record_id uuid, of_version int, content jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE AS $$
    DECLARE
        field text;
    BEGIN
        FOR field IN SELECT DISTINCT unnest(e.fields) FROM erasure e
                      WHERE e.resource_type = kind AND e.resource_id = record_id AND of_version = ANY(e.versions) LOOP
            content := emptied_at(content, string_to_array(field, '.'));
        END LOOP;
        RETURN content;
    END $$"""

_ONLY_EMPTIED = """
    CREATE FUNCTION refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_jsonb(NEW) - '{content,reason,input_hash}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{content,reason,input_hash}'::text[]
           OR NEW.content IS DISTINCT FROM emptied(OLD.resource_type, OLD.resource_id, OLD.version, OLD.content)
           OR coalesce(NEW.reason <> OLD.reason, NEW.reason IS NOT NULL AND OLD.reason IS NULL)
           OR coalesce(NEW.input_hash <> OLD.input_hash, NEW.input_hash IS NOT NULL AND OLD.input_hash IS NULL)
           OR NOT EXISTS (SELECT FROM erasure e WHERE e.resource_type = OLD.resource_type AND e.resource_id = OLD.resource_id
                             AND OLD.version = ANY(e.versions))
        THEN
            RAISE EXCEPTION 'history is append-only, but for what an erasure names' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$"""


def let_history_be_emptied() -> None:
    """Make the table that says what was erased of a person, and let history lose that and nothing else."""
    op.create_table(
        "erasure",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("fields", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("versions", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index("ix_erasure_resource", "erasure", ["resource_type", "resource_id"])
    op.create_index("ix_erasure_erased_at", "erasure", ["erased_at"])
    op.execute(
        "CREATE TRIGGER erasure_append_only BEFORE UPDATE OR DELETE ON erasure "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER erasure_not_emptied BEFORE TRUNCATE ON erasure FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    for function in (_EMPTIED_AT, _EMPTIED, _ONLY_EMPTIED):
        op.execute(function)
    op.execute("DROP TRIGGER history_append_only ON history")
    op.execute(
        "CREATE TRIGGER history_append_only BEFORE DELETE ON history FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER history_only_emptied BEFORE UPDATE ON history "
        "FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure()"
    )


# A number is a place in a list, `contacts.0.value`: what the list says of others stays. Fields of objects have no such names.
_EMPTIED_AT_A_PLACE = _EMPTIED_AT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "IF jsonb_typeof(content) = 'array' THEN",
    """IF jsonb_typeof(content) = 'array' AND path[1] ~ '^[0-9]+$' THEN
            IF cardinality(path) = 1 THEN
                RETURN jsonb_set(content, path, 'null', false);
            END IF;
            RETURN jsonb_set(content, path[1:1], coalesce(emptied_at(content -> path[1]::int, path[2:]), 'null'), false);
        ELSIF jsonb_typeof(content) = 'array' THEN""",
)


def let_places_be_emptied() -> None:
    """Let an erasure name one place of a list, where `let_history_be_emptied` knows but all of them."""
    op.execute(_EMPTIED_AT_A_PLACE)


def let_only_lists_be_emptied() -> None:
    """Undo `let_places_be_emptied`."""
    op.execute(_EMPTIED_AT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))


def let_no_history_be_emptied() -> None:
    """Undo `let_history_be_emptied`; what was emptied stays so."""
    op.execute("DROP TRIGGER history_only_emptied ON history")
    op.execute("DROP TRIGGER history_append_only ON history")
    op.execute("DROP FUNCTION refuse_all_but_erasure()")
    op.execute("DROP FUNCTION emptied(text, uuid, int, jsonb)")
    op.execute("DROP FUNCTION emptied_at(jsonb, text[])")
    op.execute(
        "CREATE TRIGGER history_append_only BEFORE UPDATE OR DELETE ON history "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.drop_table("erasure")


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
