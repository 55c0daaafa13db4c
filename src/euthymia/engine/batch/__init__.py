"""The batched engine: one model compiled to vector code, whole cohorts in one call."""
