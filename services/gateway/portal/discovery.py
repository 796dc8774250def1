"""What programs look for at known addresses: whom to tell of a weakness, which APIs are here, what there is to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.gateway.portal.guide import Guide

ROBOTS = "User-agent: *\nDisallow: /v1/\n"
LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
# RFC 9116 asks for less than a year; who reads it twice a year sees a date that still holds.
_VALID_DAYS = 180


def security_txt(public_url: str, contact: str, now: datetime) -> str:
    """Return security.txt (RFC 9116). `contact`: a mailto: or https: address; empty: the page that says how to report."""
    until = (now + timedelta(days=_VALID_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        f"Contact: {contact or public_url + '/guide/security'}\n"
        f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}\n"
        "Preferred-Languages: vi, en\n"
        f"Canonical: {public_url}/.well-known/security.txt\n"
        f"Policy: {public_url}/guide/security\n"
    )


def api_catalog(public_url: str, services: Sequence[str]) -> dict[str, Any]:
    """Return the catalogue of the APIs (RFC 9727): of each service its contract, its pages and its state."""
    catalogue = f"{public_url}/.well-known/api-catalog"
    apis = [f"{public_url}/v1/{service}" for service in services]
    about = {
        "service-desc": [{"href": f"{public_url}/openapi.json", "type": "application/json"}],
        "service-doc": [{"href": f"{public_url}/docs", "type": "text/html"}],
        "service-meta": [{"href": f"{public_url}/.well-known/openid-configuration", "type": "application/json"}],
    }
    return {
        "linkset": [
            {"anchor": catalogue, "item": [{"href": api} for api in apis]},
            *(
                {"anchor": api, **about, "status": [{"href": f"{api}/health/ready", "type": "application/json"}]}
                for api in apis
            ),
        ]
    }


def llms_txt(guide: Guide, language: str) -> str:
    """Return llms.txt: what this is, and the guide's pages as Markdown."""
    english = language == "en"
    about = (
        "The backend for the work of Vietnam's Cooperative Alliances: registry, loan funds, training and trade promotion, "
        "the alliances' other work, behind one API. The contract is /openapi.json (OpenAPI 3.1), every problem code is explained at /problems."
        if english
        else "Phần phía máy chủ cho công việc của Liên minh Hợp tác xã Việt Nam: sổ đăng ký, quỹ, đào tạo và xúc tiến thương "
        "mại, các hoạt động khác của Liên minh, sau một API. Hợp đồng ở /openapi.json (OpenAPI 3.1), mọi mã lỗi được giải thích ở /problems."
    )
    title = "Cooperative Alliance platform" if english else "Nền tảng Liên minh Hợp tác xã"
    lines = [f"# {title}", "", f"> {about}"]
    for section in guide.sections(language):
        lines += ["", f"## {section.name[english]}", ""]
        lines += [f"- [{entry.title}]({entry.path}.md)" for entry in section.pages]
    more = "Changelog" if english else "Thay đổi"
    return "\n".join([*lines, "", "## Optional", "", f"- [{more}](/changelog.md)", ""])
