"""Settings that may lie in a file: `VCA_X`, or `VCA_X_FILE` with the path of the file that holds it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


class SettingRefused(Exception):
    """A setting is wrong; one sentence in Vietnamese and in English."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(f"{vi} / {en}")
        self.vi, self.en = vi, en


@dataclass(frozen=True)
class Given:
    """What a setting holds, and the name of the variable that gave it."""

    content: bytes
    variable: str

    @property
    def text(self) -> str:
        """The content as text, without the line end that editors leave."""
        return self.content.decode().strip()


def is_given(name: str) -> bool:
    """Say whether the setting `name` is set, itself or by a file."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def given(name: str) -> Given | None:
    """Return the setting `name`, or what the file at `<name>_FILE` holds; None where neither is set.

    Raises SettingRefused for a file that cannot be read.
    """
    if text := os.environ.get(name):
        return Given(text.encode(), name)
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return None
    try:
        return Given(Path(path).read_bytes(), f"{name}_FILE")
    except OSError as error:
        raise SettingRefused(
            f"Không đọc được tệp {path} của {name}_FILE: {error.strerror}.",
            f"The file {path} of {name}_FILE cannot be read: {error.strerror}.",
        ) from None


def given_text(name: str) -> str | None:
    """Return the setting `name` as text, or None. Raises SettingRefused."""
    found = given(name)
    return None if found is None else found.text
