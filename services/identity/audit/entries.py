"""What happened beyond the history of records: sign-ins, refusals, resets. Append-only, without passwords.

Nobody is named in it but by id, and no words of anybody's are kept: entries stay when a person is erased. What was typed to
sign in may be a password besides.
"""

from __future__ import annotations

from kernel.audit.entries import record

__all__ = ["record"]
