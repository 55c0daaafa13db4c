"""The command line ``euthymia``."""

from euthymia.cli.commands import main

__all__ = ["main"]
