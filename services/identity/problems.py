"""Every problem of identity, beyond the kernel's own."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem


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
    title = ("Yêu cầu đăng nhập không đúng", "Invalid OAuth request")
    detail = (
        "Yêu cầu thiếu, lặp hoặc sai một tham số; hãy báo cho người làm ứng dụng.",
        "A parameter is missing, repeated or wrong; tell the makers of the app.",
    )


class InvalidClient(OAuthProblem):
    status, code = 401, "invalid_client"
    title = ("Không nhận ra hệ thống gọi", "Client authentication failed")
    detail = (
        "Sai mã ứng dụng hoặc khóa bí mật, hoặc hệ thống này đã bị khóa.",
        "The client id or its secret is wrong, or the client was disabled.",
    )

    def __init__(self, error_description: str = "", **members: Any) -> None:
        members.pop("headers", None)
        super().__init__(error_description, headers={"WWW-Authenticate": 'Basic realm="vca"'}, **members)


class InvalidGrant(OAuthProblem):
    code = "invalid_grant"
    title = ("Mã hoặc token không dùng được", "Code or token not accepted")
    detail = (
        "Mã đã dùng, đã hết hạn hoặc thuộc về ứng dụng khác; hãy đăng nhập lại.",
        "The code or token was used, has expired or belongs to another app; sign in again.",
    )


class UnauthorizedClient(OAuthProblem):
    code = "unauthorized_client"
    title = ("Ứng dụng không được dùng cách này", "Grant not allowed for this client")
    detail = (
        "Ứng dụng này không được dùng kiểu cấp quyền đã nêu; hãy hỏi quản trị viên.",
        "This app may not use the grant that it asked for; ask the administrator.",
    )


class UnsupportedGrantType(OAuthProblem):
    code = "unsupported_grant_type"
    title = ("Kiểu cấp quyền không có ở đây", "Unsupported grant type")
    detail = (
        "Hệ thống dùng khóa bí mật; người dùng đăng nhập bằng mã hoặc token làm mới. Hãy xem tài liệu.",
        "Systems use their secret; people sign in with a code or a refresh token. See the documentation.",
    )


class InvalidScope(OAuthProblem):
    code = "invalid_scope"
    title = ("Phạm vi quyền không hợp lệ", "Invalid scope")
    detail = (
        "Có quyền không tồn tại, hoặc chưa được cấp; hãy bỏ bớt hoặc hỏi quản trị viên.",
        "A permission does not exist or was not granted; ask for fewer, or ask the administrator.",
    )


class BadAuthorizationRequest(Problem):
    """Told on our own page: an address that was not registered is never redirected to."""

    status, code = 400, "authorization_request_refused"
    title = ("Ứng dụng gọi sai trang này", "Invalid sign-in request")
    detail = (
        "Mã ứng dụng hoặc địa chỉ quay về chưa được đăng ký. Hãy báo cho người làm ứng dụng.",
        "The app, or the address to return to, is not registered. Please tell the makers of the app.",
    )


class FormExpired(Problem):
    status, code = 403, "form_expired"
    title = ("Trang đã hết hạn", "Page expired")
    detail = ("Hãy điền lại biểu mẫu vừa mở.", "Fill in the form that was just opened again.")


class SignInFailed(Problem):
    status, code = 422, "sign_in_failed"
    title = ("Không đăng nhập được", "Sign-in failed")
    detail = (
        "Sai tên đăng nhập hoặc mật khẩu; hãy kiểm tra rồi thử lại.",
        "The user name or the password is wrong; check them and try again.",
    )


class SignInDelayed(Problem):
    status, code = 429, "sign_in_delayed"
    title = ("Hãy chờ rồi thử lại", "Too many failed attempts")
    detail = (
        "Đã nhập sai nhiều lần. Hãy thử lại sau {retry_after_seconds} giây.",
        "There were too many failures. Try again in {retry_after_seconds} seconds.",
    )
    example: ClassVar[dict[str, Any]] = {"retry_after_seconds": 8}

    def __init__(self, retry_after_seconds: int = 1) -> None:
        super().__init__(headers={"Retry-After": str(retry_after_seconds)}, retry_after_seconds=retry_after_seconds)


class UsernameInUse(Problem):
    status, code = 409, "username_in_use"
    title = ("Tên đăng nhập đã có người dùng", "User name already taken")
    detail = ("Tên {username} đã có người dùng; hãy chọn tên khác.", "The name {username} is taken; choose another.")
    example: ClassVar[dict[str, Any]] = {"username": "lan.nguyen"}


class ClientIdInUse(Problem):
    status, code = 409, "client_id_in_use"
    title = ("Mã ứng dụng đã được dùng", "Client id already taken")
    detail = ("Mã {client_id} đã được dùng; hãy chọn mã khác.", "The id {client_id} is taken; choose another.")
    example: ClassVar[dict[str, Any]] = {"client_id": "phu-tho-accounting"}


class OwnAccount(Problem):
    status, code = 409, "own_account"
    title = ("Không tự khóa mình được", "You cannot lock yourself out")
    detail = (
        "Hãy nhờ một quản trị viên khác. Mật khẩu của chính mình thì đổi ở trang tài khoản.",
        "Ask another administrator. Change your own password on your account page.",
    )


class OwnRights(Problem):
    status, code = 409, "own_rights"
    title = ("Không tự nâng quyền của mình", "Nobody raises their own rights")
    detail = (
        "Không ai tự thêm, tự xác nhận vai trò hay quyền của mình; hãy nhờ quản trị viên khác.",
        "Nobody adds to their own roles or permissions, nor confirms them; ask another administrator.",
    )


class ChangePending(Problem):
    status, code = 409, "change_pending"
    title = ("Đã có thay đổi chờ xác nhận", "Another change waits already")
    detail = (
        "{entered_by_name} đã nhập một thay đổi quyền đang chờ người thứ hai; hãy quyết định hoặc rút lại thay đổi đó trước.",
        "{entered_by_name} entered a change of rights that waits for a second person; decide on it or withdraw it first.",
    )
    example: ClassVar[dict[str, Any]] = {"entered_by_name": "Nguyễn Thị Lan"}


class Disabled(Problem):
    status, code = 409, "disabled"
    title = ("Đang bị khóa", "Disabled")
    detail = (
        "Tài khoản hay hệ thống này đang bị khóa; hãy mở lại trước, hoặc từ chối thay đổi.",
        "This account or system is disabled; enable it first, or reject the change.",
    )


class EnteredByFormer(Problem):
    status, code = 409, "entered_by_former_administrator"
    title = ("Người nhập không còn quyền quản trị", "Entered by a former administrator")
    detail = (
        "{entered_by_name} không còn quản trị địa bàn này; hãy từ chối, rồi nhập lại nếu vẫn cần.",
        "{entered_by_name} is no longer an administrator of this area; reject it, and enter it again if it is still needed.",
    )
    example: ClassVar[dict[str, Any]] = {"entered_by_name": "Nguyễn Thị Lan"}


class NationDecides(Problem):
    status, code = 403, "nation_decides"
    title = ("Để trung ương quyết định", "The nation decides")
    detail = (
        "Thay đổi này chuyển sang địa bàn khác; hãy để quản trị viên trung ương quyết định.",
        "This moves to another area; an administrator of the nation has to decide on it.",
    )


class WrongPassword(Problem):
    status, code = 403, "wrong_password"
    title = ("Sai mật khẩu hiện tại", "Current password is wrong")
    detail = ("Mật khẩu hiện tại không đúng; hãy nhập lại.", "The current password is not right; enter it again.")


class WrongCode(Problem):
    status, code = 403, "wrong_code"
    title = ("Mã xác thực không đúng", "Wrong code")
    detail = (
        "Mã sai, đã dùng hoặc đã hết hạn; hãy chờ mã tiếp theo trong ứng dụng xác thực, hoặc dùng một mã khôi phục.",
        "The code is wrong, was used or is too old; wait for the next one in your app, or use a recovery code.",
    )


class EnrolmentExpired(Problem):
    status, code = 409, "enrolment_expired"
    title = ("Lần đăng ký đã hết hạn", "Enrolment expired")
    detail = (
        "Đã quá mười phút, hoặc tài khoản vừa thay đổi; hãy bắt đầu đăng ký lại.",
        "More than ten minutes have passed, or the account has changed; begin to enrol again.",
    )


class NoSecondFactor(Problem):
    status, code = 409, "no_second_factor"
    title = ("Chưa có yếu tố thứ hai", "No second factor")
    detail = (
        "Tài khoản này chưa đăng ký ứng dụng xác thực nào.",
        "This account has no authenticator app enrolled.",
    )


class SecondFactorOff(Problem):
    status, code = 409, "second_factor_off"
    title = ("Nơi này không dùng yếu tố thứ hai", "Second factor not in use")
    detail = (
        "Yếu tố thứ hai đang tắt ở đây; hãy hỏi người vận hành hệ thống.",
        "A second factor is switched off here; ask who runs the system.",
    )


class SecondFactorRequired(Problem):
    status, code = 409, "second_factor_required"
    title = ("Vai trò này cần yếu tố thứ hai", "Second factor required for this role")
    detail = (
        "Người duyệt và quản trị viên ở đây không bỏ được yếu tố thứ hai; nếu đổi điện thoại, hãy đăng ký ứng dụng mới.",
        "Who approves or administers cannot remove it here; with a new phone, enrol the new app instead.",
    )


class NotAPerson(Problem):
    status, code = 409, "not_a_person"
    title = ("Chỉ dành cho người có tài khoản", "For persons with an account only")
    detail = (
        "Token này là của một hệ thống, không phải của người dùng; hãy đăng nhập bằng tài khoản của mình.",
        "This token is a system's, not a person's; sign in with your own account.",
    )


class TwoSecretsLive(Problem):
    status, code = 409, "two_secrets_live"
    title = ("Đã có hai khóa bí mật", "Two secrets already exist")
    detail = ("Hãy chờ mã cũ hết hạn, hoặc xóa mã cũ trước.", "Wait until the old secret expires, or remove it first.")
    example: ClassVar[dict[str, Any]] = {"secret_ids": [EXAMPLE_ID, EXAMPLE_ID]}


class PublicClient(Problem):
    status, code = 409, "public_client"
    title = ("Ứng dụng công khai không có khóa bí mật", "Public apps have no secret")
    detail = (
        "Chỉ hệ thống mới có khóa bí mật; ứng dụng để người dùng đăng nhập thì không.",
        "Only client systems have secrets; apps that people sign in with have none.",
    )


class ReportedElsewhere(Problem):
    status, code = 409, "reported_elsewhere"
    title = ("Báo cáo không nối tiếp", "Report does not follow the last")
    detail = (
        "Báo cáo trước của cổng này kết thúc ở chỗ khác; hãy báo tiếp từ đó.",
        "This gateway's last report ended elsewhere; report from there on.",
    )
    example: ClassVar[dict[str, Any]] = {"position": "9f2c41d07a:18204"}
