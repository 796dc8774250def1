"""Every way training says no, beyond the kernel's own; trade promotion's stand in trade_problems.py."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import Problem

_ID = "0192c7e0-0000-7000-8000-000000000000"


class ProgramCodeInUse(Problem):
    status, code = 409, "program_code_in_use"
    title = ("Mã chương trình đã được dùng", "The program's code is in use")
    detail = ("Mã {program_code} đã được dùng.", "The code {program_code} is in use.")
    example: ClassVar[dict[str, Any]] = {"program_code": "1804", "program_id": _ID}
