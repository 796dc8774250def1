"""What is refused of the ledger."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import Problem


class PeriodClosed(Problem):
    status, code = 409, "period_closed"
    title = ("Kỳ kế toán đã khóa", "Accounting period closed")
    detail = (
        "Ngày {booked_on} nằm trong kỳ đã khóa sổ đến {closed_until}; hãy ghi vào kỳ đang mở.",
        "{booked_on} lies within the books closed until {closed_until}; enter it in the open period.",
    )
    example: ClassVar[dict[str, Any]] = {"booked_on": "2023-06-30", "closed_until": "2023-06-30"}


class AlreadyClosed(Problem):
    status, code = 409, "already_closed"
    title = ("Sổ đã khóa đến ngày này", "Books already closed")
    detail = (
        "Sổ đã khóa đến {closed_until}; hãy chọn ngày sau đó.",
        "The books are closed until {closed_until}; choose a later day.",
    )
    example: ClassVar[dict[str, Any]] = {"closed_until": "2023-06-30"}
