"""The portal's HTML: plain, bilingual, every asset from this host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

Versions = Mapping[str, str]
"""Each file of /static and a digest of its content, which stands in its address."""

_SHELL = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
{head}
</head>
<body>
{body}
</body>
</html>
"""


def _asset(name: str, versions: Versions) -> str:
    return f"/static/{name}?v={versions[name]}"


def _page(title: str, body: str, language: str, versions: Versions) -> str:
    other, name = ("vi", "Tiếng Việt") if language == "en" else ("en", "English")
    head = f'<link rel="stylesheet" href="{_asset("portal.css", versions)}">'
    switch = f'<nav><a href="?lang={other}" lang="{other}" hreflang="{other}">{name}</a></nav>'
    whole = f"{switch}\n<main>\n<h1>{escape(title)}</h1>\n{body}\n</main>"
    return _SHELL.format(language=language, title=escape(title), head=head, body=whole)


def script_page(title: str, library: str, script: str, versions: Versions) -> str:
    """Return a page that one of our scripts fills."""
    body = (
        '<div id="app"></div>\n<noscript><a href="/openapi.json">/openapi.json</a></noscript>\n'
        f'<script src="{_asset(library, versions)}"></script>\n<script src="{_asset(script, versions)}"></script>'
    )
    return _SHELL.format(language="en", title=escape(title), head="", body=body)


_LINKS = (
    ("/docs", "Tài liệu API, thử ngay trên trang", "API reference with a try-it console"),
    ("/redoc", "Tài liệu API để đọc liền mạch", "API reference to read through"),
    ("/openapi.json", "Hợp đồng OpenAPI 3.1, máy đọc được", "The OpenAPI 3.1 contract, for machines"),
    ("/problems", "Mọi mã lỗi và cách xử lý", "Every problem code and what to do"),
    ("/health", "Tình trạng các dịch vụ", "Health of the services"),
    ("/status", "Dữ liệu đến ngày nào, đầu mỗi dòng thay đổi", "How far the data goes, the head of each feed"),
    (
        "/v1/identity/.well-known/openid-configuration",
        "Địa chỉ đăng nhập và cấp token (OAuth 2)",
        "Where to sign in and get tokens (OAuth 2)",
    ),
)


def landing(language: str, versions: Versions) -> str:
    """Return the first page: what is where."""
    at = 2 if language == "en" else 1
    title = "Cooperative Alliance platform" if language == "en" else "Nền tảng Liên minh Hợp tác xã"
    rows = "\n".join(
        f'<dt><a href="{link[0]}"><code>{link[0]}</code></a></dt><dd>{escape(link[at])}</dd>' for link in _LINKS
    )
    return _page(title, f"<dl>\n{rows}\n</dl>", language, versions)


def problem_list(problems: list[dict[str, Any]], language: str, versions: Versions) -> str:
    """Return the table of all problems, by status."""
    title = "Problem codes" if language == "en" else "Các mã lỗi"
    rows = "\n".join(
        f'<tr><td>{p["status"]}</td><td><a href="{escape(p["type"])}"><code>{escape(p["code"])}</code></a></td>'
        f"<td>{escape(p['title_' + language])}</td></tr>"
        for p in sorted(problems, key=lambda p: (p["status"], p["code"]))
    )
    columns = ("HTTP", "code", "Meaning" if language == "en" else "Ý nghĩa")
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    return _page(title, table, language, versions)


def problem_page(problem: dict[str, Any], language: str, versions: Versions) -> str:
    """Return the page that explains one problem, in both languages, with an example."""
    other = "vi" if language == "en" else "en"
    example = json.dumps(problem["example"], ensure_ascii=False, indent=2)
    all_of_them = "All problem codes" if language == "en" else "Mọi mã lỗi"

    def words(of: str) -> str:
        return escape(problem[f"detail_{of}"] or problem[f"title_{of}"])

    body = (
        f"<p>HTTP {problem['status']} · <code>{escape(problem['code'])}</code></p>\n"
        f"<p>{words(language)}</p>\n"
        f'<p lang="{other}"><em>{escape(problem["title_" + other])}.</em> {words(other)}</p>\n'
        f'<pre tabindex="0"><code>{escape(example)}</code></pre>\n'
        f'<p><a href="/problems">{all_of_them}</a></p>'
    )
    return _page(problem["title_" + language], body, language, versions)


def unknown_problem(language: str, versions: Versions) -> str:
    """Return the page for a code that does not exist."""
    title = "No such problem code" if language == "en" else "Không có mã lỗi này"
    return _page(title, '<p><a href="/problems">/problems</a></p>', language, versions)
