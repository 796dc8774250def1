"""What must be true within a dissolution case: its days, its blockers and its steps lie inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from kernel.values.field_errors import field_error


class Blocker(Protocol):
    """What stands in the way, from `since` until `resolved_on`."""

    kind: str
    since: date
    resolved_on: date | None


class Step(Protocol):
    """A step that was taken on a day."""

    kind: str
    on: date


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case as it is, or would be after a correction."""

    opened_on: date
    outcome: str | None
    outcome_on: date | None
    blockers: Sequence[Blocker]
    steps: Sequence[Step]

    @property
    def unresolved(self) -> list[str]:
        """The kinds of what still stands in the way."""
        return [each.kind for each in self.blockers if each.resolved_on is None]


def check_case(case: Case) -> None:
    """Raise the fault of a case that does not agree within itself, at the field that is wrong."""
    _check_outcome(case)
    for at, blocker in enumerate(case.blockers):
        _check_within(case, blocker.since, f"blockers/{at}/since")
        _check_within(case, blocker.resolved_on, f"blockers/{at}/resolved_on")
        if any(other.kind == blocker.kind and _overlap(other, blocker) for other in case.blockers[:at]):
            raise field_error(
                "given_twice",
                "Vướng mắc này đã ghi cho cùng thời gian; hãy bỏ bớt.",
                "This blocker stands for the same time already; leave one out.",
                at=f"blockers/{at}/kind",
            )
    for at, step in enumerate(case.steps):
        _check_within(case, step.on, f"steps/{at}/on")
        if any((other.kind, other.on) == (step.kind, step.on) for other in case.steps[:at]):
            words = (
                "Bước này đã ghi cho cùng ngày; hãy bỏ bớt.",
                "This step stands for that day already; leave one out.",
            )
            raise field_error("given_twice", *words, at=f"steps/{at}/kind")


def _check_outcome(case: Case) -> None:
    if case.outcome is not None and case.outcome_on is None:
        words = ("Có kết quả thì hãy ghi ngày có kết quả.", "An outcome needs its day.")
        raise field_error("required", *words, at="outcome_on")
    if case.outcome is None and case.outcome_on is not None:
        words = (
            "Vụ việc chưa có kết quả; hãy ghi kết quả hoặc để trống ngày.",
            "The case is open: give its outcome, or no day.",
        )
        raise field_error("needs_outcome", *words, at="outcome_on")
    if case.outcome_on is not None and case.outcome_on < case.opened_on:
        words = ("Ngày này phải từ ngày mở vụ việc trở đi.", "This day is before the case was opened.")
        raise field_error("end_before_start", *words, at="outcome_on")


def _check_within(case: Case, day: date | None, at: str) -> None:
    if day is None or (case.opened_on <= day and (case.outcome_on is None or day <= case.outcome_on)):
        return
    raise field_error(
        "outside_case",
        "Ngày này nằm ngoài vụ việc giải thể; hãy ghi ngày từ khi mở đến khi có kết quả.",
        "This day lies outside the dissolution case; give one from its opening to its outcome.",
        at=at,
    )


def _overlap(one: Blocker, other: Blocker) -> bool:
    first, second = sorted((one, other), key=lambda each: each.since)
    return first.resolved_on is None or second.since < first.resolved_on
