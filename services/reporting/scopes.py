"""Who may do what in reporting."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.records import R, crud

SERVICE = "reporting"
PREFIX = "/v1/reporting"
READ = ("reports.read", "sync.read")
WRITE = ("reports.write", "sync.write")
APPROVE = ("reports.approve",)
"""Whoever decides on what others prepared."""
OWN_READ = (*READ, "own.read")
"""A cooperative's own user: what names its own organization, and nothing else."""


@dataclass(frozen=True, kw_only=True)
class RecordType(crud.RecordType[R]):
    """One kind of record of the service: read and written by who may read and write it, unless it says otherwise."""

    read_scopes: tuple[str, ...] = READ
    write_scopes: tuple[str, ...] = WRITE
