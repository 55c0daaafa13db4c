"""Model + schedules + parameters to trajectories. Knows no pharmacology."""
