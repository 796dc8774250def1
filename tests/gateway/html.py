"""A page as a test reads it: how many elements it has, what it names, where its links lead, what it loads."""

from __future__ import annotations

from html.parser import HTMLParser


class Html(HTMLParser):
    """A page taken apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements = 0
        self.ids: list[str] = []
        self.links: list[str] = []
        self.assets: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element says."""
        self.elements += 1
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in ("script", "link") and (given.get("src") or given["href"]).startswith(("/static/", "/favicon")):
            self.assets.append(given.get("src") or given["href"])
        if tag == "style" or "style" in given or (tag == "script" and "src" not in given):
            self.inline.append(tag)
