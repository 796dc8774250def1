"""The TypeScript of the guide, compiled strictly: the blocks of a page are one module."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.guide import GUIDE, blocks
from tests.docs.texts import ROOT

TOOLS = ROOT / "tools" / "contract"
_OPTIONS = (
    "--strict",
    "--noUncheckedIndexedAccess",
    "--noUnusedLocals",
    "--target es2022",
    "--module esnext",
    "--moduleResolution bundler",
    "--lib es2022,dom,dom.iterable",
)


def compiled(folder: Path, gateway: str) -> dict[str, Path]:
    """Compile the module of each page that has TypeScript, calls to `gateway`; return page → its JavaScript.

    Fails with what the compiler says. Skips where npm is not installed, as the checks of the contract need it.
    """
    compiler = TOOLS / "node_modules" / ".bin" / "tsc"
    if not compiler.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed (Debian: npm)")
        subprocess.run([npm, "install", "--silent", "--no-progress"], cwd=TOOLS, check=True)
    sources = []
    for page in GUIDE:
        text = "\n".join(block.text for block in blocks(page) if block.words == ("ts", "check"))
        if text:
            sources.append(folder / page.replace(".md", ".ts"))
            sources[-1].write_text(text.replace("http://127.0.0.1:8000", gateway), encoding="utf-8")
    options = [word for option in _OPTIONS for word in option.split()]
    done = subprocess.run(
        [compiler, *options, *sources], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout
    return {source.name.replace(".ts", ".md"): source.with_suffix(".js") for source in sources}
