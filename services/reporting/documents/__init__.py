"""What a report says and how it looks: sentences made from figures, and the files they stand in. No SQL, no requests."""
