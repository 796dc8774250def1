"""The scopes of the platform with their labels: what a token allows, in words."""

from __future__ import annotations

from kernel.values.wording import Labels

SCOPES: Labels = {
    "registry.read": ("Xem sổ đăng ký", "Read the registry"),
    "registry.write": ("Ghi sổ đăng ký", "Write the registry"),
    "funds.read": ("Xem các quỹ", "Read the funds"),
    "funds.write": ("Lập hồ sơ, giải ngân, ghi sổ quỹ", "Prepare, disburse and book in the funds"),
    "funds.approve": ("Phê duyệt ở quỹ", "Approve in the funds"),
    "training.read": ("Xem lớp học, hoạt động xúc tiến", "Read classes and trade events"),
    "training.write": ("Ghi lớp học, hoạt động xúc tiến", "Write classes and trade events"),
    "class.roll": ("Điểm danh một lớp", "Call the roll of one class"),
    "reports.read": ("Xem hoạt động, số liệu, báo cáo", "Read activities, figures and reports"),
    "reports.write": ("Ghi hoạt động, số liệu; lập báo cáo", "Write activities, figures and reports"),
    "reports.approve": ("Duyệt báo cáo", "Approve reports"),
    "own.read": ("Xem hồ sơ của tổ chức mình", "Read one's own organization"),
    "own.write": ("Sửa hồ sơ của tổ chức mình", "Write one's own organization"),
    "sync.read": ("Theo dõi thay đổi, tải bản chụp", "Follow feeds and take exports"),
    "sync.write": ("Ghi hàng loạt cho một địa bàn", "Write in batches for an area"),
    "references.read": ("Biết còn gì ghi vào một tổ chức", "Count what names an organization"),
    "names.read": ("Biết tên người dùng và hệ thống", "Know people and systems by name"),
    "tokens.follow": ("Biết token nào đã bị thu hồi", "Learn whose access tokens are void"),
    "requests.report": ("Báo các lượt gọi qua cổng", "Tell which calls came"),
    "identity.admin": ("Quản lý tài khoản và hệ thống", "Manage accounts and client systems"),
}
