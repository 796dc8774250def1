"""Pictures: which records name which, and small ones of them, made when first asked for and kept beside the original."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import Field

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid, Problem
from kernel.runtime.logging import get_logger
from kernel.storage.files import FileRow, check_files
from kernel.storage.object_store import Store
from kernel.values.ids import Id
from kernel.web.auth import Caller
from kernel.web.readers import Readers

log = get_logger()
PICTURES = ("image/jpeg", "image/png", "image/webp")
"""Media types of the files that records show as pictures, and of which small ones are made."""

_NO_PICTURE = ("Tệp này không phải ảnh JPEG, PNG hoặc WebP.", "This file is no JPEG, PNG or WebP picture.")

PhotoFileIds = Annotated[list[Id], Field(max_length=20)]


class NotAPicture(Problem):
    status, code = 422, "not_a_picture"
    title = ("Tệp không có ảnh thu nhỏ", "The file has no thumbnail")
    detail = (
        "Chỉ ảnh JPEG, PNG và WebP có ảnh thu nhỏ; hãy tải tệp gốc.",
        "Only JPEG, PNG and WebP pictures have thumbnails; download the file itself.",
    )


class PictureUnreadable(Problem):
    status, code = 422, "picture_unreadable"
    title = ("Không đọc được ảnh", "Picture cannot be read")
    detail = (
        "Ảnh bị hỏng hoặc quá lớn để thu nhỏ. Hãy lưu lại thành JPEG dưới 50 triệu điểm ảnh rồi tải lên.",
        "The picture is damaged or too large to be made small. Save it as a JPEG below 50 million pixels and upload that.",
    )


async def check_photos(
    tx: Transaction, caller: Caller, photo_file_ids: list[str], *, before: Collection[str] = ()
) -> list[FieldError]:
    """Return a fault for each id that is no picture which the caller may name; `before` are the corrected record's own."""
    return await check_files(
        tx,
        caller,
        photo_file_ids,
        field="photo_file_ids",
        media_types=PICTURES,
        refused=("not_a_picture", _NO_PICTURE),
        before=before,
    )


async def refuse_no_photos(
    tx: Transaction, caller: Caller, photo_file_ids: list[str], *, before: Collection[str] = ()
) -> None:
    """Raise Invalid where one of the ids is no picture which the caller may name; `before` are the corrected record's own."""
    if errors := await check_photos(tx, caller, photo_file_ids, before=before):
        raise Invalid(*errors)


async def thumbnail_of(store: Store, readers: Readers, file: FileRow, size: str) -> bytes:
    """Return the picture at most `size` pixels wide and high. Raises NotAPicture, PictureUnreadable, Busy."""
    if file["media_type"] not in PICTURES:
        raise NotAPicture()
    key = f"{file['sha256']}-{size}"
    try:
        return await store.get(key)
    except FileNotFoundError:
        data = await store.get(file["sha256"])
    thumbnail = await readers.output("kernel.storage.thumbnail_child", size, data, whose=file["sha256"])
    if not thumbnail:
        raise PictureUnreadable()
    try:
        await store.put(key, thumbnail)
    except OSError as error:  # A full disk: who looks at the picture still sees it.
        log.warning("thumbnail.not_kept", error=type(error).__name__)
    return thumbnail
