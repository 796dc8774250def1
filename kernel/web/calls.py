"""The call that an operation answers: who calls, in which language, and the record that its path names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from kernel import problems
from kernel.database.connections import Database
from kernel.web.auth import Caller, Verifier, admit
from kernel.web.limits import CALLER_KEY


class Call:
    """One request on its way: who calls, in which language, and the record its path names.

    `asked`: what another service answered before the transaction, by the id it was asked for (kernel/feed/organizations.py).
    """

    __slots__ = ("_caller", "asked", "db", "language", "record", "request", "request_id", "state")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.state: Any = request.app.state
        self.db: Database = self.state.db
        self.request_id: str = request.scope.get("vca.request_id", "")
        self.language = language_of(request)
        self.record: Any = None
        self.asked: dict[str, Any] = {}
        self._caller: Caller | None = None

    @property
    def caller(self) -> Caller:
        """The verified caller; open operations have none and may not ask."""
        if self._caller is None:
            raise problems.Unauthenticated()
        return self._caller

    def authenticate(self) -> None:
        """Check the token, where the limits have not done so. Raises Unauthenticated."""
        verifier: Verifier = self.state.verifier
        verified: Caller | None = self.request.scope.get(CALLER_KEY)
        self._caller = verified or verifier.caller(self.request.headers.get("authorization"))

    def admit(self, scopes: frozenset[str]) -> None:
        """Check the token, and that it has one of `scopes`. Raises Unauthenticated, Forbidden."""
        self.authenticate()
        self._caller = admit(self.caller, scopes)


def language_of(request: Request) -> str:
    """Return "en" if Accept-Language prefers it, else "vi", the default."""
    accepted = request.headers.get("accept-language")
    if not accepted:
        return "vi"
    if "," not in accepted and accepted[:2] in ("vi", "en"):
        return accepted[:2]
    best, language = 0.0, "vi"
    for part in accepted.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if tag[:2].lower() in ("vi", "en") and quality > best:
            best, language = quality, tag[:2].lower()
    return language


def wants_page(request: Request) -> bool:
    """Say whether a person's browser asks, and not a program."""
    return "text/html" in request.headers.get("accept", "")


async def current_call(request: Request) -> Call:  # a plain def would go to a thread
    call: Call = request.scope["vca.call"]
    return call


CurrentCall = Annotated[Call, Depends(current_call)]
Guard = Callable[[Call, dict[str, str]], Awaitable[None]]
Direct = Callable[[Call], Awaitable[Response | None]]
