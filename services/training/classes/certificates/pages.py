"""What a browser is shown of a certificate by the code printed on it: no more than a program is told."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping
from html import escape
from typing import Any

from starlette.responses import Response

from kernel.values.days import day_text
from services.training.code_lists import CLASS_KINDS

_STYLE = """
:root{color-scheme:light dark;--ink:#15202b;--soft:#4a5763;--page:#f3f5f7;--card:#fff;--line:#c5cdd4;--act:#0b5cad;--good:#116b34;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#eef2f5;--soft:#b9c4cd;--page:#11181f;--card:#1b252e;--line:#3c4954;--act:#8cc4ff;--good:#7fd99c;--bad:#ffb4ab}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:1.0625rem/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}
header,main{max-width:34rem;margin:0 auto;padding:1rem 1.5rem}
header{display:flex;justify-content:space-between;gap:0 1rem;flex-wrap:wrap}
header p,nav ul{margin:0}
nav ul{list-style:none;padding:0;display:flex;gap:.75rem}
a{color:var(--act)}
a[aria-current]{color:inherit;font-weight:600;text-decoration:none}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
main{background:var(--card);border-radius:.5rem;padding:1.5rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem;border-left:.375rem solid var(--bad);padding-left:.75rem;color:var(--bad)}
h1.valid{border-color:var(--good);color:var(--good)}
p{margin:.5rem 0}
dl{margin:1rem 0 0;border-top:1px solid var(--line)}
dl div{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.5rem 0;border-bottom:1px solid var(--line)}
dt{flex:0 0 11rem;color:var(--soft)}
dd{flex:1 1 12rem;margin:0;overflow-wrap:anywhere}
@media (max-width:30rem){dt{flex-basis:100%}}
""".strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'none'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept, Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_TEXTS = {
    "platform": ("Nền tảng Liên minh Hợp tác xã", "Cooperative Alliance platform"),
    "language": ("Ngôn ngữ", "Language"),
    "valid": ("Giấy chứng nhận còn hiệu lực", "This certificate is valid"),
    "revoked": ("Giấy chứng nhận đã bị thu hồi", "This certificate was revoked"),
    "unknown": ("Không có giấy chứng nhận này", "There is no such certificate"),
    "unknown_hint": (
        "Hãy so lại mã với mã in trên giấy. Nếu đúng mã mà vẫn không thấy, giấy này không do Liên minh cấp.",
        "Compare the code with the one printed on the certificate. If it is the same, no alliance gave this certificate.",
    ),
    "certificate_number": ("Số giấy chứng nhận", "Certificate number"),
    "title": ("Tên giấy chứng nhận", "Title"),
    "holder_initials": ("Người được cấp (viết tắt)", "Holder, by initials"),
    "class_name": ("Lớp", "Class"),
    "class_kind": ("Loại lớp", "Kind of class"),
    "issued_on": ("Ngày cấp", "Given on"),
    "revoked_on": ("Ngày thu hồi", "Revoked on"),
    "issuer_name": ("Đơn vị cấp", "Given by"),
}
_SHOWN = (
    "certificate_number",
    "title",
    "holder_initials",
    "class_name",
    "class_kind",
    "issued_on",
    "revoked_on",
    "issuer_name",
)


_LANGUAGE_OF = dict.fromkeys(("title", "class_name", "issuer_name"), ' lang="vi"')
"""What people entered, whatever the language of the page."""


def certificate_page(certificate: Mapping[str, Any] | None, language: str) -> Response:
    """Return the page of what `service.verify` says of a certificate; None: there is no such one, 404."""
    at = 1 if language == "en" else 0
    state = "unknown" if certificate is None else certificate["state"]
    title = escape(_TEXTS[state][at])
    if certificate is None:
        told = f"<p>{escape(_TEXTS['unknown_hint'][at])}</p>"
    else:
        rows = "".join(
            f"<div><dt>{escape(_TEXTS[name][at])}</dt><dd{_LANGUAGE_OF.get(name, '')}>"
            f"{escape(_shown(name, certificate[name], at))}</dd></div>"
            for name in _SHOWN
            if certificate[name] is not None
        )
        told = f"<dl>{rows}</dl>"
    links = "".join(
        f'<li><a href="?lang={code}" hreflang="{code}" lang="{code}"'
        + (' aria-current="true">' if code == language else ">")
        + f"{name}</a></li>"
        for code, name in (("vi", "Tiếng Việt"), ("en", "English"))
    )
    platform = escape(_TEXTS["platform"][at])
    document = (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f"<title>{title} – {platform}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<header><p>{platform}</p><nav aria-label="{escape(_TEXTS["language"][at])}"><ul>{links}</ul></nav></header>\n'
        f'<main>\n<h1 class="{state}">{title}</h1>\n{told}\n</main>\n</body>\n</html>\n'
    )
    status = 404 if certificate is None else 200
    return Response(document, status, {**_HEADERS, "Content-Language": language}, "text/html; charset=utf-8")


def _shown(name: str, value: Any, at: int) -> str:
    if name == "class_kind":
        return CLASS_KINDS[value][at]
    return day_text(value) if name.endswith("_on") else str(value)


def qr_picture(address: str) -> bytes:
    """Return the QR code of an address as an SVG picture, with the quiet zone that readers need."""
    # Here, because few ask: a service that draws none does not load it.
    import segno

    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", unit="mm", border=4, light="#fff", title=address)
    return out.getvalue()
