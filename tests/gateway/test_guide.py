"""The guide: the folder docs/ as pages, in the reader's language where there is one; no link in it is dead."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from services.gateway.config import TREE
from services.gateway.main import create_app
from tests.gateway.html import Html


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the pages of the tree."""
    shutil.copytree(TREE / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("vi"))
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"):
        shutil.copy(TREE / name, tmp_path)
    (tmp_path / "docs" / "vi").mkdir()
    return tmp_path


async def _client(tree: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app({}, tree=tree)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://vca.test") as client,
    ):
        yield client


@pytest.fixture
async def guide(tree: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The portal over the copy."""
    async for client in _client(tree):
        yield client


@pytest.fixture
async def real() -> AsyncIterator[httpx.AsyncClient]:
    """The portal over the tree itself."""
    async for client in _client(TREE):
        yield client


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["vi", "en"])
async def test_no_link_within_the_portal_is_dead(real: httpx.AsyncClient, language: str) -> None:
    headers = {"Accept-Language": language}
    waiting, pages = ["/", "/guide", "/changelog", "/problems"], dict[str, Html]()
    for path in waiting:
        if path in pages or path.startswith(("/docs/", "/health", "/status", "/.well-known", "/v1/")):
            continue
        answer = await real.get(path, headers=headers)
        assert answer.status_code == 200, path
        pages[path] = Html(answer.text if "html" in answer.headers["content-type"] else "")
        waiting += [link.partition("#")[0] for link in pages[path].links if link.startswith("/")]
    assert {path for path in pages if path.startswith("/guide/adr/")}
    for path, page in pages.items():
        for link in page.links:
            to, _, anchor = link.partition("#")
            target = pages.get(to or path)
            if anchor and target is not None:
                # Browsers look for what the letters of a Vietnamese heading were encoded from.
                assert unquote(anchor) in target.ids, f"{path}: {link}"


async def test_every_page_of_the_folder_is_there_and_named_in_the_list(real: httpx.AsyncClient) -> None:
    listed = Html((await real.get("/guide")).text).links
    for file in (*(TREE / "docs").glob("*.md"), *(TREE / "docs").glob("adr/*.md")):
        name = file.relative_to(TREE / "docs").with_suffix("")
        assert f"/guide/{name}" in listed
        answer = await real.get(f"/guide/{name}")
        assert answer.status_code == 200
        twin = await real.get(f"/guide/{name}.md", headers={"Accept-Language": "en"})
        assert twin.headers["content-type"] == "text/markdown; charset=utf-8"
        assert twin.text == file.read_text()


async def test_a_page_comes_in_vietnamese_where_it_is_translated(guide: httpx.AsyncClient, tree: Path) -> None:
    untranslated = await guide.get("/guide/api")
    assert "chưa có bản tiếng Việt" in untranslated.text
    assert '<article lang="en">' in untranslated.text
    text = "# API trả lời thế nào\n\nXem [tài liệu](funds.md#hạn-trả), [lỗi](/problems), [mã](../kernel/app.py).\n"
    (tree / "docs" / "vi" / "api.md").write_text(text)
    translated = await guide.get("/guide/api")
    assert '<h1 id="api-trả-lời-thế-nào">API trả lời thế nào</h1>' in translated.text
    assert "chưa có bản tiếng Việt" not in translated.text
    assert '<a href="/guide/funds#hạn-trả">' in translated.text.replace("%E1%BA%A1", "ạ").replace("%E1%BA%A3", "ả")
    assert "<span>mã</span>" in translated.text
    assert (await guide.get("/guide/api.md")).text == text
    english = await guide.get("/guide/api?lang=en")
    assert (english.headers["content-language"], "trả lời" in english.text) == ("en", False)
    assert "API trả lời thế nào" in (await guide.get("/guide")).text


async def test_a_new_page_is_listed_without_being_named_anywhere(tree: Path) -> None:
    (tree / "docs" / "brand-new.md").write_text("# Brand new\n\n| a | b |\n|---|---|\n| 1 | <script>x</script> |\n")
    async for client in _client(tree):
        assert "/guide/brand-new" in Html((await client.get("/guide")).text).links
        page = await client.get("/guide/brand-new")
        assert '<div class="scroll" tabindex="0" role="group"' in page.text
        assert "<script>x" not in page.text


async def test_what_lies_outside_the_guide_is_not_read(guide: httpx.AsyncClient) -> None:
    for path in ("/guide/nothing", "/guide/../SECURITY", "/guide/vi/api", "/guide/%2e%2e/README"):
        answer = await guide.get(path)
        assert answer.status_code == 404


async def test_programs_find_the_guide_in_llms_txt(real: httpx.AsyncClient) -> None:
    english = (await real.get("/llms.txt")).text
    assert english.startswith("# Cooperative Alliance platform\n\n> ")
    links = [line.partition("](")[2].partition(")")[0] for line in english.splitlines() if line.startswith("- [")]
    assert {"/guide/api.md", "/guide/funds.md", "/changelog.md"} <= set(links)
    for link in links:
        assert (await real.get(link)).headers["content-type"].startswith("text/markdown")
    assert "Hợp tác xã" in (await real.get("/llms.txt?lang=vi")).text
