"""Colours, once for pages and pictures: muted, told apart by colour-blind readers, contrast of text at least 4.5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LIGHT: Final[Mapping[str, str]] = {
    "paper": "#fbfaf6", "surface": "#ffffff", "sunk": "#f3f1ea", "ink": "#1c2126", "soft": "#555c65", "rule": "#dedad0",
    "edge": "#868b91", "accent": "#1b5a86", "c0": "#666d75", "c1": "#1d62a3", "c2": "#b04a10", "c3": "#0c6b54",
    "c4": "#8a3f77", "c5": "#785a00", "yes": "#0c6b54", "no": "#ab3220", "maybe": "#7d5800", "none": "#666d75",
    "q0": "#e9c63b", "q1": "#b9ad6c", "q2": "#87958b", "q3": "#4b79a6", "q4": "#12406f",
}  # fmt: skip
"""Light scheme. `c0` is the untreated arm; `yes`, `no`, `maybe`, `none` are the verdicts; `q0` to `q4` rise from little
to much."""
DARK: Final[Mapping[str, str]] = {
    "paper": "#13171b", "surface": "#1a1f24", "sunk": "#20262c", "ink": "#e9e6df", "soft": "#a9b0b8", "rule": "#363d45",
    "edge": "#7e868f", "accent": "#85bce6", "c0": "#a3aab2", "c1": "#7cb5ee", "c2": "#f0976a", "c3": "#5cc5a5",
    "c4": "#de9fce", "c5": "#d9bb58", "yes": "#5cc5a5", "no": "#f28b78", "maybe": "#e0b64f", "none": "#a3aab2",
    "q0": "#f0d24e", "q1": "#bfb478", "q2": "#8b9c95", "q3": "#5a8fc4", "q4": "#2c66b0",
}  # fmt: skip
"""Dark scheme."""
COLOURS: Final = 6
"""Number of colours for arms, the untreated one included."""


def variables(scheme: Mapping[str, str]) -> str:
    """The colours as CSS variables."""
    return ";".join(f"--{name}:{value}" for name, value in scheme.items())


def resolved(css: str, scheme: Mapping[str, str]) -> str:
    """A style sheet with its colour variables replaced, for programs that know no variables."""
    for name, value in scheme.items():
        css = css.replace(f"var(--{name})", value)
    return css
