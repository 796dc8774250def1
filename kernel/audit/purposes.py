"""What personal data is read for: a code of a closed list, or words, which are kept as `other`."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from fastapi import Query

from kernel.problems import FieldError, Invalid
from kernel.values.common_lists import READING_PURPOSES

SHORTEST, LONGEST = 5, 300
PURPOSE = "What it is needed for: a code of the list `reading-purposes`, or words; it is recorded"
PURPOSE_WORDS = "In words, what it is needed for; with the purpose `other` it must be there"
SCHEMA: dict[str, Any] = {"type": "string", "minLength": SHORTEST, "maxLength": LONGEST}

Purpose = Annotated[str, Query(min_length=SHORTEST, max_length=LONGEST, description=PURPOSE)]
PurposeWords = Annotated[str | None, Query(min_length=SHORTEST, max_length=LONGEST, description=PURPOSE_WORDS)]

_OTHER = "other"


class Why(NamedTuple):
    """What somebody reads personal data for. `text`: as it was said, for the answer."""

    code: str
    words: str | None
    text: str


def read_why(purpose: str, words: str | None = None) -> Why:
    """Return what parameters say: clients of before send words alone. Raises Invalid for `other` without words."""
    if purpose not in READING_PURPOSES:
        return Why(_OTHER, purpose if words is None else f"{purpose} ({words})", purpose)
    if purpose == _OTHER and words is None:
        missing = ("Hãy ghi rõ cần để làm gì.", "Say in words what it is needed for.")
        raise Invalid(FieldError("required", missing, parameter="purpose_words"))
    return Why(purpose, words, purpose)


def implied(code: str) -> Why:
    """Return the purpose that an operation has by itself."""
    return Why(code, None, code)
