"""The live explorer: questions, explanations, models and studies computed while a reader waits.

Below the web: `Jobs` takes a `Task`, a worker process performs it, `Results` keeps what it gave.
"""
