"""What the sign-in pages say, in Vietnamese and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "platform": ("Nền tảng Liên minh Hợp tác xã", "Cooperative Alliance platform"),
    "language": ("Ngôn ngữ", "Language"),
    "error": ("Lỗi", "Error"),
    "error_heading": ("Có điều cần sửa", "There is a problem"),
    "sign_in": ("Đăng nhập", "Sign in"),
    "sign_in_to": ("để vào {app}", "to continue to {app}"),
    "username": ("Tên đăng nhập", "User name"),
    "password": ("Mật khẩu", "Password"),
    "forgotten": (
        "Quên mật khẩu? Hãy hỏi quản trị viên của Liên minh.",
        "Forgotten your password? Ask the administrator of your alliance.",
    ),
    "new_password_heading": ("Đặt mật khẩu mới", "Choose a new password"),
    "new_password_why": (
        "Mật khẩu vừa dùng chỉ dùng được một lần.",
        "The password you just used works once only.",
    ),
    "new_password": ("Mật khẩu mới", "New password"),
    "new_password_hint": (
        "Ít nhất 10 ký tự, không chứa tên đăng nhập.",
        "At least 10 characters, without your user name.",
    ),
    "new_password_again": ("Nhập lại mật khẩu mới", "New password again"),
    "save_password": ("Lưu và đăng nhập", "Save and sign in"),
    "not_equal": ("Hai mật khẩu mới không giống nhau.", "The two new passwords differ."),
    "same_password": ("Hãy chọn mật khẩu khác mật khẩu cũ.", "Choose another password than the old one."),
    "continue_heading": ("Tiếp tục", "Continue"),
    "continue_as": ("Bạn đang đăng nhập là {name}.", "You are signed in as {name}."),
    "continue": ("Tiếp tục vào {app}", "Continue to {app}"),
    "other_account": ("Dùng tài khoản khác", "Use another account"),
    "sign_out": ("Đăng xuất", "Sign out"),
    "sign_out_why": (
        "Mọi ứng dụng mở trong trình duyệt này sẽ phải đăng nhập lại.",
        "Every app open in this browser will have to sign in again.",
    ),
    "signed_out": ("Bạn đã đăng xuất", "You are signed out"),
    "signed_out_more": ("Có thể đóng trang này.", "You can close this page."),
}


def say(key: str, language: str, **names: str) -> str:
    """Return the words for `key` in `language` ("vi" or "en"), with `names` in their places."""
    return WORDS[key][1 if language == "en" else 0].format(**names)
