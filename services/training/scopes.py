"""Who may do what in training and trade promotion, and the router its slices share."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.records import R, crud
from kernel.web.operations import ApiRouter

SERVICE = "training"
PREFIX = "/v1/training"
READ = ("training.read", "sync.read")
WRITE = ("training.write", "sync.write")
OWN_READ = (*READ, "own.read")
OWN_WRITE = (*WRITE, "own.write")
"""A cooperative's own user: its own organization's invitations, registrations and record, and nothing else."""


def training_router(tag: str) -> ApiRouter:
    """Return a router of the service; its operations stand under `tag` in the documentation."""
    return ApiRouter(prefix=PREFIX, tags=[tag])


@dataclass(frozen=True, kw_only=True)
class RecordType(crud.RecordType[R]):
    """One kind of record of the service: read and written by who may read and write it, unless it says otherwise."""

    read_scopes: tuple[str, ...] = READ
    write_scopes: tuple[str, ...] = WRITE
