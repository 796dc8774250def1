"""Where the services are, as the gateway and the portal are told: `registry=host:port,host:port`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence

from vca.errors import Refusal
from vca.parts.settings import APPS

SETTING = "VCA_UPSTREAMS"
_ADDRESS = re.compile(r"([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})")


def read_upstreams(words: Sequence[str]) -> dict[str, str]:
    """Return part → addresses, of `part=host:port,host:port` words, else of VCA_UPSTREAMS. Raises Refusal.

    VCA_UPSTREAMS holds such words with spaces between them, or JSON (part → port or addresses).
    """
    given = list(words) or _of_setting(os.environ.get(SETTING, ""))
    upstreams: dict[str, str] = {}
    for word in given:
        part, _, addresses = word.partition("=")
        if part not in APPS or part in upstreams:
            raise Refusal(
                f"--upstream {word}: cần một trong {', '.join(APPS)}, mỗi phần một lần.",
                f"--upstream {word}: one of {', '.join(APPS)} is needed, each part once.",
            )
        for address in addresses.split(","):
            match = _ADDRESS.fullmatch(address.strip())
            if match is None or not 0 < int(match[2]) < 65536:
                raise Refusal(
                    f"--upstream {word}: {address or '(trống)'} không phải host:port.",
                    f"--upstream {word}: {address or '(nothing)'} is no host:port.",
                )
        upstreams[part] = addresses.replace(" ", "")
    return upstreams


def _of_setting(text: str) -> list[str]:
    if not text.lstrip().startswith("{"):
        return text.split()
    try:
        found = json.loads(text)
        return [f"{part}={f'127.0.0.1:{at}' if isinstance(at, int) else at}" for part, at in found.items()]
    except ValueError:
        raise Refusal(f"{SETTING} không phải JSON.", f"{SETTING} is no JSON.") from None
