"""Interventions, as people write them, to schedules in model time."""
