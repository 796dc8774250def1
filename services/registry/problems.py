"""Every problem of the registry, beyond the kernel's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.wording import Labels
from services.registry import code_lists as codes
from services.registry.case_problems import BlockersUnresolved as BlockersUnresolved
from services.registry.case_problems import DissolutionCaseEnded as DissolutionCaseEnded
from services.registry.case_problems import DissolutionCaseOpen as DissolutionCaseOpen
from services.registry.case_problems import DissolutionCasesOpen as DissolutionCasesOpen
from services.registry.case_problems import OrganizationNotEnded as OrganizationNotEnded

_DECIDED: Labels = {
    "type": ("Loại hình", "The type"),
    "legal_status": ("Tình trạng pháp lý", "The legal status"),
    "operating_state": ("Tình trạng hoạt động thực tế", "The operating state"),
    "seat": ("Trụ sở", "The seat"),
}
_FACTS: Labels = {
    "type-conversions": ("Chuyển đổi loại hình", "Conversions"),
    "status-changes": ("Thay đổi tình trạng", "Status changes"),
    "seat-changes": ("Chuyển trụ sở", "Seat changes"),
}


class CodeInUse(Problem):
    status, code = 409, "code_in_use"
    title = ("Mã số đã có trong sổ đăng ký", "Code already in the registry")
    detail = (
        "Mã số {organization_code} đã được dùng; hãy kiểm tra lại mã, hoặc sửa tổ chức đã có.",
        "The code {organization_code} is in use; check it, or correct the organization that is there.",
    )
    example: ClassVar[dict[str, Any]] = {"organization_code": "2600123456", "organization_id": EXAMPLE_ID}


class ExternalIdInUse(Problem):
    status, code = 409, "external_id_in_use"
    title = ("Mã ở hệ thống ngoài đã được dùng", "External id already in use")
    detail = (
        "Mỗi mã của hệ thống ngoài chỉ thuộc một tổ chức; hãy kiểm tra lại mã.",
        "An external id belongs to one organization only; check it.",
    )


class PossibleDuplicate(Problem):
    status, code = 409, "possible_duplicate"
    title = ("Có thể đã có tổ chức này", "Organization may already exist")
    detail = (
        "Trong cùng xã đã có tổ chức tên gần giống, kèm theo đây. Nếu thật là tổ chức khác, hãy xác nhận vẫn tạo và ghi lý do.",
        "The same commune has organizations with similar names, listed here. If yours is another, confirm that it is to be created and give the reason.",
    )
    example: ClassVar[dict[str, Any]] = {
        "candidates": [{"id": EXAMPLE_ID, "code": "2600123456", "name": "HTX Đồng Tâm", "legal_status": "active"}]
    }


class TransitionForbidden(Problem):
    status, code = 409, "transition_forbidden"
    title = ("Không chuyển được tình trạng này", "Status change not allowed")
    detail = (
        "Từ {from_status} không chuyển được sang {to_status}. Tình trạng cuối chỉ được mở lại khi cơ quan đăng ký hiệu đính hoặc khôi phục giấy chứng nhận (NĐ 92/2024, Điều 56); hãy ghi căn cứ.",
        "{from_status} does not lead to {to_status}. A final status is left only by a registry correction or a restored certificate (Decree 92/2024, Art. 56); give that basis.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"from_status": codes.LEGAL_STATUSES, "to_status": codes.LEGAL_STATUSES}
    example: ClassVar[dict[str, Any]] = {"from_status": "ended", "to_status": "active"}


class StatusNotOfType(Problem):
    status, code = 409, "status_not_of_type"
    title = ("Tình trạng không thuộc loại hình này", "Status does not apply to this type")
    detail = (
        "Tình trạng {to_status} không dùng cho loại hình {organization_type} (NĐ 92/2024, Điều 27–28); hãy chọn tình trạng khác.",
        "The status {to_status} does not apply to the type {organization_type} (Decree 92/2024, Art. 27–28); choose another.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {
        "to_status": codes.LEGAL_STATUSES,
        "organization_type": codes.ORGANIZATION_TYPES,
    }
    example: ClassVar[dict[str, Any]] = {"to_status": "terminated", "organization_type": "cooperative"}


class DecidedByFacts(Problem):
    status, code = 409, "decided_by_facts"
    title = ("Mục này do sự kiện quyết định", "Field is decided by recorded events")
    detail = (
        "Mục {field} theo các sự kiện {facts}; hãy nhập thay đổi này thành sự kiện có ngày hiệu lực ở đó. Chỉ khi dữ liệu "
        "ban đầu bị ghi sai mới sửa dữ liệu ban đầu, kèm lý do.",
        "{field} follows from the recorded events {facts}; enter this change there as an event with its day. Only what was "
        "entered wrong from the first day is corrected here, with a reason.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"field": _DECIDED, "facts": _FACTS}
    example: ClassVar[dict[str, Any]] = {
        "facts": "seat-changes",
        "field": "seat",
        "post_to": f"/v1/registry/organizations/{EXAMPLE_ID}/seat-changes",
    }


class BeforeStart(Problem):
    status, code = 409, "before_start"
    title = ("Trước ngày tổ chức bắt đầu", "Date precedes the organization")
    detail = (
        "Tổ chức bắt đầu từ ngày {starts_on}; hãy ghi ngày đó hoặc sau đó.",
        "The organization begins on {starts_on}; give that day or a later one.",
    )
    example: ClassVar[dict[str, Any]] = {"starts_on": "2020-05-01"}


class MembershipOpen(Problem):
    status, code = 409, "membership_open"
    title = ("Đang là thành viên Liên minh", "Already a member")
    detail = (
        "Mỗi tổ chức chỉ có một tư cách thành viên tại một thời điểm; hãy ghi ngày ra khỏi Liên minh của lần trước.",
        "An organization has one membership at a time; enter first when it left.",
    )
    example: ClassVar[dict[str, Any]] = {"membership_id": EXAMPLE_ID}


class ConversionForbidden(Problem):
    status, code = 409, "conversion_forbidden"
    title = ("Không chuyển đổi được", "Conversion not possible")
    detail = (
        "Tổ chức hiện là {organization_type} hoặc đã được chuyển đổi; hãy kiểm tra lại kiểu chuyển đổi.",
        "The organization is a {organization_type} now, or was converted already; check the kind of conversion.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"organization_type": codes.ORGANIZATION_TYPES}
    example: ClassVar[dict[str, Any]] = {"organization_type": "cooperative"}


class StatisticExists(Problem):
    status, code = 409, "statistic_exists"
    title = ("Đã có số liệu của kỳ này", "Figures of this period are there already")
    detail = (
        "Tổ chức này đã có số liệu kỳ {period}, kèm theo đây; hãy sửa số liệu đó, hoặc gửi theo kỳ báo cáo.",
        "The organization has figures of the period {period}, named here; correct those, or deliver them by period.",
    )
    example: ClassVar[dict[str, Any]] = {"period": "2023", "organization_statistic_id": EXAMPLE_ID}


class StatisticsOverlap(Problem):
    status, code = 409, "statistics_overlap"
    title = ("Cả hai tổ chức có số liệu cùng kỳ", "Both organizations have figures of one period")
    detail = (
        "Cả hai tổ chức có số liệu của cùng kỳ, kèm theo đây; hãy sửa hoặc gỡ một trong hai rồi gộp lại.",
        "Both have figures of the same period, listed here; correct or delete one of each pair, then merge again.",
    )
    example: ClassVar[dict[str, Any]] = {
        "statistics": [{"organization_statistic_id": EXAMPLE_ID, "overlaps_id": EXAMPLE_ID, "period": "2023"}],
    }


class ModelExists(Problem):
    status, code = 409, "model_exists"
    title = ("Mô hình này đã được ghi nhận", "Model already recorded")
    detail = (
        "Tổ chức đã được công nhận {kind} ngày {recognized_on}, hồ sơ kèm theo đây; hãy sửa hồ sơ đó hoặc kiểm tra lại ngày và loại.",
        "The organization was recognised as {kind} on {recognized_on}, in the record named here; correct that one, or check day and kind.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"kind": codes.MODEL_KINDS}
    example: ClassVar[dict[str, Any]] = {"model_id": EXAMPLE_ID, "kind": "effective", "recognized_on": "2023-06-30"}


class ReferencesUnknown(Problem):
    status, code = 503, "references_unknown"
    title = ("Chưa hỏi được các dịch vụ khác", "Other services not heard")
    detail = (
        "Chưa hỏi được dịch vụ quỹ, đào tạo, báo cáo xem có hồ sơ nào ghi vào tổ chức này; hãy thử lại sau vài giây.",
        "Funds, training and reporting could not all be asked whether their records name this organization; try again in a few "
        "seconds.",
    )
    example: ClassVar[dict[str, Any]] = {"services": ["funds"]}

    def __init__(self, **members: Any) -> None:
        super().__init__(headers={"Retry-After": "5"}, **members)


class OrganizationReferenced(Problem):
    status, code = 409, "organization_referenced"
    title = ("Còn hồ sơ ghi vào tổ chức này", "Records name this organization")
    detail = (
        "Còn {record_count} hồ sơ ghi vào tổ chức này, kèm theo đây. Chỉ xóa được tổ chức nhập nhầm chưa có hồ sơ nào; hãy "
        "gỡ hoặc sửa các hồ sơ đó trước.",
        "{record_count} records name this organization, listed here. Only one that nothing names is deleted; delete or "
        "correct those records first.",
    )
    example: ClassVar[dict[str, Any]] = {
        "record_count": 1,
        "references": [
            {
                "service": "funds",
                "resource_type": "borrower",
                "resource": "/v1/funds/borrowers",
                "field": "organization_id",
                "count": 1,
            }
        ],
    }


class OrganizationMerged(Problem):
    status, code = 409, "organization_merged"
    title = ("Tổ chức này đã gộp vào tổ chức khác", "Organization was merged into another")
    detail = (
        "Tổ chức này đã gộp vào tổ chức khác, kèm theo đây; hãy làm việc với tổ chức đó, hoặc hoàn tác việc gộp trước.",
        "This organization was merged into another, named here; work with that one, or reverse the merge first.",
    )
    example: ClassVar[dict[str, Any]] = {"merged_into": EXAMPLE_ID}


class IntoItself(Problem):
    status, code = 409, "into_itself"
    title = ("Không gộp được vào chính nó", "Cannot be merged into itself")
    detail = (
        "Hãy chọn tổ chức khác, tổ chức được giữ lại.",
        "Choose another organization, the one that is to stay.",
    )


class IntoDuplicate(Problem):
    status, code = 409, "into_duplicate"
    title = ("Tổ chức nhận đã gộp vào tổ chức khác", "The other organization was merged itself")
    detail = (
        "Tổ chức được chọn đã gộp vào tổ chức khác, kèm theo đây; hãy gộp vào tổ chức đó.",
        "The organization you chose was merged into another, named here; merge into that one.",
    )
    example: ClassVar[dict[str, Any]] = {"merged_into": EXAMPLE_ID}


class HasDuplicates(Problem):
    status, code = 409, "has_duplicates"
    title = ("Đã có tổ chức khác gộp vào tổ chức này", "Others were merged into this organization")
    detail = (
        "Đã có tổ chức khác gộp vào tổ chức này, kèm theo đây; hãy hoàn tác các lần gộp đó, rồi gộp từng tổ chức vào tổ "
        "chức được giữ lại.",
        "Others were merged into this organization, named here; reverse those merges first, then merge each into the one "
        "that is to stay.",
    )
    example: ClassVar[dict[str, Any]] = {"duplicates": [EXAMPLE_ID]}


class IntoAnotherAlliance(Problem):
    status, code = 409, "into_another_alliance"
    title = ("Hai tổ chức thuộc hai Liên minh", "The organizations belong to two alliances")
    detail = (
        "Chỉ gộp và hoàn tác được khi hai tổ chức thuộc cùng một Liên minh; hãy sửa trụ sở của một trong hai trước.",
        "Merging and its reversal need both organizations in one alliance; correct the seat of one of them first.",
    )
    example: ClassVar[dict[str, Any]] = {"alliances": ["25-2025", "40-2025"]}


class MembershipsOverlap(Problem):
    status, code = 409, "memberships_overlap"
    title = ("Tư cách thành viên trùng thời gian", "Memberships overlap")
    detail = (
        "Hai tổ chức có tư cách thành viên trùng thời gian, kèm theo đây; hãy sửa hoặc gỡ một trong hai rồi gộp lại.",
        "Both have memberships of the same time, listed here; correct or delete one of each pair, then merge again.",
    )
    example: ClassVar[dict[str, Any]] = {
        "memberships": [{"membership_id": EXAMPLE_ID, "overlaps_id": EXAMPLE_ID}],
    }


class OfficeHeld(Problem):
    status, code = 409, "office_held"
    title = ("Chức vụ này đã có người giữ", "Office is held already")
    detail = (
        "{full_name} giữ chức vụ {office} từ ngày {term_from} đến {term_to}; chức vụ này mỗi lúc chỉ một người giữ. Hãy ghi "
        "ngày thôi giữ chức của người trước, hoặc sửa nhiệm kỳ đang nhập.",
        "{full_name} holds the office {office} from {term_from} until {term_to}; one person holds it at a time. Enter the end "
        "of that term first, or correct the term that you enter.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"office": codes.OFFICES}
    example: ClassVar[dict[str, Any]] = {
        "officer_id": EXAMPLE_ID,
        "full_name": "Nguyễn Văn Bình",
        "office": "director",
        "term_from": "2022-01-15",
        "term_to": None,
    }


class RatingExists(Problem):
    status, code = 409, "rating_exists"
    title = ("Năm này đã được đánh giá", "Year is rated already")
    detail = (
        "Tổ chức đã có kết quả đánh giá năm {rated_year} theo {scheme}, kèm theo đây; hãy xem kết quả đó. Nếu ghi sai, hãy "
        "rút lại, từ chối hoặc xóa kết quả đó rồi nhập lại.",
        "The organization has a rating of {rated_year} by {scheme}, named here; look at that one. If it is wrong, withdraw, "
        "reject or delete it, then enter the right one.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"scheme": codes.RATING_SCHEMES}
    example: ClassVar[dict[str, Any]] = {
        "rating_id": EXAMPLE_ID,
        "rated_year": "2023",
        "scheme": "circular_01_2020",
        "confirmation_state": "confirmed",
    }


class SchemeNotOfType(Problem):
    status, code = 409, "scheme_not_of_type"
    title = ("Bảng tiêu chí không dùng cho loại hình này", "Scheme does not rate this type")
    detail = (
        "{scheme} không đánh giá loại hình {organization_type}; hãy chọn bảng tiêu chí khác.",
        "{scheme} does not rate the type {organization_type}; choose another scheme.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {
        "scheme": codes.RATING_SCHEMES,
        "organization_type": codes.ORGANIZATION_TYPES,
    }
    example: ClassVar[dict[str, Any]] = {"scheme": "circular_01_2020", "organization_type": "cooperative_group"}


class RecordsOverlap(Problem):
    status, code = 409, "records_overlap"
    title = ("Hai tổ chức có hồ sơ trùng nhau", "Records of both overlap")
    detail = (
        "Hai tổ chức cùng có người giữ một chức vụ trong một thời gian, cùng được đánh giá một năm, hoặc cùng đứng trong một "
        "lần chia, tách, hợp nhất, sáp nhập, kèm theo đây; hãy sửa hoặc gỡ một trong hai hồ sơ của mỗi cặp rồi gộp lại.",
        "Both have somebody in one office at the same time, a rating of the same year, or stand in one succession, listed "
        "here; correct or delete one of each pair, then merge again.",
    )
    example: ClassVar[dict[str, Any]] = {
        "overlaps": [{"resource_type": "officer", "record_id": EXAMPLE_ID, "overlaps_id": EXAMPLE_ID}],
    }


class ValueChainsNameBoth(Problem):
    status, code = 409, "value_chains_name_both"
    title = ("Có chuỗi giá trị ghi cả hai tổ chức", "Value chains name both organizations")
    detail = (
        "Có chuỗi giá trị ghi cả hai tổ chức, kèm theo đây; hãy sửa các chuỗi đó chỉ còn ghi một tổ chức rồi gộp lại.",
        "Value chains name both organizations, listed here; correct them to name one of the two, then merge again.",
    )
    example: ClassVar[dict[str, Any]] = {"value_chains": [EXAMPLE_ID]}


class NotMerged(Problem):
    status, code = 409, "not_merged"
    title = ("Tổ chức này không còn gộp", "Organization is not merged")
    detail = (
        "Tổ chức này chưa gộp, hoặc việc gộp đã được hoàn tác; không còn gì để hoàn tác.",
        "This organization was not merged, or the merge was reversed already; there is nothing to reverse.",
    )
