"""Pictures of organizations and products: named by records, read by who may read these, and made small."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image

from kernel.runtime import limited_child
from kernel.storage.object_store import store_of
from kernel.values.ids import new_id
from services.registry.main import _NAMINGS
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make, a_cooperative, a_product
from tests.support.answers import assert_problem, etag, faults, ok
from tests.support.cleaning import cleaned
from tests.support.client import ApiClient

FILES = f"{PATH}/files"
ORIENTATION, GPS, MAKER = 0x0112, 0x8825, 0x010F


def a_picture(format_: str = "JPEG", size: tuple[int, int] = (2000, 1000), mode: str = "RGB", **how: Any) -> bytes:
    """Return a picture whose left half is red and whose right half is blue."""
    picture = Image.new(mode, size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    picture.save(out, format_, **how)
    return out.getvalue()


def a_phones_picture() -> bytes:
    """Return a picture as a phone held upright takes it: on its side, and saying where, with what and that it is so."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[MAKER] = "Điện thoại"
    exif.get_ifd(GPS)[2] = (21.0, 19.0, 30.0)
    return a_picture(exif=exif, comment="của ông Giỏi")


def a_bomb() -> bytes:
    """Return a PNG of some kilobytes that unpacks to 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    lines = b"".join(packer.compress(bytes(3751)) for _ in range(30_000)) + packer.flush()
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


async def upload(client: ApiClient, data: bytes, name: str = "anh.jpg") -> dict[str, Any]:
    return ok(await client.post(FILES, files={"file": (name, data)}), 201)


async def small(client: ApiClient, file: dict[str, Any], size: int = 256) -> Image.Image:
    answer = await client.anonymous().get(f"{file['url']}&thumbnail={size}")
    assert answer.status_code == 200, answer.text
    picture = Image.open(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == f"image/{str(picture.format).lower()}"
    return picture


async def test_an_organization_and_a_product_have_pictures_in_their_order(registry: ApiClient, make: Make) -> None:
    first, second = [(await upload(registry, a_picture(kind)))["id"] for kind in ("PNG", "WEBP")]
    organization = await make.organization(photo_file_ids=[second, first])
    assert organization.photo_file_ids == [second, first]
    changed = await make.changed(organization, photo_file_ids=[first])
    assert changed.photo_file_ids == [first]
    assert (await make.changed(changed, photo_file_ids=None)).photo_file_ids == []
    product = await make.fact("products", organization, photo_file_ids=[first])
    assert product.photo_file_ids == [first]
    path = f"{PATH}/products/{product.id}"
    patched = ok(await registry.patch(path, json={"photo_file_ids": [second]}, headers=etag(product)))
    assert patched["photo_file_ids"] == [second]
    cleared = ok(await registry.patch(path, json={"photo_file_ids": None}, headers=etag(patched)))
    assert cleared["photo_file_ids"] == []
    listed = ok(await registry.get(ORGANIZATIONS, params={"fields": "id,photo_file_ids"}))["items"]
    assert {"id": organization.id, "photo_file_ids": []} in listed


async def test_what_is_no_picture_or_is_not_there_is_named_by_its_place(registry: ApiClient, make: Make) -> None:
    picture = (await upload(registry, a_picture()))["id"]
    scan = (await upload(registry, b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"))["id"]
    photos = [picture, scan, new_id()]
    expected = {("/photo_file_ids/1", "not_a_picture"), ("/photo_file_ids/2", "unknown_file")}
    organization = await make.organization()
    one = f"{ORGANIZATIONS}/{organization.id}"
    assert faults(await registry.post(ORGANIZATIONS, json=a_cooperative(photo_file_ids=photos))) == expected
    patch = await registry.patch(one, json={"photo_file_ids": photos}, headers=etag(organization))
    assert faults(patch) == expected
    assert faults(await registry.post(f"{one}/products", json=a_product(photo_file_ids=photos))) == expected
    product = await make.fact("products", organization)
    patch = await registry.patch(
        f"{PATH}/products/{product.id}", json={"photo_file_ids": photos}, headers=etag(product)
    )
    assert faults(patch) == expected
    many = await registry.post(ORGANIZATIONS, json=a_cooperative(photo_file_ids=[picture] * 21))
    assert faults(many) == {("/photo_file_ids", "too_many")}


async def test_pictures_and_papers_go_with_an_organization_that_moves_to_another_alliance(
    registry: ApiClient, make: Make
) -> None:
    photo, stays = [(await upload(registry, a_picture(size=(8, 8 + at))))["id"] for at in range(2)]
    organization = await make.organization(photo_file_ids=[photo])
    product = await make.fact("products", organization, photo_file_ids=[photo], file_ids=[photo])
    await make.organization(photo_file_ids=[stays])
    there = registry.as_(area="40-2025", sub="officer of Nghệ An")
    assert_problem(await there.get(f"{FILES}/{photo}"), 404, "not_found")
    await make.move(organization, LE_LOI, on="2023-06-01")
    assert ok(await there.get(f"{FILES}/{photo}"))["url"]
    assert_problem(await there.get(f"{FILES}/{stays}"), 404, "not_found")
    for path, names in (
        (f"{ORGANIZATIONS}/{organization.id}", ["photo_file_ids"]),
        (f"{PATH}/products/{product.id}", ["photo_file_ids", "file_ids"]),
    ):
        photos = [photo, (await upload(there, a_picture(size=(9, 9))))["id"]]
        record = ok(await there.get(path))
        changed = await there.patch(path, json=dict.fromkeys(names, photos), headers=etag(record))
        assert [ok(changed)[name] for name in names] == [photos] * len(names)
        foreign = await there.patch(path, json={names[0]: [photo, stays]}, headers=etag(changed.json()))
        assert faults(foreign) == {(f"/{names[0]}/1", "unknown_file")}
    own = registry.as_(scope="own.read", area="40-2025", organization_id=organization.id, sub="chairman")
    assert [(await own.get(f"{FILES}/{id_}")).status_code for id_ in (photo, stays)] == [200, 404]


async def test_an_own_user_reads_the_pictures_of_its_organization_and_changes_none(
    registry: ApiClient, make: Make
) -> None:
    of_it, of_product, other = [await upload(registry, a_picture(size=(8 + at, 8))) for at in range(3)]
    organization = await make.organization(photo_file_ids=[of_it["id"]])
    await make.fact("products", organization, photo_file_ids=[of_product["id"]])
    await make.organization(photo_file_ids=[other["id"]])
    own = registry.as_(scope="own.read own.write", organization_id=organization.id, sub="chairman")
    codes = [(await own.get(f"{FILES}/{file['id']}")).status_code for file in (of_it, of_product, other)]
    assert codes == [200, 200, 404]
    patch = await own.patch(
        f"{ORGANIZATIONS}/{organization.id}", json={"photo_file_ids": []}, headers=etag(organization)
    )
    assert_problem(patch, 403, "scope_missing", required_scope="registry.write")


async def test_a_thumbnail_is_small_upright_and_tells_nothing_of_where_it_was_taken(registry: ApiClient) -> None:
    file = await upload(registry, a_phones_picture())
    for size, expected in ((256, (128, 256)), (1024, (512, 1024))):
        picture = await small(registry, file, size)
        assert (picture.format, picture.size) == ("JPEG", expected)
        assert dict(picture.getexif()) == {}
        assert not {"exif", "comment", "xmp", "icc_profile"} & set(picture.info)
        # Turned as the phone says: what was on the left is at the top.
        top, bottom = (picture.getpixel((expected[0] // 2, expected[1] * at // 4)) for at in (1, 3))
        assert isinstance(top, tuple)
        assert isinstance(bottom, tuple)
        assert top[0] > 200 > 100 > top[2]
        assert bottom[2] > 200 > 100 > bottom[0]
    whole = await registry.anonymous().get(file["url"])
    assert whole.content == a_phones_picture()


@pytest.mark.parametrize(
    ("format_", "mode", "becomes"),
    [
        ("PNG", "RGBA", "WEBP"),
        ("PNG", "P", "JPEG"),
        ("PNG", "L", "JPEG"),
        ("WEBP", "RGB", "JPEG"),
        ("JPEG", "L", "JPEG"),
    ],
)
async def test_every_kind_of_picture_is_made_small(registry: ApiClient, format_: str, mode: str, becomes: str) -> None:
    picture = Image.new(mode, (600, 300), 0)
    out = io.BytesIO()
    picture.save(out, format_)
    thumbnail = await small(registry, await upload(registry, out.getvalue()))
    assert (thumbnail.format, thumbnail.size) == (becomes, (256, 128))


async def test_a_picture_that_is_small_already_is_not_made_larger(registry: ApiClient) -> None:
    file = await upload(registry, a_picture(size=(40, 20)))
    assert (await small(registry, file, 1024)).size == (40, 20)


async def test_it_is_made_once_and_kept_beside_the_original(
    registry: ApiClient, registry_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = await upload(registry, a_picture(size=(700, 500)))
    address = f"{file['url']}&thumbnail=256"
    first = await registry.anonymous().get(address)

    async def none(*of: object, **more: object) -> bytes:
        raise AssertionError("it is made anew")

    monkeypatch.setattr(registry_app.state.readers, "output", none)
    assert (await registry.anonymous().get(address)).content == first.content
    same = await upload(registry, a_picture(size=(700, 500)), "cùng ảnh.jpg")
    assert (await registry.anonymous().get(f"{same['url']}&thumbnail=256")).content == first.content
    assert await store_of(registry_app).get(f"{file['sha256']}-256") == first.content


async def test_what_cannot_be_made_small_is_refused_in_a_sentence(
    registry: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(data: bytes) -> dict[str, Any]:
        file = await upload(registry, data)
        answer = await registry.anonymous().get(f"{file['url']}&thumbnail=256")
        return assert_problem(answer, 422, answer.json()["code"])

    assert (await refused(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"))["code"] == "not_a_picture"
    for data in (a_bomb(), a_picture()[:3000], b"\x89PNG\r\n\x1a\n" + bytes(99), b"\xff\xd8\xff" + bytes(99)):
        document = await refused(data)
        assert document["code"] == "picture_unreadable"
        assert document["detail"].startswith("Ảnh bị hỏng hoặc quá lớn")
    monkeypatch.setattr(limited_child, "WALL_SECONDS", 0)
    assert (await refused(a_picture(size=(900, 900))))["code"] == "picture_unreadable"


async def test_only_the_two_sizes_are_made_and_the_address_must_be_signed(registry: ApiClient) -> None:
    file = await upload(registry, a_picture())
    anybody = registry.anonymous()
    for size in ("0", "257", "100000", "-1", "small", ""):
        assert faults(await anybody.get(f"{file['url']}&thumbnail={size}")) == {("thumbnail", "not_allowed")}
    forged = file["url"].replace("signature=", "signature=0")
    assert_problem(await anybody.get(f"{forged}&thumbnail=256"), 404, "not_found")


async def test_many_ask_at_once_and_all_are_answered(registry: ApiClient) -> None:
    files = [await upload(registry, a_picture(size=(300 + at, 300))) for at in range(6)]
    pictures = await asyncio.gather(*(small(registry, file) for file in files))
    assert {picture.size for picture in pictures} <= {(256, 255), (256, 254), (256, 256), (256, 253), (256, 252)}


async def test_a_picture_stays_as_long_as_a_record_names_it_and_goes_with_its_thumbnails(
    registry: ApiClient, make: Make, registry_app: FastAPI
) -> None:
    shown, product_shown, unused = [await upload(registry, a_picture(size=(270, 9 + at))) for at in range(3)]
    organization = await make.organization(photo_file_ids=[shown["id"]])
    await make.fact("products", organization, photo_file_ids=[product_shown["id"]])
    for file in (shown, unused):
        await small(registry, file)
    await cleaned(registry_app, _NAMINGS, unused["id"])
    for file in (shown, product_shown):
        assert (await registry.get(f"{FILES}/{file['id']}")).status_code == 200
    store = store_of(registry_app)
    assert await store.get(f"{shown['sha256']}-256")
    for key in (unused["sha256"], f"{unused['sha256']}-256"):
        with pytest.raises(FileNotFoundError):
            await store.get(key)
