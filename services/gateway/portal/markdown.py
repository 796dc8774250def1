"""Markdown to HTML: headings that can be linked to, tables that scroll in themselves, links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markupsafe import Markup

Link = Callable[[str], str | None]
"""Where a link of the text leads on the page; None: nowhere, then its words stand there as plain text."""


@dataclass(frozen=True)
class Heading:
    """A heading of the page."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Rendered:
    """A text as HTML, and its headings in order."""

    html: Markup
    headings: tuple[Heading, ...]

    @property
    def title(self) -> str:
        """The text of the first heading; empty without one."""
        return self.headings[0].text if self.headings else ""


_PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _wrapped(opening: bool) -> Callable[..., str]:
    def rule(renderer: RendererProtocol, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        # Only what can take the focus can be scrolled with the keyboard.
        return (
            f'<div class="scroll" tabindex="0" role="group" aria-label="{env["table"]}"><table>\n'
            if opening
            else ("</table></div>\n")
        )

    return rule


def _block(renderer: RendererProtocol, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return f'<pre tabindex="0"><code>{Markup.escape(tokens[at].content)}</code></pre>\n'


_PARSER.add_render_rule("table_open", _wrapped(True))
_PARSER.add_render_rule("table_close", _wrapped(False))
_PARSER.add_render_rule("fence", _block)
_PARSER.add_render_rule("code_block", _block)


def slug(text: str) -> str:
    """Return the anchor of a heading, as code hosts make it, so that links work there and here."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def render(text: str, language: str, link: Link | None = None) -> Rendered:
    """Return `text` as HTML. Markup in it is shown, not taken; `language` names the tables for screen readers."""
    env = {"table": "Table" if language == "en" else "Bảng"}
    tokens = _PARSER.parse(text, env)
    headings = _anchored(tokens)
    if link is not None:
        for token in tokens:
            _linked(token.children or [], link)
    return Rendered(Markup(_PARSER.renderer.render(tokens, _PARSER.options, env)), tuple(headings))


def _anchored(tokens: list[Token]) -> list[Heading]:
    headings: list[Heading] = []
    for at, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        text = "".join(part.content for part in tokens[at + 1].children or [])
        anchor, others = slug(text), sum(slug(heading.text) == slug(text) for heading in headings)
        anchor = f"{anchor}-{others}" if others else anchor
        token.attrSet("id", anchor)
        headings.append(Heading(int(token.tag[1:]), text, anchor))
    return headings


def _linked(parts: list[Token], link: Link) -> None:
    dead: list[bool] = []
    for part in parts:
        if part.type == "link_open":
            to = link(str(part.attrGet("href")))
            dead.append(to is None)
            if to is None:
                part.attrs = {}
            else:
                part.attrSet("href", to)
        if part.type in ("link_open", "link_close"):
            if dead[-1]:
                part.tag = "span"
            if part.type == "link_close":
                dead.pop()
