"""Attachments: uploaded first, then referred to; stored once by the hash of their bytes.

The bytes lie in an object store (object_store.py), the row says whose they are. An upload that nothing refers to goes
after seven days (cleaner.py): a phone may be offline that long. Officers read the files of their area; beyond these everybody reads what a
record names that they may read, as one does that came from another alliance. An organization's own user reads what it
uploaded itself besides, and names only that: a name alone opens nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from kernel.database.connections import Database, Transaction
from kernel.database.statements import always, command, statement
from kernel.problems import FieldError
from kernel.storage.object_store import Store
from kernel.web.auth import Caller, Shared

LIMIT_BYTES = 20 * 1024 * 1024
THUMBNAIL_SIZES = {"256": ("256 điểm ảnh", "256 pixels"), "1024": ("1024 điểm ảnh", "1024 pixels")}
"""How many pixels the longer side of a thumbnail has at most; each is stored beside the original, as `<hash>-<size>`."""


@dataclass(frozen=True)
class Naming:
    """That records of `table` name files: `ids` gives their ids as text, of the rows `where` there may be any.

    `own`: the column of the organization whose own user may read these records, `ANY(column)` of several; None: they are
    for officers alone.
    `shared`: those that the nation owns are every alliance's to read, as a resource says it.
    """

    table: str
    ids: str = "jsonb_array_elements_text(file_ids)"
    where: str = "file_ids <> '[]'"
    own: str | None = None
    shared: Shared = False

    @property
    def sql(self) -> str:
        """SELECT of the ids of all files that are named here."""
        return f"SELECT {self.ids} AS id FROM {self.table} WHERE {self.where}"  # noqa: S608  names are constants of the code


class NamedFile(TypedDict):
    """A file that may be named."""

    id: str
    media_type: str


class FileRow(TypedDict):
    """A row of file."""

    id: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    alliance: str
    created_at: datetime
    created_by: str


READ_FILE = statement(
    FileRow,
    f"SELECT {', '.join(FileRow.__annotations__)} FROM file WHERE id = $1::uuid",  # noqa: S608  names are constants of the code
)
_INSERT_FILE = command(
    "INSERT INTO file (id, name, media_type, bytes, sha256, alliance, created_at, created_by) "
    "VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, $8)"
)

# The primary key of file. Locked, so that the cleaner takes none away of which a record is about to name it.
_IDS_TO_NAME = statement(
    NamedFile,
    """
    SELECT id, media_type FROM file
     WHERE id = ANY($1::uuid[]) AND ($2::text IS NULL OR alliance = $2) AND ($3::text IS NULL OR created_by = $3)
     ORDER BY id FOR KEY SHARE""",
)
# Of the same bytes, either an upload's row comes or the cleaner finds none and removes them. It holds its lock while the store
# is asked, which holds no feed back: its transaction writes nothing and so has no number.
_ROW_COMES = command("SELECT pg_advisory_xact_lock_shared(hashtextextended('file ' || $1, 0))")
_BYTES_GO = command("SELECT pg_advisory_xact_lock(hashtextextended('file ' || $1, 0))")
# By ix_file_sha256.
_IS_STORED = always(bool, "SELECT EXISTS (SELECT FROM file WHERE sha256 = $1)")


_ANY_FILE = ("", ("", ""))


async def insert_file(tx: Transaction, row: FileRow) -> None:
    """Insert the row of an upload whose bytes were put into the store.

    The cleaner may have removed these before, while no row was there: once this is committed, `Store.ensure` them.
    """
    await tx.execute(_ROW_COMES, row["sha256"])
    await tx.execute(_INSERT_FILE, *row.values())


async def check_files(
    tx: Transaction,
    caller: Caller,
    file_ids: Sequence[str],
    *,
    field: str = "file_ids",
    media_types: Collection[str] | None = None,
    refused: tuple[str, tuple[str, str]] = _ANY_FILE,
    before: Collection[str] = (),
) -> list[FieldError]:
    """Return a fault for each id that is no file of the caller's area; of an own user's, none that it uploaded itself.

    `before`: what the corrected record names already; it may have come from another alliance with it.
    `media_types`: those that the field takes; another is `refused` by this code, in Vietnamese and English.
    """
    if not file_ids:
        return []
    uploader_id = None if caller.confined_to is None else caller.id
    files = await tx.fetch(_IDS_TO_NAME, list(file_ids), caller.alliance, uploader_id)
    kinds = {file["id"]: file["media_type"] for file in files}
    unknown = ("unknown_file", ("Không có tệp này; hãy tải lên trước.", "There is no such file; upload it first."))
    return [
        FieldError(*(refused if id_ in kinds else unknown), pointer=f"/{field}/{at}")
        for at, id_ in enumerate(file_ids)
        if id_ not in before
        if id_ not in kinds or (media_types is not None and kinds[id_] not in media_types)
    ]


async def remove_bytes(db: Database, store: Store, digest: str, names: Sequence[str]) -> bool:
    """Remove `names`, which hold the bytes of `digest` or pictures of them, unless a row needs them; say whether they went."""
    async with db.transaction() as tx:
        await tx.execute(_BYTES_GO, digest)
        if await tx.fetchval(_IS_STORED, digest):
            return False
        for name in names:
            await store.remove(name)
    return True
