"""The pages of a signed-in officer: the province's year, the records behind its numbers, signing in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from kernel.values.ids import new_id
from services.gateway.portal import amounts, overview, records
from services.gateway.portal.contracts import Contracts
from services.gateway.portal.fields import Contract
from services.gateway.portal.pages import Pages, Reader, reader_of
from services.gateway.portal.sessions import Gone, Session, Sessions, form_of
from services.gateway.portal.upstreams import Json, Reply, Upstreams

Endpoint = Callable[[Request], Awaitable[Response]]
Public = Callable[[Request, bool], Awaitable[Response]]
"""The first page for everyone else; the flag says that a sign-in has ended."""

_NOW = {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
_SECOND_FACTOR = "/v1/identity/me/second-factor"
CATALOGUE = "/v1/reporting/indicators"
_COVERED = ("registry", "funds", "training", "reporting")


class Officer:
    """The pages, over what the services answer to the person who looks. It knows no rule of the business."""

    def __init__(self, pages: Pages, contracts: Contracts, sessions: Sessions, public: Public) -> None:
        self._pages, self._sessions, self._public = pages, sessions, public
        # Read when a table is first shown: it takes seconds where nobody has read it before.
        self._contract = cache(lambda: Contract(contracts.document))

    @property
    def routes(self) -> dict[str, tuple[str, Endpoint]]:
        """Path → method and endpoint."""
        return {
            "/": ("GET", self.start),
            "/records": ("GET", self.records),
            "/coverage": ("POST", self.coverage),
            "/sign-in": ("GET", self.sign_in),
            "/signed-in": ("GET", self.signed_in),
            "/sign-out": ("POST", self.sign_out),
        }

    async def start(self, request: Request) -> Response:
        """Show a signed-in officer the province's year; everyone else what the platform is."""
        upstreams = _upstreams(request)
        session = await self._sessions.current(request, upstreams)
        if session is None:
            return await self._public(request, False)
        if isinstance(session, str):
            return await self._without(request, session)
        person = session.person
        if person.is_own_user or not any(scope.endswith((".read", ".approve")) for scope in person.scopes):
            offers = await self._offers_second_factor(request, session)
            return self._page(request, session, "officer_own", here="/", offers_second_factor=offers)
        given = request.query_params
        path = overview.asked_of(person, given.get("province"), given.get("year"), given.get("on"))
        reply, session = await self._asked(request, session, "GET", path)
        if isinstance(session, str):
            return await self._without(request, session)
        return self._overview(request, session, reply, offers=await self._offers_second_factor(request, session))

    async def _offers_second_factor(self, request: Request, session: Session) -> bool:
        """Say whether to lead a person to enrolling a second factor: they have none, and this deployment offers it.

        Who enrolled one is asked for it, so a sign-in by the password alone is of one who did not.
        """
        if session.person.has_second_factor:
            return False
        reply = await _upstreams(request).ask("GET", _SECOND_FACTOR, token=session.token)
        return reply.is_good and bool(reply.document.get("offered")) and reply.document.get("enrolled_at") is None

    def _overview(
        self, request: Request, session: Session, reply: Reply, refused: str | None = None, *, offers: bool = False
    ) -> Response:
        reader = reader_of(request)
        if not reply.is_good:
            return self._refused(request, session, reply)
        return self._page(
            request,
            session,
            "officer",
            status=200 if refused is None else 422,
            here="/",
            year=reply.document,
            provinces=overview.provinces_of(session.person),
            bar=overview.bar_of,
            offers_second_factor=offers,
            chosen_day=request.query_params.get("on", ""),
            refused=refused,
            new_id=new_id,
            may_write={service for service in _COVERED if _may_write(session, service)},
            records=lambda path: overview.records_href(reader, path),
        )

    async def records(self, request: Request) -> Response:
        """Show what lies at an address of the API: the records behind a number, or one record."""
        upstreams = _upstreams(request)
        session = await self._sessions.current(request, upstreams)
        if session is None:
            return self._sessions.begin(request, reader_of(request).language, _address(request))
        if isinstance(session, str):
            return await self._without(request, session)
        address = request.query_params.get("of", "")
        if not records.readable(address):
            return self._page(request, session, "officer_refused", status=404, here="/", words=None)
        reply, session = await self._asked(request, session, "GET", address)
        if isinstance(session, str):
            return await self._without(request, session)
        if not reply.is_good:
            return self._refused(request, session, reply)
        reader = reader_of(request)
        contract = await asyncio.to_thread(self._contract)
        fields = records.fields_of(contract, address)
        is_list = isinstance(reply.document.get("items"), list)
        counted = records.counted_in(address)
        return self._page(
            request,
            session,
            "officer_records",
            here="/",
            address=address,
            counted=counted,
            heading=await self._indicator(request, session, counted)
            or records.heading_of(contract, reply.document, address, reader.language),
            back=records.back_to(counted),
            table=records.table_of(reply.document, address, fields, reader.language) if is_list else None,
            details=None if is_list else records.details_of(reply.document, fields, reader.language),
            records=lambda path: overview.records_href(reader, path),
        )

    async def _indicator(self, request: Request, session: Session, counted: dict[str, str]) -> str:
        """Return what people call the figure that records are counted in."""
        code = counted.get("counted_in", "")
        if not code:
            return ""
        language = reader_of(request).language
        reply = await _upstreams(request).ask("GET", CATALOGUE, token=session.token, language=language)
        return records.label_in(reply.document, code)

    async def coverage(self, request: Request) -> Response:
        """Declare that records are complete, as the API is told, and show the year again."""
        upstreams = _upstreams(request)
        if not self._sessions.is_ours(request):
            return self._foreign(request)
        session = await self._sessions.current(request, upstreams)
        if session is None or isinstance(session, str):
            return await self._without(request, session or "ended")
        form = await form_of(request)
        given = dict(form)
        service = given.get("service", "")
        back = "/?" + urlencode({name: given[name] for name in ("province", "year", "on", "lang") if given.get(name)})
        if service not in _COVERED:
            return RedirectResponse(back, 303, _NOW)
        body: Json = {
            "province": given.get("covered_province", ""),
            "record_types": [value for name, value in form if name == "record_types"],
            "covered_from": given.get("covered_from", ""),
            "covered_to": given.get("covered_to") or None,
            **({"id": given["id"]} if given.get("id") else {}),
        }
        reply, session = await self._asked(request, session, "POST", f"/v1/{service}/coverages", json=body)
        if isinstance(session, str):
            return await self._without(request, session)
        if reply.is_good:
            answer: Response = RedirectResponse(f"{back}#coverage", 303, _NOW)
            return self._remembered(request, session, answer)
        path = overview.asked_of(session.person, given.get("province"), given.get("year"), None)
        shown, session = await self._asked(request, session, "GET", path)
        if isinstance(session, str):
            return await self._without(request, session)
        return self._overview(request, session, shown, reply.detail(reader_of(request).language))

    async def sign_in(self, request: Request) -> Response:
        """Go to identity's own page, where passwords are typed."""
        reader, asked = reader_of(request), request.query_params
        go_on, with_factor = asked.get("go_on") or reader.href("/"), "second_factor" in asked
        return self._sessions.begin(request, reader.language, go_on, second_factor=with_factor)

    async def signed_in(self, request: Request) -> Response:
        """Come back from it."""
        answer = await self._sessions.finish(request, _upstreams(request))
        if isinstance(answer, Response):
            return answer
        reader = reader_of(request)
        page = self._pages.render(
            "officer_not_signed_in", reader, here="/", why=answer, sign_in=self._sessions.sign_in_link(request)
        )
        return HTMLResponse(page, 503 if answer == "down" else 400, _NOW | {"Content-Language": reader.language})

    async def sign_out(self, request: Request) -> Response:
        """End the sign-in."""
        if not self._sessions.is_ours(request):
            return self._foreign(request)
        return await self._sessions.end(request, _upstreams(request))

    async def _asked(
        self, request: Request, session: Session, method: str, path: str, json: Json | None = None
    ) -> tuple[Reply, Session | Gone]:
        """Ask as the person; once more with a new token where the present one was refused (rights changed, keys renewed)."""
        upstreams, language = _upstreams(request), reader_of(request).language

        async def ask(token: str) -> Reply:
            return await upstreams.ask(method, path, token=token, language=language, json=json)

        reply = await ask(session.token)
        if reply.status != 401 or session.fresh is not None:
            return reply, session if reply.status != 401 else "ended"
        anew = await self._sessions.current(request, upstreams, anew=True)
        if anew is None or isinstance(anew, str):
            return reply, anew or "ended"
        reply = await ask(anew.token)
        return reply, anew if reply.status != 401 else "ended"

    async def _without(self, request: Request, why: Gone) -> Response:
        """Answer one whose sign-in is over, or cannot be renewed for now."""
        if why == "ended":
            answer = await self._public(request, True)
            self._sessions.forget(request, answer)
            return answer
        reader = reader_of(request)
        page = self._pages.render(
            "officer_not_signed_in", reader, here="/", why="down", sign_in=self._sessions.sign_in_link(request)
        )
        return HTMLResponse(page, 503, _NOW | {"Content-Language": reader.language})

    def _foreign(self, request: Request) -> Response:
        reader = reader_of(request)
        page = self._pages.render(
            "officer_not_signed_in", reader, here="/", why="foreign", sign_in=self._sessions.sign_in_link(request)
        )
        return HTMLResponse(page, 403, _NOW | {"Content-Language": reader.language})

    def _refused(self, request: Request, session: Session, reply: Reply) -> Response:
        status = reply.status if 400 <= reply.status < 500 else 503
        words = reply.detail(reader_of(request).language)
        return self._page(request, session, "officer_refused", status=status, here="/", words=words)

    def _page(
        self, request: Request, session: Session, template: str, *, status: int = 200, **context: Any
    ) -> Response:
        reader = reader_of(request)
        language = reader.language
        shown = {
            "person": session.person,
            "number": lambda value, decimals=2: amounts.number(value, language, decimals=decimals),
            "percent": lambda value: amounts.percent(value, language),
            "day": amounts.day,
            "unit": amounts.unit,
            "in_other_language": _in_other_language(request, reader),
            "kept_language": language if reader.chosen else "",
        }
        page = self._pages.render(template, reader, **shown, **context)
        answer = HTMLResponse(page, status, _NOW | {"Content-Language": language})
        return self._remembered(request, session, answer)

    def _remembered(self, request: Request, session: Session, answer: Response) -> Response:
        if session.fresh is not None:
            self._sessions.remember(request, answer, session.fresh)
        return answer


def _upstreams(request: Request) -> Upstreams:
    upstreams: Upstreams = request.app.state.upstreams
    return upstreams


def _may_write(session: Session, service: str) -> bool:
    """Say whether to offer the form: the service decides when it is sent."""
    name = "reports" if service == "reporting" else service
    return f"{name}.write" in session.person.scopes


def _address(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _in_other_language(request: Request, reader: Reader) -> str:
    """Return this page's address in the other language, with all else that was asked for."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    path = request.url.path if request.method == "GET" else "/"
    return f"{path}?{urlencode([*kept, ('lang', 'vi' if reader.language == 'en' else 'en')])}"
