"""An object store in this process, with a bucket, as a service reaches it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
from moto.server import ThreadedMotoServer

USER, PASSWORD, BUCKET = "vca", "vca-password", "vca"


@dataclass(frozen=True)
class ObjectStore:
    """Where it is, and a client that looks into it."""

    url: str
    client: Any

    @property
    def settings(self) -> dict[str, str]:
        """What a service is told of it."""
        return {
            "AWS_ACCESS_KEY_ID": USER,
            "AWS_SECRET_ACCESS_KEY": PASSWORD,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
        }

    def names(self) -> list[str]:
        """Return the names of what lies in the bucket."""
        return [each["Key"] for each in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@contextlib.contextmanager
def object_store() -> Iterator[ObjectStore]:
    """Lend a store."""
    # A line for each call of each copy would hide what a test says.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=USER, aws_secret_access_key=PASSWORD
    )
    client.create_bucket(Bucket=BUCKET)
    try:
        yield ObjectStore(url, client)
    finally:
        # What it holds belongs to this process, not to the server: the next one begins with nothing.
        httpx.post(f"{url}/moto-api/reset")
        server.stop()
