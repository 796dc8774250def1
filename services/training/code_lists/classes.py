"""Closed lists of classes and who was there."""

from __future__ import annotations

from kernel.values import common_lists
from kernel.values.wording import Labels

CLASS_KINDS: Labels = {
    "short_course": ("Tập huấn", "Short course"),
    "upskilling": ("Bồi dưỡng", "Upskilling"),
    "education": ("Đào tạo", "Education"),
}


TOPICS: Labels = {
    "law": ("Luật HTX, chủ trương, chính sách", "Cooperative law and policy"),
    "management": ("Nghiệp vụ quản lý", "Management"),
    "accounting": ("Kế toán, tài chính, thuế", "Accounting, finance and tax"),
    "technique": ("Kỹ thuật sản xuất", "Technique"),
    "market": ("Thị trường, thương hiệu, xúc tiến thương mại", "Markets, brands and trade promotion"),
    "digital": ("Chuyển đổi số", "Digital skills"),
    "founding": ("Thành lập HTX, khởi nghiệp", "Founding cooperatives"),
    "other": ("Khác", "Other"),
}


ATTRIBUTIONS: Labels = {
    "alliance_led": ("Do Liên minh tổ chức", "Led by the alliance"),
    "joint": ("Phối hợp tổ chức", "Held jointly"),
    "supported": ("Liên minh hỗ trợ", "Supported by the alliance"),
}


PARTNER_KINDS: Labels = {
    "alliance": ("Liên minh HTX", "Cooperative alliance"),
    "vca_unit": ("Đơn vị của Liên minh HTX Việt Nam", "Unit of the national alliance"),
    "department": ("Sở, ngành", "Provincial department"),
    "local_authority": ("Ủy ban nhân dân", "Local authority"),
    "mass_organization": ("Tổ chức chính trị - xã hội", "Mass organization"),
    "school": ("Trường, viện", "School or institute"),
    "enterprise": ("Doanh nghiệp", "Enterprise"),
    "other": ("Khác", "Other"),
}


BUDGET_SOURCES = common_lists.BUDGET_SOURCES


AUDIENCES: Labels = {
    "manager": ("Cán bộ quản lý HTX", "Manager of a cooperative"),
    "member": ("Thành viên", "Member"),
    "worker": ("Người lao động", "Worker"),
    "founder": ("Sáng lập viên", "Founder"),
    "youth": ("Đoàn viên, thanh niên", "Young person"),
    "woman": ("Hội viên phụ nữ", "Member of the Women's Union"),
    "farmer": ("Hội viên nông dân", "Member of the Farmers' Union"),
    "officer": ("Cán bộ xã, đoàn thể", "Officer of a commune or mass organization"),
    "other": ("Khác", "Other"),
}


CLASS_STATES: Labels = {
    "planned": ("Theo kế hoạch", "Planned"),
    "open": ("Đang nhận đăng ký", "Open for registration"),
    "running": ("Đang học", "Running"),
    "held": ("Đã tổ chức", "Held"),
    "reported": ("Đã báo cáo", "Reported"),
    "cancelled": ("Đã hủy", "Cancelled"),
}


# What may be done with a class, state by state (classes/records.py).
CLASS_ACTIONS: Labels = {
    "change": ("Sửa thông tin lớp", "Change the class"),
    "open": ("Mở đăng ký", "Open for registration"),
    "register": ("Đăng ký học", "Register"),
    "invite": ("Mời đơn vị", "Invite an organization"),
    "start": ("Khai giảng", "Start"),
    "attend": ("Ghi học viên", "Record attendance"),
    "complete": ("Ghi là đã tổ chức", "Complete"),
    "report": ("Báo cáo lớp", "Report"),
    "certify": ("Cấp giấy chứng nhận", "Issue certificates"),
    "cancel": ("Hủy lớp", "Cancel"),
}


INVITATION_STATES: Labels = {
    "sent": ("Đã mời", "Sent"),
    "accepted": ("Nhận lời", "Accepted"),
    "declined": ("Từ chối", "Declined"),
}


TRAINEE_STATES: Labels = {
    "confirmed": ("Đã xác nhận", "Confirmed"),
    "unconfirmed": ("Chờ cán bộ xác nhận", "Waits for an officer"),
}


LIKENESSES: Labels = {
    "id_number": ("Cùng số định danh", "Same identity number"),
    "name_and_birth_year": ("Cùng họ tên và năm sinh", "Same name and year of birth"),
}
"""What is the same of two who may be one person."""


REGISTRATION_STATES: Labels = {
    "registered": ("Đã đăng ký", "Registered"),
    "cancelled": ("Đã hủy", "Cancelled"),
}


REGISTRATION_CHANNELS: Labels = {
    "officer": ("Cán bộ Liên minh", "Officer of the alliance"),
    "own": ("Đơn vị tự đăng ký", "The organization's own user"),
}


ATTENDANCE_SOURCES: Labels = {
    "roll_call": ("Điểm danh tại lớp", "Roll call"),
    "file": ("Tệp danh sách", "File"),
    "phone": ("Điện thoại", "Phone"),
    "signed_list": ("Danh sách ký nhận, chỉ có số lượng", "Signed list, known by its number only"),
}


PERSON_SOURCES: Labels = {code: ATTENDANCE_SOURCES[code] for code in ("roll_call", "file", "phone")}
"""Where one person's attendance may be known from; a signed list says a number and no names."""


SEXES: Labels = {"female": ("Nữ", "Female"), "male": ("Nam", "Male"), "other": ("Khác", "Other")}


CERTIFICATE_STATES: Labels = {"valid": ("Còn giá trị", "Valid"), "revoked": ("Đã thu hồi", "Revoked")}


COMMUNE_MAPS = common_lists.COMMUNE_MAPS


RECORD_TYPES: Labels = {
    "classes": ("Lớp học", "Classes"),
    "attendances": ("Lượt học viên", "Attendances"),
    "participations": ("Lượt HTX tham gia xúc tiến thương mại", "Participations in trade events"),
    "market_links": ("Liên kết tiêu thụ", "Market links"),
}
"""What coverage may declare complete."""


ALL: dict[str, Labels] = {
    "class_kinds": CLASS_KINDS,
    "topics": TOPICS,
    "attributions": ATTRIBUTIONS,
    "partner_kinds": PARTNER_KINDS,
    "budget_sources": BUDGET_SOURCES,
    "audiences": AUDIENCES,
    "class_states": CLASS_STATES,
    "class_actions": CLASS_ACTIONS,
    "invitation_states": INVITATION_STATES,
    "trainee_states": TRAINEE_STATES,
    "likenesses": LIKENESSES,
    "registration_states": REGISTRATION_STATES,
    "registration_channels": REGISTRATION_CHANNELS,
    "attendance_sources": ATTENDANCE_SOURCES,
    "sexes": SEXES,
    "certificate_states": CERTIFICATE_STATES,
    "commune_maps": COMMUNE_MAPS,
    "record_types": RECORD_TYPES,
}
