"""What happened beyond the history of records: sign-ins, refusals, resets. Append-only, without passwords.

The only names in it are those of who changed rights: what was typed to sign in may be a password.
"""

from __future__ import annotations

from kernel.audit.entries import record

__all__ = ["record"]
