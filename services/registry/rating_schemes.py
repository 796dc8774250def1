"""The tables by which organizations are rated, as services/registry/ratings/schemes.toml has them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "ratings" / "schemes.toml"

GOOD_OR_FAIR = ("good", "fair")


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """What is awarded points. `maximum_points` is None where it is not known."""

    code: str
    name_vi: str
    name_en: str
    maximum_points: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Criteria that stand together in the table."""

    name_vi: str
    name_en: str
    maximum_points: Decimal | None
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, kw_only=True)
class Band:
    """What a total from so many points on is called."""

    band: str
    from_points: Decimal


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """A table of criteria with its days, whom it rates, and its bands, the best first."""

    code: str
    name_vi: str
    name_en: str
    legal_basis: str
    valid_from: date
    valid_to: date | None
    organization_types: tuple[str, ...]
    note_vi: str
    note_en: str
    groups: tuple[Group, ...]
    bands: tuple[Band, ...]

    @property
    def criteria(self) -> dict[str, Criterion]:
        """The criteria of all groups by code."""
        return {criterion.code: criterion for group in self.groups for criterion in group.criteria}

    def holds_in(self, year: int) -> bool:
        """Say whether it was in force on a day of the year."""
        return self.valid_from.year <= year and (self.valid_to is None or year <= self.valid_to.year)

    def band(self, score: Decimal | None) -> str | None:
        """Return what a total is called; None without one."""
        if score is None:
            return None
        return next(each.band for each in self.bands if score >= each.from_points)


def _points(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _group(document: Mapping[str, Any]) -> Group:
    criteria = (
        Criterion(**{**each, "maximum_points": _points(each.get("maximum_points"))}) for each in document["criteria"]
    )
    return Group(**{**document, "maximum_points": _points(document.get("maximum_points")), "criteria": tuple(criteria)})


def _scheme(document: Mapping[str, Any]) -> Scheme:
    bands = (Band(band=each["band"], from_points=Decimal(each["from_points"])) for each in document["bands"])
    return Scheme(
        **{
            "valid_to": None,
            **document,
            "organization_types": tuple(document["organization_types"]),
            "groups": tuple(map(_group, document["groups"])),
            "bands": tuple(sorted(bands, key=lambda each: each.from_points, reverse=True)),
        }
    )


SCHEMES: dict[str, Scheme] = {
    document["code"]: _scheme(document) for document in tomllib.loads(_FILE.read_text(encoding="utf-8"))["schemes"]
}
LABELS = {scheme.code: (scheme.name_vi, scheme.name_en) for scheme in SCHEMES.values()}


def band_sql(rating: str) -> str:
    """Return the band of the rating whose alias is given, as SQL; null without a score."""
    cases = " ".join(
        f"WHEN {rating}.scheme = '{scheme.code}' AND {rating}.score >= {each.from_points} THEN '{each.band}'"
        for scheme in SCHEMES.values()
        for each in scheme.bands
    )
    return f"(CASE {cases} END)"
