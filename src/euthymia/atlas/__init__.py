"""Data only: the built-in studies and what they share."""
