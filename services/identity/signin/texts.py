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
    "code_heading": ("Mã xác thực", "Authentication code"),
    "code_why": (
        "Mở ứng dụng xác thực trên điện thoại và nhập mã đang hiện.",
        "Open the authenticator app on your phone and enter the code that it shows.",
    ),
    "code": ("Mã 6 chữ số", "Code of 6 digits"),
    "code_hint": (
        "Không có điện thoại? Nhập một mã khôi phục của bạn.",
        "No phone at hand? Enter one of your recovery codes.",
    ),
    "code_lost": (
        "Mất cả điện thoại lẫn mã khôi phục? Hãy hỏi quản trị viên của Liên minh.",
        "Lost both phone and recovery codes? Ask the administrator of your alliance.",
    ),
    "enrol_heading": ("Đăng ký ứng dụng xác thực", "Enrol an authenticator app"),
    "enrol_why": (
        "Từ nay khi đăng nhập, bạn nhập thêm một mã từ điện thoại. Quét hình này bằng một ứng dụng xác thực (như Google Authenticator, Microsoft Authenticator, FreeOTP).",
        "From now on signing in also takes a code of your phone. Scan this with an authenticator app (such as Google Authenticator, Microsoft Authenticator, FreeOTP).",
    ),
    "enrol_picture": ("Mã QR cho ứng dụng xác thực", "QR code for an authenticator app"),
    "enrol_by_hand": ("Không quét được? Nhập khóa này vào ứng dụng:", "Cannot scan it? Enter this key in the app:"),
    "enrol_open": ("Mở trong ứng dụng trên điện thoại này", "Open in an app on this phone"),
    "enrol_code_hint": ("Mã mà ứng dụng đang hiện.", "The code that the app shows now."),
    "enrol": ("Đăng ký", "Enrol"),
    "recovery_heading": ("Cất giữ mã khôi phục", "Keep your recovery codes"),
    "recovery_why": (
        "Mỗi mã thay được một lần cho điện thoại khi bạn không có nó. Các mã chỉ hiện ở đây một lần: hãy in hoặc chép ra giấy và cất nơi an toàn.",
        "Each stands in once for your phone when you do not have it. They are shown here only once: print them or write them down, and keep them safe.",
    ),
    "recovery_kept": ("Đã cất, tiếp tục", "I have kept them, continue"),
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
