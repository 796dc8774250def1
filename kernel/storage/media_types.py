"""Which kinds of files are taken, and telling a file's kind by its bytes."""

from __future__ import annotations

from kernel.problems import Problem


class FileTypeNotAllowed(Problem):
    status, code = 415, "file_type_not_allowed"
    title = ("Loại tệp không dùng được", "File type not allowed")
    detail = (
        "Hãy gửi PDF, ảnh (JPEG, PNG, WebP, HEIC), DOCX, XLSX, CSV hoặc văn bản; loại tệp được xét theo nội dung, không theo tên.",
        "Send PDF, a picture (JPEG, PNG, WebP, HEIC), DOCX, XLSX, CSV or text; the content decides the type, not the name.",
    )


_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = (
    "application/pdf",
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/heic",
    _OFFICE + "wordprocessingml.document",
    _OFFICE + "spreadsheetml.sheet",
    "text/plain",
)
"""What `sniff` may find."""


def sniff(data: bytes) -> str | None:
    """Return the media type that the bytes themselves show, or None for one that is not taken."""
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1"):
        return "image/heic"
    if data.startswith(b"PK\x03\x04"):
        if b"word/" in data[:4096] or b"word/document.xml" in data:
            return _OFFICE + "wordprocessingml.document"
        if b"xl/" in data[:4096] or b"xl/workbook.xml" in data:
            return _OFFICE + "spreadsheetml.sheet"
        return None
    if not data or b"\x00" in data:
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    # A page or a script that calls itself text would run in a browser.
    return None if data.lstrip()[:1] == b"<" else "text/plain"
