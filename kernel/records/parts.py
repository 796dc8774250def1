"""What a single record is answered with where it is asked for: other records by `include`, fewer fields by `fields`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import Field, create_model
from starlette.responses import Response

from kernel import problems
from kernel.database.connections import Transaction
from kernel.problems import FieldError
from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.records.listing import Filter, Listing, comma_list, read_comma_list, read_page
from kernel.records.listing.declaration import MAX_LIMIT
from kernel.records.listing.query import Query, query_pairs, read_filter
from kernel.records.reading import read
from kernel.records.resources import Resource
from kernel.records.responses import answer
from kernel.web.api_route import given_twice, unknown_parameter
from kernel.web.calls import Call, Guard
from kernel.web.schemas import Output, Page


@dataclass(frozen=True, kw_only=True)
class Part:
    """What `include` adds to a single record: what an operation of its own answers, as that one answers it."""

    field: str
    label: str
    """In Vietnamese."""
    description: str
    output: Any
    """The shape of it."""
    scopes: tuple[str, ...]
    """Those of its own operation: any one of these."""
    read: Callable[[Transaction, Call, Any], Awaitable[Any]]
    """Takes the record's row."""


def page_part(
    field: str, listing: Listing, *, label: str, page: type[Page[Any]], scopes: tuple[str, ...], by: str, path: str
) -> Part:
    """Return the part that is the first page, as long as one may be, of the records whose filter `by` names the record.

    `path`: of their own list, with {id}; where more follow, `next` goes on there.
    """

    async def read_first(tx: Transaction, call: Call, row: Any) -> dict[str, Any]:
        query = Query({by: [row["id"]]}, limit=MAX_LIMIT)
        document, cursor = await read_page(tx, call, listing, query)
        if cursor is not None:
            own = path.format(id=row["id"])
            rest = urlencode({"limit": MAX_LIMIT, "cursor": cursor})
            document |= {"next_cursor": cursor, "next": f"{own}{'&' if '?' in own else '?'}{rest}"}
        return document

    about = f"With `include={field}`: the first {MAX_LIMIT}; where more follow, `next` is their path"
    return Part(field=field, label=label, description=about, output=page, scopes=scopes, read=read_first)


def with_parts(output: type[Output], parts: Sequence[Part]) -> type[Output]:
    """Return the shape of a single record that may be answered with `parts`: each is there where it is asked for."""
    if not parts:
        return output
    # A factory, not a default: absent is no null.
    fields: dict[str, Any] = {
        part.field: (
            Annotated[part.output, EMBEDDED, Label(part.label)],
            Field(default_factory=lambda: None, description=part.description),
        )
        for part in parts
    }
    words = f"{(output.__doc__ or '').strip()} With what was asked for by `include`."
    model: type[Output] = create_model(f"{output.__name__}WithParts", __base__=output, __doc__=words, **fields)
    return model


@dataclass
class Asked:
    """What a caller asked of a single record, checked. `others`: the values of parameters that the operation adds."""

    fields: tuple[str, ...] | None = None
    include: tuple[str, ...] = ()
    others: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asking:
    """What may be asked of a single record of one type."""

    output: type[Output]
    parts: tuple[Part, ...] = ()
    others: tuple[Filter, ...] = ()
    """Parameters that the operation adds."""

    @property
    def fields(self) -> tuple[str, ...]:
        """What `fields` may name."""
        return (*self.output.model_fields, *(part.field for part in self.parts))

    def parameters(self) -> list[dict[str, Any]]:
        """Return the OpenAPI parameters of reading a single record."""
        others = [
            {
                "name": each.name,
                "in": "query",
                "required": False,
                "description": each.description,
                "schema": dict(each.schema),
            }
            for each in self.others
        ]
        names = [part.field for part in self.parts]
        about = "What else to answer with, each under a field of its name; of a list the first 200."
        return [
            *others,
            *([comma_list("include", names, about)] if names else []),
            comma_list(
                "fields",
                self.fields,
                "Fields to answer with, `id` and what is included always; the others are left out.",
            ),
        ]

    def read(self, query_string: bytes) -> Asked:
        """Return the checked query. Raises Invalid with every error at once."""
        asked, errors, seen = Asked(), list[FieldError](), set[str]()
        others = {each.name: each for each in self.others}
        for name, value in query_pairs(query_string):
            if name in others:
                read_filter(others[name], asked.others, value, errors)
                continue
            if name in seen:
                errors.append(given_twice(name))
            seen.add(name)
            if name == "fields":
                asked.fields = read_comma_list(name, value, self.fields, errors)
            elif name == "include" and self.parts:
                asked.include = read_comma_list(name, value, [part.field for part in self.parts], errors)
            else:
                errors.append(unknown_parameter(name))
        if errors:
            raise problems.Invalid(*errors)
        return asked

    def guard(self, guard: Guard) -> Guard:
        """Return `guard` behind the look at whether the caller may read what it asks to include (403 comes before 404)."""
        if not self.parts:
            return guard

        async def guarded(call: Call, path: dict[str, str]) -> None:
            for part in self._named(call.request.scope["query_string"]):
                if call.caller.scopes.isdisjoint(part.scopes):
                    raise problems.Forbidden(required_scope=" | ".join(sorted(part.scopes)))
            await guard(call, path)

        return guarded

    def _named(self, query_string: bytes) -> list[Part]:
        """Return the parts that a query names, whatever else is wrong with it: that is told after 404."""
        try:
            pairs = query_pairs(query_string) if query_string else []
        except problems.Invalid:
            return []
        named = {each for name, value in pairs if name == "include" for each in value.split(",")}
        return [part for part in self.parts if part.field in named]

    async def included(self, tx: Transaction, call: Call, asked: Asked, row: Any) -> dict[str, Any]:
        """Return the parts that were asked for, by field, of the record in `row`."""
        return {part.field: await part.read(tx, call, row) for part in self.parts if part.field in asked.include}


async def answer_one(call: Call, resource: Resource[Any], asking: Asking, asked: Asked | None = None) -> Response:
    """Answer the record that the guard loaded, with what was asked for. Raises Invalid.

    What is included is of one moment with the record. `asked`: what was read already.
    """
    if not (query_string := call.request.scope["query_string"]):
        return await answer(call.db, call, resource, call.record)
    asked = asked or asking.read(query_string)
    if not asked.include:
        return await answer(call.db, call, resource, call.record, fields=asked.fields)
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        row = await read(tx, resource, call.record["id"], call.caller, named=True)
        if row is None:
            raise problems.NotFound()
        included = await asking.included(tx, call, asked, row)
        return await answer(tx, call, resource, row, included=included, fields=asked.fields)
