"""Lists by the commune or district of the borrower, on both maps: those who live there, and those who may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from pydantic_core import PydanticCustomError

from kernel.problems import FieldError
from kernel.records.commune_filters import COMMUNE_FILTERS, read_communes, steering
from kernel.records.listing import Listing, Source, code_filter
from kernel.values.field_errors import as_fault
from kernel.values.wording import Labels

_MAPS = ("2008", "2025")
_UNCERTAIN: Labels = {"uncertain": ("Xã cũ bị chia, chưa rõ", "Old commune divided, not known")}
FILTERS = (
    *(replace(each, description=f"{each.description} That of the borrower.") for each in COMMUNE_FILTERS),
    steering(
        code_filter(
            "placement",
            "",
            _UNCERTAIN,
            "uncertain: those of borrowers who may live in the commune or district, as their old commune was divided.",
        )
    ),
)

PLACE_WORDS = {each.name: f"{each.description} Repeat for OR." for each in FILTERS}
"""What each parameter asks for, where a list declares them itself."""

LYING = """(b.commune_map = '2008' AND b.commune_code = ANY({_places_2008}::text[])
       OR b.commune_map = '2025' AND b.commune_code = ANY({_places_2025}::text[]))"""
"""Condition on the borrower `b`, by ix_borrower_commune."""


def read_places(given: dict[str, Any]) -> list[FieldError]:
    """Turn the communes and districts asked for into codes by map, in place; return what is wrong."""
    if faults := read_communes(given):
        return faults
    axes = [axis for axis in ("_commune", "_district") if f"{axis}_2008" in given]
    if "_on_map" in given or ("placement" in given and not axes):
        words = ("Hãy nêu cả xã.", "Name the commune as well.")
        return [FieldError("required", words, parameter="commune_code")]
    if not axes:
        return []
    for map_ in _MAPS:
        sure = [set(given[f"{axis}_{map_}"]) for axis in axes]
        possible = [within.union(given[f"{axis}_{map_}_maybe"]) for axis, within in zip(axes, sure, strict=True)]
        lying = set.intersection(*sure)
        maybe = set.intersection(*possible) - lying
        given[f"_places_{map_}"] = sorted(maybe if "placement" in given else lying)
        given[f"_maybe_{map_}"] = sorted(maybe)
    return []


def uncertain_places(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the parameters of those who may live in what was asked for; None where no place is, or those were."""
    if "_places_2008" not in given or "placement" in given:
        return None
    return {**given, **{f"_places_{map_}": given[f"_maybe_{map_}"] for map_ in _MAPS}}


def by_place(listing: Listing, borrower_id: str) -> Listing:
    """Return a listing that may also be asked for by the commune or district of its borrowers, whose column this is."""
    # The borrowers first, as one array: a walk through all loans in the order of a page would compare each of them.
    lives_there = f"{borrower_id} = ANY(ARRAY(SELECT b.id FROM borrower b WHERE {LYING}))"  # noqa: S608 - of this module's constants

    def check(parameters: dict[str, Any]) -> list[FieldError]:
        return [*(listing.check(parameters) if listing.check else ()), *read_places(parameters)]

    def source(parameters: Mapping[str, Any]) -> Source:
        whole = listing.source(parameters)
        return replace(whole, conditions=(*whole.conditions, lives_there)) if "_places_2008" in parameters else whole

    return replace(
        listing, filters=(*listing.filters, *FILTERS), check=check, source=source, uncertain=uncertain_places
    )


class Places(NamedTuple):
    """Codes of communes of the maps of 2008 and of 2025: what was asked for, and what may lie there as well."""

    asked: tuple[list[str], list[str]]
    uncertain: tuple[list[str], list[str]] | None


def places_asked(asked: Mapping[str, Sequence[str] | None]) -> tuple[Places | None, list[FieldError]]:
    """Return the places that a request names by the parameters of `FILTERS`, or None, and what is wrong with them."""
    given: dict[str, Any] = {}
    faults = []
    for each in FILTERS:
        for value in asked[each.name] or ():
            try:
                given.setdefault(each.name, []).append(each.read(value))
            except PydanticCustomError as error:
                faults.append(as_fault(error, parameter=each.name))
    faults = faults or read_places(given)
    if faults or "_places_2008" not in given:
        return None, faults
    maybe = uncertain_places(given)
    places = Places(
        (given["_places_2008"], given["_places_2025"]),
        None if maybe is None else (maybe["_places_2008"], maybe["_places_2025"]),
    )
    return places, []
