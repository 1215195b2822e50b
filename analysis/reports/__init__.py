"""The report: one page to show."""
