"""Codes of identity with their labels."""

from __future__ import annotations

from kernel.values import scopes

CodeList = dict[str, tuple[str, str]]
"""Code → (Vietnamese label, English label)."""

ROLES: CodeList = {
    "viewer": ("Người xem", "Viewer"),
    "registry_officer": ("Cán bộ sổ đăng ký", "Registry officer"),
    "fund_officer": ("Cán bộ quỹ", "Fund officer"),
    "training_officer": ("Cán bộ đào tạo, xúc tiến", "Training and trade officer"),
    "fund_approver": ("Người duyệt của quỹ", "Fund approver"),
    "reporter": ("Người lập báo cáo", "Reporter"),
    "report_approver": ("Người duyệt báo cáo", "Report approver"),
    "cooperative_user": ("Người dùng của hợp tác xã", "Cooperative's own user"),
    "administrator": ("Quản trị viên", "Administrator"),
}

SCOPES: CodeList = dict(scopes.SCOPES)

CLIENT_KINDS: CodeList = {
    "system": ("Hệ thống có khóa bí mật", "System with a secret"),
    "public": ("Ứng dụng để người dùng đăng nhập", "App that people sign in with"),
}

CALLER_KINDS: CodeList = {"person": ("Người dùng", "Person"), "system": ("Hệ thống", "System")}

AUDIT_ACTIONS: CodeList = {
    "audit.read": ("Đọc nhật ký", "Audit read"),
    "sign_in.succeeded": ("Đăng nhập được", "Signed in"),
    "sign_in.failed": ("Đăng nhập sai", "Sign-in failed"),
    "session.ended": ("Đăng xuất", "Signed out"),
    "authorization_code.reused": ("Mã đăng nhập bị dùng lại", "Authorization code used again"),
    "refresh_token.reused": ("Token làm mới bị dùng lại", "Refresh token used again"),
    "client.refused": ("Hệ thống bị từ chối", "Client refused"),
    "password.changed": ("Đổi mật khẩu", "Password changed"),
    "password.reset": ("Đặt lại mật khẩu", "Password reset"),
    "second_factor.enrolled": ("Đăng ký yếu tố thứ hai", "Second factor enrolled"),
    "second_factor.removed": ("Bỏ yếu tố thứ hai", "Second factor removed"),
    "second_factor.reset": ("Đặt lại yếu tố thứ hai", "Second factor reset"),
    "second_factor.failed": ("Nhập sai mã xác thực", "Wrong code"),
    "recovery_code.used": ("Dùng mã khôi phục", "Recovery code used"),
    "recovery_codes.renewed": ("Cấp lại mã khôi phục", "Recovery codes renewed"),
    "client_secret.added": ("Thêm khóa bí mật", "Client secret added"),
    "client_secret.removed": ("Bỏ khóa bí mật", "Client secret removed"),
    "class_device.created": ("Cho thiết bị điểm danh", "Device of a class registered"),
    "class_device.revoked": ("Thu hồi thiết bị điểm danh", "Device of a class revoked"),
    "access.changed": ("Đổi quyền", "Rights changed"),
    "access.pending": ("Nhập quyền, chờ xác nhận", "Rights entered, to be confirmed"),
    "access.confirmed": ("Xác nhận quyền", "Rights confirmed"),
    "access.rejected": ("Từ chối quyền", "Rights rejected"),
    "access.withdrawn": ("Rút lại quyền", "Rights withdrawn"),
    "account.erased": ("Xóa dữ liệu cá nhân của tài khoản", "Personal data of an account erased"),
    "account.personal_data_copied": ("Cung cấp dữ liệu cho chủ tài khoản", "Copy of an account's data made"),
}

ALL: dict[str, CodeList] = {
    "roles": ROLES,
    "scopes": SCOPES,
    "client-kinds": CLIENT_KINDS,
    "caller-kinds": CALLER_KINDS,
    "audit-actions": AUDIT_ACTIONS,
}
