"""The pages people see: plain HTML that works with a keyboard, a screen reader, a slow phone, and without script."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from kernel.web.calls import Call, language_of
from kernel.web.calls import wants_page as browser_asks
from services.identity.accounts.second_factor import Enrolment
from services.identity.api import PREFIX
from services.identity.signin.texts import say

_STYLE = """
:root{color-scheme:light dark;--ink:#15202b;--soft:#4a5763;--page:#f3f5f7;--card:#fff;--line:#6b7782;--act:#0b5cad;--on:#fff;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#eef2f5;--soft:#b9c4cd;--page:#11181f;--card:#1b252e;--line:#8a97a3;--act:#8cc4ff;--on:#06203a;--bad:#ffb4ab}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:1.0625rem/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}
header,main,footer{max-width:26rem;margin:0 auto;padding:1rem}
header{padding:1rem 1.5rem;display:flex;justify-content:space-between;gap:0 1rem;flex-wrap:wrap}
form{margin:0 0 1rem}
main p:last-child{margin-bottom:0}
a[aria-current]{color:inherit;font-weight:600;text-decoration:none}
header p,nav ul{margin:0}
nav ul{list-style:none;padding:0;display:flex;gap:.75rem}
main{background:var(--card);border-radius:.5rem;padding:1.5rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem}
p{margin:.25rem 0 1rem;color:var(--soft)}
label{display:block;font-weight:600;margin:1rem 0 .25rem}
.hint{margin:0 0 .25rem;font-size:.9375rem}
input{width:100%;min-height:2.75rem;padding:.5rem .75rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:.375rem}
input[aria-invalid=true]{border:2px solid var(--bad)}
button{width:100%;min-height:2.75rem;margin-top:1.5rem;padding:.5rem 1rem;font:inherit;font-weight:600;color:var(--on);background:var(--act);border:1px solid transparent;border-radius:.375rem;cursor:pointer}
a{color:var(--act)}
a,button,input,.problem{outline-offset:2px}
:focus-visible{outline:3px solid var(--act)}
.problem{border:2px solid var(--bad);border-radius:.375rem;padding:.75rem 1rem;margin:0 0 1rem}
.problem h2{font-size:1.0625rem;margin:0;color:var(--bad)}
.problem p{margin:.25rem 0 0;color:inherit}
svg{display:block;margin:1rem auto;max-width:100%;height:auto}
code{font-size:1.0625rem;overflow-wrap:anywhere}
ol{columns:2;padding-left:2rem}
""".strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


@dataclass(frozen=True)
class Trouble:
    """What went wrong, in the reader's language, and the field it concerns, if any."""

    text: str
    field: str | None = None


def language(call: Call) -> str:
    """Return the language of a page: the one chosen by link or app (`ui_locales`), else the browser's."""
    for name, value in _query(call):
        if name == "ui_locales":
            for tag in value.split():
                if tag[:2] in ("vi", "en"):
                    return tag[:2]
    return language_of(call.request)


def wants_page(call: Call) -> bool:
    """Say whether a person's browser asks: programs are told of refusals by problem documents."""
    return browser_asks(call.request)


def _query(call: Call) -> list[tuple[str, str]]:
    return parse_qsl(call.request.scope["query_string"].decode("latin-1"), keep_blank_values=True)


def here(call: Call, **replaced: str) -> str:
    """Return this page's own address with some query parameters replaced."""
    kept = [(name, value) for name, value in _query(call) if name not in replaced]
    query = urlencode([*kept, *replaced.items()])
    path = f"{PREFIX}/{call.request.scope['path'].rsplit('/', 1)[-1]}"
    return f"{path}?{query}" if query else path


def page(
    call: Call,
    title: str,
    body: str,
    *,
    status: int = 200,
    trouble: Trouble | None = None,
    form_target: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return a whole page. `body` is HTML already; `form_target` is where its form's answer may redirect to."""
    lang = language(call)
    links = "".join(
        f'<li><a href="{escape(here(call, ui_locales=code))}" hreflang="{code}" lang="{code}"'
        + (' aria-current="true">' if code == lang else ">")
        + f"{name}</a></li>"
        for code, name in (("vi", "Tiếng Việt"), ("en", "English"))
    )
    shown_title = f"{say('error', lang)}: {title}" if trouble else title
    document = (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(shown_title)} – {escape(say('platform', lang))}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<header><p>{escape(say('platform', lang))}</p>"
        f'<nav aria-label="{escape(say("language", lang))}"><ul>{links}</ul></nav></header>\n'
        f"<main>\n{_summary(trouble, lang)}{body}\n</main>\n</body>\n</html>\n"
    )
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'"
        f"{' ' + form_target if form_target else ''}; frame-ancestors 'none'; base-uri 'none'"
    )
    return Response(
        document,
        status,
        {**SAFE_HEADERS, "Content-Security-Policy": policy, "Content-Language": lang, **(headers or {})},
        "text/html; charset=utf-8",
    )


SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Vary": "Accept-Language, Cookie",
}


def _summary(trouble: Trouble | None, lang: str) -> str:
    if trouble is None:
        return ""
    text = escape(trouble.text)
    if trouble.field is not None:
        text = f'<a href="#{trouble.field}" id="trouble">{text}</a>'
    return (
        f'<div class="problem" role="alert" tabindex="-1" autofocus>'
        f"<h2>{escape(say('error_heading', lang))}</h2><p>{text}</p></div>\n"
    )


def _field(
    name: str, label: str, *, kind: str, complete: str, trouble: Trouble | None, value: str = "", hint: str = ""
) -> str:
    wrong = trouble is not None and trouble.field == name
    described = " ".join([*([f"{name}-hint"] if hint else []), *(["trouble"] if wrong else [])])
    attributes = f' aria-describedby="{described}"' if described else ""
    attributes += ' aria-invalid="true"' if wrong else ""
    attributes += ' autocapitalize="none" spellcheck="false"' if kind == "text" else ""
    attributes += " autofocus" if complete == "one-time-code" and trouble is None else ""
    attributes += f' value="{escape(value)}"' if value else ""
    shown_hint = f'<p class="hint" id="{name}-hint">{escape(hint)}</p>' if hint else ""
    return (
        f'<label for="{name}">{escape(label)}</label>{shown_hint}'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{complete}" required{attributes}>'
    )


def _form(call: Call, inside: str, button: str, *, csrf: str, hidden: dict[str, str] | None = None) -> str:
    kept = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in {"csrf_token": csrf, **(hidden or {})}.items()
    )
    return (
        f'<form method="post" action="{escape(here(call))}">{kept}{inside}'
        f'<button type="submit">{escape(button)}</button></form>'
    )


def sign_in(
    call: Call,
    *,
    app: str,
    csrf: str,
    form_target: str,
    username: str = "",
    trouble: Trouble | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the page that asks for user name and password."""
    lang = language(call)
    inside = _field(
        "username", say("username", lang), kind="text", complete="username", trouble=trouble, value=username
    ) + _field("password", say("password", lang), kind="password", complete="current-password", trouble=trouble)
    body = (
        f"<h1>{escape(say('sign_in', lang))}</h1>\n<p>{escape(say('sign_in_to', lang, app=app))}</p>\n"
        f"{_form(call, inside, say('sign_in', lang), csrf=csrf)}\n<p>{escape(say('forgotten', lang))}</p>"
    )
    return page(
        call, say("sign_in", lang), body, status=status, trouble=trouble, form_target=form_target, headers=headers
    )


def new_password(
    call: Call, *, csrf: str, form_target: str, ticket: str, trouble: Trouble | None = None, status: int = 200
) -> Response:
    """Return the page that asks for a password of the person's own; `ticket` stands for the right one just given."""
    lang = language(call)
    hint = say("new_password_hint", lang)
    inside = _field(
        "new_password", say("new_password", lang), kind="password", complete="new-password", trouble=trouble, hint=hint
    ) + _field(
        "new_password_again", say("new_password_again", lang), kind="password", complete="new-password", trouble=trouble
    )
    body = (
        f"<h1>{escape(say('new_password_heading', lang))}</h1>\n<p>{escape(say('new_password_why', lang))}</p>\n"
        f"{_form(call, inside, say('save_password', lang), csrf=csrf, hidden={'ticket': ticket})}"
    )
    return page(call, say("new_password_heading", lang), body, status=status, trouble=trouble, form_target=form_target)


def second_factor(
    call: Call,
    *,
    csrf: str,
    form_target: str,
    ticket: str,
    trouble: Trouble | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the page that asks for a code beside the password; `ticket` stands for the right one just given."""
    lang = language(call)
    body = (
        f"<h1>{escape(say('code_heading', lang))}</h1>\n<p>{escape(say('code_why', lang))}</p>\n"
        f"{_form(call, _code_field(say('code_hint', lang), lang, trouble), say('sign_in', lang), csrf=csrf, hidden={'ticket': ticket})}"
        f"\n<p>{escape(say('code_lost', lang))}</p>"
    )
    return page(
        call, say("code_heading", lang), body, status=status, trouble=trouble, form_target=form_target, headers=headers
    )


def _code_field(hint: str, lang: str, trouble: Trouble | None) -> str:
    return _field("code", say("code", lang), kind="text", complete="one-time-code", trouble=trouble, hint=hint)


def enrol(
    call: Call,
    enrolment: Enrolment,
    *,
    csrf: str,
    form_target: str,
    ticket: str,
    trouble: Trouble | None = None,
    status: int = 200,
) -> Response:
    """Return the page that shows a secret to take over into an app, and asks for the app's first code."""
    lang = language(call)
    kept = {"ticket": ticket, "enrolment": enrolment.ticket}
    picture = enrolment.picture.replace(
        "<svg ", f'<svg role="img" aria-label="{escape(say("enrol_picture", lang))}" ', 1
    )
    key = " ".join(enrolment.secret[at : at + 4] for at in range(0, len(enrolment.secret), 4))
    inside = _code_field(say("enrol_code_hint", lang), lang, trouble)
    body = (
        f"<h1>{escape(say('enrol_heading', lang))}</h1>\n<p>{escape(say('enrol_why', lang))}</p>\n{picture}\n"
        f'<p><a href="{escape(enrolment.address)}">{escape(say("enrol_open", lang))}</a></p>\n'
        f"<p>{escape(say('enrol_by_hand', lang))} <code>{key}</code></p>\n"
        f"{_form(call, inside, say('enrol', lang), csrf=csrf, hidden=kept)}"
    )
    return page(call, say("enrol_heading", lang), body, status=status, trouble=trouble, form_target=form_target)


def recovery_codes(call: Call, codes: list[str], *, csrf: str, form_target: str, ticket: str) -> Response:
    """Return the page that shows the recovery codes, this once."""
    lang = language(call)
    shown = "".join(f"<li><code>{escape(code)}</code></li>" for code in codes)
    body = (
        f"<h1>{escape(say('recovery_heading', lang))}</h1>\n<p>{escape(say('recovery_why', lang))}</p>\n<ol>{shown}</ol>\n"
        f"{_form(call, '', say('recovery_kept', lang), csrf=csrf, hidden={'ticket': ticket})}"
    )
    return page(call, say("recovery_heading", lang), body, form_target=form_target)


def go_on(call: Call, *, app: str, name: str, csrf: str, form_target: str) -> Response:
    """Return the page that asks someone signed in already whether to continue."""
    lang = language(call)
    body = (
        f"<h1>{escape(say('continue_heading', lang))}</h1>\n<p>{escape(say('continue_as', lang, name=name))}</p>\n"
        f"{_form(call, '', say('continue', lang, app=app), csrf=csrf, hidden={'continue': 'yes'})}\n"
        f'<p><a href="{escape(here(call, prompt="login"))}">{escape(say("other_account", lang))}</a></p>'
    )
    return page(call, say("continue_heading", lang), body, form_target=form_target)


def sign_out(call: Call, *, csrf: str, form_target: str | None, status: int = 200) -> Response:
    """Return the page that asks whether to sign out."""
    lang = language(call)
    body = (
        f"<h1>{escape(say('sign_out', lang))}</h1>\n<p>{escape(say('sign_out_why', lang))}</p>\n"
        f"{_form(call, '', say('sign_out', lang), csrf=csrf)}"
    )
    return page(call, say("sign_out", lang), body, form_target=form_target, status=status)


def signed_out(call: Call) -> Response:
    """Return the page that says it is done."""
    lang = language(call)
    body = f"<h1>{escape(say('signed_out', lang))}</h1>\n<p>{escape(say('signed_out_more', lang))}</p>"
    return page(call, say("signed_out", lang), body)


def refusal(call: Call, title: str, text: str, *, status: int) -> Response:
    """Return the page for what cannot be helped here: the app called wrongly."""
    return page(call, title, f"<h1>{escape(title)}</h1>\n<p>{escape(text)}</p>", status=status)
