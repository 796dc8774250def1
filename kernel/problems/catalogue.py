"""Saying no: every refusal is a `Problem`, rendered once as application/problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import orjson
from starlette.responses import Response

from kernel.values.common_lists import RETENTION_RULES
from kernel.values.field_errors import FieldError as FieldError
from kernel.values.scopes import SCOPES
from kernel.values.wording import Labels, said

EXAMPLE_ID = "0192c7e0-0000-7000-8000-000000000000"
"""Stands for an id in the examples of problems."""

CATALOGUE: dict[str, type[Problem]] = {}
"""Every problem by its code; the contract and the pages below /problems are made from it."""


class Problem(Exception):
    """A refusal with a stable code. `members` are the numbers a client needs to act.

    `title` and `detail` are pairs (Vietnamese, English) for people; `detail` may name members in braces. A member that is
    a code stands there by its label: `labels` says from which list.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = ""
    title: ClassVar[tuple[str, str]] = ("", "")
    detail: ClassVar[tuple[str, str]] = ("", "")
    labels: ClassVar[Mapping[str, Labels]] = {}
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

    def sentence(self, language: str) -> str:
        """Return `detail` with the members put in as people read them."""
        at = 1 if language == "en" else 0
        named = {
            key: said(key, value, language, self.labels.get(key))
            for key, value in self.members.items()
            if key != "errors"
        }
        return self.detail[at].format_map(_Known(named)) if self.detail[at] else self.title[at]

    def document(self, language: str, *, instance: str | None = None, request_id: str | None = None) -> dict[str, Any]:
        """Return the problem document in `language` ("vi" or "en")."""
        document: dict[str, Any] = {
            "type": self.type_path(),
            "title": self.title[1 if language == "en" else 0],
            "status": self.status,
            "detail": _shortened(self.sentence(language)),
            "code": self.code,
        }
        if instance is not None:
            document["instance"] = instance
        if request_id is not None:
            document["request_id"] = request_id
        for key, value in self.members.items():
            document[key] = [fault.document(language) for fault in value] if key == "errors" else value
        return document


MOST_LETTERS = 4000
"""Of `detail`, which may name what somebody sent, such as the headings of a file that is another altogether."""


def _shortened(sentence: str) -> str:
    return sentence if len(sentence) <= MOST_LETTERS else f"{sentence[: MOST_LETTERS - 1]}…"


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def render(problem: Problem, language: str, *, instance: str, request_id: str) -> Response:
    """Return the HTTP answer for `problem`."""
    document = problem.document(language, instance=instance, request_id=request_id)
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": language,
        "Vary": "Accept-Language",
        # For the gateway's access log, and whoever does not read the body.
        "x-vca-problem": problem.code,
        **problem.headers,
    }
    body = orjson.dumps(document, default=str, option=orjson.OPT_UTC_Z)
    return Response(body, problem.status, headers, "application/problem+json")


def problem_responses(classes: Iterable[type[Problem]]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of an operation that can raise `classes`: one entry a status, which names their codes."""
    codes_by_status: dict[int, set[str]] = {}
    for cls in classes:
        codes_by_status.setdefault(cls.status, set()).add(cls.code)
    return {status: problem_answer(sorted(codes)) for status, codes in sorted(codes_by_status.items())}


def problem_answer(codes: Sequence[str]) -> dict[str, Any]:
    """Return what the contract says of an answer that is one of the problems `codes`; examples are on their pages."""
    return {
        "description": ", ".join(f"`{code}`" for code in codes),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "x-problems": list(codes),
    }


class Malformed(Problem):
    status, code = 400, "malformed"
    title = ("Không đọc được yêu cầu", "Malformed request")
    detail = (
        "Nội dung gửi lên không phải JSON hợp lệ; hãy kiểm tra rồi gửi lại.",
        "The body is not valid JSON; correct it and send it again.",
    )


class IdempotencyKeyMissing(Problem):
    status, code = 400, "idempotency_key_missing"
    title = ("Thiếu Idempotency-Key", "Idempotency-Key required")
    detail = (
        "Hãy gửi kèm đầu mục Idempotency-Key, để gửi lại không ghi hai lần.",
        "Send the Idempotency-Key header, so that a repeated request writes only once.",
    )


class Unauthenticated(Problem):
    status, code = 401, "token_invalid"
    title = ("Chưa đăng nhập", "Authentication required")
    detail = (
        "Chưa có token, hoặc token không hợp lệ hay đã hết hạn; hãy đăng nhập lại.",
        "The token is missing, invalid or has expired; sign in again.",
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
    title = ("Không có quyền", "Permission denied")
    detail = (
        "Việc này cần quyền {required_scope}; hãy hỏi quản trị viên của Liên minh.",
        "This needs the permission {required_scope}; ask your alliance's administrator.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"required_scope": SCOPES}
    example: ClassVar[dict[str, Any]] = {"required_scope": "registry.write"}


class NotFound(Problem):
    status, code = 404, "not_found"
    title = ("Không tìm thấy", "Not found")
    detail = (
        "Không có bản ghi này, hoặc bản ghi nằm ngoài địa bàn của bạn.",
        "There is no such record, or it lies outside your area.",
    )


class AlreadyErased(Problem):
    status, code = 409, "already_erased"
    title = ("Dữ liệu của người này đã xóa", "Personal data was erased")
    detail = (
        "Dữ liệu cá nhân ở đây đã xóa ngày {erased_on} và không được nhập lại; những gì còn lại vẫn có, không cần gửi gì thêm.",
        "The personal data in it was erased on {erased_on} and is not entered again; what else there is stands, and nothing is left to send.",
    )
    example: ClassVar[dict[str, Any]] = {"erased_on": "2026-05-04"}


class KeptByLaw(Problem):
    status, code = 409, "kept_by_law"
    title = ("Chưa hết thời hạn lưu giữ", "It has to be kept for a time yet")
    detail = (
        "Dữ liệu này phải giữ đến hết ngày {kept_until}: {rule} ({source}); hãy xóa sau ngày đó.",
        "This has to be kept through {kept_until}: {rule} ({source}); erase it after that day.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"rule": RETENTION_RULES}
    example: ClassVar[dict[str, Any]] = {
        "rule": "loan_documents",
        "source": "Luật Kế toán 88/2015/QH13, Điều 41",
        "kept_until": "2036-12-31",
    }


class StillNeeded(Problem):
    status, code = 409, "still_needed"
    title = ("Dữ liệu đang cần dùng", "It is still needed")
    detail = (
        "Chưa xóa được khi còn: {rule}; hãy kết thúc việc đó trước.",
        "It is not erased while there is: {rule}; end that first.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"rule": RETENTION_RULES}
    example: ClassVar[dict[str, Any]] = {"rule": "account_in_use"}


class MethodNotAllowed(Problem):
    status, code = 405, "method_not_allowed"
    title = ("Địa chỉ này không nhận phương thức đã dùng", "Method not allowed")
    detail = ("Hãy dùng một phương thức nêu ở đầu mục Allow.", "Use one of the methods that the Allow header lists.")


class Timeout(Problem):
    status, code = 504, "timeout"
    title = ("Quá thời gian xử lý", "Request timed out")
    detail = (
        "Yêu cầu đã bị dừng, chưa ghi gì; hãy thử lại sau vài giây.",
        "The request was stopped and wrote nothing; try again in a few seconds.",
    )

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "5"}, **members)


class IdInUse(Problem):
    status, code = 409, "id_in_use"
    title = ("Mã định danh đã dùng cho nội dung khác", "Id already used with different content")
    detail = (
        "Mã định danh này đã có với nội dung khác; hãy tạo mã mới, hoặc gửi lại đúng nội dung cũ.",
        "This id exists with different content; make a new id, or send the same content again.",
    )
    example: ClassVar[dict[str, Any]] = {"id": EXAMPLE_ID}


class KeyInProgress(Problem):
    status, code = 409, "idempotency_key_in_progress"
    title = ("Yêu cầu cùng khóa đang được xử lý", "A request with this key is in progress")
    detail = (
        "Hãy chờ một giây rồi gửi lại với cùng Idempotency-Key.",
        "Wait a second, then send it again with the same Idempotency-Key.",
    )

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "1"}, **members)


class Stale(Problem):
    status, code = 412, "stale"
    title = ("Bản ghi đã thay đổi", "Record changed in the meantime")
    detail = (
        "Người khác vừa sửa bản ghi này; hãy xem bản hiện tại kèm theo rồi sửa lại.",
        "Somebody else has changed the record; look at the present state that is given here, then change it again.",
    )


class TooLarge(Problem):
    status, code = 413, "body_too_large"
    title = ("Nội dung quá lớn", "Request body too large")
    detail = ("Tối đa {limit_bytes}; hãy chia nhỏ rồi gửi lại.", "At most {limit_bytes}; split it and send it again.")
    example: ClassVar[dict[str, Any]] = {"limit_bytes": 1_048_576}


class UnsupportedMediaType(Problem):
    status, code = 415, "unsupported_media_type"
    title = ("Kiểu nội dung không dùng được", "Unsupported content type")
    detail = ("Hãy gửi nội dung kiểu {expected}.", "Send the content as {expected}.")
    example: ClassVar[dict[str, Any]] = {"expected": "application/json"}


class Invalid(Problem):
    status, code = 422, "invalid"
    title = ("Dữ liệu không hợp lệ", "Invalid input")
    detail = ("Hãy sửa từng chỗ đã nêu rồi gửi lại.", "Correct each place that is named, then send it again.")

    def __init__(self, *faults: FieldError) -> None:
        super().__init__(errors=list(faults))

    def sentence(self, language: str) -> str:
        """Return how many faults there are, and the first with what its field is called."""
        at = 1 if language == "en" else 0
        faults: list[FieldError] = self.members["errors"]
        if not faults:
            return super().sentence(language)
        first = faults[0]
        where = "" if first.label is None else f"“{first.label[at]}”: "
        if len(faults) == 1:
            return (f"Có 1 chỗ cần sửa. {where}", f"1 place needs correcting. {where}")[at] + first.detail[at]
        count = len(faults)
        words = (
            f"Có {count} chỗ cần sửa, chỗ đầu tiên: {where}",
            f"{count} places need correcting, the first: {where}",
        )
        return words[at] + first.detail[at]


class CursorMismatch(Problem):
    status, code = 422, "cursor_mismatch"
    title = ("Con trỏ không thuộc danh sách này", "Cursor belongs to another list")
    detail = (
        "Hãy giữ nguyên bộ lọc và thứ tự khi xem trang sau, hoặc xem lại từ trang đầu.",
        "Keep filters and sort unchanged when paging on, or start from the first page.",
    )


class IdempotencyKeyReused(Problem):
    status, code = 422, "idempotency_key_reused"
    title = ("Idempotency-Key đã dùng cho yêu cầu khác", "Idempotency-Key already used")
    detail = (
        "Khóa này thuộc về một yêu cầu có nội dung khác; hãy dùng khóa mới.",
        "This key belongs to a request with different content; use a new key.",
    )


class IfMatchMissing(Problem):
    status, code = 428, "if_match_missing"
    title = ("Thiếu If-Match", "If-Match required")
    detail = (
        "Hãy gửi kèm đầu mục If-Match với phiên bản vừa đọc.",
        "Send the If-Match header with the version that you read.",
    )


class TooManyRequests(Problem):
    status, code = 429, "too_many_requests"
    title = ("Gọi quá nhanh", "Too many requests")
    detail = (
        "Hãy chờ khoảng thời gian nêu ở đầu mục Retry-After rồi thử lại.",
        "Wait for the time in the Retry-After header, then try again.",
    )


class Unexpected(Problem):
    status, code = 500, "unexpected"
    title = ("Lỗi ngoài dự kiến", "Unexpected error")
    detail = (
        "Hãy thử lại; nếu vẫn lỗi, hãy báo quản trị viên kèm mã yêu cầu.",
        "Try again; if it happens again, report it to the administrator with the request id.",
    )


class OrganizationUnknownYet(Problem):
    status, code = 503, "organization_unknown_yet"
    title = ("Chưa có thông tin về tổ chức này", "Organization not known yet")
    detail = (
        "Sổ đăng ký chưa gửi thông tin về tổ chức này và hiện chưa hỏi được; hãy thử lại sau vài giây.",
        "The registry has not told of this organization yet and cannot be asked now; try again in a few seconds.",
    )
    example: ClassVar[dict[str, Any]] = {"organization_id": EXAMPLE_ID}

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "5"}, **members)


class StorageFull(Problem):
    status, code = 507, "storage_full"
    title = ("Hết chỗ lưu trữ", "Storage full")
    detail = (
        "Máy chủ không còn chỗ trống cho việc này nên chưa ghi gì. Hãy báo người vận hành, rồi gửi lại sau.",
        "The server has no room left for this and wrote nothing. Tell who operates it, and send this again later.",
    )

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "60"}, **members)


class Busy(Problem):
    status, code = 503, "busy"
    title = ("Hệ thống đang bận", "Service busy")
    # Where the answer to a commit was lost, nobody knows whether it was done: the key or the id makes it once.
    detail = (
        "Hãy thử lại sau giây lát; lần ghi chưa có trả lời thì gửi lại với cùng khóa hoặc cùng id, hệ thống chỉ ghi một lần.",
        "Try again in a moment; send a write that had no answer again with the same key or id: it is done once.",
    )

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "2"}, **members)
