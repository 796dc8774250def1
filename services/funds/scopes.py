"""Who may do what in the funds, and the router its slices share."""

from __future__ import annotations

from kernel.web.operations import ApiRouter

PREFIX = "/v1/funds"
READ = ("funds.read", "sync.read")
WRITE = ("funds.write", "sync.write")
APPROVE = ("funds.approve",)
"""Decides, and never on what the same person prepared."""
OWN_READ = (*READ, "own.read")
OWN_WRITE = (*WRITE, "own.write")


def funds_router(tag: str) -> ApiRouter:
    """Return a router of the funds; its operations stand under `tag` in the documentation."""
    return ApiRouter(prefix=PREFIX, tags=[tag])
