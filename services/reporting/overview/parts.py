"""The parts of an overview: each asked by itself, so that a service that is down costs its own part alone."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

from services.reporting import code_lists as codes
from services.reporting.upstreams import NoAnswer

Item = dict[str, Any]


@dataclass
class Missing:
    """What could not be had, once for each service and part."""

    language: str
    found: dict[tuple[str, str], Item] = field(default_factory=dict)

    def note(self, part: str, service: str, code: str) -> None:
        """Note that a service gave no answer for a part."""
        at = self.language == "en"
        self.found[part, service] = {
            "part": part,
            "service": service,
            "service_label": codes.SOURCE_SERVICES[service][at],
            "code": code,
            "reason": codes.NO_ANSWERS[code][at],
        }

    async def listed(self, part: str, service: str, answer: Awaitable[list[Item]]) -> list[Item]:
        """Return what a service answers; nothing, noted, where it gives no answer. What the caller may not see is no gap."""
        try:
            return await answer
        except NoAnswer as no_answer:
            if no_answer.why != "not_permitted":
                self.note(part, service, no_answer.why)
            return []
        except (KeyError, TypeError, ValueError):
            self.note(part, service, "bad_answer")
            return []
