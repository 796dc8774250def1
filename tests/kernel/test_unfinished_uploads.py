"""Uploads in parts that a process which died left in an object store: ended by the daily look, once they are a day old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from kernel.storage.unfinished_uploads import Access, end_uploads
from tests.support.object_store import BUCKET, ObjectStore, object_store

FOLDER = "tep/registry/exports"
BEGUN = datetime(2010, 11, 10, 20, 48, 33, tzinfo=UTC)
"""As this store says it of every upload."""


@pytest.fixture(scope="module")
def opened() -> Iterator[ObjectStore]:
    with object_store() as store:
        yield store


@pytest.fixture
def store(opened: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    for name, value in opened.settings.items():
        monkeypatch.setenv(name, value)
    for upload in opened.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
        opened.client.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
    return opened


def _begin(store: ObjectStore, key: str) -> None:
    """Leave an upload as who is killed in the middle of it does."""
    upload = store.client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    store.client.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=1, Body=b"x" * 100)


def _begun(store: ObjectStore) -> set[str]:
    return {each["Key"] for each in store.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])}


async def _end(before: datetime, url: str = f"s3://{BUCKET}/tep") -> int:
    return await end_uploads(url, "registry/exports", before=before)


async def test_what_was_begun_before_is_ended_and_nobody_elses(store: ObjectStore) -> None:
    own = {f"{FOLDER}/tổ chức {number} & khác.csv" for number in range(3)}
    others = {"tep/funds/exports/a.csv", "tep/registry/exports-kept/a.csv", "khac/registry/exports/a.csv"}
    for key in own | others:
        _begin(store, key)
    store.client.put_object(Bucket=BUCKET, Key=f"{FOLDER}/whole.csv", Body=b"x")
    assert await _end(BEGUN) == 0, "one that goes on is left alone"
    assert _begun(store) == own | others
    assert await _end(BEGUN + timedelta(seconds=1)) == 3
    assert _begun(store) == others
    assert store.names() == [f"{FOLDER}/whole.csv"]
    assert await _end(BEGUN + timedelta(seconds=1)) == 0


async def test_a_list_of_several_pages_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    page = """<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>{more}</IsTruncated>
      <NextKeyMarker>{key}</NextKeyMarker><NextUploadIdMarker>{id}</NextUploadIdMarker>
      <Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload>
      </ListMultipartUploadsResult>"""
    pages = [page.format(more=more, key=f"{FOLDER}/{n}.csv", id=f"id+{n}") for n, more in ((1, "true"), (2, "false"))]
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204) if request.method == "DELETE" else httpx.Response(200, text=pages.pop(0))

    client = httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **options: client(transport=httpx.MockTransport(answer)))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "vca")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "vca-password")
    assert await _end(datetime.now(UTC)) == 2
    listed = [dict(request.url.params) for request in seen if request.method == "GET"]
    assert listed == [
        {"prefix": f"{FOLDER}/", "uploads": ""},
        {"prefix": f"{FOLDER}/", "uploads": "", "key-marker": f"{FOLDER}/1.csv", "upload-id-marker": "id+1"},
    ]
    assert [request.url.params["uploadId"] for request in seen if request.method == "DELETE"] == ["id+1", "id+2"]


@pytest.mark.parametrize("token", [None, "a+session/token="])
@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "", {"uploads": "", "prefix": "tep/registry/exports/", "key-marker": "a b/ổ+1.csv"}),
        ("DELETE", "/tep/tổ chức & khác (1)+~.csv", {"uploadId": "a+b/c=="}),
    ],
)
def test_a_request_is_signed_as_amazons_own_client_signs_it(
    method: str, path: str, query: dict[str, str], token: str | None
) -> None:
    at = datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC)
    access = Access("https://s3.example.vn:9000/vca", "ap-southeast-1", "AKIDEXAMPLE", "wJalr/secret+KEY", token)
    request = access.signed(method, path, query, at)
    theirs: Any = AWSRequest(
        method, str(request.url), headers={"x-amz-content-sha256": request.headers["x-amz-content-sha256"]}
    )
    theirs.context["timestamp"] = request.headers["x-amz-date"]
    signer: Any = S3SigV4Auth(Credentials(access.key, access.secret, token), "s3", access.region)
    theirs.headers["X-Amz-Date"] = request.headers["x-amz-date"]
    if token is not None:
        theirs.headers["X-Amz-Security-Token"] = token
    canonical = signer.canonical_request(theirs)
    signature = signer.signature(signer.string_to_sign(theirs, canonical), theirs)
    assert request.headers["authorization"].endswith(f"Signature={signature}"), canonical


@pytest.mark.parametrize("url", ["gs://vca/tep", "file:///var/tep", f"s3://{BUCKET}/tep"])
async def test_a_store_that_is_no_s3_or_knows_us_by_no_key_is_not_asked(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert await _end(datetime.now(UTC), url) == 0


async def test_a_store_that_refuses_is_told_of(store: ObjectStore) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        await _end(datetime.now(UTC), "s3://no-such-bucket/tep")
