"""The portal's HTML: our own templates, in two languages, every asset from this host."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request

from kernel.web.calls import language_of
from services.gateway.portal.markdown import render

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Reader:
    """Who reads a page: in which language, and whether a link chose it (`lang=`), which the next links then keep."""

    language: str
    chosen: bool = False

    def say(self, vietnamese: str, english: str) -> str:
        """Return the words in the reader's language."""
        return english if self.language == "en" else vietnamese

    def href(self, address: str) -> str:
        """Return an address of the portal, for a link."""
        if not self.chosen or not address.startswith("/") or address.startswith(("/static/", "/v1/")):
            return address
        path, mark, anchor = address.partition("#")
        return f"{path}{'&' if '?' in path else '?'}lang={self.language}{mark}{anchor}"

    def text(self, words: dict[str, str]) -> str:
        """Return a text that the contract has in one language or two."""
        return words.get(self.language) or words["en"]

    def lang(self, words: dict[str, str]) -> Markup:
        """Return the attribute that says in which language a text really is, where that is not the page's."""
        foreign = self.language != "en" and not words.get(self.language) and words["en"]
        return Markup(' lang="en"') if foreign else Markup("")


def reader_of(request: Request) -> Reader:
    """Return the language asked for by `lang`, else by the browser."""
    language = request.query_params.get("lang")
    if language in ("vi", "en"):
        return Reader(language, chosen=True)
    return Reader(language_of(request))


def _code(text: str) -> Markup:
    """Return a sentence as HTML, what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


class Pages:
    """Renders the templates. `versions`: each file of /static and a digest of its content, which stands in its address."""

    def __init__(self) -> None:
        self.versions = {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:12] for file in STATIC.iterdir() if file.is_file()
        }
        self._templates = Environment(
            loader=FileSystemLoader(ROOT / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._templates.globals["asset"] = lambda name: f"/static/{name}?v={self.versions[name]}"
        self._templates.filters["code"] = _code

    def render(self, template: str, reader: Reader, **context: Any) -> str:
        """Return the page that a template makes for a reader."""
        of_reader = {
            "language": reader.language,
            "t": reader.say,
            "href": reader.href,
            "text": reader.text,
            "lang": reader.lang,
            "markdown": lambda text: render(text, reader.language, reader.href).html,
        }
        return self._templates.get_template(f"{template}.html").render(of_reader | context)
