"""Every way identity says no, beyond the kernel's own."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import Problem

_ID = "0192c7e0-0000-7000-8000-000000000000"


class OAuthProblem(Problem):
    """A refusal that OAuth libraries understand as well: RFC 6749's `error` and `error_description` beside ours.

    `error` is the code. `error_description` is English, as the RFC allows it ASCII only.
    """

    status = 400
    example: ClassVar[dict[str, Any]] = {"error_description": "What was wrong, in ASCII."}

    def __init__(self, error_description: str = "", *, headers: dict[str, str] | None = None, **members: Any) -> None:
        described = error_description or self.title[1]
        super().__init__(headers=headers, error=self.code, error_description=described, **members)


class InvalidRequest(OAuthProblem):
    code = "invalid_request"
    title = ("Yêu cầu OAuth không đúng", "The OAuth request is malformed")
    detail = ("Thiếu, lặp hoặc sai một tham số: {error_description}", "{error_description}")


class InvalidClient(OAuthProblem):
    status, code = 401, "invalid_client"
    title = ("Không nhận ra hệ thống gọi", "The client is not known")
    detail = ("Sai client_id hoặc mã bí mật, hoặc hệ thống này đã bị khóa.", "{error_description}")

    def __init__(self, error_description: str = "", **members: Any) -> None:
        members.pop("headers", None)
        super().__init__(error_description, headers={"WWW-Authenticate": 'Basic realm="vca"'}, **members)


class InvalidGrant(OAuthProblem):
    code = "invalid_grant"
    title = ("Mã hoặc token không dùng được", "The code or token cannot be used")
    detail = ("Mã đã dùng, đã hết hạn hoặc thuộc về ứng dụng khác; hãy đăng nhập lại.", "{error_description}")


class UnauthorizedClient(OAuthProblem):
    code = "unauthorized_client"
    title = ("Ứng dụng không được dùng cách này", "The client may not use this grant")
    detail = ("Ứng dụng này không được dùng kiểu cấp quyền đã nêu.", "{error_description}")


class UnsupportedGrantType(OAuthProblem):
    code = "unsupported_grant_type"
    title = ("Kiểu cấp quyền không có ở đây", "The grant type is not offered")
    detail = ("Dùng client_credentials, authorization_code hoặc refresh_token.", "{error_description}")


class InvalidScope(OAuthProblem):
    code = "invalid_scope"
    title = ("Phạm vi quyền không hợp lệ", "The scope is not valid")
    detail = ("Có quyền không tồn tại, hoặc không được cấp cho bạn.", "{error_description}")


class BadAuthorizationRequest(Problem):
    """Told on our own page: an address that was not registered is never redirected to."""

    status, code = 400, "authorization_request_refused"
    title = ("Ứng dụng gọi sai trang này", "The app called this page wrongly")
    detail = (
        "Mã ứng dụng hoặc địa chỉ quay về chưa được đăng ký. Hãy báo cho người làm ứng dụng.",
        "Its client_id or the address to return to is not registered. Please tell the makers of the app.",
    )


class FormExpired(Problem):
    status, code = 403, "form_expired"
    title = ("Trang đã hết hạn", "The page has expired")
    detail = ("Hãy điền lại biểu mẫu vừa mở.", "Fill in the form that was just opened again.")


class SignInFailed(Problem):
    status, code = 422, "sign_in_failed"
    title = ("Không đăng nhập được", "You could not be signed in")
    detail = ("Sai tên đăng nhập hoặc mật khẩu.", "The user name or the password is wrong.")


class SignInDelayed(Problem):
    status, code = 429, "sign_in_delayed"
    title = ("Hãy chờ rồi thử lại", "Wait before you try again")
    detail = (
        "Đã sai nhiều lần. Thử lại sau {retry_after_seconds} giây.",
        "Too many failures. Try again in {retry_after_seconds} seconds.",
    )
    example: ClassVar[dict[str, Any]] = {"retry_after_seconds": 8}

    def __init__(self, retry_after_seconds: int = 1) -> None:
        super().__init__(headers={"Retry-After": str(retry_after_seconds)}, retry_after_seconds=retry_after_seconds)


class UsernameInUse(Problem):
    status, code = 409, "username_in_use"
    title = ("Tên đăng nhập đã có người dùng", "The user name is taken")
    detail = ("Hãy chọn tên khác {username}.", "Choose another name than {username}.")
    example: ClassVar[dict[str, Any]] = {"username": "lan.nguyen"}


class ClientIdInUse(Problem):
    status, code = 409, "client_id_in_use"
    title = ("client_id đã được dùng", "The client_id is taken")
    detail = ("Hãy chọn mã khác {client_id}.", "Choose another id than {client_id}.")
    example: ClassVar[dict[str, Any]] = {"client_id": "phu-tho-accounting"}


class OwnAccount(Problem):
    status, code = 409, "own_account"
    title = ("Không tự khóa mình được", "You cannot lock yourself out")
    detail = (
        "Hãy nhờ một quản trị viên khác. Mật khẩu của chính mình thì đổi ở /v1/identity/me/password.",
        "Ask another administrator. One's own password is changed at /v1/identity/me/password.",
    )


class WrongPassword(Problem):
    status, code = 403, "wrong_password"
    title = ("Sai mật khẩu hiện tại", "The present password is wrong")
    detail = ("Mật khẩu hiện tại không đúng.", "The present password is not right.")


class NotAPerson(Problem):
    status, code = 409, "not_a_person"
    title = ("Hệ thống không có mật khẩu", "A client system has no password")
    detail = ("Token này là của một hệ thống, không phải của người dùng.", "This token is a system's, not a person's.")


class TwoSecretsLive(Problem):
    status, code = 409, "two_secrets_live"
    title = ("Đã có hai mã bí mật", "Two secrets are live")
    detail = (
        "Hãy chờ mã cũ hết hạn hoặc xóa nó trước.",
        "Wait until the old secret expires, or remove it first.",
    )
    example: ClassVar[dict[str, Any]] = {"secret_ids": [_ID, _ID]}


class PublicClient(Problem):
    status, code = 409, "public_client"
    title = ("Ứng dụng công khai không có mã bí mật", "A public app has no secret")
    detail = ("Chỉ hệ thống mới có mã bí mật.", "Only client systems have secrets.")
