"""The portal's HTML: plain, bilingual, every asset from this host."""

from __future__ import annotations

import json
from html import escape
from typing import Any

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
_STYLE = '<link rel="stylesheet" href="/static/portal.css">'


def page(title: str, body: str, *, language: str = "vi") -> str:
    """Return a page of text in the portal's style."""
    return _SHELL.format(language=language, title=escape(title), head=_STYLE, body=body)


def script_page(title: str, library: str, script: str) -> str:
    """Return a page that one of our scripts fills."""
    body = f'<div id="app"></div>\n<script src="/static/{library}"></script>\n<script src="/static/{script}"></script>'
    return _SHELL.format(language="vi", title=escape(title), head="", body=body)


_LINKS = (
    ("/docs", "Tài liệu API, thử ngay trên trang", "API reference with a try-it console"),
    ("/redoc", "Tài liệu API để đọc liền mạch", "API reference to read through"),
    ("/openapi.json", "Hợp đồng OpenAPI 3.1", "The OpenAPI 3.1 contract"),
    ("/problems", "Các mã lỗi", "Every problem code"),
    ("/health", "Tình trạng các dịch vụ", "Health of the services"),
    ("/status", "Dữ liệu đến ngày nào", "How far the data goes"),
)


def landing(language: str) -> str:
    """Return the first page: what is where."""
    at = 2 if language == "en" else 1
    title = "Cooperative Alliance platform" if language == "en" else "Nền tảng Liên minh Hợp tác xã"
    rows = "".join(f'<li><a href="{link[0]}"><code>{link[0]}</code></a> {escape(link[at])}</li>' for link in _LINKS)
    return page(title, f"<main><h1>{escape(title)}</h1><ul>{rows}</ul></main>", language=language)


def problem_list(problems: list[dict[str, Any]], language: str) -> str:
    """Return the table of all problems."""
    title = "Problem codes" if language == "en" else "Các mã lỗi"
    rows = "".join(
        f'<tr><td>{p["status"]}</td><td><a href="{escape(p["type"])}"><code>{escape(p["code"])}</code></a></td>'
        f"<td>{escape(p['title_' + language])}</td></tr>"
        for p in problems
    )
    head = "<tr><th>HTTP</th><th>code</th><th></th></tr>"
    return page(
        title,
        f"<main><h1>{title}</h1><table><thead>{head}</thead><tbody>{rows}</tbody></table></main>",
        language=language,
    )


def problem_page(problem: dict[str, Any], language: str) -> str:
    """Return the page that explains one problem, in both languages, with an example."""
    other = "vi" if language == "en" else "en"
    example = json.dumps(problem["example"], ensure_ascii=False, indent=2)
    body = (
        f"<main><p><a href='/problems'>/problems</a></p><h1>{escape(problem['title_' + language])}</h1>"
        f"<p>HTTP {problem['status']} · <code>{escape(problem['code'])}</code></p>"
        f"<p>{escape(problem['detail_' + language])}</p>"
        f"<p lang='{other}'>{escape(problem['title_' + other])}. {escape(problem['detail_' + other])}</p>"
        f"<pre><code>{escape(example)}</code></pre></main>"
    )
    return page(problem["code"], body, language=language)
