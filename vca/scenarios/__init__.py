"""Dated records of real alliances' reports: real names where the reports give them, the rest marked as invented."""
