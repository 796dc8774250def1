"""The folder docs/ as pages; its folder vi has the Vietnamese ones. What is not translated is shown in English."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from services.gateway.portal.markdown import Heading, render
from services.gateway.portal.pages import Reader

_BESIDE_DOCS = {"contributing": "CONTRIBUTING.md", "security": "SECURITY.md", "changelog": "CHANGELOG.md"}
"""Pages of the tree that are part of the guide though they lie outside docs/."""

_SECTIONS = (
    (
        ("Dùng API", "Using the API"),
        (
            "first-call",
            "signing-in",
            "lists",
            "writing-safely",
            "errors",
            "offline-phones",
            "following",
            "figures",
            "plans",
            "reports",
            "api",
            "sync",
            "sandbox",
        ),
    ),
    (("Lĩnh vực", "The field"), ("domain", "registry", "funds", "training", "reporting", "identity")),
    (
        ("Vận hành", "Running it"),
        (
            "operating",
            "high-availability",
            "deploying",
            "runbook",
            "logs",
            "auditing",
            "personal-data",
            "speed",
            "security",
        ),
    ),
    (
        ("Phát triển", "Building it"),
        ("architecture", "api-style", "code-style", "adding-a-resource", "migrations", "contributing"),
    ),
    (("Các quyết định", "Decisions"), ()),
)
"""What stands where; a page that is named nowhere is for users and stands at the end of the first section."""


@dataclass(frozen=True)
class Entry:
    """A page, as lists of pages name it. `translated`: it is there in the reader's language."""

    name: str
    title: str
    translated: bool

    @property
    def path(self) -> str:
        """Where it is."""
        return "/changelog" if self.name == "changelog" else f"/guide/{self.name}"


@dataclass(frozen=True)
class Section:
    """Pages that belong together; its name in Vietnamese and English."""

    name: tuple[str, str]
    pages: tuple[Entry, ...]


@dataclass(frozen=True)
class Text:
    """A page's text, and whether it is in the reader's language."""

    text: str
    translated: bool


@dataclass(frozen=True)
class GuidePage:
    """A page as HTML."""

    title: str
    html: Markup
    headings: tuple[Heading, ...]
    translated: bool


class Guide:
    """The pages under `root`, a copy of the tree. Files are read when they are asked for: an edit shows at once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        docs = root / "docs"
        decisions = sorted(f"adr/{file.stem}" for file in docs.glob("adr/*.md"))
        others = sorted(file.stem for file in docs.glob("*.md"))
        beside = [name for name, file in _BESIDE_DOCS.items() if (root / file).is_file()]
        self.names = (*others, *beside, *decisions)

    def _file(self, name: str, language: str) -> Path:
        if language == "vi":
            return self._root / "docs" / "vi" / f"{name}.md"
        return self._root / _BESIDE_DOCS[name] if name in _BESIDE_DOCS else self._root / "docs" / f"{name}.md"

    def text(self, name: str, language: str) -> Text | None:
        """Return a page's Markdown in the language, else in English; None if there is no such page."""
        if name not in self.names:
            return None
        translated = self._file(name, language)
        there = translated.is_file()
        return Text((translated if there else self._file(name, "en")).read_text(encoding="utf-8"), there)

    def page(self, name: str, reader: Reader) -> GuidePage | None:
        """Return a page; None if there is no such page. Links to other pages lead there, those to files nowhere."""
        found = self.text(name, reader.language)
        if found is None:
            return None
        language = reader.language if found.translated else "en"
        rendered = render(found.text, language, lambda address: self._link(name, address, reader))
        return GuidePage(rendered.title, rendered.html, rendered.headings, found.translated)

    def _link(self, name: str, address: str, reader: Reader) -> str | None:
        if address.startswith(("#", "http://", "https://", "mailto:")):
            return address
        if address.startswith("/"):
            return reader.href(address)
        file, mark, anchor = address.partition("#")
        # Vietnamese pages lie a folder deeper and name their sisters alike.
        folder = "" if name in _BESIDE_DOCS else posixpath.dirname(f"docs/{name}")
        for base in (folder, folder.replace("docs", "docs/vi", 1)):
            path = posixpath.normpath(posixpath.join(base, file)).replace("docs/vi/", "docs/")
            target = next((one for one in self.names if self._address_of(one) == path), None)
            if target is not None:
                return reader.href(Entry(target, "", True).path + mark + anchor)
            if path == "docs/adr":
                return reader.href("/guide#decisions")
        return None

    @staticmethod
    def _address_of(name: str) -> str:
        return _BESIDE_DOCS.get(name, f"docs/{name}.md")

    def sections(self, language: str) -> tuple[Section, ...]:
        """Return the pages in the order of reading, by section; the changelog has a place of its own."""
        named = {name for _, names in _SECTIONS for name in names}
        pages = [name for name in self.names if name != "changelog"]
        decisions = [name for name in pages if name.startswith("adr/")]
        others = [name for name in pages if name not in named and name not in decisions]
        found = []
        for at, (title, names) in enumerate(_SECTIONS):
            own = [name for name in names if name in pages]
            more = others if at == 0 else decisions if at == len(_SECTIONS) - 1 else []
            entries = tuple(self._entries([*own, *more], language))
            if entries:
                found.append(Section(title, entries))
        return tuple(found)

    def _entries(self, names: list[str], language: str) -> Iterator[Entry]:
        for name in names:
            found = self.text(name, language)
            assert found is not None
            title = next((line[2:] for line in found.text.splitlines() if line.startswith("# ")), name)
            yield Entry(name, title.replace("`", ""), found.translated)
