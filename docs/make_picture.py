"""Makes the picture of the README again: ``make picture``."""

from pathlib import Path

import euthymia
from euthymia.engine.store import RunStore
from euthymia.files import write_atomically
from euthymia.report import summary_picture

if __name__ == "__main__":
    run = euthymia.run_study("S04", store=RunStore.default())
    here = Path(__file__).parent
    pictures = {
        here / "hero.svg": summary_picture(run, language="en"),
        here / "hero.zh.svg": summary_picture(run, language="zh"),
    }
    write_atomically({file: text for file, text in pictures.items() if text})
