"""`make drill`: the database fails over, is recovered to a moment, and is restored, and the minutes are written."""
