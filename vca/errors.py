"""Refusing to start: one clear sentence instead of a traceback."""

from __future__ import annotations


class Refusal(Exception):
    """Something outside the program stands in the way; said in Vietnamese and English, exit code 2."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi, self.en = vi, en

    def __str__(self) -> str:
        return f"{self.vi} / {self.en}"
