"""How much one caller may have open at once, so that no one's slow connections keep others out.

Counted by subject, after its token is verified and before its body is read; beyond is 429. Of several copies of a service each
lets its share through (copies.py). What is slow by nature has a
narrower way of its own as well: an upload, a poll that waits, a download. Those of everyone together stay well below the
connections that the gateway keeps to a service, so that ordinary calls always find one.

A plain ASGI layer: hot paths run before FastAPI's own layers, `add_middleware` would not see them.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.problems import Busy, Problem, Unauthenticated
from kernel.runtime.settings import ServiceSettings
from kernel.web.auth import Caller, Verifier
from kernel.web.copies import Share

ALL_UPLOADS, ALL_POLLS, ALL_DOWNLOADS = 96, 128, 96
"""Of all callers together, in all copies of a service; the gateway keeps 512 connections to it (services/gateway/envoy.py)."""

CALLER_KEY = "vca.caller"
"""Where a request's scope holds the caller whose token was verified already."""

FREE_SECONDS = 10.0
_DOWNLOADS_A_FILE = 16
# Their address is signed and they need no token (services/gateway/config.py).
_SIGNED = re.compile(r"/files/[^/]+/content$|/exports/files/[^/]+$")


class TooManyAtOnce(Problem):
    status, code = 429, "too_many_at_once"
    title = ("Quá nhiều yêu cầu cùng lúc", "Too many requests at once")
    detail = (
        "Bạn đang mở {limit} yêu cầu cùng lúc, là mức tối đa; hãy chờ một yêu cầu xong rồi gửi lại.",
        "You have {limit} requests open, which is the most at one time; wait for one to end, then send this again.",
    )
    example: ClassVar[dict[str, Any]] = {"limit": 64}

    def __init__(self, **members: int) -> None:
        # What remains of a body is not waited for.
        super().__init__(headers={"Retry-After": "1", "Connection": "close"}, **members)


class TooManyUploads(TooManyAtOnce):
    code = "too_many_uploads"
    title = ("Quá nhiều tệp đang tải lên cùng lúc", "Too many uploads at once")
    detail = (
        "Bạn đang tải lên {limit} tệp cùng lúc, là mức tối đa; hãy chờ một tệp xong rồi gửi lại.",
        "You are sending {limit} files, which is the most at one time; wait for one to arrive, then send this again.",
    )
    example: ClassVar[dict[str, Any]] = {"limit": 8}


class TooManyPolls(TooManyAtOnce):
    code = "too_many_polls"
    title = ("Quá nhiều lượt chờ tin mới cùng lúc", "Too many waiting polls at once")
    detail = (
        "Bạn đang có {limit} lượt chờ tin mới, là mức tối đa; hãy chờ một lượt xong, hoặc hỏi lại mà không chờ.",
        "You have {limit} polls waiting, which is the most at one time; wait for one to end, or ask without waiting.",
    )
    example: ClassVar[dict[str, Any]] = {"limit": 8}


class TooManyExports(TooManyAtOnce):
    code = "too_many_exports"
    title = ("Quá nhiều bản chụp đang chạy", "Too many exports at once")
    detail = (
        "Bạn đang có {limit} bản chụp chờ hoặc đang chạy, là mức tối đa; hãy chờ một bản xong rồi gửi lại.",
        "You have {limit} exports waiting or running, which is the most at one time; wait for one, then ask again.",
    )
    example: ClassVar[dict[str, Any]] = {"limit": 8}


class TooSlow(Problem):
    status, code = 408, "request_timeout"
    title = ("Gửi quá chậm", "The request came too slowly")
    detail = (
        "Nội dung đến chậm hơn {least_bytes_per_second} byte mỗi giây nên đã bị dừng và không ghi gì; hãy gửi lại khi mạng tốt hơn.",
        "The body came at less than {least_bytes_per_second} bytes a second, so it was stopped and nothing was written; "
        "send it again over a better line.",
    )
    example: ClassVar[dict[str, Any]] = {"least_bytes_per_second": 2048}

    def __init__(self, **members: int) -> None:
        super().__init__(headers={"Connection": "close"}, **members)


class Lane:
    """One kind of work: how many of it each subject has open, and all together."""

    def __init__(
        self,
        person: int,
        system: int,
        refusal: type[TooManyAtOnce] = TooManyAtOnce,
        *,
        everyone: int | None = None,
        share: Share | None = None,
    ) -> None:
        self.refusal, self._share = refusal, share
        self.person, self.system, self.everyone = person, system, everyone
        self._open: dict[str, int] = {}
        self._total = 0

    def limit(self, caller: Caller) -> int:
        """Return how many `caller` may have open."""
        return self.system if caller.is_system else self.person

    def taken(self, caller: Caller) -> contextlib.AbstractContextManager[None]:
        """Take one place of the caller's for as long as the block runs. Raises TooManyAtOnce, Busy."""
        return self._taken(caller.id, self.limit(caller))

    def taken_at(self, path: str) -> contextlib.AbstractContextManager[None]:
        """Take one place where nobody is known: they are counted by the address that is asked for."""
        return self._taken(path, self.person)

    @contextlib.contextmanager
    def _taken(self, key: str, limit: int) -> Iterator[None]:
        self.enter(key, limit)
        try:
            yield
        finally:
            self.leave(key)

    def enter(self, key: str, limit: int) -> None:
        """Take one place of `key`'s; whoever does has to `leave`. Raises TooManyAtOnce, Busy."""
        open_ = self._open.get(key, 0)
        if open_ >= self._here(limit):
            raise self.refusal(limit=limit)
        if self.everyone is not None and self._total >= self._here(self.everyone):
            raise Busy()
        self._open[key] = open_ + 1
        self._total += 1

    def _here(self, limit: int) -> int:
        return limit if self._share is None else self._share.of(limit)

    def leave(self, key: str) -> None:
        """Give a place of `key`'s back."""
        self._total -= 1
        still_open = self._open[key] - 1
        if still_open:
            self._open[key] = still_open
        else:
            del self._open[key]


class Limits:
    """The lanes of one process, as the settings have them and its share allows. Exports are counted in the database."""

    def __init__(self, settings: ServiceSettings, share: Share) -> None:
        self.calls = Lane(settings.calls_per_person, settings.calls_per_system, share=share)
        self.uploads = Lane(
            settings.uploads_per_person, settings.uploads_per_system, TooManyUploads, everyone=ALL_UPLOADS, share=share
        )
        self.polls = Lane(
            settings.polls_per_person, settings.polls_per_system, TooManyPolls, everyone=ALL_POLLS, share=share
        )
        self.exports = Lane(settings.exports_per_person, settings.exports_per_system, TooManyExports)
        self.downloads = Lane(_DOWNLOADS_A_FILE, _DOWNLOADS_A_FILE, everyone=ALL_DOWNLOADS, share=share)


class CallerLimits:
    """Lets each call through in the lanes that are its caller's; who shows no good token goes on to be refused."""

    def __init__(self, app: ASGIApp, limits: Limits, verifier: Verifier) -> None:
        self.app, self._limits, self._verifier = app, limits, verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        authorization = content_type = b""
        for name, value in scope["headers"]:
            if name == b"authorization":
                authorization = value
            elif name == b"content-type":
                content_type = value
        if authorization:
            await self._as_caller(scope, receive, send, authorization, content_type)
        elif _SIGNED.search(scope["path"]):
            with self._limits.downloads.taken_at(scope["path"]):
                await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _as_caller(
        self, scope: Scope, receive: Receive, send: Send, authorization: bytes, content_type: bytes
    ) -> None:
        try:
            caller = self._verifier.caller(authorization.decode("latin-1"))
        except Unauthenticated:
            await self.app(scope, receive, send)
            return
        scope[CALLER_KEY] = caller
        calls = self._limits.calls
        calls.enter(caller.id, calls.limit(caller))
        try:
            if content_type.startswith(b"multipart/"):
                with self._limits.uploads.taken(caller):
                    await self.app(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        finally:
            calls.leave(caller.id)


def paced(receive: Receive, least_bytes_per_second: int) -> Receive:
    """Return `receive` that gives up on a body which comes too slowly: ten seconds, and one for each so many bytes."""
    began, received_bytes, whole = 0.0, 0, False

    async def at_a_pace() -> Message:
        nonlocal began, received_bytes, whole
        if whole:
            return await receive()
        loop = asyncio.get_running_loop()
        began = began or loop.time()
        try:
            async with asyncio.timeout_at(began + FREE_SECONDS + received_bytes / least_bytes_per_second):
                message = await receive()
        except TimeoutError:
            # Not a Problem: FastAPI takes whatever else goes wrong in a body for a malformed one.
            raise HTTPException(408) from None
        received_bytes += len(message.get("body", b""))
        whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return at_a_pace
