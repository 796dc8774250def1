"""Make this checkout importable in its virtual environment, and `vca` a command there."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def install() -> None:
    """Write a .pth file and the script; both name this checkout; `make run` does it each time, so it may be moved."""
    packages = Path(sysconfig.get_paths()["purelib"])
    (packages / "vca_checkout.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    script = Path(sys.executable).parent / "vca"
    script.write_text(f"#!{sys.executable}\nfrom vca.cli import main\n\nmain()\n", encoding="utf-8")
    script.chmod(0o755)


if __name__ == "__main__":
    install()
