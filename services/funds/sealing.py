"""Numbers of persons in the funds: sealed and marked by the kernel, with the secret of the funds."""

from __future__ import annotations

from kernel.storage.sealing import Sealer, numbers_in, sealer_of, sealing

__all__ = ["SEALED", "Sealer", "sealer_of", "with_sealer"]

SEALED = numbers_in("borrower", "funds")
with_sealer = sealing("funds", SEALED)
