"""The operations that every record of the funds has: the kernel's, with the scopes of the funds."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.records import crud
from kernel.records.crud import (
    Under,
    by_map,
    change,
    create,
    insert,
    listing_of,
    named,
    outside_area,
    owner,
    patch_of,
    path_id,
    record_router,
    sent_before,
    shown,
    whole,
)
from services.funds.scopes import READ, WRITE

__all__ = [
    "Kind",
    "Under",
    "by_map",
    "change",
    "create",
    "insert",
    "listing_of",
    "named",
    "outside_area",
    "owner",
    "patch_of",
    "path_id",
    "record_router",
    "sent_before",
    "shown",
    "whole",
]


@dataclass(frozen=True)
class Kind(crud.Kind):
    """One kind of record of the funds: read and written by who may read and write the funds, unless it says otherwise."""

    read_scopes: tuple[str, ...] = READ
    write_scopes: tuple[str, ...] = WRITE
