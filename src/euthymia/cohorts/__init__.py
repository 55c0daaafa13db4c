"""Priors and ensembles to animals: what is not known kept apart from how animals differ."""
