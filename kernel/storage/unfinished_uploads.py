"""Parts of an upload that a process which died left in an S3 store: no list of objects shows them, and they cost as others do.

The store's library neither lists nor ends such uploads, so these two calls are made here, signed as AWS describes it
(Signature Version 4) with the access key of the AWS_… settings. Where the store knows us by other means, as by the role of
a machine, nothing is looked for: there a rule of the bucket does it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import httpx

_ANSWER_SECONDS = 30.0
_NOTHING = hashlib.sha256(b"").hexdigest()
_UNRESERVED = "-_.~"


class Upload(NamedTuple):
    """An upload that was neither completed nor ended."""

    key: str
    id: str
    began_at: datetime


@dataclass(frozen=True)
class Access:
    """How a bucket is reached. `base`: its address, without a slash at the end."""

    base: str
    region: str
    key: str
    secret: str
    token: str | None = None

    @classmethod
    def from_environment(cls, bucket: str) -> Access | None:
        """Return how the AWS_… settings reach a bucket; None where they hold no access key."""
        key, secret = (os.environ.get(f"AWS_{name}") for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
        if not key or not secret:
            return None
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        given = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT")
        endpoint = (given or f"https://s3.{region}.amazonaws.com").rstrip("/")
        # As the library reads it: an address that is given for this style has the bucket in it.
        has_bucket = given and os.environ.get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "").lower() in ("1", "true")
        base = endpoint if has_bucket else f"{endpoint}/{bucket}"
        return cls(base, region, key, secret, os.environ.get("AWS_SESSION_TOKEN") or None)

    def signed(self, method: str, path: str, query: Mapping[str, str], at: datetime) -> httpx.Request:
        """Return a request without a body, signed for the instant `at` (UTC). `path`: below the bucket, with its slash."""
        parts = urlsplit(self.base + quote(path, safe=f"/{_UNRESERVED}"))
        asked = "&".join(f"{quote(n, safe=_UNRESERVED)}={quote(v, safe=_UNRESERVED)}" for n, v in sorted(query.items()))
        headers = {"host": parts.netloc, "x-amz-content-sha256": _NOTHING, "x-amz-date": f"{at:%Y%m%dT%H%M%SZ}"}
        if self.token is not None:
            headers["x-amz-security-token"] = self.token
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = "\n".join((method, parts.path, asked, lines, names, _NOTHING))
        scope = f"{at:%Y%m%d}/{self.region}/s3/aws4_request"
        said = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{self.secret}".encode()
        for word in scope.split("/"):
            key = hmac.digest(key, word.encode(), "sha256")
        signature = hmac.digest(key, said.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        return httpx.Request(method, f"{parts.scheme}://{parts.netloc}{parts.path}?{asked}", headers=headers)


async def _sent(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    answer = await client.send(request)
    answer.raise_for_status()
    return answer


async def _pages(client: httpx.AsyncClient, access: Access, prefix: str) -> AsyncIterator[Sequence[Upload]]:
    query = {"uploads": "", "prefix": prefix}
    while True:
        answer = await _sent(client, access.signed("GET", "", query, datetime.now(UTC)))
        page = ElementTree.fromstring(answer.content)

        def text(of: ElementTree.Element, name: str) -> str:
            return of.findtext(f"{{*}}{name}") or ""

        yield [
            Upload(text(each, "Key"), text(each, "UploadId"), datetime.fromisoformat(text(each, "Initiated")))
            for each in page.iterfind("{*}Upload")
        ]
        if text(page, "IsTruncated") != "true":
            return
        query |= {
            "key-marker": text(page, "NextKeyMarker"),
            "upload-id-marker": text(page, "NextUploadIdMarker"),
        }


async def end_uploads(url: str, folder: str, *, before: datetime) -> int:
    """End the uploads below `folder` of a store at `url` (s3://bucket/prefix) that began earlier; return how many.

    Nothing is done at a store of another kind. Raises httpx.HTTPError where the store does not answer, or not as asked.
    """
    parts = urlsplit(url)
    access = Access.from_environment(parts.netloc) if parts.scheme == "s3" else None
    if access is None:
        return 0
    prefix, ended = f"{parts.path}/{folder}/".replace("//", "/").lstrip("/"), 0
    async with httpx.AsyncClient(timeout=_ANSWER_SECONDS) as client:
        async for page in _pages(client, access, prefix):
            for upload in page:
                if upload.began_at < before:
                    request = access.signed("DELETE", f"/{upload.key}", {"uploadId": upload.id}, datetime.now(UTC))
                    await _sent(client, request)
                    ended += 1
    return ended
