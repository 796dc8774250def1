"""Every way the funds say no, beyond the kernel's own."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import Problem

_ID = "0192c7e0-0000-7000-8000-000000000000"


class AlreadyReversed(Problem):
    status, code = 409, "already_reversed"
    title = ("Bút toán đã được đảo", "It was reversed already")
    detail = (
        "Bút toán này đã được đảo bởi {reversed_by_id}, hoặc chính nó là bút toán đảo.",
        "It was reversed by {reversed_by_id}, or is a reversal itself.",
    )
    example: ClassVar[dict[str, Any]] = {"reversed_by_id": _ID}


class CapitalShort(Problem):
    status, code = 409, "capital_short"
    title = ("Nguồn vốn không đủ", "The source does not hold that much")
    detail = (
        "Nguồn {kind} còn {held_vnd} đ, yêu cầu {asked_vnd} đ, vượt {over_vnd} đ.",
        "The source {kind} holds {held_vnd} đ; {asked_vnd} đ were asked, {over_vnd} đ too much.",
    )
    example: ClassVar[dict[str, Any]] = {
        "kind": "state", "held_vnd": 500_000_000, "asked_vnd": 600_000_000, "over_vnd": 100_000_000,
    }  # fmt: skip
