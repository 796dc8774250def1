"""The services behind the gateway as the portal asks them: with the token of whoever looks, and within a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

Json = dict[str, Any]

# The overview waits for its own services at most so long (services/reporting/overview).
_SECONDS = httpx.Timeout(12, connect=1)


@dataclass(frozen=True)
class Reply:
    """What a service answered: 200 … 299 with a document, else a problem; 0 where it could not be reached."""

    status: int
    document: Json

    @property
    def is_good(self) -> bool:
        """Whether it is what was asked for."""
        return 200 <= self.status < 300

    def detail(self, language: str) -> str:
        """Return in words why it is not: the problem's own, with those of its fields."""
        if self.status == 0 or not self.document.get("detail"):
            return (
                "The service does not answer; try again in a moment."
                if language == "en"
                else "Dịch vụ chưa trả lời; hãy thử lại sau giây lát."
            )
        fields = [str(each.get("detail", "")) for each in self.document.get("errors", ()) if isinstance(each, dict)]
        return " ".join([str(self.document["detail"]), *filter(None, fields)])


def base_url(at: int | str) -> str:
    """Return the address of a service: of several, one is as good as another, as they share a database."""
    return f"http://127.0.0.1:{at}" if isinstance(at, int) else f"http://{at.partition(',')[0].strip()}"


class Upstreams:
    """Where each service is (port of the loopback, or `host:port` addresses), behind one HTTP client."""

    def __init__(self, client: httpx.AsyncClient, services: Mapping[str, int | str]) -> None:
        self._client = client
        self._hosts = {
            name: (f"127.0.0.1:{at}",) if isinstance(at, int) else tuple(one.strip() for one in at.split(","))
            for name, at in services.items()
        }

    async def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        language: str = "vi",
        json: Json | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask the service that `path` names (/v1/<service>/…, with its query), by its next address where one is not there."""
        headers = {"Accept": "application/json", "Accept-Language": language}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        for host in self._hosts.get(path.split("/")[2], ()):
            try:
                answer = await self._client.request(
                    method, f"http://{host}{path}", headers=headers, json=json, data=form, timeout=_SECONDS
                )
            except httpx.ConnectError:
                continue
            except httpx.HTTPError:
                break
            return Reply(answer.status_code, _document(answer.content))
        return Reply(0, {})


def _document(content: bytes) -> Json:
    try:
        found = orjson.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
