"""Codes of identity with their labels."""

from __future__ import annotations

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

SCOPES: CodeList = {
    "registry.read": ("Xem sổ đăng ký", "Read the registry"),
    "registry.write": ("Ghi sổ đăng ký", "Write the registry"),
    "funds.read": ("Xem các quỹ", "Read the funds"),
    "funds.write": ("Lập hồ sơ, giải ngân, ghi sổ quỹ", "Prepare, disburse and book in the funds"),
    "funds.approve": ("Phê duyệt ở quỹ", "Approve in the funds"),
    "training.read": ("Xem lớp học, hoạt động xúc tiến", "Read classes and trade events"),
    "training.write": ("Ghi lớp học, hoạt động xúc tiến", "Write classes and trade events"),
    "reports.read": ("Xem báo cáo, số liệu", "Read reports and figures"),
    "reports.write": ("Lập báo cáo", "Write reports"),
    "reports.approve": ("Duyệt báo cáo", "Approve reports"),
    "own.read": ("Xem hồ sơ của tổ chức mình", "Read one's own organization"),
    "own.write": ("Sửa hồ sơ của tổ chức mình", "Write one's own organization"),
    "sync.read": ("Theo dõi thay đổi, tải bản chụp", "Follow feeds and take exports"),
    "sync.write": ("Ghi hàng loạt cho một địa bàn", "Write in batches for an area"),
    "tokens.follow": ("Biết token nào đã bị thu hồi", "Learn whose access tokens are void"),
    "identity.admin": ("Quản lý tài khoản và hệ thống", "Manage accounts and client systems"),
}

CLIENT_KINDS: CodeList = {
    "system": ("Hệ thống có mã bí mật", "System with a secret"),
    "public": ("Ứng dụng để người dùng đăng nhập", "App that people sign in with"),
}

AUDIT_ACTIONS: CodeList = {
    "sign_in.succeeded": ("Đăng nhập được", "Signed in"),
    "sign_in.failed": ("Đăng nhập sai", "Sign-in failed"),
    "session.ended": ("Đăng xuất", "Signed out"),
    "authorization_code.reused": ("Mã đăng nhập bị dùng lại", "Authorization code used again"),
    "refresh_token.reused": ("Token làm mới bị dùng lại", "Refresh token used again"),
    "client.refused": ("Hệ thống bị từ chối", "Client refused"),
    "password.changed": ("Đổi mật khẩu", "Password changed"),
    "password.reset": ("Đặt lại mật khẩu", "Password reset"),
    "client_secret.added": ("Thêm mã bí mật", "Client secret added"),
    "client_secret.removed": ("Bỏ mã bí mật", "Client secret removed"),
}

ALL: dict[str, CodeList] = {
    "roles": ROLES,
    "scopes": SCOPES,
    "client-kinds": CLIENT_KINDS,
    "audit-actions": AUDIT_ACTIONS,
}
