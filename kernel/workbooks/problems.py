"""What a file that somebody sent is refused for."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import Problem
from kernel.workbooks.limits import LIMIT_ROWS


class FileUnreadable(Problem):
    status, code = 422, "file_unreadable"
    title = ("Không đọc được tệp", "File cannot be read")
    detail = (
        "Hãy dùng tệp .xlsx, .xls, .ods hoặc .csv theo mẫu.",
        "Use an .xlsx, .xls, .ods or .csv file made from the template.",
    )


class WrongColumns(Problem):
    status, code = 422, "wrong_columns"
    title = ("Sai cột so với mẫu", "Columns differ from the template")
    detail = (
        "Cột thiếu: {missing}. Cột lạ: {unknown}. Cột lặp: {repeated}. Hãy xóa cột lạ, cột lặp và thêm cột thiếu, hoặc tải mẫu mới rồi chép dữ liệu sang.",
        "Columns missing: {missing}; unknown: {unknown}; repeated: {repeated}. Take out the unknown and repeated ones and add the missing ones, or download the template and copy the data over.",
    )
    example: ClassVar[dict[str, Any]] = {"missing": ["Tên"], "unknown": ["Ghi chú"], "repeated": []}


class TooManyRows(Problem):
    status, code = 422, "too_many_rows"
    title = ("Quá nhiều dòng", "Too many rows")
    detail = (
        "Tệp có {rows} dòng, tối đa {limit_rows} dòng; hãy chia nhỏ.",
        "The file has {rows} rows, at most {limit_rows} are taken; split it.",
    )
    example: ClassVar[dict[str, Any]] = {"rows": 27000, "limit_rows": LIMIT_ROWS}


class CellTooFar(Problem):
    status, code = 422, "cell_too_far"
    title = ("Có ô nằm quá xa", "A cell lies too far out")
    detail = (
        "Ô {cell} có nội dung, mà bảng chỉ được đọc đến ô {last_cell}. Hãy xóa ô đó, hoặc chép dữ liệu sang mẫu mới.",
        "Cell {cell} is filled, but a sheet is read as far as {last_cell}. Clear that cell, or copy the data to a new "
        "template.",
    )
    example: ClassVar[dict[str, Any]] = {"cell": "T1048576", "last_cell": "IV25000"}


class FileTooComplex(Problem):
    status, code = 422, "file_too_complex"
    title = ("Tệp quá nặng để đọc", "The file takes too much to read")
    detail = (
        "Đọc tệp này tốn quá nhiều bộ nhớ hoặc thời gian. Hãy chép dữ liệu sang mẫu mới, bỏ định dạng và trang tính thừa.",
        "Reading this file takes too much memory or time. Copy the data to a new template, without spare formats and "
        "sheets.",
    )


class NoRows(Problem):
    status, code = 422, "no_rows"
    title = ("Tệp không có dòng nào", "File has no rows")
    detail = ("Hãy điền ít nhất một dòng dưới dòng tiêu đề.", "Fill in at least one row below the heading.")


class ImportRefused(Problem):
    status, code = 422, "import_refused"
    title = ("Tệp còn chỗ sai nên chưa ghi gì", "Import refused")
    detail = (
        "{failed} trên {rows} dòng còn chỗ sai, nên chưa ghi gì. Hãy sửa rồi gửi lại, hoặc chọn chỉ ghi các dòng đúng.",
        "{failed} of {rows} rows are wrong, so nothing was written. Correct them and send the file again, or choose to write only the rows that are right.",
    )
    example: ClassVar[dict[str, Any]] = {"failed": 3, "rows": 5000}


class ImportInProgress(Problem):
    status, code = 409, "import_in_progress"
    title = ("Đang có một lần nhập khác", "Another import is in progress")
    detail = ("Hãy chờ vài giây rồi gửi lại.", "Wait a few seconds, then send it again.")


PROBLEMS = (FileUnreadable, WrongColumns, TooManyRows, NoRows, CellTooFar, FileTooComplex)
