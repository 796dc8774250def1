"""Numbers of persons in the funds: sealed and marked by the kernel, with the secret of the funds."""

from __future__ import annotations

from kernel.sealing import Sealer, sealer_of, sealing

__all__ = ["Sealer", "sealer_of", "with_sealer"]

with_sealer = sealing("funds")
