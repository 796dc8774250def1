"""Finding organizations by a part of the name that tells them apart, at a cost that does not grow with all names.

The index holds, for every letter of a name, what stands from it to the end of the next syllable (SQL function `name_tokens`,
registry_0011): of "dong tam" that is "dong tam", "ong tam", "ng tam", "g tam", "tam", "am", "m". So a part of a name, wherever it
begins and ends, is its pairs of neighbouring syllables, of which the last may go on. Syllables are few and trigrams fewer,
but pairs are many: each stands in few names.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from kernel.records.listing import Search

_LONGEST_TOKEN = 60
"""Of a token, in characters, as name_tokens has it."""
_FEWEST_LETTERS = 3
"""Below, what was typed stands in so many names that looking at each is as quick."""
_LIKE = "o.name_distinct LIKE '%' || {_q} || '%'"


def tokens_of(folded: str) -> str:
    """Return what a name that holds the `folded` text must have of tokens, as a tsquery; "" for what is too short."""
    words = folded.split(" ")
    if len(folded) < _FEWEST_LETTERS:
        return ""
    tokens = [" ".join(pair)[:_LONGEST_TOKEN] for pair in pairwise(words)] or [folded[:_LONGEST_TOKEN]]
    return " & ".join([*(f"'{token}'" for token in tokens[:-1]), f"'{tokens[-1]}':*"])


def search_for(filters: Mapping[str, Any]) -> Search | None:
    """Return the conditions of what was read of `q`; None where nothing but generic words was typed."""
    if "_tokens" not in filters:
        return None
    tokens = "name_tokens(o.name_distinct) @@ {_tokens}::text::tsquery AND " if filters["_tokens"] else ""
    return Search(all=f"{tokens}{_LIKE}", first="o.name_distinct = {_q}")
