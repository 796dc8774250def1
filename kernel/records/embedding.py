"""What stands beside an id in an answer: the name of the other record, so that no screen needs a call a row.

A record's own representation holds ids alone; history, feed, exports and the journal keep to it. A resource says what is
embedded when it is *answered* (`Embed`). The name is read by the statement that reads the record, as a column of its own;
of a row that was just written, or computed, one statement reads the names of all (`name_all`).
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from kernel.database.connections import Database, Row, Transaction
from kernel.web.replies import dump
from kernel.web.schemas import EMBEDDED, Output

__all__ = [
    "EMBEDDED",
    "Embed",
    "EmbedInEach",
    "is_version",
    "name_all",
    "name_columns",
    "names_statement",
    "own_fields",
    "picked",
    "subject_name",
    "tag_of",
]

Document = dict[str, Any]


@functools.cache
def own_fields(output: type[Output]) -> tuple[str, ...]:
    """Return the fields of an answer that its record holds itself, without those that are embedded."""
    return tuple(name for name, info in output.model_fields.items() if EMBEDDED not in info.metadata)


@dataclass(frozen=True, kw_only=True)
class Embed:
    """One field that names the record whose id stands beside it; null where that is null, or the name is not known."""

    field: str
    """As the answer calls it: organization."""
    by: str
    """The field, and the column, that holds the id: organization_id."""
    table: str
    """Where the name is looked up, by its column `key`."""
    shown: str | tuple[str, ...]
    """The columns that make an object; one column alone makes a plain text."""
    key: str = "id"
    type: str = "uuid"
    """Of `by`."""
    for_officers: bool = False
    """Not for an organization's own user, who is not told who of the alliance or the fund did something."""
    within: str | None = None
    """The column of jsonb, and field of the answer, whose object holds id and name: a report, an approval."""
    known: str = ""
    """Further condition of a row that has a name; `named` is the table there."""
    several: bool = False
    """`by` is of jsonb and holds a list of ids: the field is a list of objects in their order."""

    def of(self, row: Row) -> Document:
        """Return the object that names the record in `row`, where that is at hand."""
        return {name: row[name] for name in self.shown}

    @property
    def label(self) -> str:
        """What the column is called that holds the name."""
        return self.field if self.within is None else f"{self.within}.{self.field}"

    @property
    def id_label(self) -> str:
        """What a column is called that holds the id."""
        return self.by if self.within is None else f"{self.within}_{self.by}"

    def id_of(self, row: Row) -> str | None:
        """Return the id in a row."""
        if self.within is None:
            return cast("str | None", row[self.by])
        return None if row[self.within] is None else cast("str | None", orjson.loads(row[self.within]).get(self.by))

    def shown_in(self, document: Document) -> Any:
        """Return the name that a representation shows."""
        if self.within is None:
            return document[self.field]
        return None if document[self.within] is None else document[self.within][self.field]

    def column(self, of: str, *, by: str | None = None) -> str:
        """Return the column that reads the name, of the table that stands as `of`: an object as JSON, or a text.

        `by`: where the id stands, if not in the column that the record has.
        """
        by = by or (f"{of}.{self.by}" if self.within is None else f"({of}.{self.within} ->> '{self.by}')")
        columns = (self.shown,) if isinstance(self.shown, str) else self.shown
        found = (
            f"SELECT {', '.join(f'named.{name}' for name in columns)} FROM {self.table} named "  # noqa: S608  names are constants of the code
            f"WHERE named.{self.key} = {by}{self.known and f' AND {self.known}'}"
        )
        if isinstance(self.shown, str):
            # One: of an identity that began anew, a system may be known twice for a while.
            return f'({found} LIMIT 1) AS "{self.label}"'
        if self.several:
            return self._objects(columns, by)
        # Compact, unlike what json_build_object and jsonb write.
        return f'(SELECT row_to_json(object) FROM ({found}) object) AS "{self.label}"'  # noqa: S608  as above

    def _objects(self, columns: tuple[str, ...], by: str) -> str:
        """Return the column that reads the objects of the ids in the jsonb list `by`, as JSON."""
        shown = ", ".join(f"named.{name}" for name in columns)
        return (
            "(SELECT '[' || coalesce(string_agg(row_to_json(object)::text, ',' ORDER BY listed.at), '') || ']' "  # noqa: S608  names are constants of the code
            f"FROM jsonb_array_elements_text({by}) WITH ORDINALITY listed(id, at), "
            f"LATERAL (SELECT {shown} FROM {self.table} named WHERE named.{self.key} = listed.id::uuid"
            f'{self.known and f" AND {self.known}"}) object) AS "{self.label}"'
        )


@dataclass(frozen=True, kw_only=True)
class EmbedInEach(Embed):
    """The same in each object of a list: `within` is its column of jsonb and its field. It is an object by uuid."""

    type: str = "jsonb"

    @property
    def id_label(self) -> str:
        """The ids of one row are in its list."""
        return str(self.within)

    def id_of(self, row: Row) -> str | None:
        """Return the list in a row, as JSON text."""
        return cast("str", row[str(self.within)])

    def shown_in(self, document: Document) -> Any:
        """Return the names that a representation shows."""
        return [each[self.field] for each in document[str(self.within)]]

    def column(self, of: str, *, by: str | None = None) -> str:
        """Return the column that reads the names of all that the list names, an object by id."""
        ids = f"SELECT (each ->> '{self.by}')::uuid FROM jsonb_array_elements({by or f'{of}.{self.within}'}) each"  # noqa: S608  names are constants of the code
        shown = ", ".join(f"'{name}', named.{name}" for name in self.shown)
        return (
            f"(SELECT json_object_agg(named.{self.key}, json_build_object({shown})) FROM {self.table} named "  # noqa: S608  as above
            f'WHERE named.{self.key} IN ({ids}){self.known and f" AND {self.known}"}) AS "{self.label}"'
        )

    def put(self, names: str | None, document: Document) -> None:
        """Put each name beside its id; `names` is what the column reads."""
        known = {} if names is None else orjson.loads(names)
        items = orjson.loads(dump(document[str(self.within)]))
        document[str(self.within)] = [{**each, self.field: known.get(each[self.by])} for each in items]


def subject_name(
    by: str, *, field: str | None = None, within: str | None = None, table: str = "followed_subject"
) -> Embed:
    """Return what names the person or system whose subject stands in `by`: created_by_name beside created_by.

    `table`: what a follower keeps of identity's names, or identity's own. Of one that an identity that began anew did not
    name again nothing is said.
    """
    known = "named.removed_as IS DISTINCT FROM 'absent'" if table == "followed_subject" else ""
    name = field or f"{by.removesuffix('_id')}_name"
    return Embed(
        field=name,
        by=by,
        table=table,
        shown="name",
        key="subject",
        type="text",
        within=within,
        known=known,
        for_officers=True,
    )


def name_columns(embeds: Iterable[Embed], of: str) -> str:
    """Return the columns, each behind a comma, that read what `embeds` say of the table that stands as `of`."""
    return "".join(f", {embed.column(of)}" for embed in embeds)


@functools.lru_cache(maxsize=500)
def names_statement(embeds: tuple[Embed, ...]) -> str:
    """Return the statement that reads the names for any number of rows: a parameter for each column of ids, in order."""
    ids = {embed.id_label: embed.type for embed in embeds}
    arrays = ", ".join(f"${at}::{type_}[]" for at, type_ in enumerate(ids.values(), 1))
    columns = ", ".join(embed.column("r", by=f"r.{embed.id_label}") for embed in embeds)
    return f"SELECT {columns} FROM unnest({arrays}) WITH ORDINALITY r({', '.join(ids)}, at) ORDER BY r.at"  # noqa: S608  names are constants of the code


async def name_all(
    db: Database | Transaction,
    embeds: tuple[Embed, ...],
    rows: Sequence[Row],
    documents: Sequence[Document],
    *,
    own: bool = False,
) -> None:
    """Put into each representation the names beside its ids, for the row it was made of.

    Rows that were read without the names get them all by one statement. A document that does not show an id, as an own
    user's may not, shows no name either. `own`: an organization's own user is answered.
    """
    if not embeds or not rows:
        return
    names: Sequence[Row] = rows
    if embeds[0].label not in rows[0]:
        ids = {embed.id_label: embed for embed in embeds}.values()
        names = await db.fetch(names_statement(embeds), *([embed.id_of(row) for row in rows] for embed in ids))
    for found, document in zip(names, documents, strict=True):
        put_names(embeds, found, document, own=own)


def put_names(embeds: tuple[Embed, ...], found: Row, document: Document, *, own: bool = False) -> None:
    """Put into a representation the names beside its ids, which `found` holds as `name_columns` read them."""
    for embed in embeds:
        is_own = own and embed.for_officers
        if isinstance(embed, EmbedInEach):
            if embed.within in document:
                embed.put(found[embed.label], document)
            continue
        if embed.within is not None:
            if (told := document.get(embed.within)) is not None:
                told = told if isinstance(told, dict) else orjson.loads(dump(told))
                document[embed.within] = {**told, embed.field: None if is_own else found[embed.label]}
            continue
        name = found[embed.label] if document.get(embed.by) is not None and not is_own else None
        document[embed.field] = name if name is None or isinstance(embed.shown, str) else orjson.Fragment(name)


def tag_of(version: int, embedded: Sequence[Any]) -> str:
    """Return the ETag of a record in this version, answered with what is `embedded`.

    Strong where nothing is. Else weak, with a hash: a new name of another record makes it another answer, in the same version.
    """
    if not embedded:
        return f'"{version}"'
    return f'W/"{version}-{hashlib.blake2s(dump(embedded), digest_size=5).hexdigest()}"'


def is_version(tag: str, version: int) -> bool:
    """Say whether an If-Match tag is of this version: the bare version, or the tag that came with an answer.

    Names of other records do not count: they are not what a write changes, so one that changed refuses no write.
    """
    value = tag.strip().removeprefix("W/")
    if not (len(value) > 2 and value[0] == value[-1] == '"'):
        return False
    return value[1:-1].partition("-")[0] == str(version)


def picked(document: Document, fields: Iterable[str] | None) -> Document:
    """Return a representation with `fields` alone, the id always among them; None: the whole."""
    if fields is None:
        return document
    wanted = {*fields, "id"}
    return {name: value for name, value in document.items() if name in wanted}
