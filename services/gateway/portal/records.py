"""The records behind a number, as a plain table: what an address of the API answers, with the contract's own labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from kernel.values import geography
from kernel.values.ids import is_id
from services.gateway.portal.amounts import day, number
from services.gateway.portal.fields import Contract, Field, words

Json = dict[str, Any]
# Read, never written; four services, none of whose lists answers with anything but records.
_READ = re.compile(r"/v1/(registry|funds|training|reporting)(/[A-Za-z0-9_-]+){1,6}", re.ASCII)
_LONGEST = 4000
_MOST_COLUMNS = 7
_FIRST = (
    "name",
    "title",
    "contract_number",
    "code",
    "organization",
    "organization_name",
    "province_name",
    "contribution",
)
"""What people know a record by stands first, and what it adds to the figure."""
_LEFT_OUT = frozenset(
    {
        "version",
        "created_by",
        "created_at",
        "updated_at",
        "redacted",
        "alliance",
        "file_ids",
        "note",
        "is_synthetic",
        "name_masked",
        "confirmation",
        "source_ref",
        "name_folded",
        "resource",
        "borrower",
        "allowed_actions",
    }
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T.*)?", re.ASCII)
_PROVINCE = re.compile(r"\d\d-(2008|2025)", re.ASCII)
_LISTS = re.compile(r"(Liệt kê|Danh sách|List) (?!và |and )")
_SAID = ("name", "label", "title")
"""What is shown of a value that is embedded."""


@dataclass(frozen=True)
class Column:
    """A column: its field, what people call it, and whether numbers stand in it."""

    name: str
    label: str
    is_number: bool


@dataclass(frozen=True)
class Row:
    """A record: its cells in the order of the columns, and the address at which it is read alone."""

    cells: tuple[str, ...]
    path: str | None


@dataclass(frozen=True)
class Table:
    """What is shown of an answer. `total`: how many there are in all, where the answer says."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: int | None
    next: str | None


def readable(address: str) -> bool:
    """Say whether the portal reads an address for people: a list or a record of four services, and nothing else."""
    if len(address) > _LONGEST or not address.isascii() or not address.isprintable() or "#" in address:
        return False
    path, _, _ = address.partition("?")
    return _READ.fullmatch(path) is not None


def counted_in(address: str) -> dict[str, str]:
    """Return of which figure an address lists the records: indicator and days; empty for any other address."""
    given = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return {name: given[name] for name in ("counted_in", "from", "to") if name in given}


def label_in(catalogue: Json, code: str) -> str:
    """Return what the catalogue of indicators calls one; its code where it does not know it."""
    items = (item for item in catalogue.get("items", ()) if isinstance(item, dict))
    return next((str(item["label"]) for item in items if item.get("code") == code and item.get("label")), code)


def fields_of(contract: Contract, address: str) -> Mapping[str, Field]:
    """Return what the contract says of the fields of the records at an address; nothing for a path it does not name."""
    try:
        _, answer = contract.follow(_operation(contract, address)["responses"]["200"])
        schema = answer["content"]["application/json"]["schema"]
    except KeyError:
        return {}
    name, node = contract.follow(schema)
    items = node.get("properties", {}).get("items", {}).get("items")
    if items is not None:
        name, _ = contract.follow(items)
    return {one.name: one for one in contract.fields(name)} if name in contract.schemas else {}


def heading_of(contract: Contract, document: Json, address: str, language: str) -> str:
    """Return what people call what lies at an address: a record's own name, else what the operation does; maybe nothing."""
    own = next((document[name] for name in (*_SAID, "contract_number") if isinstance(document.get(name), str)), "")
    said = words(_operation(contract, address), "summary")
    summary = said.get(language) or said["en"]
    # "List plans" is what a program does; people see the plans.
    listed = _LISTS.sub("", summary)
    return own or listed[:1].upper() + listed[1:]


def back_to(counted: Mapping[str, str]) -> str:
    """Return the first page as it was: of a figure's own year and day."""
    day = counted.get("to", "")
    return f"/?{urlencode({'year': day[:4], 'on': day})}" if _DAY.fullmatch(day) else "/"


def _operation(contract: Contract, address: str) -> Json:
    """Return what the contract says of reading an address; nothing for a path it does not name."""
    path = urlsplit(address).path
    paths: Json = contract.document.get("paths", {})
    found: Json = paths.get(path) or next((one for name, one in paths.items() if _fits(name, path)), {})
    operation: Json = found.get("get", {})
    return operation


def _fits(template: str, path: str) -> bool:
    names, given = template.split("/"), path.split("/")
    return len(names) == len(given) and all(
        name == one or name.startswith("{") for name, one in zip(names, given, strict=True)
    )


def table_of(document: Json, address: str, fields: Mapping[str, Field], language: str) -> Table:
    """Return a list as a table: the columns that say most, and the whole record a click away."""
    items = [item for item in document.get("items", ()) if isinstance(item, dict)]
    names = _columns(items)
    path = urlsplit(address).path
    columns = tuple(Column(name, _label(name, fields, language), _is_number(items, name)) for name in names)
    rows = tuple(
        Row(tuple(shown(item.get(name), language, fields.get(name)) for name in names), _path_of(path, item))
        for item in items
    )
    total = document.get("count")
    further = document.get("next")
    return Table(
        columns, rows, total if isinstance(total, int) else None, further if isinstance(further, str) else None
    )


def details_of(document: Json, fields: Mapping[str, Field], language: str) -> list[tuple[str, str]]:
    """Return a record as (label, value), without what is empty or of no use to people."""
    return [
        (_label(name, fields, language), shown(value, language, fields.get(name)))
        for name, value in document.items()
        if value not in (None, "", [], {}) and not _is_left_out(name)
    ]


def _path_of(path: str, item: Json) -> str | None:
    """Return where a record is read alone: where it says itself, else below its list."""
    named, id_ = item.get("resource"), item.get("id")
    if isinstance(named, str) and readable(named):
        return named
    return f"{path}/{id_}" if isinstance(id_, str) and is_id(id_) and path.count("/") == 3 else None


def _is_left_out(name: str) -> bool:
    return name in _LEFT_OUT or name == "id" or name.endswith(("_id", "_ids", "_map", "_synthetic", "_folded"))


def _columns(items: Sequence[Json]) -> list[str]:
    names = dict.fromkeys(name for item in items for name in item)
    of_use = [
        name
        for name in names
        if not _is_left_out(name)
        and f"{name}_name" not in names
        and any(_says_something(item.get(name)) for item in items)
    ]
    # What is the same in every record, or a structure of its own, says less in a table.
    first = [name for name in _FIRST if name in of_use]
    others = [name for name in of_use if name not in first]
    telling = [name for name in others if len(items) == 1 or len({str(item.get(name)) for item in items}) > 1]
    return [*first, *telling, *(name for name in others if name not in telling)][:_MOST_COLUMNS]


def _says_something(value: Any) -> bool:
    if isinstance(value, list):
        return any(_says_something(each) for each in value)
    return value not in (None, "", {}) and (not isinstance(value, dict) or any(name in value for name in _SAID))


def _is_number(items: Sequence[Json], name: str) -> bool:
    values = [item.get(name) for item in items if item.get(name) is not None]
    return bool(values) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _label(name: str, fields: Mapping[str, Field], language: str) -> str:
    known = fields.get(name)
    if language == "vi" and known is not None and known.label:
        return known.label
    return name.removesuffix("_vnd").replace("_", " ").capitalize() + (" (VND)" if name.endswith("_vnd") else "")


def shown(value: Any, language: str, field: Field | None = None) -> str:
    """Return a value as people read it: days, numbers, the label of a code, the name of what is embedded."""
    english = language == "en"
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return ("Yes" if english else "Có") if value else ("No" if english else "Không")
    if isinstance(value, int | float):
        name = "" if field is None else field.name
        return str(value) if "year" in name else number(value, language, decimals=4)
    if isinstance(value, dict):
        return str(next((value[name] for name in _SAID if value.get(name)), "…"))
    if isinstance(value, list):
        return ", ".join(shown(each, language, field) for each in value[:8]) or "–"
    text = str(value)
    if _DAY.fullmatch(text):
        return day(text)
    if _PROVINCE.fullmatch(text) and geography.province(text) is not None:
        return geography.province_name(text)
    labels = {} if field is None else {one.code: one.labels for one in field.shape.values}
    known = labels.get(text)
    return text if known is None else known.get(language) or known.get("en") or text
