"""What a type of record is, as far as the operations on it are concerned."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

from kernel.database.connections import Transaction
from kernel.problems import Problem
from kernel.records.confirmations import Confirmation
from kernel.records.listing import Listing, listed
from kernel.records.resources import R, Resource
from kernel.values.wording import title_of
from kernel.web.calls import Call, Guard
from kernel.web.schemas import Input, Output, Page, PlacedPage
from kernel.web.source_places import Place, declared_here

Values = dict[str, Any]


def plural_of(title: str) -> str:
    """Return several of a title: loans, classes, activities."""
    if title.endswith("y"):
        return f"{title[:-1]}ies"
    return f"{title}es" if title.endswith("s") else f"{title}s"


def with_article(title: str) -> str:
    """Return a title with its article: a loan, an organization, a use check."""
    return f"{'an' if title[0] in 'aeio' else 'a'} {title}"


@dataclass(frozen=True)
class Parent:
    """What a record belongs to: `/loans/{loan_id}/<plural>` enters one and lists those of one parent.

    `in_body`: a record is also entered beside it, at `/<plural>`, and its body then names the parent.
    `locked`: the parent is locked before a record of it is written, as its own state is derived from them.
    `guard`: loads the parent of which they are listed, where more may read it than those who may write it.
    """

    resource: Resource[Any]
    plural: str
    column: str
    in_body: bool = False
    locked: bool = False
    guard: Guard | None = None

    @property
    def path(self) -> str:
        """As the path of one parent says it: /loans/{loan_id}."""
        return f"/{self.plural}/{{{self.column}}}"

    @property
    def title(self) -> str:
        """As people say it: loan."""
        return title_of(self.resource.name)

    @property
    def a_title(self) -> str:
        """With its article: a loan."""
        return with_article(self.title)


@dataclass(frozen=True, kw_only=True)
class RecordType(Generic[R]):
    """One type of record, and what is its own in the operations that all have."""

    resource: Resource[R]
    plural: str
    """As the path says it: capital-movements."""
    output: type[Output]
    listing: Listing
    create: type[Input] | None
    """The body of an entry; without it the slice has its own way of entering one."""
    columns: Callable[[Transaction, Call, Any, R | None], Awaitable[Values]] | None
    """Turns a checked body into columns, for a new record (row None) or as the whole of what `row` becomes; raises what
    refuses. With a parent it finds that in `call.record`."""
    tag: str = ""
    """Where its operations stand in the documentation, if not under `plural`: no two services share a tag."""
    change: type[Input] | None = None
    """The merge patch; None for what is never corrected."""
    patched: Callable[[Transaction, Call, R, Any], Awaitable[Values]] | None = None
    """Turns a merge patch into the columns it changes, where it is not judged as the whole record by the rules of `create`."""
    batch: type[Input] | None = None
    """The body of a batch of entries (`batch_of`)."""
    removable: bool = False
    under: Parent | None = None
    """What it belongs to; its body then names no parent, unless the parent is `in_body`."""
    before: Callable[..., Awaitable[None]] | None = None
    """What has to be asked of other services before the transaction: takes the body, the patch, or the items of a batch."""
    after: Callable[[Transaction, Call, Any, R], Awaitable[R]] | None = None
    """What else an entry does, in its transaction."""
    derive: Callable[[Transaction, Call, R, str | None], Awaitable[R]] | None = None
    """What follows of an entry, a correction or a removal for a reason, in its transaction; returns the record's row then."""
    confirmation: Confirmation[R] | None = None
    """What of it counts only once a second person has confirmed it; `after` is then what the others do at once."""
    hold: Callable[[Transaction, Call, Sequence[Any]], Awaitable[object]] | None = None
    """Takes the locks that a batch of entries needs, all at once and in one order: two batches do not wait for each other."""
    warnings: Callable[[Transaction, Call, R], Awaitable[list[dict[str, Any]]]] | None = None
    """What is worth a look in a record that was entered or corrected; `written` is then the answer's shape."""
    written: type[Output] | None = None
    unique: Mapping[str, Callable[[Transaction, Values], Awaitable[Exception]]] | None = None
    """Constraint → what its violation means."""
    digest: Callable[[Call, Values], Values] = lambda call, content: content
    """What of a body recognises it when it is sent again; secrets are left out."""
    pepper: Callable[[Call], bytes] = lambda call: b""
    guard: Guard | None = None
    """Loads the record of a path, where `existing` does not do."""
    read_scopes: tuple[str, ...] = ()
    write_scopes: tuple[str, ...] = ()
    """Each service gives its own: a type without a scope is nobody's."""
    create_scopes: tuple[str, ...] | None = None
    refusals: tuple[type[Problem], ...] = ()
    """What entries and corrections may be refused for, besides IdInUse."""
    change_refusals: tuple[type[Problem], ...] | None = None
    """What corrections are refused for, where that is not what entries are."""
    removal_refusals: tuple[type[Problem], ...] = ()
    check_removal: Callable[[Transaction, Call, R], Awaitable[None]] | None = None
    """Raises what refuses the removal of the locked record."""
    holders: Mapping[str, type[Problem]] = field(default_factory=dict)
    """Foreign key → what refuses a removal as long as rows of its table name the record."""
    many: str = ""
    """As operation ids say several: capital_movements. Given where the path's word means something else elsewhere."""
    noun: str = ""
    """As operation ids say it: capital_movement. Given where it is not the resource's name."""
    about: Mapping[str, str] = field(default_factory=dict)
    """Descriptions that say more than usual, by operation: list, list_below, create, create_below, batch, read, change,
    remove, history."""
    declared: Place = field(default_factory=declared_here)
    """The line of the slice that a reader of its operations looks for (`vca routes`). Given by what declares several types."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "many", self.many or self.plural.replace("-", "_"))
        object.__setattr__(self, "noun", self.noun or self.resource.name)
        listed(self.resource, self.listing, self.output)

    @functools.cached_property
    def page(self) -> type[Page[Any]]:
        """The shape of a page of them."""
        base: Any = Page if self.listing.uncertain is None else PlacedPage
        words = {"__doc__": f"A page of {self.titles}."}
        page: type[Page[Any]] = type(f"{self.output.__name__}Page", (base[self.output],), words)
        return page

    @property
    def title(self) -> str:
        """As people say it: capital movement."""
        return title_of(self.resource.name)

    @property
    def a_title(self) -> str:
        """With its article: a capital movement."""
        return with_article(self.title)

    @property
    def titles(self) -> str:
        """Several of them: capital movements."""
        return plural_of(self.title)

    @property
    def parameter(self) -> str:
        """As the path of one names its id: capital_movement_id."""
        return f"{self.resource.name}_id"

    @property
    def prefix(self) -> str:
        """The service's part of the path: /v1/funds."""
        return self.resource.path.removesuffix(f"/{self.plural}")
