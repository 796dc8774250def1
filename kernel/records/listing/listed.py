"""Which list holds the records of a resource, for what takes the list's filters without being one: exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel.records.listing.declaration import Listing
from kernel.records.resources import Resource
from kernel.web.schemas import Output


@dataclass(frozen=True)
class Listed:
    """How a resource is listed, and what its items are."""

    listing: Listing
    output: type[Output]


_BY_PATH: dict[str, Listed] = {}


def listed(resource: Resource[Any], listing: Listing, output: type[Output]) -> None:
    """Declare how a resource is listed. A record type does it by itself."""
    _BY_PATH[resource.path] = Listed(listing, output)


def listed_as(resource: Resource[Any]) -> Listed:
    """Return how a resource is listed. Raises KeyError where nothing declared it."""
    return _BY_PATH[resource.path]
