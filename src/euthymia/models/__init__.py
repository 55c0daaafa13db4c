"""Antimony or SBML text to a checked model; fragments to one model; settable initial values."""
