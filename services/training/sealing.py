"""Numbers of persons in training: sealed and marked by the kernel, with the secret of training."""

from __future__ import annotations

from kernel.storage.sealing import numbers_in, sealing
from services.training.scopes import SERVICE

SEALED = numbers_in("trainee", SERVICE)
with_sealer = sealing(SERVICE, SEALED)
