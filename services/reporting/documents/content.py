"""What a document is made of: plain values, so that it can be handed to another process and kept with a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Format = Literal["docx", "xlsx", "html"]


@dataclass(frozen=True)
class Sentence:
    """A sentence and the cells whose numbers it states, each named `code:scope`; a lead-in without numbers states none."""

    text: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A part of a report. `own_text` is what people wrote: it stands behind the generated sentences and is never changed.

    `table`: whether the plan-and-actual table belongs to it; it is printed once, as the annex.
    """

    code: str
    title_vi: str
    generated: tuple[Sentence, ...]
    own_text: str | None
    table: bool


@dataclass(frozen=True)
class ReportContent:
    """A report as its documents print it. `cells` are figures as `figures` answers them, each with its `key`."""

    title: str
    kind: str
    from_: date
    to: date
    province_name: str
    alliance_name: str
    parent_name: str
    geography: str
    number: str | None
    place: str
    signed_on: date | None
    signer_form: str | None
    signer_title: str
    signer_name: str | None
    recipients: tuple[str, ...]
    sections: tuple[Section, ...]
    cells: tuple[Mapping[str, Any], ...]
    is_draft: bool
