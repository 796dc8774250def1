"""Names folded by PostgreSQL itself, for an index and the filter that uses it: no column to keep beside the name."""

from __future__ import annotations

_MARKS = "[\u0300-\u036f]+"


def folded_sql(text: str) -> str:
    """Return the expression that folds `text` as kernel.values.text.name_folded does.

    Lower case, without marks, đ as d, everything but Latin letters and digits as one space. Immutable, so it may be indexed.
    """
    plain = f"lower(translate(normalize({text}, NFKD), 'đĐðÐ', 'dddd'))"
    return f"btrim(regexp_replace(regexp_replace({plain}, '{_MARKS}', '', 'g'), '[^a-z0-9]+', ' ', 'g'))"


LOAN_FOLDED = folded_sql("{r}contract_number || ' ' || {r}borrower_name")
APPLICATION_FOLDED = folded_sql("coalesce({r}application_number, '') || ' ' || {r}borrower_name")
"""What people call a loan and an application by; `r.` stands at {r}, or nothing."""
