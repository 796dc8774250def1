"""The contract as pages, one a tag: what each operation takes and answers, and the records it speaks of."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from services.gateway.portal.examples import Examples, as_text, part
from services.gateway.portal.fields import Contract, Field, Json, Shape, words

METHODS = ("get", "post", "put", "patch", "delete")
_PROBLEM = "application/problem+json"
_CODE = re.compile(r"`([a-z_]+)`")
# A page has at most 5,000 elements. What is counted here is a fifth more than the templates write.
_MOST_ELEMENTS = 3800
_SHORT_LIST = 2
_LONG_EXAMPLE = 4000


@dataclass(frozen=True)
class Content:
    """What is sent or answered in one media type; `example` is shown, `shortened` where lists were cut."""

    media_type: str
    shape: Shape
    example: str = ""
    shortened: bool = False


@dataclass(frozen=True)
class Answer:
    """The answers of one status; `problems`: code and address of the page of each."""

    status: str
    text: dict[str, str]
    contents: tuple[Content, ...]
    headers: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Operation:
    """One operation, as a page shows it."""

    id: str
    method: str
    path: str
    tag: str
    summary: dict[str, str]
    description: dict[str, str]
    scopes: tuple[str, ...]
    is_open: bool
    parameters: tuple[Field, ...]
    bodies: tuple[Content, ...]
    body_required: bool
    answers: tuple[Answer, ...]

    @property
    def shapes(self) -> Iterator[Shape]:
        """Everything in it that has a shape."""
        yield from (parameter.shape for parameter in self.parameters)
        yield from (content.shape for content in self.bodies)
        yield from (content.shape for answer in self.answers for content in answer.contents)


@dataclass(frozen=True)
class Page:
    """A page: some operations of a tag, and every record and closed list that they lead to.

    `number` counts from 1; `sent`: the records that callers send, whose fields are required or not.
    """

    tag: str
    slug: str
    number: int
    parts: int
    operations: tuple[Operation, ...]
    records: Mapping[str, tuple[Field, ...]]
    lists: Mapping[str, Shape]
    sent: frozenset[str]

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/docs/{self.slug}" + (f"/{self.number}" if self.number > 1 else "")


def slug_of(tag: str) -> str:
    """Return a tag as a part of an address: `Sổ đăng ký` is `so-dang-ky`."""
    plain = unicodedata.normalize("NFD", tag.lower().replace("đ", "d"))
    return re.sub(r"[^a-z0-9]+", "-", "".join(c for c in plain if not unicodedata.combining(c))).strip("-")


class Reference:
    """All pages of the contract. `about`: what each tag is about, by language."""

    def __init__(self, document: Json, examples: Examples | None = None) -> None:
        self.contract = Contract(document)
        self._examples = examples or Examples(None)
        self.about = {tag["name"]: words(tag, "description") for tag in document.get("tags", ())}
        self._addresses = {problem["code"]: problem["type"] for problem in document.get("x-problems", ())}

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the contract's order."""
        return tuple(
            self._operation(method, path, {**item[method], "parameters": self._parameters(item, item[method])})
            for path, item in self.contract.document["paths"].items()
            for method in METHODS
            if method in item
        )

    @cached_property
    def everywhere(self) -> tuple[tuple[str, str], ...]:
        """The problems that nearly every operation may answer: said once a page."""
        counts = Counter(problem for one in self.operations for problem in {p for a in one.answers for p in a.problems})
        return tuple(sorted(p for p, count in counts.items() if count > 0.9 * len(self.operations)))

    @cached_property
    def groups(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The tags by group, as the contract orders them; what it groups nowhere comes last."""
        document = self.contract.document
        used = dict.fromkeys(one.tag for one in self.operations)
        groups = [(group["name"], tuple(t for t in group["tags"] if t in used)) for group in document["x-tagGroups"]]
        rest = tuple(tag for tag in used if not any(tag in tags for _, tags in groups))
        return tuple((name, tags) for name, tags in [*groups, ("…", rest)] if tags)

    @cached_property
    def pages(self) -> dict[str, Page]:
        """The pages by address."""
        found: dict[str, Page] = {}
        for _, tags in self.groups:
            for tag in tags:
                parts = self._parts([one for one in self.operations if one.tag == tag])
                for number, operations in enumerate(parts, 1):
                    records, lists = self._reached([shape for one in operations for shape in one.shapes])
                    sent, _ = self._reached([body.shape for one in operations for body in one.bodies])
                    page = Page(
                        tag, slug_of(tag), number, len(parts), tuple(operations), records, lists, frozenset(sent)
                    )
                    if page.path in found:
                        raise ValueError(f"two tags are written {page.slug}")
                    found[page.path] = page
        return found

    @cached_property
    def of_tag(self) -> dict[str, tuple[Page, ...]]:
        """The pages of each tag."""
        return {
            tag: tuple(page for page in self.pages.values() if page.tag == tag)
            for _, tags in self.groups
            for tag in tags
        }

    def _parts(self, operations: list[Operation]) -> list[list[Operation]]:
        """Cut what is too much for one page, an operation never."""
        parts: list[list[Operation]] = [[]]
        on_page: dict[str, int] = {}
        for operation in operations:
            elements = self._elements(operation)
            if parts[-1] and sum((on_page | elements).values()) > _MOST_ELEMENTS:
                parts.append([])
                on_page = {}
            on_page |= elements
            parts[-1].append(operation)
        return parts

    def _elements(self, operation: Operation) -> dict[str, int]:
        """Return about how many elements an operation takes, and each record and closed list that it leads to."""
        records, lists = self._reached(list(operation.shapes))
        return (
            {operation.id: 40 + 6 * len(operation.parameters) + 8 * len(operation.answers)}
            | {name: 6 + 6 * len(fields) for name, fields in records.items()}
            | {name: 4 + 4 * len(shape.values) for name, shape in lists.items()}
        )

    def _reached(self, shapes: list[Shape]) -> tuple[dict[str, tuple[Field, ...]], dict[str, Shape]]:
        """Return the records and the named closed lists that shapes lead to, in the order of first mention."""
        records: dict[str, tuple[Field, ...]] = {}
        lists: dict[str, Shape] = {}
        waiting = list(shapes)
        for shape in waiting:
            if shape.closed_list:
                lists.setdefault(shape.closed_list, shape)
            waiting.extend((*shape.either, *(one.shape for one in shape.fields)))
            if shape.record and shape.record not in records:
                records[shape.record] = self.contract.fields(shape.record)
                waiting.extend(one.shape for one in records[shape.record])
        return records, lists

    def _parameters(self, item: Json, operation: Json) -> list[Json]:
        return [self.contract.follow(one)[1] for one in (*item.get("parameters", ()), *operation.get("parameters", ()))]

    def _operation(self, method: str, path: str, node: Json) -> Operation:
        example = self._examples.of(node["operationId"])
        body = self.contract.follow(node.get("requestBody", {}))[1]
        answers = {status: self.contract.follow(answer)[1] for status, answer in node["responses"].items()}
        security: list[Json] = node["security"] if "security" in node else self.contract.document.get("security", [])
        scopes = tuple(dict.fromkeys(scope for way in security for needed in way.values() for scope in needed))
        return Operation(
            id=node["operationId"],
            method=method.upper(),
            path=path,
            tag=node.get("tags", ["…"])[0],
            summary=words(node, "summary"),
            description=words(node, "description"),
            scopes=scopes,
            is_open=not any(security),
            parameters=tuple(
                self.contract.field(
                    one["name"],
                    one.get("schema", {}),
                    required=one.get("required", False),
                    around=one,
                    place=one["in"],
                )
                for one in node["parameters"]
            ),
            bodies=tuple(self._contents(body.get("content", {}), part(example, "request"))),
            body_required=body.get("required", False),
            answers=tuple(self._answer(status, answer, part(example, status)) for status, answer in answers.items()),
        )

    def _answer(self, status: str, node: Json, recorded: Json) -> Answer:
        contents = node.get("content", {})
        refused = contents.get(_PROBLEM, {})
        said = refused.get("examples") or (_CODE.findall(node.get("description", "")) if refused else ())
        codes: list[str] = list(node.get("x-problems") or said)
        return Answer(
            status,
            words(node, "description"),
            tuple(self._contents({name: one for name, one in contents.items() if name != _PROBLEM}, recorded)),
            tuple(node.get("headers", ())),
            tuple((code, self._addresses.get(code, "/problems")) for code in codes),
        )

    def _contents(self, contents: Json, recorded: Json) -> Iterator[Content]:
        for media_type, content in contents.items():
            schema = content.get("schema", {})
            if "body" in recorded:
                text, shortened = _shown(media_type, recorded["body"])
                yield Content(media_type, self.contract.shape(schema), text, shortened or "shortened" in recorded)
                continue
            given = self.contract.follow(schema)[1].get("examples", ())
            example = next((one for one in (content.get("example"), *given) if one is not None), None)
            yield Content(media_type, self.contract.shape(schema), *_shown(media_type, example))


def _shown(media_type: str, example: Any) -> tuple[str, bool]:
    """Return an example as text; of a long one each list keeps its first elements."""
    if example is None or isinstance(example, str):
        return example or "", False
    text = as_text(media_type, example)
    if len(text) <= _LONG_EXAMPLE:
        return text, False
    short = as_text(media_type, _cut(example))
    return short, short != text


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(inner) for name, inner in value.items()}
    return [_cut(inner) for inner in value[:_SHORT_LIST]] if isinstance(value, list) else value
