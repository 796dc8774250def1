"""What keeps borrowers who are persons: the papers of their loans and applications, and that they were in contact."""

from __future__ import annotations

ARE_PERSONS = "r.kind IN ('member_person', 'member_household')"

# By ix_loan_borrower_id and ix_loan_application_borrower_id, then by the loan's own indexes. A loan is over once nothing is
# tracked any more and no step of it waits: its last day is that on which its books moved last, here or with the lender who keeps them. One that was
# rejected or withdrawn before it came into force never was.
HELD = """
    SELECT 'contact', (r.updated_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
     UNION ALL
    SELECT 'loan_documents',
           CASE WHEN l.state IN ('settled', 'cancelled', 'derecognized')
                     AND NOT EXISTS (SELECT FROM reversal v WHERE v.loan_id = l.id AND v.confirmation_state = 'pending')
                     AND NOT EXISTS (SELECT FROM write_off w WHERE w.loan_id = l.id AND w.confirmation_state = 'pending'
                                        AND w.reversed_at IS NULL)
                THEN greatest(l.signed_on, l.drawing_closed_on, l.settled_on,
                              (SELECT max(t.booked_on) FROM ledger_transaction t WHERE t.loan_id = l.id),
                              (SELECT max(w.effective_on) FROM write_off w WHERE w.loan_id = l.id AND w.reversed_at IS NULL),
                              (SELECT max(d.disbursed_on) FROM disbursement d WHERE d.loan_id = l.id AND d.reversed_at IS NULL),
                              (SELECT max(s.as_of) FROM balance_statement s WHERE s.loan_id = l.id))
                ELSE DATE 'infinity' END
      FROM loan l
     WHERE l.borrower_id = r.id AND coalesce(l.confirmation_state, 'confirmed') IN ('pending', 'confirmed')
     UNION ALL
    SELECT 'loan_applications',
           CASE a.state WHEN 'rejected' THEN (a.rejection ->> 'decided_on')::date
                        WHEN 'withdrawn' THEN (a.withdrawal ->> 'withdrawn_on')::date
                        ELSE DATE 'infinity' END
      FROM loan_application a
     WHERE a.borrower_id = r.id
       AND NOT EXISTS (SELECT FROM loan l WHERE l.loan_application_id = a.id
                          AND coalesce(l.confirmation_state, 'confirmed') IN ('pending', 'confirmed'))"""
