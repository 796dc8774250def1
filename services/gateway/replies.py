"""Envoy's own refusals as problem documents, in Vietnamese and English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel.problems import MethodNotAllowed


@dataclass(frozen=True)
class Reply:
    """One refusal that Envoy makes itself.

    `status` is Envoy's own, `answered` what the client gets instead of it. `only_if_absent`: a request header whose
    absence tells it apart.
    """

    status: int
    code: str
    title: tuple[str, str]
    detail: tuple[str, str]
    headers: tuple[tuple[str, str], ...] = ()
    only_if_absent: str | None = None
    answered: int | None = None

    @property
    def shown(self) -> int:
        """The status that the client gets."""
        return self.answered or self.status

    @property
    def type_path(self) -> str:
        """The page that explains it."""
        return f"/problems/{self.code.replace('_', '-')}"


_RETRY = (("retry-after", "2"),)
_NO_TOKEN = (("www-authenticate", "Bearer"),)
_BAD_TOKEN = (("www-authenticate", 'Bearer error="invalid_token"'),)
_WHO = ("Chưa đăng nhập", "Authentication required")
_INVALID_TOKEN = (
    "Token không hợp lệ hoặc đã hết hạn; hãy đăng nhập lại.",
    "The token is invalid or has expired; sign in again.",
)
_DOWN = ("Dịch vụ tạm ngừng", "Service temporarily unavailable")
_AGAIN = (
    "Hãy thử lại sau giây lát; việc ghi thì gửi lại với cùng Idempotency-Key hoặc cùng mã định danh.",
    "Try again in a moment; send a write again with the same Idempotency-Key or the same id.",
)

REPLIES = (
    Reply(
        400,
        "bad_request",
        ("Yêu cầu không hợp lệ", "Bad request"),
        (
            "Cổng không đọc được yêu cầu; hãy kiểm tra rồi gửi lại.",
            "The gateway cannot read the request; check it and send it again.",
        ),
    ),
    Reply(
        401,
        "token_missing",
        _WHO,
        (
            "Hãy đăng nhập, rồi gửi token trong đầu mục Authorization.",
            "Sign in, then send the token in the Authorization header.",
        ),
        _NO_TOKEN,
        only_if_absent="authorization",
    ),
    Reply(401, "token_invalid", _WHO, _INVALID_TOKEN, _BAD_TOKEN),
    # A token for another audience: to us it is no token.
    Reply(403, "token_invalid", _WHO, _INVALID_TOKEN, _BAD_TOKEN, only_if_absent="upgrade", answered=401),
    Reply(
        403,
        "forbidden",
        ("Không được phép", "Permission denied"),
        (
            "Cổng từ chối yêu cầu này; hãy hỏi quản trị viên.",
            "The gateway refuses this request; ask the administrator.",
        ),
    ),
    Reply(
        404,
        "route_unknown",
        ("Không có địa chỉ này", "No such address"),
        (
            "Hãy kiểm tra lại địa chỉ; trang /docs liệt kê mọi địa chỉ.",
            "Check the address; the page /docs lists what there is.",
        ),
    ),
    Reply(
        405,
        MethodNotAllowed.code,
        MethodNotAllowed.title,
        MethodNotAllowed.detail,
        (("allow", "GET, POST, PUT, PATCH, DELETE"),),
    ),
    Reply(
        408,
        "request_timeout",
        ("Gửi quá chậm", "Request timed out"),
        ("Yêu cầu đến quá chậm; hãy thử lại.", "The request came too slowly; try again."),
    ),
    Reply(
        413,
        "body_too_large",
        ("Nội dung quá lớn", "Request body too large"),
        (
            "Tối đa 1 MB, tệp tối đa 20 MB; hãy chia nhỏ rồi gửi lại.",
            "At most 1 MB, a file at most 20 MB; split it and send it again.",
        ),
    ),
    Reply(
        414,
        "address_too_long",
        ("Địa chỉ quá dài", "Address too long"),
        ("Tối đa 8 KB; hãy dùng ít bộ lọc hơn.", "At most 8 KB; use fewer filters."),
    ),
    Reply(
        429,
        "too_many_requests",
        ("Gọi quá nhanh", "Too many requests"),
        (
            "Hãy chờ khoảng thời gian nêu ở đầu mục Retry-After rồi thử lại.",
            "Wait for the time in the Retry-After header, then try again.",
        ),
        (("retry-after", "5"),),
    ),
    Reply(
        431,
        "headers_too_large",
        ("Đầu mục quá lớn", "Request headers too large"),
        ("Hãy gửi ít đầu mục hơn hoặc ngắn hơn.", "Send fewer or shorter headers."),
    ),
    Reply(502, "upstream_unavailable", _DOWN, _AGAIN, _RETRY, answered=503),
    Reply(503, "upstream_unavailable", _DOWN, _AGAIN, _RETRY),
    Reply(504, "upstream_timeout", ("Dịch vụ trả lời quá lâu", "Request timed out"), _AGAIN, _RETRY),
)

_ENGLISH = {
    "header_filter": {"header": {"name": "accept-language", "string_match": {"prefix": "en", "ignore_case": True}}}
}


def _has_status(status: int) -> dict[str, Any]:
    value = {"default_value": status, "runtime_key": f"reply.{status}"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _has_header(name: str, **match: str) -> dict[str, Any]:
    return {"header_filter": {"header": {"name": name, "string_match": match}}}


def _added(headers: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
        for key, value in headers
    ]


_BUSY_PAGE = (
    ("Có quá nhiều lượt xem", "Hãy chờ nửa phút rồi tải lại trang."),
    ("Too many requests", "Wait half a minute, then load the page again."),
)


def _page_mapper(*, english: bool) -> dict[str, Any]:
    """Return what somebody gets who scans a certificate's code while too many do: a page, as what they asked for is one."""
    language, (title, detail) = ("en", _BUSY_PAGE[1]) if english else ("vi", _BUSY_PAGE[0])
    page = (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n</head>\n'
        f"<body>\n<main>\n<h1>{title}</h1>\n<p>{detail}</p>\n</main>\n</body>\n</html>\n"
    )
    asked = [_has_header(":path", prefix="/v1/training/verify/"), _has_header("accept", contains="text/html")]
    headers = [
        ("cache-control", "no-store"),
        ("content-language", language),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
        ("retry-after", "30"),
        ("vary", "Accept, Accept-Language, Origin"),
        ("x-content-type-options", "nosniff"),
    ]
    return {
        "filter": {"and_filter": {"filters": [_has_status(429), *asked, *([_ENGLISH] if english else [])]}},
        "headers_to_add": _added(headers),
        "body_format_override": {
            "text_format_source": {"inline_string": page},
            "content_type": "text/html; charset=utf-8",
        },
    }


def _mapper(reply: Reply, *, english: bool) -> dict[str, Any]:
    at = 1 if english else 0
    filters: list[dict[str, Any]] = [_has_status(reply.status)]
    if reply.only_if_absent:
        filters.append(
            {"header_filter": {"header": {"name": reply.only_if_absent, "present_match": True, "invert_match": True}}}
        )
    if english:
        filters.append(_ENGLISH)
    headers = [
        ("cache-control", "no-store"),
        ("content-language", "en" if english else "vi"),
        ("vary", "Accept-Language, Origin"),
        *reply.headers,
    ]
    return {
        "filter": filters[0] if len(filters) == 1 else {"and_filter": {"filters": filters}},
        **({"status_code": reply.answered} if reply.answered else {}),
        "headers_to_add": _added(headers),
        "body_format_override": {
            "json_format": {
                "type": reply.type_path,
                "title": reply.title[at],
                "status": reply.shown,
                "detail": reply.detail[at],
                "code": reply.code,
                "instance": "%PATH(NQ):8192%",
                "request_id": "%REQ(X-REQUEST-ID)%",
            },
            "content_type": "application/problem+json",
        },
    }


def local_reply_config() -> dict[str, Any]:
    """Return Envoy's local_reply_config: the more particular mapper stands first, the last word fits any refusal."""
    return {
        "mappers": [
            *(_page_mapper(english=english) for english in (True, False)),
            *(_mapper(reply, english=english) for reply in REPLIES for english in (True, False)),
        ],
        "body_format": {
            "json_format": {
                "type": "about:blank",
                "title": "Yêu cầu bị từ chối / Request refused",
                "status": "%RESPONSE_CODE%",
                "detail": "Hãy thử lại; nếu vẫn lỗi, hãy báo quản trị viên. / Try again; if it happens again, report it.",
                "code": "bad_request",
                "instance": "%PATH(NQ):8192%",
                "request_id": "%REQ(X-REQUEST-ID)%",
            },
            "content_type": "application/problem+json",
        },
    }


def catalogue() -> list[dict[str, Any]]:
    """Return the gateway's own problems as the portal shows them, one a code."""
    return [
        {
            "code": reply.code,
            "type": reply.type_path,
            "status": reply.shown,
            "title_vi": reply.title[0],
            "title_en": reply.title[1],
            "detail_vi": reply.detail[0],
            "detail_en": reply.detail[1],
            "example": {
                "type": reply.type_path,
                "title": reply.title[0],
                "status": reply.shown,
                "detail": reply.detail[0],
                "code": reply.code,
                "instance": "/v1/registry/organizations",
                "request_id": "0192c7e0-0000-7000-8000-000000000000",
            },
        }
        for reply in {reply.code: reply for reply in REPLIES}.values()
    ]
