"""What a written syllable of Vietnamese looks like: by it, text that came in another encoding is told from text that did not."""

from __future__ import annotations

import functools
import re
import unicodedata

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SHAPE = re.compile(
    "(?:ngh(?=[eêi])|gh(?=[eêi])|ng(?![eêiy])|k(?=[eêiy])|c(?![eêiy])|qu|gi|[ckpt]h|nh|tr|[bdđghlmnprstvx])?"
    "(?:a(?:[cmnptiuyo]|ch|ng|nh)?|ă(?:[cmnpt]|ng)|â(?:[cmnptuy]|ng)|e(?:[cmnpto]|ng)?|ê(?:[mntpu]|ch|nh|ng)?"
    "|i(?:[cmnptu]|ch|nh)?|ia|iê(?:[cmnptu]|ng)|y(?:t|nh)?|yê(?:[mntu]|ng)|o(?:[cmnpti]|ng)?|ô(?:[cmnpti]|ng)?|ơ[mnpti]?"
    "|oo(?:c|ng)|oa(?:[cmnptiyo]|ch|ng|nh)?|oă(?:[cmnpt]|ng)|oe[nto]?|u(?:[cmnpti]|ng)?|ua|uâ(?:[nty]|ng)|uê(?:ch|nh)?"
    "|uô(?:[cmnti]|ng)|uơ|uy(?:[tpnua]|ch|nh)?|uyê[nt]|ư(?:[cmntiu]|ng)?|ưa|ươ(?:[cmnptiu]|ng))"
)
_STOPS = ("c", "p", "t", "ch")
_TONES_OF_STOPS = frozenset("\u0301\u0323")


@functools.lru_cache(maxsize=100_000)
def is_syllable(word: str) -> bool:
    """Say whether `word` could be a syllable of Vietnamese as it is written: its letters, their order, its tone."""
    tones: list[str] = []
    letters: list[str] = []
    for sign in unicodedata.normalize("NFD", word.lower()):
        (tones if sign in _TONES else letters).append(sign)
    plain = unicodedata.normalize("NFC", "".join(letters))
    if len(tones) > 1 or _SHAPE.fullmatch(plain) is None:
        return False
    return not plain.endswith(_STOPS) or bool(tones and tones[0] in _TONES_OF_STOPS)
