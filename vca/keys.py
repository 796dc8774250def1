"""Whether the keys of a home are those that the databases were used with, looked at before anything is changed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from kernel.database.connections import connect
from kernel.storage.keyring import judge_later
from kernel.storage.keys import KeyFile, KeyRefused, Sealed, judge
from vca.errors import Refusal


def keys_of(home: Path) -> dict[str, list[tuple[KeyFile, Sealed | None]]]:
    """Return each service's keys, and what is sealed with them."""
    from kernel.storage.sealing import sealing_key
    from kernel.storage.signing import links_key
    from services.funds import sealing as funds
    from services.identity.security import sealing as identity
    from services.training import sealing as training

    return {
        "identity": [(identity.identity_key(home, os.environ.get("VCA_IDENTITY_KEY")), identity.SEALED)],
        "registry": [(links_key(home, "registry"), None)],
        "funds": [(sealing_key(home, "funds"), funds.SEALED), (links_key(home, "funds"), None)],
        "training": [(sealing_key(home, "training"), training.SEALED), (links_key(home, "training"), None)],
        "reporting": [(links_key(home, "reporting"), None)],
    }


def given_of(key: KeyFile) -> list[bytes]:
    """Return the keys of the setting that gives `key`, if one does. Raises KeyRefused."""
    return key.read_all() if key.is_given else []


async def _check(home: Path, urls: dict[str, str]) -> None:
    keys = keys_of(home)
    for service, url in urls.items():
        connection = await connect(url)
        try:
            for key, sealed in keys[service]:
                await judge(connection, key, sealed)
            await judge_later(connection, home / "keys", service, given_of(keys[service][0][0]))
        finally:
            await connection.close()


def check_keys(home: Path, urls: dict[str, str]) -> None:
    """Raise Refusal, in one sentence, for a key of the services in `urls` that is damaged, missing or another database's.

    Changes nothing.
    """
    try:
        asyncio.run(_check(home, urls))
    except KeyRefused as refused:
        raise Refusal(refused.vi, refused.en) from None
