"""Virtual experiments, claims, verdicts, scorecards."""
