"""Finding the headings of a sheet: office files have a title, a date and blank rows above them, and headings in two lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel.values.text import name_folded
from kernel.workbooks.columns import Column, text_of
from kernel.workbooks.limits import HEADING_ROWS
from kernel.workbooks.problems import NoRows, WrongColumns

Rows = Sequence[Sequence[Any]]

_NUMBERING = frozenset({"stt", "tt", "so tt", "so thu tu", "thu tu", "no"})
"""Headings of a column that numbers the rows, folded: what stands in it says nothing."""
_NUMBER = re.compile(r"(\()?(\d{1,3}|[A-Z])(?(1)\))", re.ASCII)


@dataclass
class Heading:
    """The headings in a row, or in two lines of it: which column of the template stands where.

    `below`: the index of the first row under them.
    """

    below: int
    placed: dict[int, Column] = field(default_factory=dict)
    unknown: dict[int, str] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def find_heading(rows: Rows, columns: Sequence[Column]) -> Heading:
    """Return the headings among the first rows: those that name all that is required, and the most columns besides.

    A column that numbers the rows is passed over, and so is one with a heading of the office's own and nothing in it.
    Raises WrongColumns, NoRows.
    """
    by_name = _by_name(columns)
    first = next((at for at, row in enumerate(rows) if not _is_blank(row)), None)
    if first is None:
        raise NoRows()
    best = _read(rows, first, 1, by_name, columns)
    for lines in (1, 2):
        for at in range(first, min(HEADING_ROWS, len(rows)) - lines + 1):
            heading = _read(rows, at, lines, by_name, columns)
            # Of equals the first: one line before two, and what stands above before what stands below.
            if (not heading.missing, len(heading.placed)) > (not best.missing, len(best.placed)):
                best = heading
    if best.below < len(rows) and _is_numbered(rows[best.below], best.placed):
        best.below += 1
    filled = {at for row in rows[best.below :] for at in best.unknown if at < len(row) and text_of(row[at])}
    unknown = [text for at, text in best.unknown.items() if at in filled or best.missing]
    if best.missing or unknown or best.repeated:
        raise WrongColumns(missing=best.missing, unknown=unknown, repeated=best.repeated)
    return best


def _is_blank(row: Sequence[Any]) -> bool:
    return not any(text_of(cell) for cell in row)


def _by_name(columns: Sequence[Column]) -> dict[str, Column]:
    """Return each column by its field, and by the headings it may have, folded; its own label counts before all."""
    by_name = {_folded(heading): column for column in columns for heading in column.also}
    for column in columns:
        by_name[column.field] = by_name[_folded(column.label)] = column
    return by_name


def _folded(text: str) -> str:
    return name_folded(text.replace("*", " "))


def _read(rows: Rows, at: int, lines: int, by_name: dict[str, Column], columns: Sequence[Column]) -> Heading:
    heading = Heading(at + lines)
    for place, names in _names(rows[at : at + lines]):
        column = next((found for name in names if (found := by_name.get(name) or by_name.get(_folded(name)))), None)
        if column is not None and column in heading.placed.values():
            heading.repeated.append(names[0])
        elif column is not None:
            heading.placed[place] = column
        elif not any(name in ("#", "№") or _folded(name) in _NUMBERING for name in names):
            heading.unknown[place] = names[0]
    heading.missing = _missing(columns, [*heading.placed.values()])
    return heading


def _names(lines: Rows) -> list[tuple[int, list[str]]]:
    """Return where headings stand, and what each may be read as.

    Of merged cells the first alone has text: one of the upper line goes for those to its right that have a lower one.
    """
    if len(lines) == 1:
        return [(place, [text]) for place, cell in enumerate(lines[0]) if (text := text_of(cell))]
    names = []
    over = ""
    for place in range(max(map(len, lines))):
        upper, lower = (text_of(line[place]) if place < len(line) else "" for line in lines)
        over = upper or (over if lower else "")
        if lower:
            names.append((place, [f"{over} {lower}".strip(), lower, *([upper] if upper else [])]))
        elif upper:
            names.append((place, [upper]))
    return names


def _missing(columns: Sequence[Column], placed: Sequence[Column]) -> list[str]:
    """Return the labels of what has to be there and is not; of a group one is enough."""
    missing = [column.label for column in columns if column.required and column not in placed]
    groups = dict.fromkeys(column.group for column in columns if column.group)
    return missing + [
        either(columns, group)[0] for group in groups if not any(column.group == group for column in placed)
    ]


def either(columns: Sequence[Column], group: str) -> tuple[str, str]:
    """Return the labels of a group's columns as a choice, in Vietnamese and English."""
    labels = [column.label for column in columns if column.group == group]
    return " hoặc ".join(labels), " or ".join(labels)


def _is_numbered(row: Sequence[Any], placed: dict[int, Column]) -> bool:
    """Say whether a row under the headings numbers them, (1) (2) (3) or A B 1 2: every column has its turn."""
    if not all(at < len(row) and text_of(row[at]) for at in placed):
        return False
    signs = [_NUMBER.fullmatch(text) for cell in row if (text := text_of(cell))]
    marks = [sign[2] for sign in signs if sign is not None]
    numbers = [int(mark) for mark in marks if mark.isdigit()]
    capitals = [mark for mark in marks if mark.isalpha()]
    in_parentheses = all(sign is not None and sign[1] for sign in signs)
    return (
        len(marks) == len(signs)
        and (len(marks) > 2 or in_parentheses)
        and numbers == [*range(numbers[0] if numbers and numbers[0] < 2 else 1, 1000)][: len(numbers)]
        and capitals == [chr(65 + at) for at in range(len(capitals))]
    )
