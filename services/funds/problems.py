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
