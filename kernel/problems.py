"""Saying no: every refusal is a `Problem`, rendered once as application/problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import orjson
from starlette.responses import Response

CATALOGUE: dict[str, type[Problem]] = {}
"""Every problem by its code; the contract and the pages below /problems are made from it."""


class Problem(Exception):
    """A refusal with a stable code. `members` are the numbers a client needs to act.

    `title` and `detail` are pairs (Vietnamese, English); `detail` may name members in braces.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = ""
    title: ClassVar[tuple[str, str]] = ("", "")
    detail: ClassVar[tuple[str, str]] = ("", "")
    example: ClassVar[dict[str, Any]] = {}

    def __init__(self, *, headers: dict[str, str] | None = None, **members: Any) -> None:
        super().__init__(self.code)
        self.members = members
        self.headers = headers or {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.code:
            known = CATALOGUE.setdefault(cls.code, cls)
            if known.__qualname__ != cls.__qualname__:
                raise TypeError(f"two problems share the code {cls.code}")

    @classmethod
    def type_path(cls) -> str:
        """Return the stable `type`: the page that explains this problem."""
        return "/problems/" + cls.code.replace("_", "-")

    def document(self, language: str, *, instance: str | None = None, request_id: str | None = None) -> dict[str, Any]:
        """Return the problem document in `language` ("vi" or "en")."""
        at = 1 if language == "en" else 0
        shown = {key: _shown(value) for key, value in self.members.items()}
        detail = self.detail[at].format_map(_Known(shown)) if self.detail[at] else self.title[at]
        document: dict[str, Any] = {
            "type": self.type_path(),
            "title": self.title[at],
            "status": self.status,
            "detail": detail,
            "code": self.code,
        }
        if instance is not None:
            document["instance"] = instance
        if request_id is not None:
            document["request_id"] = request_id
        for key, value in self.members.items():
            document[key] = [fault.document(language) for fault in value] if key == "errors" else value
        return document


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def _shown(value: Any) -> Any:
    return f"{value:,}".replace(",", ".") if isinstance(value, int) and not isinstance(value, bool) else value


class Fault:
    """One thing wrong with the input: where it is, a stable code, and words in both languages."""

    __slots__ = ("code", "detail", "parameter", "pointer")

    def __init__(
        self, code: str, detail: tuple[str, str], *, pointer: str | None = None, parameter: str | None = None
    ) -> None:
        self.code, self.detail, self.pointer, self.parameter = code, detail, pointer, parameter

    def document(self, language: str) -> dict[str, Any]:
        """Return the fault as it stands in `errors`."""
        where = {"pointer": self.pointer} if self.parameter is None else {"parameter": self.parameter}
        return {**where, "code": self.code, "detail": self.detail[1 if language == "en" else 0]}


def render(problem: Problem, language: str, *, instance: str, request_id: str) -> Response:
    """Return the HTTP answer for `problem`."""
    document = problem.document(language, instance=instance, request_id=request_id)
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": language,
        "Vary": "Accept-Language",
        **problem.headers,
    }
    body = orjson.dumps(document, default=str, option=orjson.OPT_UTC_Z)
    return Response(body, problem.status, headers, "application/problem+json")


def problem_responses(classes: Iterable[type[Problem]]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of an operation that can raise `classes`: one entry a status, an example a code."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for cls in sorted(set(classes), key=lambda c: (c.status, c.code)):
        entry = by_status.setdefault(cls.status, {"codes": [], "examples": {}})
        entry["codes"].append(cls.code)
        entry["examples"][cls.code] = {"$ref": f"#/components/examples/{cls.code}"}
    return {
        status: {
            "description": ", ".join(f"`{code}`" for code in entry["codes"]),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": entry["examples"],
                }
            },
        }
        for status, entry in by_status.items()
    }


class Malformed(Problem):
    status, code = 400, "malformed"
    title = ("Không đọc được yêu cầu", "The request cannot be read")
    detail = ("Nội dung gửi lên không phải JSON hợp lệ.", "The body is not valid JSON.")


class IdempotencyKeyMissing(Problem):
    status, code = 400, "idempotency_key_missing"
    title = ("Thiếu Idempotency-Key", "Idempotency-Key is missing")
    detail = ("Hãy gửi kèm đầu mục Idempotency-Key.", "Send the Idempotency-Key header.")


class Unauthenticated(Problem):
    status, code = 401, "token_invalid"
    title = ("Chưa đăng nhập", "Who are you?")
    detail = (
        "Thiếu token, hoặc token không hợp lệ hay đã hết hạn.",
        "The token is missing, invalid or has expired.",
    )

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"}, **members)


class TokenRevoked(Unauthenticated):
    code = "token_revoked"
    title = ("Token đã bị thu hồi", "The token was revoked")
    detail = (
        "Tài khoản hoặc hệ thống này đã bị khóa, đặt lại mật khẩu hay đổi quyền sau khi token được cấp; hãy lấy token mới "
        "hoặc đăng nhập lại.",
        "The account or system was disabled, given a new password or other rights after this token was issued; "
        "get a new token, or sign in again.",
    )


class Forbidden(Problem):
    status, code = 403, "scope_missing"
    title = ("Không có quyền", "Not allowed")
    detail = ("Việc này cần quyền: {required_scope}.", "This needs the scope: {required_scope}.")
    example: ClassVar[dict[str, Any]] = {"required_scope": "registry.write"}


class NotFound(Problem):
    status, code = 404, "not_found"
    title = ("Không tìm thấy", "Not found")
    detail = (
        "Không có bản ghi này, hoặc nó ngoài địa bàn của bạn.",
        "There is no such record, or it is outside your area.",
    )


class MethodNotAllowed(Problem):
    status, code = 405, "method_not_allowed"
    title = ("Phương thức không được dùng ở đây", "Method not allowed")


class Timeout(Problem):
    status, code = 504, "timeout"
    title = ("Quá thời gian xử lý", "It took too long")
    detail = ("Yêu cầu đã bị dừng và không ghi gì.", "The request was stopped and wrote nothing.")

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "5"}, **members)


class IdInUse(Problem):
    status, code = 409, "id_in_use"
    title = ("Mã định danh đã dùng cho nội dung khác", "This id stands for other content")
    detail = ("Mã {id} đã có với nội dung khác.", "The id {id} exists with other content.")
    example: ClassVar[dict[str, Any]] = {"id": "0192c7e0-0000-7000-8000-000000000000"}


class KeyInProgress(Problem):
    status, code = 409, "idempotency_key_in_progress"
    title = ("Yêu cầu cùng khóa đang chạy", "A request with this key is still running")

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "1"}, **members)


class Stale(Problem):
    status, code = 412, "stale"
    title = ("Bản ghi đã thay đổi", "The record has changed")
    detail = (
        "If-Match không còn đúng; bản hiện tại ở `current`.",
        "If-Match no longer matches; the present state is under `current`.",
    )


class TooLarge(Problem):
    status, code = 413, "body_too_large"
    title = ("Nội dung quá lớn", "The body is too large")
    detail = ("Tối đa {limit_bytes} byte.", "At most {limit_bytes} bytes.")
    example: ClassVar[dict[str, Any]] = {"limit_bytes": 1_048_576}


class UnsupportedMediaType(Problem):
    status, code = 415, "unsupported_media_type"
    title = ("Kiểu nội dung không dùng được", "Unsupported content type")
    detail = ("Hãy gửi {expected}.", "Send {expected}.")
    example: ClassVar[dict[str, Any]] = {"expected": "application/json"}


class Invalid(Problem):
    status, code = 422, "invalid"
    title = ("Dữ liệu không hợp lệ", "The input is not valid")
    detail = ("Xem `errors`: mỗi lỗi nêu rõ chỗ sai.", "See `errors`: each names the place.")

    def __init__(self, *faults: Fault) -> None:
        super().__init__(errors=list(faults))


class CursorMismatch(Problem):
    status, code = 422, "cursor_mismatch"
    title = ("Con trỏ không thuộc danh sách này", "The cursor belongs to another list")
    detail = (
        "Giữ nguyên bộ lọc và thứ tự khi xem trang sau.",
        "Keep filter and sort unchanged when you page on.",
    )


class IdempotencyKeyReused(Problem):
    status, code = 422, "idempotency_key_reused"
    title = ("Idempotency-Key đã dùng cho yêu cầu khác", "The Idempotency-Key was used for another request")


class IfMatchMissing(Problem):
    status, code = 428, "if_match_missing"
    title = ("Thiếu If-Match", "If-Match is missing")
    detail = ('Hãy gửi If-Match: "<version>".', 'Send If-Match: "<version>".')


class TooManyRequests(Problem):
    status, code = 429, "too_many_requests"
    title = ("Gọi quá nhanh", "Slow down")
    detail = ("Hãy thử lại sau.", "Try again later.")


class Unexpected(Problem):
    status, code = 500, "unexpected"
    title = ("Lỗi ngoài dự kiến", "Something went wrong here")
    detail = ("Hãy báo kèm `request_id`.", "Report it with the `request_id`.")


class OrganizationUnknownYet(Problem):
    status, code = 503, "organization_unknown_yet"
    title = ("Chưa biết tổ chức này", "The organization is not known here yet")
    detail = (
        "Sổ đăng ký chưa cho biết về tổ chức {organization_id} và hiện không hỏi được; hãy thử lại sau.",
        "The registry has not told of the organization {organization_id} yet and cannot be asked now; try again later.",
    )
    example: ClassVar[dict[str, Any]] = {"organization_id": "0192c7e0-0000-7000-8000-000000000000"}

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "5"}, **members)


class Busy(Problem):
    status, code = 503, "busy"
    title = ("Hệ thống đang bận", "The service is busy")
    # Where the answer to a commit was lost, nobody knows whether it was done: the key or the id makes it once.
    detail = (
        "Hãy thử lại sau giây lát; việc ghi thì gửi lại với cùng Idempotency-Key hoặc cùng id.",
        "Try again in a moment; send a write again with the same Idempotency-Key or id.",
    )

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "2"}, **members)
